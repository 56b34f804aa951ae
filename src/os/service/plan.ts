// What is to run as a service: the program, its environment, and the names the service managers know it by.

/** A gateway, or a node of one, as a service. */
export interface ServicePlan {
  readonly kind: 'gateway' | 'node'
  /** The profile's name; undefined for the usual one. */
  readonly profile: string | undefined
  /** The command line, the program's absolute path first. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly home: string
  readonly stateDir: string
  readonly logsDir: string
}

/** What of a plan names it. */
export type ServiceName = Pick<ServicePlan, 'kind' | 'profile'>

/** Its name for systemd and launchd: `openclaw-gateway` or `openclaw-node`, with the profile behind it. */
export const unitName = ({ kind, profile }: ServiceName): string =>
  profile === undefined ? `openclaw-${kind}` : `openclaw-${kind}-${profile}`

/** The label the original, and older versions of this program, gave the agent for launchd. */
export const olderLabel = ({ kind, profile }: ServiceName): string =>
  kind === 'node' ? ['ai.openclaw.node', profile].filter(Boolean).join('.') : `ai.openclaw.${profile ?? 'gateway'}`

/** Its name for people and for the task scheduler of Windows. */
export const serviceTitle = ({ kind, profile }: ServiceName): string => {
  const title = kind === 'node' ? 'OpenClaw Node' : 'OpenClaw Gateway'
  return profile === undefined ? title : `${title} (${profile})`
}

/** Variables that decide where things are: a service needs those its installer had. */
const carried =
  /^(OPENCLAW_(HOME|STATE_DIR|CONFIG_PATH|PROFILE|OAUTH_DIR|GATEWAY_TOKEN_FILE)|SSL_CERT_FILE|TZ|LANG|HTTPS?_PROXY|NO_PROXY)$/

/** Where programs are that tools run, besides the folders of the system. */
const folders = (home: string) =>
  [`${home}/.local/bin`, `${home}/bin`, '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':')

/** Plans the service of one installation; secrets are left out, for it finds its own. */
export function servicePlan(p: {
  readonly kind: ServicePlan['kind']
  /** The command line, the program's absolute path first. */
  readonly argv: readonly string[]
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
    kind: p.kind,
    profile,
    argv: p.argv,
    env: {
      HOME: home,
      PATH: folders(home),
      ...kept,
      ...(profile === undefined ? {} : { OPENCLAW_PROFILE: profile }),
      OPENCLAW_SERVICE_MARKER: 'openclaw',
      OPENCLAW_SERVICE_KIND: p.kind,
    },
    home,
    stateDir,
    logsDir,
  }
}
