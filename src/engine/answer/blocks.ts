// Sends finished parts of an answer while the rest is written: durably, in order, and none of it again with the answer.
import { describeError } from '../../lib/fault.ts'
import { blockEnd } from '../../lib/blocks.ts'
import { openFence } from '../../lib/split.ts'
import type { MediaRef } from '../../domain/media.ts'
import * as kv from '../../store/kv.ts'
import { maySend, withPrefix } from './answering.ts'
import type { LoopEvent } from '../loop.ts'
import { silentReply } from '../prompt/index.ts'
import { reasoningOf } from './reasoning.ts'
import { replyModeOf, say, speaker } from '../say.ts'
import type { BlockSettings } from '../settings.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

const space = 'blocks'

/** What was sent of a turn: how many blocks, and the beginning of the step's text that they were. */
export interface Sent {
  readonly blocks: number
  readonly text: string
}

const nothing: Sent = { blocks: 0, text: '' }

/** What of a turn was sent already. */
export function sentOf(world: World, turn: string): Sent {
  const stored = kv.get(world.db, space, turn)
  return stored === undefined ? nothing : (JSON.parse(stored) as Sent)
}

/** Forgets what was sent of a turn; inside a transaction. */
export const forgetSent = (world: World, turn: string): void => kv.remove(world.db, space, turn)

/** The part of an answer that was not sent yet: all of it when it is another one than was begun. */
export const unsent = (answer: string, sent: Sent): string =>
  answer.startsWith(sent.text) ? answer.slice(sent.text.length) : answer

/** The rule for a turn's blocks; undefined when its chat gets the answer in one. */
export function blockRule(world: World, start: TurnStart): BlockSettings | undefined {
  const { to, turn, message, session } = start
  if (!to || to.channel === 'webchat' || message?.native || (turn.options as TurnOptions).beat) return undefined
  const account = world.settings.account(to.channel, to.account)
  const rule = world.settings.blocks(session.agent, to.channel)
  const on = account?.common.blockStreaming ?? (to.channel === 'telegram' && rule.usual)
  // What was thought stands before the whole answer, or in its draft.
  if (!account || !on || !maySend(world, start) || reasoningOf(world, start) !== 'off') return undefined
  const own = account.common.blockStreamingCoalesce
  return {
    ...rule,
    min: own?.minChars ?? rule.min,
    max: Math.min(own?.maxChars ?? rule.max, account.common.textChunkLimit ?? Infinity, account.limits.text),
    idleMs: own?.idleMs ?? rule.idleMs,
  }
}

/** Words that are more than text: they are left to the end, which knows what to do with them. */
const special = /\[\[|^[ \t]*MEDIA:/m

/** Sends blocks of one turn, each with its `voice` where there is one; undefined settings send none. */
export function blocks(
  world: World,
  start: TurnStart,
  rule: BlockSettings | undefined,
  signal: AbortSignal,
  voice?: (block: string) => Promise<readonly MediaRef[]>,
) {
  const before = sentOf(world, start.turn.id)
  let count = before.blocks
  let text = '' // of this step, as far as it is written
  let taken = 0 // characters of it that are in blocks
  let open = '' // the fence the last block was cut in
  let held = false // whether the rest of this step is left to the end
  let idle: AbortController | undefined
  let tail: Promise<void> | undefined // without a block nobody waits for the beginning to be on the disk

  const stop = () => {
    idle?.abort(new Error('there is more'))
    idle = undefined
  }

  /** Puts a block into the outbox, after the ones before it and a pause as people make. */
  async function put(block: string, sent: Sent, first: boolean) {
    const { pause } = rule as BlockSettings
    if (pause && !first)
      await world.clock
        .sleep(pause.minMs + Math.random() * Math.max(0, pause.maxMs - pause.minMs), signal)
        .catch(() => undefined)
    const media = (await voice?.(block)) ?? []
    await world.db.write(() => {
      const mode = replyModeOf(world, start)
      say(world, start.to as NonNullable<typeof start.to>, first ? withPrefix(world, start, block) : block, {
        turn: start.turn.id,
        ...speaker(world, start.session.agent),
        key: `block:${start.turn.id}:${sent.blocks}`,
        media,
        replyMode: mode === 'first' && !first ? 'off' : mode,
        ...(start.replyTo === undefined ? {} : { replyTo: start.replyTo }),
      })
      kv.set(world.db, space, start.turn.id, JSON.stringify(sent))
    })
  }

  /** Sends the next `length` characters as a block. */
  function send(length: number) {
    const raw = text.slice(taken, taken + length)
    taken += length
    const whole = open + raw
    const fence = openFence(whole)
    open = fence ? `${fence.marker}${fence.info}\n` : ''
    const block = (fence ? `${whole.trimEnd()}\n${fence.marker}` : whole).trim()
    if (!block) return
    const sent = { blocks: ++count, text: text.slice(0, taken) }
    tail = (tail ?? start.durable)
      .then(() => put(block, sent, sent.blocks === 1))
      .catch((error: unknown) =>
        world.log.warn('a part of an answer waits for its end', { error: describeError(error) }),
      )
  }

  function cut(r: BlockSettings) {
    for (;;) {
      const rest = text.slice(taken)
      const at = rest.search(special)
      const quiet = silentReply.startsWith(rest.trim()) || rest.trim().startsWith(silentReply)
      const end = held || quiet ? undefined : blockEnd(at < 0 ? rest : rest.slice(0, at), r)
      if (end !== undefined) send(end)
      else {
        if (at >= 0 || (quiet && rest.trim().length >= silentReply.length)) held = true
        return
      }
    }
  }

  /** When nothing more comes for a while, what is there goes out up to its last kind place. */
  function later(r: BlockSettings) {
    const timer = new AbortController()
    idle = timer
    world.clock.sleep(r.idleMs, AbortSignal.any([timer.signal, signal])).then(
      () => {
        const rest = text.slice(taken)
        const end = held ? undefined : blockEnd(rest, { ...r, min: Math.min(r.min, r.least) })
        if (end !== undefined) send(end)
      },
      () => undefined,
    )
  }

  return {
    hear(event: LoopEvent) {
      if (!rule || before.blocks) return // a turn that was taken up again gives its answer in one
      if (event.type === 'text') {
        text += event.delta
        if (rule.at === 'message_end') return
        stop()
        cut(rule)
        if (rule.idleMs && !held) later(rule)
      }
      const calls = event.type === 'answer' && event.parts.some((p) => p.type === 'call')
      if (calls) {
        stop()
        cut(rule)
        if (!held && text.slice(taken).trim()) send(text.length - taken)
      }
      if (event.type === 'restart' || event.type === 'results') {
        stop()
        text = ''
        taken = 0
        open = ''
        held = false
      }
    },
    /** Does something once the parts so far are in the outbox; parts that follow wait for it. */
    after(work: () => Promise<void>) {
      tail = (tail ?? start.durable).then(work).catch((error: unknown) => {
        if (!signal.aborted) world.log.warn('a line about a tool is not told', { error: describeError(error) })
      })
    },
    /** Resolves when all that is finished is in the outbox. */
    async close() {
      stop()
      await tail?.catch(() => undefined)
    },
  }
}
