// A change of the config on probation: unless somebody keeps it in time, the text before it comes back.
import type { Clock } from '../../lib/clock.ts'

/** The trial that is going on. `until` in ms. */
export interface Trial {
  readonly until: number
}

/** What a trial needs. `restore` puts a text back in force; it must not throw. */
export interface TrialParts {
  readonly clock: Clock
  readonly signal: AbortSignal
  restore(text: string): Promise<void>
}

/** Keeps at most one trial. */
export function configTrial(p: TrialParts) {
  let now: (Trial & { readonly text: string; readonly stop: AbortController }) | undefined

  async function end(): Promise<void> {
    const over = now
    now = undefined
    over?.stop.abort(new Error('the trial is over'))
    if (over) await p.restore(over.text)
  }

  return {
    state: (): Trial | undefined => now && { until: now.until },
    /** Begins a trial, or gives the one that is going on more time: `text` is what comes back. */
    begin(text: string, ms: number) {
      const stop = new AbortController()
      now?.stop.abort(new Error('the trial goes on'))
      now = { until: p.clock.now() + ms, text: now?.text ?? text, stop }
      p.clock.sleep(ms, AbortSignal.any([stop.signal, p.signal])).then(end, () => undefined)
    },
    /** Keeps what is on trial; answers whether anything was. */
    keep(): boolean {
      const had = now !== undefined
      now?.stop.abort(new Error('the change is kept'))
      now = undefined
      return had
    },
    /** Brings back what was before; answers whether anything was on trial. */
    async revert(): Promise<boolean> {
      const had = now !== undefined
      await end()
      return had
    },
  }
}
