// The config as it comes into force: applied to what runs, told to who listens, and taken back when it does not hold.
import type { Bus } from '../../lib/bus.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import type { Loaded } from '../../config/load.ts'
import type { Env, Paths } from '../../config/paths.ts'
import type { Config } from '../catalog.ts'
import type { Held } from '../channels/units.ts'
import { configFile, type ConfigFile } from './file.ts'
import type { Probation } from './probation.ts'
import { version } from '../version.ts'

/** What it is made of. */
interface InForce {
  readonly paths: Paths
  readonly clock: Clock
  readonly log: Log
  readonly news: Bus<GatewayEvent>
  readonly held: Held
  readonly trials: Probation
  readonly env: Env
  readonly signal: AbortSignal
  config(): Config
  adjust(config: Config): Config
}

/** The config file, from what was read first; `apply` makes what runs equal what it says now. */
export function configInForce(p: InForce, first: Loaded<Config>, apply: () => Promise<void>): ConfigFile {
  const { paths, clock, log, env, signal, adjust } = p
  const tell = (changed: readonly string[], valid: boolean, issues: readonly string[]) =>
    p.news.publish({ type: 'config', paths: changed, valid, issues })
  return configFile(
    {
      paths,
      clock,
      log,
      env,
      version,
      signal,
      adjust,
      async apply(next, changed) {
        for (const key of p.held.stopped)
          if (changed.some((path) => path.startsWith(`channels.${key.split(':')[0]}`))) p.held.stopped.delete(key)
        await apply()
        tell(changed, next.valid, [])
      },
      invalid(issues) {
        log.warn('the config has mistakes; what is right in it is in force', { issues })
        tell([], false, issues)
      },
      probation: p.trials,
      probationMs: () => p.config().gateway.reload.probationMs,
      reverted(why, kept) {
        log.warn('a change of the config was taken back', { why, kept })
        tell([], true, [`a change was taken back: ${why}; it is kept in ${kept}`])
      },
    },
    first,
  )
}
