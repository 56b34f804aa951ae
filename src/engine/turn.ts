// One turn from its first word to its last: runs the loop, writes down what it says, and tells who listens.
import { deadline } from '../lib/clock.ts'
import { describeError, toErrorShape } from '../lib/fault.ts'
import type { AgentEvent } from '../domain/agent-event.ts'
import { agentOf } from '../domain/session-key.ts'
import { textOf, type Part } from '../domain/turn.ts'
import type { ModelMessage, ThinkingLevel } from '../define/provider.ts'
import { context } from '../store/context.ts'
import * as entries from '../store/entries.ts'
import { acknowledge } from './answer/ack.ts'
import { maySend } from './answer/answering.ts'
import { ask } from './ask.ts'
import { blockRule, blocks } from './answer/blocks.ts'
import { bubbles, tellCondensed, verboseOf } from './answer/bubbles.ts'
import { clientCallId } from './tools/client-call.ts'
import { compactAfter } from './prompt/compact.ts'
import { equip } from './equip.ts'
import { finish, NeverBegun, type Ending } from './finish.ts'
import { estimateTokens, fit, lastTurns, render, stamped } from './prompt/history.ts'
import { loop, type LoopEvent } from './loop.ts'
import { preview } from './answer/preview.ts'
import { headOf } from './prompt/index.ts'
import { prunedFor } from './prompt/pruning.ts'
import { untilAbort } from './race.ts'
import { Stopped, type ActiveRun, type RunResult } from './runs.ts'
import type { Candidate } from './settings.ts'
import { answerVoice, partVoice } from './answer/speech.ts'
import { textNews } from './text-news.ts'
import { teller } from './teller.ts'
import type { TurnKit, TurnOptions, TurnStart } from './turn-kit.ts'
import { callTool } from './tools/toolbox.ts'
import type { World } from './world.ts'

/** Runs a turn to its end and never throws; undefined when its beginning could not be written down, so there was none. */
export async function runTurn(kit: TurnKit, start: TurnStart): Promise<RunResult | undefined> {
  const { world } = kit
  const { session, turn } = start
  const options = turn.options as TurnOptions
  const startedAt = turn.startedAt ?? world.clock.now()
  const { active, leave } = kit.runs.enter({
    run: turn.run,
    turn: turn.id,
    session: session.key,
    sessionId: session.id,
    startedAt,
  })
  const limit = deadline(
    world.clock,
    options.timeoutMs ?? world.settings.turnTimeoutMs(),
    new Stopped('timeout'),
    active.signal,
  )
  const signal = AbortSignal.any([limit.signal, world.scope.signal])
  const told = teller(world, start)
  const ack = acknowledge(world, start)
  const { tell } = told
  let ending: Ending
  let candidate: Candidate | undefined
  try {
    const agent =
      world.settings.agent(session.agent) ?? world.settings.agent(agentOf(session.key, world.settings.defaultAgent()))
    if (!agent) throw new Error(`there is no agent "${session.agent}"`)
    const candidates = world.settings.candidates(agent.id, options.model ?? session.settings.model)
    candidate = candidates[0]
    ending = await talk(kit, start, { agent, candidates, active, signal, tell })
    if (ending.kind === 'done') ending = { ...ending, voice: await answerVoice(kit, start, ending.text) }
  } catch (error) {
    ending = endingOf(error, signal, active)
  } finally {
    limit.done()
  }
  const cutOff = (error: unknown): RunResult => {
    const result = { run: turn.run, sessionId: session.id, status: 'error' as const, text: '' }
    leave({ ...result, error: toErrorShape(error) })
    return result
  }
  if (ending.kind === 'interrupted') return cutOff(ending.error)
  if (ending.kind === 'failed')
    world.log.warn('a turn failed', { turn: turn.id, session: session.key, error: describeError(ending.error) })
  try {
    const result = await finish(world, start, ending, told, startedAt)
    ack.done()
    leave(result)
    if (candidate) compactAfter(kit, session, candidate, world.scope.signal, () => tellCondensed(world, start))
    return result
  } catch (error) {
    if (error instanceof NeverBegun) {
      leave()
      return undefined
    }
    world.log.error('the end of a turn could not be written down', { turn: turn.id, error: describeError(error) })
    return cutOff(error)
  }
}

/** What a throw means for the turn. */
function endingOf(error: unknown, signal: AbortSignal, active: ActiveRun): Ending {
  const reason: unknown = signal.aborted ? signal.reason : error
  if (reason instanceof Stopped && reason.by !== 'shutdown')
    return { kind: 'cancelled', by: reason.by, text: active.text }
  if (signal.aborted) return { kind: 'interrupted', error: reason }
  return { kind: 'failed', error, text: active.text }
}

interface Talk {
  readonly agent: NonNullable<ReturnType<World['settings']['agent']>>
  readonly candidates: readonly Candidate[]
  readonly active: ActiveRun
  readonly signal: AbortSignal
  tell(event: AgentEvent): void
}

