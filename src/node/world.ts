// What the commands of a node may use of its machine.
import type { Clock } from '../lib/clock.ts'
import type { Spawn } from '../define/tool.ts'

/** What commands may use. `env` is what programs are given. */
export interface NodeWorld {
  readonly stateDir: string
  readonly home: string
  readonly clock: Clock
  readonly spawn: Spawn
  readonly env: Readonly<Record<string, string>>
}
