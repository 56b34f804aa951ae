// The agent's loop: ask the model, run the tools it calls, ask again, until it has answered. No I/O of its own.
import { Fault } from '../lib/fault.ts'
import type { ModelEvent, ModelMessage } from '../define/provider.ts'
import type { ToolResult } from '../define/tool.ts'
import { loopGuard, usualLoopRule, type LoopGuard, type LoopRule } from './tools/loop-guard.ts'
import { addUsage, noUsage, type Part, type StopReason, type Usage } from '../domain/turn.ts'

type CallPart = Extract<Part, { type: 'call' }>
type ResultPart = Extract<Part, { type: 'result' }>

/** What the loop says. After `answer` and `results` the reader stores them before it asks for more. */
export type LoopEvent =
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'thinking'; readonly delta: string }
  | { readonly type: 'restart' }
  | {
      readonly type: 'answer'
      readonly parts: readonly Part[]
      readonly stop: StopReason
      readonly usage: Usage
      readonly model: string
    }
  | { readonly type: 'tool'; readonly call: CallPart }
  | { readonly type: 'note'; readonly call: CallPart; readonly text: string }
  | { readonly type: 'result'; readonly part: ResultPart }
  | { readonly type: 'results'; readonly parts: readonly ResultPart[] }
  | {
      readonly type: 'end'
      readonly stop: StopReason
      readonly usage: Usage
      /** Tokens of the last model call alone: how full the window is. */
      readonly last: Usage
      readonly model: string
      readonly parts: readonly Part[]
      /** Calls the asker has to run itself; there are some when `stop` is `tools`. */
      readonly calls: readonly CallPart[]
    }

/** An answer of the model, or the news that it starts again from nothing. */
export type AskEvent = ModelEvent | { readonly type: 'restart' }

/** What the loop is given. */
export interface LoopParts {
  /** Asks a model; the last event is `end`; `model` names who answered. */
  ask(messages: readonly ModelMessage[]): AsyncIterable<AskEvent & { readonly model?: string }>
  call(call: CallPart, note: (text: string) => void): Promise<ToolResult>
  /** Words said meanwhile that should be heard before the next step; already written down. */
  heard(): Promise<readonly Part[]>
  readonly maxSteps: number
  /** When an agent goes in circles. */
  readonly circles?: LoopRule
  /** The asker's own tools: a call of one ends the loop, under an id the asker can come back with. */
  readonly theirs?: { has(tool: string): boolean; id(nth: number): string }
}

/** Runs until the model has answered. Throws the Fault of a model call that failed, or the signal's reason. */
export async function* loop(
  parts: LoopParts,
  start: readonly ModelMessage[],
  signal: AbortSignal,
): AsyncGenerator<LoopEvent> {
  const messages: ModelMessage[] = [...start]
  let usage = noUsage
  const guard = loopGuard(parts.circles ?? usualLoopRule)
  for (let step = 0; ; step++) {
    const answer = yield* asked(parts, messages)
    usage = addUsage(usage, answer.usage)
    const model = answer.model
    const said = renamed(answer.parts, parts.theirs)
    const all = said.filter((p) => p.type === 'call')
    const theirs = all.filter((c) => parts.theirs?.has(c.tool))
    const calls = all.filter((c) => !theirs.includes(c))
    yield { type: 'answer', parts: said, stop: answer.stop, usage: answer.usage, model }
    if (answer.error) throw answer.error
    messages.push({ role: 'assistant', parts: said })
    if (!all.length) {
      yield { type: 'end', stop: answer.stop, usage, last: answer.usage, model, parts: said, calls: [] }
      return
    }
    signal.throwIfAborted()
    if (calls.length) {
      const results = yield* run(parts, calls, guard, signal)
      yield { type: 'results', parts: results }
      messages.push({ role: 'tool', parts: results })
    }
    if (theirs.length) {
      yield { type: 'end', stop: 'tools', usage, last: answer.usage, model, parts: said, calls: theirs }
      return
    }
    if (step + 1 >= parts.maxSteps) {
      const text = `I stopped after ${parts.maxSteps} steps without finishing. Say “go on” to continue.`
      yield { type: 'end', stop: 'limit', usage, last: answer.usage, model, parts: [{ type: 'text', text }], calls: [] }
      return
    }
    const heard = await parts.heard()
    if (heard.length) messages.push({ role: 'user', parts: heard })
  }
}

/** An answer whose calls of the asker's tools carry ids by which the asker can come back. */
function renamed(said: readonly Part[], theirs: LoopParts['theirs']): readonly Part[] {
  if (!theirs) return said
  let nth = 0
  return said.map((p) => (p.type === 'call' && theirs.has(p.tool) ? { ...p, id: theirs.id(nth++) } : p))
}

type Answer = Extract<ModelEvent, { type: 'end' }> & { readonly model: string }

async function* asked(parts: LoopParts, messages: readonly ModelMessage[]): AsyncGenerator<LoopEvent, Answer> {
  for await (const event of parts.ask(messages)) {
    if (event.type === 'end') return { ...event, model: event.model ?? '' }
    yield event
  }
  throw new Fault('UNAVAILABLE', 'the model ended its answer without saying so')
}

/** Runs a call, unless the agent goes in circles. */
async function guarded(
  parts: LoopParts,
  call: CallPart,
  guard: LoopGuard,
  note: (text: string) => void,
): Promise<ToolResult> {
  const may = guard.before(call.tool, call.input)
  if ('refused' in may) return { ok: false, text: may.refused }
  const result = await parts.call(call, note)
  const warning = may.ended(`${result.ok} ${result.text}`)
  return warning === undefined ? result : { ...result, text: `${result.text}\n\n${warning}` }
}

/** Runs the calls of one answer together; results come back in the order of the calls. */
async function* run(
  parts: LoopParts,
  calls: readonly CallPart[],
  guard: LoopGuard,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, ResultPart[]> {
  for (const call of calls) yield { type: 'tool', call }
  const news: LoopEvent[] = []
  let wake = Promise.withResolvers<void>()
  const tell = (event: LoopEvent) => {
    news.push(event)
    wake.resolve()
  }
  const running = Promise.all(
    calls.map(async (call): Promise<ResultPart> => {
      const result = await guarded(parts, call, guard, (text) => tell({ type: 'note', call, text }))
      const part: ResultPart = {
        type: 'result',
        id: call.id,
        tool: call.tool,
        ok: result.ok,
        text: result.text,
        ...(result.media?.length ? { media: result.media } : {}),
      }
      tell({ type: 'result', part })
      return part
    }),
  )
  let left = calls.length
  running.catch(() => wake.resolve())
  while (left > 0) {
    await Promise.race([wake.promise, running])
    wake = Promise.withResolvers<void>()
    for (const event of news.splice(0)) {
      if (event.type === 'result') left--
      yield event
    }
    signal.throwIfAborted()
  }
  return running
}
