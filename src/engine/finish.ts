// The end of a turn: one transaction that answers the inbox, writes the log and fills the outbox.
import { describeError, toErrorShape, type ErrorShape } from '../lib/fault.ts'
import type { Address } from '../domain/address.ts'
import type { AgentEvent } from '../domain/agent-event.ts'
import type { MediaRef } from '../domain/media.ts'
import type { Part, StopReason, Usage } from '../domain/turn.ts'
import * as entries from '../store/entries.ts'
import * as events from '../store/events.ts'
import * as inbox from '../store/inbox.ts'
import * as kv from '../store/kv.ts'
import * as sessions from '../store/sessions.ts'
import * as turns from '../store/turns.ts'
import { maySend, withPrefix } from './answer/answering.ts'
import { judgeBeat, settleBeat } from './heartbeat/end.ts'
import { forgetSent, sentOf, unsent, type Sent } from './answer/blocks.ts'
import { estimateTokens } from './prompt/history.ts'
import { mediaLine, withMedia } from './answer/outgoing-media.ts'
import { asVoice } from './answer/sendable.ts'
import { persist } from './persist.ts'
import { dollars } from './price.ts'
import { reasoningOf, sayThoughts } from './answer/reasoning.ts'
import { replyTags } from './answer/reply-tags.ts'
import { silentReply, skips } from './prompt/index.ts'
import type { RunResult, StoppedBy } from './runs.ts'
import { replyModeOf, say, speaker } from './say.ts'
import type { Teller } from './teller.ts'
import type { TurnOptions, TurnStart } from './turn-kit.ts'
import type { World } from './world.ts'

/** How a turn ended. */
export type Ending =
  | {
      readonly kind: 'done'
      readonly stop: StopReason
      readonly usage: Usage
      readonly last: Usage
      readonly model: string
      readonly parts: readonly Part[]
      readonly text: string
      /** Calls its caller has to run; the answer that made them is stored already. */
      readonly calls: readonly Extract<Part, { type: 'call' }>[]
      readonly replaces?: string
      /** The answer as sound. */
      readonly voice?: readonly MediaRef[]
    }
  | { readonly kind: 'cancelled'; readonly by: Exclude<StoppedBy, 'shutdown'>; readonly text: string }
  | { readonly kind: 'failed'; readonly error: unknown; readonly text: string }
  /** The process is ending; the turn is taken up again at the next start. */
  | { readonly kind: 'interrupted'; readonly error: unknown }

type Told = Exclude<Ending, { kind: 'interrupted' }>

/** A turn whose beginning was undone: it is begun anew, so this end of it does not count. */
export class NeverBegun extends Error {
  override name = 'NeverBegun'
}

/** The answer as its reader should see it: nothing at all for a silent one. */
export function visible(text: string): string {
  const trimmed = text.trim()
  if (trimmed === silentReply) return ''
  return trimmed.replace(new RegExp(`^${silentReply}\\b\\s*|\\s*\\b${silentReply}$`, 'g'), '').trim()
}

