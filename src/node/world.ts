// What the commands of a node may use of its machine.
import type { Clock } from '../lib/clock.ts'
import type { Spawn } from '../define/tool.ts'
import type { LentBrowser } from './browser.ts'

/** What commands may use. `env` is what programs are given. */
export interface NodeWorld {
  readonly stateDir: string
  readonly home: string
  readonly clock: Clock
  readonly spawn: Spawn
  readonly env: Readonly<Record<string, string>>
  /** The names of the programs skills of the gateway need. */
  readonly skillBins?: () => Promise<readonly string[]>
  /** The browser that is lent, if one is. */
  readonly browser?: LentBrowser | undefined
}