/** Asks, runs tools, stores; answers how it ended. */
async function talk(kit: TurnKit, start: TurnStart, t: Talk): Promise<Ending> {
  const { world } = kit
  const { session, turn } = start
  const options = turn.options as TurnOptions
  const first = t.candidates[0] as Candidate
  const theirs = new Set(options.clientTools?.map((tool) => tool.name))
  const { tools, specs, system, asker, agent, kit: own } = await equip(kit, start, { agent: t.agent, model: first })
  const window = Math.min(first.info.contextWindow, world.settings.contextTokens() ?? Infinity)
  const budget = Math.max(
    2000,
    window -
      Math.ceil((system.length + (options.history?.length ?? 0)) / 4) -
      Math.min(first.info.maxTokens, window / 4),
  )
  const known = lastTurns(context(world.db, session.id), dmHistory(world, start))
  const shown = prunedFor(world, known, first, window)
  const kept = render(fit(shown, budget).kept, headOf(world.settings.envelope()))
  const messages = options.history === undefined ? kept : withHistory(kept, options.history)
  const level = (options.thinking ??
    session.settings.thinkingLevel ??
    t.agent.thinking ??
    (first.info.reasoning ? 'low' : 'off')) as ThinkingLevel
  const question = {
    candidates: t.candidates,
    system,
    tools: specs,
    thinking: level,
    session: session.id,
    spender: { agent: t.agent.id, session: session.key },
    ...(options.maxTokens === undefined ? {} : { maxTokens: options.maxTokens }),
  }
  let choice = options.toolChoice
  const news = textNews(world.clock, t.signal, t.tell)
  const inBlocks = blockRule(world, start)
  const draft = preview(world, start, t.signal, inBlocks === undefined && maySend(world, start))
  const parts = blocks(world, start, inBlocks, t.signal, partVoice(kit, start))
  const lines = bubbles(world, start, { draft, parts })
  let answering = first.ref // who made the calls at hand: its tools count
  const events = loop(
    {
      ask(shown) {
        const asked = choice === undefined ? question : { ...question, toolChoice: choice }
        choice = undefined
        return ask(world, kit.cooldowns, asked, shown, t.signal)
      },
      call: (call, note) =>
        callTool(world, kit.approvals, {
          name: call.tool,
          input: call.input,
          tools: tools(answering),
          agent,
          asker,
          kit: own,
          signal: t.signal,
          note,
        }),
      heard: async () => stamped(await start.heard()),
      maxSteps: world.settings.maxSteps(),
      ...(t.agent.tools.circles ? { circles: t.agent.tools.circles } : {}),
      ...(theirs.size ? { theirs: { has: (tool) => theirs.has(tool), id: (nth) => clientCallId(turn.id, nth) } } : {}),
    },
    messages,
    t.signal,
  )
  t.tell({ type: 'started' })
  let ending: Ending | undefined
  try {
    for await (const event of untilAbort(events, t.signal)) {
      if (event.type === 'text') t.active.text += event.delta
      if (event.type === 'restart') t.active.text = ''
      if (event.type === 'answer') answering = event.model || answering
      draft.hear(event)
      parts.hear(event)
      lines.hear(event)
      ending = (await heard(world, start, event, { news, tell: t.tell })) ?? ending
      if (event.type === 'tool') t.active.text = '' // its words are stored with the call
    }
  } finally {
    news.close()
    await parts.close()
    await draft.close()
  }
  if (!ending) throw new Error('the loop ended without an answer')
  return ending.kind === 'done' && draft.platformId() !== undefined
    ? { ...ending, replaces: draft.platformId() as string }
    : ending
}

/** How many turns of a direct chat the model is shown: the person's own limit, the account's, or all of them. */
function dmHistory({ settings }: World, { message }: TurnStart): number | undefined {
  if (message?.kind !== 'direct') return undefined
  const common = settings.account(message.to.channel, message.to.account)?.common
  return common?.dms?.[message.from.id]?.historyLimit ?? common?.dmHistoryLimit
}

/** The messages with words the caller brought along put before the last thing said to the model. */
function withHistory(messages: readonly ModelMessage[], history: string): ModelMessage[] {
  const at = messages.findLastIndex((m) => m.role === 'user')
  const add = { type: 'text' as const, text: history }
  return messages.map((m, i) => (i === at ? { role: m.role, parts: [add, ...m.parts] } : m))
}

/** Stores and tells one event of the loop; answers the ending when it is the last one. */
async function heard(
  world: World,
  start: TurnStart,
  event: LoopEvent,
  out: { news: ReturnType<typeof textNews>; tell(event: AgentEvent): void },
): Promise<Ending | undefined> {
  switch (event.type) {
    case 'text':
    case 'thinking':
      out.news.add(event.type, event.delta)
      return undefined
    case 'restart':
      out.news.reset()
      return undefined
    case 'answer':
      out.news.flush()
      if (!event.parts.some((p) => p.type === 'call')) return undefined // the last answer is stored by `finish`
      await store(world, start, 'assistant', event.parts, { model: event.model, usage: event.usage, stop: event.stop })
      return undefined
    case 'tool':
      out.news.reset()
      out.tell({ type: 'tool.started', id: event.call.id, tool: event.call.tool, input: event.call.input })
      return undefined
    case 'note':
      out.tell({
        type: 'tool.progress',
        id: event.call.id,
        tool: event.call.tool,
        note: event.text,
        full: verboseOf(world, start) === 'full',
      })
      return undefined
    case 'result':
      out.tell({
        type: 'tool.finished',
        id: event.part.id,
        tool: event.part.tool,
        ok: event.part.ok,
        text: event.part.text,
        full: verboseOf(world, start) === 'full',
      })
      return undefined
    case 'results':
      await store(world, start, 'tool', event.parts, {})
      return undefined
    case 'end': {
      const { stop, usage, last, model, parts, calls } = event
      return { kind: 'done', stop, usage, last, model, parts, calls, text: textOf(parts) }
    }
  }
}

/** Appends an entry of this turn and waits until it is on the disk. */
async function store(
  world: World,
  start: TurnStart,
  role: 'assistant' | 'tool',
  parts: readonly Part[],
  about: Pick<entries.NewEntry, 'model' | 'usage' | 'stop'>,
): Promise<void> {
  await start.durable
  await world.db.write(() => {
    entries.append(world.db, {
      session: start.session.id,
      turn: start.turn.id,
      role,
      parts,
      at: world.clock.now(),
      tokens: estimateTokens(parts),
      ...about,
    })
  })
}
