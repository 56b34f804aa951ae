// Notices an agent that goes in circles: the same call with the same result, again and again. Pure; one per turn.

/** When a call is warned of, refused, and the turn ended for good. */
export interface LoopRule {
  /** Whether the finer detectors look too; the plain one always does. */
  readonly enabled: boolean
  readonly history: number
  readonly warn: number
  readonly refuse: number
  readonly breaker: number
  readonly detectors: { readonly repeat: boolean; readonly poll: boolean; readonly pingPong: boolean }
}

/** Identical calls with identical results that are broken off whatever the config says; and identical calls at all. */
const sameResult = 5
const sameCall = 30

/** What is looked at until the config says otherwise. */
export const usualLoopRule: LoopRule = {
  enabled: false,
  history: 30,
  warn: 10,
  refuse: 20,
  breaker: 30,
  detectors: { repeat: true, poll: true, pingPong: true },
}

interface Made {
  readonly key: string
  readonly tool: string
  result: string | undefined
}

/** Watches the calls of a turn. */
export interface LoopGuard {
  /** Whether a call may run; else the words the model gets instead. */
  before(tool: string, input: unknown): { readonly refused: string } | { ended(result: string): string | undefined }
}

/** A value as text, its keys in order, so that the same input is the same text. */
export function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${stable(v)}`).join(',')}}`
}

const polling = (tool: string, input: unknown) =>
  tool === 'process' && ['poll', 'log'].includes(String((input as { action?: unknown } | null)?.action))

/** Makes a guard. */
export function loopGuard(rule: LoopRule): LoopGuard {
  const made: Made[] = []
  const counts = new Map<string, number>()
  const keep = Math.max(rule.history, rule.breaker, sameCall)

  /** How often in a row, looking back over this call alone, its result was the same. */
  function sameAgain(key: string): number {
    const results = made.filter((m) => m.key === key && m.result !== undefined).map((m) => m.result)
    const last = results.at(-1)
    let n = 0
    for (let i = results.length - 1; i >= 0 && results[i] === last; i--) n++
    return n
  }

  /** How long the newest calls have been two by turns, each with the same result as before. */
  function pingPong(key: string): number {
    const recent = made.slice(-rule.history)
    const [a, b] = [recent.at(-1), recent.at(-2)]
    if (!a || !b || a.key === b.key || b.key !== key) return 0
    let n = 0
    for (let i = recent.length - 1; i >= 0; i--) {
      const want = (recent.length - 1 - i) % 2 === 0 ? a : b
      const m = recent[i] as Made
      if (m.key !== want.key || m.result !== want.result) break
      n++
    }
    return n
  }

  function circling(key: string, tool: string, input: unknown): { count: number; what: string } {
    const same = sameAgain(key)
    const poll = polling(tool, input)
    const off = poll ? !rule.detectors.poll : !rule.detectors.repeat
    const pong = rule.detectors.pingPong ? pingPong(key) : 0
    if (pong > same || off) return { count: pong, what: 'two calls by turns that change nothing' }
    return { count: same, what: poll ? 'polling that brings no news' : 'the same call with the same result' }
  }

  return {
    before(tool, input) {
      const key = `${tool} ${stable(input)}`
      const same = sameAgain(key)
      const all = counts.get(key) ?? 0
      if ((same >= sameResult && !polling(tool, input)) || all >= sameCall)
        return {
          refused: `The same call was made ${all} times already; it is not run again. Try something else or answer.`,
        }
      if (rule.enabled) {
        const { count, what } = circling(key, tool, input)
        if (count >= rule.refuse || count >= rule.breaker)
          return { refused: `You are going in circles (${what}, ${count} times); this is not run again. Answer now.` }
      } else if (same >= usualLoopRule.refuse)
        return { refused: `Nothing changed in ${same} looks; do something else, or answer.` }
      counts.set(key, all + 1)
      const call: Made = { key, tool, result: undefined }
      made.push(call)
      if (made.length > keep) made.shift()
      return {
        ended(result) {
          call.result = result
          if (!rule.enabled) return undefined
          const { count, what } = circling(key, tool, input)
          return count > 0 && count % rule.warn === 0
            ? `[You may be going in circles: ${what}, ${count} times. Do something else, or answer.]`
            : undefined
        },
      }
    },
  }
}
