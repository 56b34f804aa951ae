// Shows an answer while it is written. Never the durable answer: the last piece replaces what was shown.
import { blockEnd, type BlockRule } from '../../lib/blocks.ts'
import { describeError } from '../../lib/fault.ts'
import * as outbox from '../../store/outbox.ts'
import { draft } from './draft.ts'
import type { LoopEvent } from '../loop.ts'
import { reasoningOf, thoughtsShown } from './reasoning.ts'
import type { TurnOptions, TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Time before the first draft is shown, and between two edits, in ms. */
const firstMs = 1200
const everyMs = 1000
/** Longest time a sign of typing is kept up, in ms: after that it would only mislead. */
const typingMaxMs = 120_000
/** Fewest characters worth a draft. */
const minChars = 40

/** As much of a text as is whole pieces; all of it without a rule. */
function inPieces(text: string, rule: BlockRule | undefined): string {
  if (!rule) return text
  let end = 0
  for (let next = blockEnd(text, rule); next !== undefined; next = blockEnd(text.slice(end), rule)) end += next
  return text.slice(0, end)
}

/** The draft of one turn, unless its parts are sent by themselves, and the sign that we are typing. */
export function preview(world: World, start: TurnStart, signal: AbortSignal, drafted = true) {
  const { turn } = start
  const to = (turn.options as TurnOptions).beat ? undefined : start.to // what may be nothing shows no sign
  const account = to && world.settings.account(to.channel, to.account)
  const connection = () => to && world.connection(to)
  const stop = new AbortController()
  const life = AbortSignal.any([signal, stop.signal])
  const thinks = reasoningOf(world, start) === 'stream'
  let text = ''
  let thoughts = ''
  let shown = ''
  const sketch = draft(world, start, life)
  let busy: Promise<void> = Promise.resolve()

  const tellTyping = (active: boolean) => {
    if (!to) return
    const about = { channel: to.channel, account: to.account, to: to.chat, session: start.session.key }
    world.news.publish({ type: 'typing', ...about, active })
  }

  async function typing() {
    tellTyping(true)
    const until = world.clock.now() + typingMaxMs
    while (world.clock.now() < until) {
      await connection()
        ?.typing?.(to as NonNullable<typeof to>)
        .catch((error: unknown) => world.log.debug('no sign of typing', { error: describeError(error) }))
      await world.clock.sleep(world.settings.typingMs(), life)
    }
  }

  async function drafts() {
    await world.clock.sleep(firstMs, life)
    for (;;) {
      const news = latest()
      const ahead = to && outbox.waits(world.db, to) // what was said before stands above it
      if (news.length >= minChars && news !== shown && !ahead) {
        busy = show(news)
        await busy
      }
      await world.clock.sleep(everyMs, life)
    }
  }

  const limit = account?.limits.text ?? 4000
  /** What there is to show: the answer, or before its beginning what is thought. */
  const latest = () =>
    thinks && thoughts && text.length < minChars
      ? thoughtsShown(thoughts, limit - 2)
      : inPieces(text, account?.draftChunk)

  async function show(news: string) {
    if (news.length > limit) return
    shown = news
    await sketch.show(news)
  }

  const ended = () => undefined
  const mode =
    world.settings.typingMode() ?? (start.kind === 'direct' || start.message?.addressed ? 'instant' : 'message')
  let typed = false
  const type = () => {
    if (typed || !to || !account) return
    typed = true
    typing().catch(ended)
  }
  if (to && account) {
    if (mode === 'instant') type()
    // The answer to a native command may be for its caller alone; nothing of it is shown before.
    if (drafted && account.preview && !start.message?.native) drafts().catch(ended)
  }
  return {
    hear(event: LoopEvent) {
      if (event.type === 'text') text += event.delta
      if (event.type === 'thinking') thoughts += event.delta
      if (mode === 'message' && event.type === 'text') type()
      if (mode === 'thinking' && (event.type === 'text' || event.type === 'thinking')) type()
      if (event.type === 'restart' || event.type === 'results') text = thoughts = ''
    },
    /** The message that shows the draft, for the answer to take its place. */
    platformId: () => sketch.platformId(),
    /** Gives up the message that shows the draft so far, for something else to take its place; answers its id. */
    async release() {
      text = thoughts = ''
      await busy
      return await sketch.release()
    },
    /** Ends drafting; resolves when no draft is on its way any more. */
    async close() {
      stop.abort(new Error('the turn has ended'))
      if (typed) tellTyping(false)
      await busy
      await sketch.end()
    },
  }
}
