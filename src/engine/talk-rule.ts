// How messages look to the model, which models there are to choose from, and how long sessions are kept.
import type { ContainerAge } from '../define/box.ts'

/** Which sessions are cleared away: those unused for so long (ms), and the oldest of too many; or only spoken of. */
export interface MaintenanceRule {
  readonly does: boolean
  readonly idleMs: number
  readonly most: number
  /** How long containers are kept, where there may be any. */
  readonly containers?: ContainerAge
}

/** How messages are headed when the model reads them: with the time, in a zone, and with the time since the one before. */
export interface EnvelopeRule {
  readonly zone: string
  readonly time: boolean
  readonly elapsed: boolean
  readonly hours: 12 | 24
}

/** A model a person may choose, with the name it may be asked for by. */
export interface ModelChoice {
  /** `provider/model`. */
  readonly ref: string
  readonly alias?: string
}
