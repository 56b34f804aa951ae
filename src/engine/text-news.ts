// Gathers the small pieces a model writes into few events: the first at once, then at most one per interval.
import type { Clock } from '../lib/clock.ts'
import type { AgentEvent } from '../domain/agent-event.ts'

/** Shortest time between two events of one answer, in ms; longer answers are told less often. */
const minMs = 80

type Kind = 'text' | 'thinking'

/** Makes the gatherer of one turn; it tells nothing more once the signal aborts or it is closed. */
export function textNews(clock: Clock, signal: AbortSignal, tell: (event: AgentEvent) => void) {
  const state = { text: { text: '', told: 0 }, thinking: { text: '', told: 0 } }
  let nextAt = 0
  let timer: AbortController | undefined

  function flush() {
    timer?.abort(new Error('told already'))
    timer = undefined
    for (const type of ['thinking', 'text'] as const) {
      const s = state[type]
      if (s.told >= s.text.length) continue
      const delta = s.text.slice(s.told)
      s.told = s.text.length
      nextAt = clock.now() + Math.max(minMs, s.text.length / 40)
      tell({ type, delta, text: s.text })
    }
  }

  function later(ms: number) {
    const stop = new AbortController()
    timer = stop
    clock.sleep(ms, AbortSignal.any([stop.signal, signal])).then(flush, () => undefined)
  }

  return {
    add(kind: Kind, delta: string) {
      state[kind].text += delta
      if (timer) return
      const wait = nextAt - clock.now()
      if (wait <= 0) flush()
      else later(wait)
    },
    /** Tells what is gathered, now. */
    flush,
    /** Begins a new message: what was said before is told and forgotten. */
    reset() {
      flush()
      state.text = { text: '', told: 0 }
      state.thinking = { text: '', told: 0 }
    },
    close() {
      timer?.abort(new Error('closed'))
      timer = undefined
    },
  }
}
