// Where things are kept: home, state folder, config file, by flags, environment, and what older versions left.
import { join, resolve } from 'node:path'
import { Fault } from '../lib/fault.ts'

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>

/** Where this installation keeps its things; all paths are absolute. */
export interface Paths {
  readonly home: string
  readonly stateDir: string
  readonly configPath: string
  /** The copy of the config that last started well. */
  readonly lastGoodPath: string
  readonly logsDir: string
  readonly lockPath: string
  readonly credentialsDir: string
  readonly workspaceDir: string
  readonly agentsDir: string
  /** The main agent's own folder where the environment names one. */
  readonly mainAgentDir: string | undefined
  /** The profile's name, or undefined for the default one. */
  readonly profile: string | undefined
  /** The port of this profile when neither flags, environment nor config name one. */
  readonly defaultPort: number
}

/** Flags that choose where things are. */
export interface PathFlags {
  readonly profile?: string | undefined
  readonly dev?: boolean | undefined
}

/** A path with a leading `~` replaced by the home folder, made absolute. */
export function expandHome(path: string, home: string): string {
  const trimmed = path.trim()
  return resolve(/^~(?=$|[/\\])/.test(trimmed) ? join(home, trimmed.slice(1)) : trimmed)
}

const said = (value: string | undefined) => value?.trim() || undefined

/** The profile chosen by flags, else by the environment. Throws INVALID_REQUEST when it is unclear or misnamed. */
export function profileOf(env: Env, flags: PathFlags): string | undefined {
  if (flags.profile !== undefined && flags.dev)
    throw new Fault('INVALID_REQUEST', '--profile and --dev cannot be used together; drop one of them')
  const name = flags.dev ? 'dev' : (flags.profile?.trim() ?? said(env['OPENCLAW_PROFILE']))
  if (name === undefined || name.toLowerCase() === 'default') return undefined
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new Fault(
      'INVALID_REQUEST',
      `the profile ${JSON.stringify(name)} may only have letters, digits, _ and -, and at most 64 of them; try --profile work`,
    )
  return name
}

const legacyNames = ['clawdbot', 'moldbot', 'moltbot']

/** Where things are; pure over the environment, the system's home folder, and whether a path exists. */
export function paths(
  env: Env,
  flags: PathFlags,
  system: { readonly home: string; exists(path: string): boolean },
): Paths {
  const osHome = resolve(said(env['HOME']) ?? said(env['USERPROFILE']) ?? system.home)
  const home = expandHome(said(env['OPENCLAW_HOME']) ?? osHome, osHome)
  const profile = profileOf(env, flags)
  const stateDir = stateDirOf()

  function stateDirOf() {
    const named = said(env['OPENCLAW_STATE_DIR']) ?? said(env['CLAWDBOT_STATE_DIR'])
    if (named) return expandHome(named, home)
    if (profile) return join(home, `.openclaw-${profile}`)
    const ours = join(home, '.openclaw')
    if (system.exists(ours)) return ours
    return legacyNames.map((n) => join(home, `.${n}`)).find((p) => system.exists(p)) ?? ours
  }

  function configPathOf() {
    const named = said(env['OPENCLAW_CONFIG_PATH']) ?? said(env['CLAWDBOT_CONFIG_PATH'])
    if (named) return expandHome(named, home)
    const ours = join(stateDir, 'openclaw.json')
    if (system.exists(ours)) return ours
    return legacyNames.map((n) => join(stateDir, `${n}.json`)).find((p) => system.exists(p)) ?? ours
  }

  const configPath = configPathOf()
  const credentials = said(env['OPENCLAW_OAUTH_DIR'])
  const agent = said(env['OPENCLAW_AGENT_DIR']) ?? said(env['PI_CODING_AGENT_DIR'])
  return {
    home,
    stateDir,
    configPath,
    lastGoodPath: `${configPath}.last-good`,
    logsDir: join(stateDir, 'logs'),
    lockPath: join(stateDir, '.gateway.lock'),
    credentialsDir: credentials ? expandHome(credentials, home) : join(stateDir, 'credentials'),
    workspaceDir: profile ? join(home, '.openclaw', `workspace-${profile}`) : join(home, '.openclaw', 'workspace'),
    agentsDir: join(stateDir, 'agents'),
    mainAgentDir: agent ? expandHome(agent, home) : undefined,
    profile,
    defaultPort: profile === 'dev' ? 19_001 : 18_789,
  }
}
