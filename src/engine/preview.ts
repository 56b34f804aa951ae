// Shows an answer while it is written, by editing one message. Never the durable answer: the last piece replaces it.
import { describeError } from '../lib/fault.ts'
import * as kv from '../store/kv.ts'
import { newId } from '../lib/ids.ts'
import { replyModeOf } from './say.ts'
import type { LoopEvent } from './loop.ts'
import type { TurnOptions, TurnStart } from './turn-kit.ts'
import type { World } from './world.ts'

/** Time before the first draft is shown, and between two edits, in ms. */
const firstMs = 1200
const everyMs = 1000
/** Time between two signs of typing, in ms. */
const typingMs = 5000
/** Longest time a sign of typing is kept up, in ms: after that it would only mislead. */
const typingMaxMs = 120_000
/** Fewest characters worth a draft. */
const minChars = 40

/** The draft of one turn, unless its parts are sent by themselves, and the sign that we are typing. */
export function preview(world: World, start: TurnStart, signal: AbortSignal, drafted = true) {
  const { turn } = start
  const to = (turn.options as TurnOptions).beat ? undefined : start.to // what may be nothing shows no sign
  const account = to && world.settings.account(to.channel, to.account)
  const connection = () => to && world.connection(to)
  const stop = new AbortController()
  const life = AbortSignal.any([signal, stop.signal])
  let text = ''
  let shown = ''
  let platformId = to ? kv.get(world.db, 'preview', turn.id) : undefined
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
      await world.clock.sleep(typingMs, life)
    }
  }

  async function drafts() {
    await world.clock.sleep(firstMs, life)
    for (;;) {
      if (text.length >= minChars && text !== shown) {
        busy = show()
        await busy
      }
      await world.clock.sleep(everyMs, life)
    }
  }

  async function show() {
    const c = connection()
    const limit = account?.limits.text ?? 4000
    if (!c?.edit || !to || text.length > limit) return
    shown = text
    try {
      if (platformId !== undefined) return await c.edit(to, platformId, `${shown} …`, life)
      // A draft stands where the answer that takes its place will: under what it replies to.
      const reply = start.replyTo !== undefined && replyModeOf(world, start) !== 'off' ? { replyTo: start.replyTo } : {}
      const draft = { id: newId('out', world.clock), to, text: `${shown} …`, media: [], silent: true, ...reply }
      const sent = await c.send(draft, life)
      platformId = sent.platformId
      world.db.stage(() => kv.set(world.db, 'preview', turn.id, sent.platformId))
    } catch (error) {
      world.log.debug('a draft could not be shown', { error: describeError(error) })
    }
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
      if (mode === 'message' && event.type === 'text') type()
      if (mode === 'thinking' && (event.type === 'text' || event.type === 'thinking')) type()
      if (event.type === 'restart' || event.type === 'results') text = ''
    },
    /** The message that shows the draft, for the answer to take its place. */
    platformId: () => platformId,
    /** Ends drafting; resolves when no draft is on its way any more. */
    async close() {
      stop.abort(new Error('the turn has ended'))
      if (typed) tellTyping(false)
      await busy
    },
  }
}
