// Goes through a turn once more as it is in the log: the same loop, with what the model and the tools said then.
import { Fault } from '../lib/fault.ts'
import { sha256 } from '../lib/ids.ts'
import type { Entry, Part, StopReason } from '../domain/turn.ts'
import { noUsage, textOf } from '../domain/turn.ts'
import type { Db } from '../store/db.ts'
import * as entries from '../store/entries.ts'
import type { TurnRow } from '../store/turns.ts'
import { render } from './prompt/history.ts'
import { loop, type LoopParts } from './loop.ts'

/** Entries of a session that are looked at before the turn. */
const most = 4000

/** One step: what the model was shown, what it said, what tools answered. */
export interface ReplayStep {
  /** Messages it was shown, and the SHA-256 of them. */
  readonly messages: number
  readonly shown: string
  readonly said: string
  readonly calls: readonly {
    readonly tool: string
    readonly input: unknown
    readonly ok: boolean
    readonly result: string
  }[]
}

/** A turn gone through again. */
export interface Replayed {
  readonly steps: readonly ReplayStep[]
  readonly text: string
  readonly stop: StopReason | undefined
  /** Whether the loop made of the log what is in the log. */
  readonly same: boolean
}

/** What a model was shown before a turn: the newest summary of that time, and what came after the range it stands for. */
function before(db: Db, session: string, first: number): readonly Entry[] {
  const all = entries.latest(db, session, most, first)
  const summary = all.findLast((e) => e.role === 'summary')
  return summary ? [summary, ...all.filter((e) => e.role !== 'summary' && e.id > (summary.upTo ?? 0))] : all
}

/** Goes through a turn again; nothing is asked, run or written. Throws NOT_FOUND for one that left nothing in the log. */
export async function replay(db: Db, turn: TurnRow): Promise<Replayed> {
  const log = entries.ofTurn(db, turn.id)
  const answers = log.filter((e) => e.role === 'assistant')
  if (!log[0] || !answers.length)
    throw new Fault('NOT_FOUND', `the turn ${turn.id} left nothing in the log to go through`)
  const start = log.filter((e) => e.id < (answers[0]?.id ?? 0))
  const steps: { messages: number; shown: string; said: string; calls: ReplayStep['calls'] }[] = []
  const got: (readonly Part[])[] = []
  const results = new Map(log.flatMap((e) => e.parts).flatMap((p) => (p.type === 'result' ? [[p.id, p] as const] : [])))
  const parts: LoopParts = {
    async *ask(messages) {
      const answer = answers[steps.length]
      if (!answer) throw new Fault('CANCELLED', 'the log ends here')
      const shown = await sha256(JSON.stringify(messages))
      steps.push({ messages: messages.length, shown, said: textOf(answer.parts), calls: [] })
      const { stop = 'end', usage = noUsage, model = '' } = answer
      yield { type: 'end', stop, parts: answer.parts, usage, model }
    },
    call: ({ id }) => {
      const found = results.get(id)
      const { ok = false, text = 'The tool was interrupted and gave no result.', media } = found ?? {}
      return Promise.resolve({ ok, text, ...(media ? { media } : {}) })
    },
    heard: () => {
      const [from, to] = [answers[steps.length - 1]?.id ?? 0, answers[steps.length]?.id ?? Infinity]
      return Promise.resolve(log.filter((e) => e.role === 'user' && e.id > from && e.id < to).flatMap((e) => e.parts))
    },
    maxSteps: answers.length + 1,
  }
  let ended: { text: string; stop: StopReason } | undefined
  try {
    for await (const event of loop(
      parts,
      render([...before(db, turn.session, log[0].id), ...start]),
      new AbortController().signal,
    )) {
      if (event.type === 'answer' || event.type === 'results') got.push(event.parts)
      if (event.type === 'results') {
        const inputs = new Map(
          answers[steps.length - 1]?.parts.flatMap((p) => (p.type === 'call' ? [[p.id, p.input]] : [])),
        )
        const calls = event.parts.map((p) => ({ tool: p.tool, input: inputs.get(p.id), ok: p.ok, result: p.text }))
        steps.push({ ...(steps.pop() as (typeof steps)[number]), calls })
      }
      if (event.type === 'end') ended = { text: textOf(event.parts), stop: event.stop }
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'CANCELLED') throw error // the turn was cut off there
  }
  const written = log.filter((e) => e.role === 'assistant' || e.role === 'tool').map((e) => e.parts)
  const same = JSON.stringify(got.slice(0, written.length)) === JSON.stringify(written)
  return { steps, text: ended?.text ?? '', stop: ended?.stop, same }
}
