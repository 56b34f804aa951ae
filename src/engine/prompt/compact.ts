// Keeps a session within its model's window: a summary entry that stands for the past, which stays readable.
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { ModelMessage } from '../../define/provider.ts'
import { textOf, type Entry } from '../../domain/turn.ts'
import type { Session } from '../../domain/session.ts'
import { context } from '../../store/context.ts'
import * as entries from '../../store/entries.ts'
import * as kv from '../../store/kv.ts'
import * as sessions from '../../store/sessions.ts'
import { ask } from '../ask.ts'
import { estimateTokens, render, shorten } from './history.ts'
import { silentReply } from './index.ts'
import { untilAbort } from '../race.ts'
import { tellSession } from '../sessions/index.ts'
import type { Candidate } from '../settings.ts'
import { allowedTools } from '../tools/policy.ts'
import type { TurnKit } from '../turn-kit.ts'

/** Longest time a summary may take, in ms. */
const summaryMs = 300_000
/** Characters of a summary that is made without a model, and most of one that a model makes. */
const plainChars = 6000
const maxSummaryChars = 12_000
/** How much less than its share a part is: tokens are estimated. */
const safety = 1.2

/** What a compaction did: entries that are now stood for, and those kept as they are. */
export interface Compaction {
  readonly compacted: boolean
  readonly removed: number
  readonly kept: number
  readonly tokensBefore: number
  readonly tokensAfter: number
}

const flushPrompt = `System: This conversation is about to be condensed. Write what must not be lost into your notes now: facts, decisions and open tasks into memory/<today>.md, what should last into MEMORY.md. Add to these files, overwrite nothing. When nothing is worth keeping, do nothing. Then answer exactly ${silentReply}.`

const system = `You condense a conversation so that an assistant can go on with it. Keep: what the person wants, decisions, facts, names, paths, numbers, open tasks, and anything they asked to be remembered, word for word where the words matter. Leave out pleasantries and dead ends. Write plain notes, at most 800 words.`

/** Has the agent save notes before a session is condensed, once for each time; answers whether it does now. */
function flushes(kit: TurnKit, session: Session, candidate: Candidate, room: number): boolean {
  const { world } = kit
  const rule = world.settings.memoryFlush()
  const agent = world.settings.agent(session.agent)
  const can = agent && allowedTools(agent.tools, world.tools()).some((t) => t.id === 'write')
  if (!rule || !can || candidate.provider.id === 'demo' || session.settings.spawnDepth !== undefined) return false
  if (session.origin.kind !== undefined && session.origin.kind !== 'direct') return false // a group's words write no notes
  if (session.contextTokens < room - rule.softTokens) return false
  const mark = `${session.compactions}`
  if (kv.get(world.db, 'flush', session.id) === mark) return false
  const work = async () => {
    await world.db.write(() => kv.set(world.db, 'flush', session.id, mark))
    await kit.submit(session.key, rule.prompt ?? flushPrompt, {
      owner: false,
      within: { tools: ['read', 'write', 'edit', 'memory_search', 'memory_get'], skills: [] },
      extraSystemPrompt: rule.system ?? 'This turn is for your notes only; the person does not see it.',
    })
  }
  work().catch((error: unknown) =>
    world.log.warn('notes were not saved before condensing', { session: session.key, error: describeError(error) }),
  )
  return true
}

/** Compacts in the background when the last prompt came close to the window; `done` hears when it has. */
export function compactAfter(
  kit: TurnKit,
  session: Session,
  candidate: Candidate,
  signal: AbortSignal,
  done: () => Promise<void>,
): void {
  const { world } = kit
  const now = sessions.byId(world.db, session.id)
  const { reserveTokens } = world.settings.compaction()
  const window = Math.min(candidate.info.contextWindow, world.settings.contextTokens() ?? Infinity)
  const room = Math.max(window * 0.5, window - reserveTokens)
  if (!now) return
  if (flushes(kit, now, candidate, room)) return // the turn that saves notes condenses at its own end
  if (now.contextTokens < room) return
  compact(kit, session.id, [candidate], signal)
    .then(({ compacted }) => (compacted ? done() : undefined))
    .catch((error: unknown) =>
      world.log.warn('a session could not be compacted', { session: session.key, error: describeError(error) }),
    )
}

/** Puts a summary in the place of all but the newest entries. Without a model that answers, the summary is made by rule. */
export async function compact(
  kit: TurnKit,
  sessionId: string,
  candidates: readonly Candidate[],
  signal: AbortSignal,
  instructions = '',
): Promise<Compaction> {
  const { world } = kit
  const all = context(world.db, sessionId)
  const before = total(all)
  const { keepTokens } = world.settings.compaction()
  const cut = cutPoint(all, Math.min(keepTokens, before / 2))
  const past = all.slice(0, cut)
  const upTo = past.findLast((e) => e.role !== 'summary')?.id
  if (upTo === undefined)
    return { compacted: false, removed: 0, kept: all.length, tokensBefore: before, tokensAfter: before }
  const made = await summary(kit, past, candidates, signal, instructions)
  const text = made === undefined ? plainSummary(past) : within(made)
  const parts = [{ type: 'text' as const, text }]
  await world.db.write(() => {
    entries.append(world.db, {
      session: sessionId,
      turn: undefined,
      role: 'summary',
      parts,
      at: world.clock.now(),
      tokens: estimateTokens(parts),
      upTo,
    })
    sessions.compacted(world.db, sessionId, world.clock.now())
    const session = sessions.byId(world.db, sessionId)
    if (session) tellSession(world, 'pruned', session, { kept: all.length - cut, removed: cut })
  })
  return {
    compacted: true,
    removed: cut,
    kept: all.length - cut,
    tokensBefore: before,
    tokensAfter: total(context(world.db, sessionId)),
  }
}