/** Writes the end of a turn down and resolves, when it is durable, with what came of it. */
export async function finish(
  world: World,
  start: TurnStart,
  ending: Told,
  told: Teller,
  startedAt: number,
): Promise<RunResult> {
  const { db, clock } = world
  const error = ending.kind === 'failed' ? toErrorShape(ending.error) : undefined
  const workspace = world.settings.agent(start.session.agent)?.workspace ?? ''
  const sent = sentOf(world, start.turn.id)
  const tags = replyTags(visible(unsent(ending.text, sent)))
  const rest = await withMedia(world, workspace, tags.text)
  const { media } = rest
  const shown = sent.blocks ? { media, text: whole(ending.text) } : rest
  const at = clock.now()
  const failure = error?.message ?? (ending.kind === 'cancelled' ? 'it was stopped' : undefined)
  const warning = toolWarning(world, start, ending)
  const beat = judgeBeat(world, start, { ...shown, text: shown.text || warning, error: failure })
  const text = beat ? beat.text : shown.text
  const news = told.news(eventOf(ending, text, error))
  let undone = false
  start.durable.catch(() => {
    undone = true
  })
  await Promise.resolve() // a beginning that was undone before now is known by then
  await persist(world, () => {
    if (undone) throw new NeverBegun('the beginning of the turn was undone')
    if (ending.text.trim() && !(ending.kind === 'done' && ending.calls.length)) store(world, start, ending, media, at)
    end(world, start, ending, { text, error, at })
    inbox.done(db, start.turn.id)
    if (start.to) kv.remove(db, 'preview', start.turn.id)
    entries.indexSome(db)
    const said = {
      text: beat ? text : rest.text || warning,
      media: [...(tags.voice ? media.map(asVoice) : media), ...((ending.kind === 'done' && ending.voice) || [])],
      replyTo: tags.replyTo,
      sent,
    }
    forgetSent(world, start.turn.id)
    if (!beat) answer(world, start, ending, { ...said, error })
    else {
      const { beat: mark } = start.turn.options as TurnOptions
      if (beat.news.status === 'sent' && mark?.reasoning && ending.kind === 'done')
        sayThoughts(world, start, beat.to, ending)
      answer(world, { ...start, to: beat.to }, ending, { ...said, error: undefined })
      settleBeat(world, start, beat, { error: failedOf(ending), messages: ending.text.trim() ? 2 : 1, at, startedAt })
    }
    events.appendNews(db, at, start.session.key, news)
    db.afterCommit(() => told.publish(news))
  })
  return {
    run: start.turn.run,
    sessionId: start.session.id,
    status: ending.kind === 'done' ? 'ok' : ending.kind === 'failed' ? 'error' : 'aborted',
    text,
    startedAt,
    endedAt: at,
    ...(ending.kind === 'done'
      ? { stop: ending.stop, usage: ending.usage, model: ending.model, calls: ending.calls }
      : {}),
    ...(error ? { error } : {}),
  }
}

/** What a chat is told when a turn ends without a word after a tool failed; empty when there is nothing to tell. */
function toolWarning(world: World, start: TurnStart, ending: Told): string {
  const { beat } = start.turn.options as TurnOptions
  const wanted = beat ? !beat.quietTools : world.settings.toolWarnings()
  if (!wanted || ending.kind !== 'done' || ending.calls.length || ending.text.trim()) return ''
  const results = entries.ofTurn(world.db, start.turn.id).flatMap((x) => x.parts.filter((p) => p.type === 'result'))
  const last = results.at(-1)
  return last && !last.ok ? `⚠️ ${last.tool} failed: ${(last.text.trim().split('\n')[0] ?? '').slice(0, 200)}` : ''
}

/** An answer that went out in parts, as one text for those who did not see it grow. */
const whole = (answer: string): string => replyTags(visible(answer)).text.replaceAll(mediaLine, '').trim()

const failedOf = (ending: Told): unknown =>
  ending.kind === 'failed' ? ending.error : ending.kind === 'cancelled' ? new Error('it was stopped') : undefined

function eventOf(ending: Told, text: string, error: ErrorShape | undefined): AgentEvent {
  if (ending.kind === 'done')
    return { type: 'finished', stop: ending.stop, usage: ending.usage, model: ending.model, text }
  if (ending.kind === 'cancelled') return { type: 'cancelled', by: ending.by, text }
  return { type: 'failed', error: error as ErrorShape }
}

/** Writes down what was said, and the files that went along: those are for people, no model is shown them. */
function store(world: World, start: TurnStart, ending: Told, media: readonly MediaRef[], at: number) {
  const parts: readonly Part[] = ending.kind === 'done' ? ending.parts : [{ type: 'text', text: ending.text }]
  entries.append(world.db, {
    session: start.session.id,
    turn: start.turn.id,
    role: 'assistant',
    parts: [...parts, ...media.map((ref) => ({ type: 'media' as const, ref }))],
    at,
    tokens: estimateTokens(parts),
    ...(ending.kind === 'done' ? { model: ending.model, usage: ending.usage, stop: ending.stop } : {}),
    ...(ending.kind === 'cancelled' ? { stop: 'aborted' as const } : {}),
    ...(ending.kind === 'failed' ? { stop: 'error' as const } : {}),
  })
}

