// How far we have got in what Discord tells us: a position moves only past what is stored.
import { z } from 'zod'

/** A session of the gateway and the last event of it; where to resume it. */
export interface Position {
  readonly session: string
  readonly url: string
  readonly seq: number
  /** When the last event that was stored happened, in ms. */
  readonly at: number
}

const stored = z.object({ session: z.string(), url: z.string(), seq: z.number(), at: z.number() })

/** A position as it was stored; undefined when there is none or it cannot be read. */
export function readPosition(text: string | undefined): Position | undefined {
  if (text === undefined) return undefined
  try {
    return stored.parse(JSON.parse(text))
  } catch {
    return undefined // a position is only a shortcut: without one we start anew and read what was missed
  }
}

/** An event on its way to be stored. */
export interface Step {
  readonly to: Position
  done: boolean
}

/** The events on their way, in the order they came. */
export interface Progress {
  begin(to: Position): Step
  finish(step: Step): void
  /** The position that may be written once `step` is stored, all before it being so too. */
  with(step: Step): Position | undefined
  /** The last position everything up to which is stored. */
  readonly reached: Position | undefined
  /** How many events are not stored yet. */
  readonly held: number
}

/** Progress from `start`. */
export function progress(start: Position | undefined): Progress {
  const steps: Step[] = []
  let reached = start
  let held = 0

  /** The last position of the finished steps at the head, `step` counted as finished. */
  function upTo(step?: Step): { at: Position | undefined; count: number } {
    let at = reached
    let count = 0
    for (const one of steps) {
      if (!one.done && one !== step) break
      at = one.to
      count++
    }
    return { at, count }
  }

  return {
    begin(to) {
      const step: Step = { to, done: false }
      steps.push(step)
      held++
      return step
    },
    finish(step) {
      if (!step.done) held--
      step.done = true
      const { at, count } = upTo()
      steps.splice(0, count)
      reached = at
    },
    with: (step) => upTo(step).at,
    get reached() {
      return reached
    },
    get held() {
      return held
    },
  }
}
