// What is to run as a service: the program, its environment, and the names the service managers know it by.

/** A gateway as a service. */
export interface ServicePlan {
  /** The profile's name; undefined for the usual one. */
  readonly profile: string | undefined
  /** The command line, the program's absolute path first. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly home: string
  readonly stateDir: string
  readonly logsDir: string
}

/** The unit's name for systemd: `openclaw-gateway`, with the profile behind it. */
export const unitName = (profile: string | undefined): string =>
  profile === undefined ? 'openclaw-gateway' : `openclaw-gateway-${profile}`

/** The label of the agent for launchd. */
export const launchdLabel = (profile: string | undefined): string => `ai.openclaw.${profile ?? 'gateway'}`

/** The name of the task for Windows. */
export const taskName = (profile: string | undefined): string =>
  profile === undefined ? 'OpenClaw Gateway' : `OpenClaw Gateway (${profile})`

/** Variables that decide where things are: a service needs those its installer had. */
const carried =
  /^(OPENCLAW_(HOME|STATE_DIR|CONFIG_PATH|PROFILE|OAUTH_DIR|GATEWAY_TOKEN_FILE)|SSL_CERT_FILE|TZ|LANG|HTTPS?_PROXY|NO_PROXY)$/

/** Where programs are that tools run, besides the folders of the system. */
const folders = (home: string) =>
  [`${home}/.local/bin`, `${home}/bin`, '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':')

/** Plans the service of one installation; secrets are left out, for the gateway finds its own. */
export function servicePlan(p: {
  readonly program: readonly string[]
  readonly port: number | undefined
  readonly paths: {
    readonly home: string
    readonly stateDir: string
    readonly logsDir: string
    readonly profile: string | undefined
  }
  readonly env: Readonly<Record<string, string | undefined>>
}): ServicePlan {
  const { home, stateDir, logsDir, profile } = p.paths
  const kept = Object.fromEntries(
    Object.entries(p.env).flatMap(([k, v]) => (v && carried.test(k) ? [[k, v] as const] : [])),
  )
  return {
    profile,
    argv: [...p.program, 'gateway', ...(p.port === undefined ? [] : ['--port', String(p.port)])],
    env: {
      HOME: home,
      PATH: folders(home),
      ...kept,
      ...(profile === undefined ? {} : { OPENCLAW_PROFILE: profile }),
      OPENCLAW_SERVICE_MARKER: 'openclaw',
      OPENCLAW_SERVICE_KIND: 'gateway',
    },
    home,
    stateDir,
    logsDir,
  }
}