function end(
  world: World,
  start: TurnStart,
  ending: Told,
  more: { text: string; error: ErrorShape | undefined; at: number },
) {
  const { db } = world
  const state = ({ done: 'done', cancelled: 'cancelled', failed: 'failed' } as const)[ending.kind]
  turns.end(db, start.turn.id, {
    state,
    text: more.text,
    at: more.at,
    ...(ending.kind === 'done' ? { stop: ending.stop, model: ending.model, usage: ending.usage } : {}),
    ...(more.error ? { error: more.error } : {}),
  })
  if (ending.kind === 'done') {
    const { usage, last, model } = ending
    const context = last.input + last.cacheRead + last.cacheWrite + last.output
    sessions.spend(db, start.session.id, { usage, context, model, messages: ending.text.trim() ? 1 : 0, at: more.at })
  } else sessions.touch(db, start.session.id, ending.text.trim() ? 1 : 0, more.at)
}

/** What a chat is to get. */
interface Answer {
  readonly text: string
  readonly media: readonly MediaRef[]
  readonly error: ErrorShape | undefined
  readonly replyTo: string | undefined
  /** What of it was sent while it was written. */
  readonly sent: Sent
}

/** What the session wants to be told of tokens. */
function footer(wish: string | undefined, { usage, model }: Extract<Ending, { kind: 'done' }>): string {
  if (wish === undefined || wish === 'off') return ''
  const counts = `${usage.input + usage.cacheRead + usage.cacheWrite} in / ${usage.output} out`
  if (wish !== 'full') return `\n\n${counts}`
  const price = usage.cost === undefined ? '' : `, ${dollars(usage.cost)}`
  return `\n\n${model}: ${counts}, ${usage.cacheRead} cached${price}`
}

/** Takes a draft away that no answer takes the place of. */
function withdraw(world: World, to: Address, draft: string) {
  world
    .connection(to)
    ?.remove?.(to, draft)
    .catch((error: unknown) => world.log.debug('a draft could not be taken away', { error: describeError(error) }))
}

/** Puts the answer, or word of a failure, into the outbox of the chat it is for. */
function answer(world: World, start: TurnStart, ending: Told, { text, media, error, replyTo, sent }: Answer) {
  const { db } = world
  const { to, session } = start
  if (!to || !maySend(world, start)) return
  const words = error
    ? `⚠️ ${error.message}`
    : ending.kind === 'cancelled' && ending.by === 'timeout'
      ? '⚠️ That took too long; I stopped.'
      : text
  const draft = ending.kind === 'done' ? ending.replaces : undefined
  if (skips(words) || (!words && !media.length) || (ending.kind === 'cancelled' && ending.by !== 'timeout'))
    return draft === undefined ? undefined : db.afterCommit(() => withdraw(world, to, draft))
  const thought = ending.kind === 'done' && reasoningOf(world, start) === 'on' && sayThoughts(world, start, to, ending)
  const usage = ending.kind === 'done' ? footer(session.settings.responseUsage, ending) : ''
  const mode = replyTo !== undefined && !start.message?.native ? 'first' : replyModeOf(world, start)
  const target = replyTo === undefined || replyTo === 'current' ? start.replyTo : replyTo
  const goesOn = sent.blocks > 0 && !error
  const by = ending.kind === 'done' ? ending.model : undefined
  say(world, to, goesOn ? `${words}${usage}` : withPrefix(world, start, `${words}${usage}`, by), {
    turn: start.turn.id,
    ...speaker(world, session.agent),
    key: `answer:${start.turn.id}`,
    media,
    replyMode: goesOn && replyTo === undefined && mode === 'first' ? 'off' : mode,
    ...(target === undefined ? {} : { replyTo: target }),
    ...(draft === undefined || thought ? {} : { replaces: draft }),
  })
}