/** A summary that is not longer than it may be, whatever the model thought of its limit. */
const within = (text: string): string =>
  text.length <= maxSummaryChars ? text : `${text.slice(0, maxSummaryChars - 40)}\n… (the rest is left out)`

const total = (list: readonly Entry[]) => list.reduce((sum, e) => sum + e.tokens, 0)

/** Where the kept part begins: the first thing a person said that leaves at most `keep` tokens after it. */
function cutPoint(all: readonly Entry[], keep: number): number {
  let sum = 0
  let at = all.length
  for (let i = all.length - 1; i > 0; i--) {
    sum += (all[i] as Entry).tokens
    if (sum > keep && at < all.length) break
    if ((all[i] as Entry).role === 'user') at = i
  }
  return at === all.length
    ? Math.max(
        0,
        all.findLastIndex((e) => e.role === 'user'),
      )
    : at
}

/** Entries in groups of at most so many tokens, so that each can be read at a time; one that is longer stands alone. */
function inParts(past: readonly Entry[], most: number): Entry[][] {
  const parts: Entry[][] = [[]]
  let sum = 0
  for (const entry of past) {
    if (sum + entry.tokens > most && sum > 0 && entry.role !== 'tool') {
      parts.push([])
      sum = 0
    }
    parts.at(-1)?.push(entry)
    sum += entry.tokens
  }
  return parts
}

const said = (text: string): ModelMessage => ({ role: 'user', parts: [{ type: 'text', text }] })

/** Messages of which no two in a row are a person's. */
const joined = (messages: readonly ModelMessage[]): ModelMessage[] =>
  messages.reduce<ModelMessage[]>((out, m) => {
    const last = out.at(-1)
    if (last?.role === 'user' && m.role === 'user')
      return [...out.slice(0, -1), { ...m, parts: [...last.parts, ...m.parts] }]
    return [...out, m]
  }, [])

/** The text of an answer; undefined when it failed or says nothing. */
async function answered(events: ReturnType<typeof ask>, signal: AbortSignal): Promise<string | undefined> {
  for await (const event of untilAbort(events, signal))
    if (event.type === 'end') return event.error ? undefined : textOf(event.parts) || undefined
  return undefined
}

async function summary(
  kit: TurnKit,
  past: readonly Entry[],
  candidates: readonly Candidate[],
  signal: AbortSignal,
  instructions: string,
): Promise<string | undefined> {
  const first = candidates[0]
  if (!first || first.provider.id === 'demo') return undefined
  const session = sessions.byId(kit.world.db, past[0]?.session ?? '')
  const limit = deadline(kit.world.clock, summaryMs, new Fault('TIMEOUT', 'the summary took too long'), signal)
  const window = Math.min(first.info.contextWindow, kit.world.settings.contextTokens() ?? Infinity)
  const { share } = kit.world.settings.compaction()
  const wish = `Condense the conversation above.${instructions ? ` ${instructions}` : ''}`
  const spender = { agent: session?.agent ?? '', session: session?.key ?? '' }
  const question = {
    candidates,
    system,
    tools: () => [],
    thinking: 'off' as const,
    session: `${past[0]?.session}:summary`,
    spender,
  }
  try {
    let made: string | undefined
    for (const part of share === undefined ? [past] : inParts(past, (window * share) / safety)) {
      const before = made === undefined ? [] : [said(`[Summary of what came before]\n${within(made)}`)]
      const asked = joined([...before, ...shorten(render(part), 4000), said(wish)])
      made = await answered(ask(kit.world, kit.cooldowns, question, asked, limit.signal), limit.signal)
      if (made === undefined) return undefined
    }
    return made
  } catch (error) {
    if (signal.aborted) throw error
    kit.world.log.warn('no summary from the model; making one by rule', { error: describeError(error) })
    return undefined
  } finally {
    limit.done()
  }
}

/** A summary made by rule: the older summary, then what people said, newest words kept longest. */
export function plainSummary(past: readonly Entry[]): string {
  const older = past.find((e) => e.role === 'summary')
  const head = older ? textOf(older.parts).slice(0, plainChars / 2) : ''
  const lines = past
    .filter((e) => e.role === 'user' || e.role === 'assistant')
    .map((e) => `${e.role === 'user' ? 'Person' : 'You'}: ${textOf(e.parts).replaceAll(/\s+/g, ' ').slice(0, 240)}`)
    .filter((line) => line.length > 10)
  const body = lines.join('\n').slice(-(plainChars - head.length))
  return [head, body].filter(Boolean).join('\n')
}
