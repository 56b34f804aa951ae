// The message an answer is shown in while it is written: one that the platform lets grow, or one that is edited.
import { describeError } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { Stream } from '../../define/channel.ts'
import * as kv from '../../store/kv.ts'
import { replyModeOf, speaker } from '../say.ts'
import type { TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** A draft of one turn's answer. */
export interface Draft {
  /** The message that shows it, once there is one; also after a restart. */
  platformId(): string | undefined
  /** Shows the answer as far as it is written; a failure is logged and harms nothing. */
  show(text: string): Promise<void>
  /** Ends the message there is, and begins another one with the next words; answers its id. */
  release(): Promise<string | undefined>
  /** Nothing more will be shown. */
  end(): Promise<void>
}

/** The draft of a turn that answers in a chat. */
export function draft(world: World, start: TurnStart, signal: AbortSignal): Draft {
  const { turn, to } = start
  let platformId = to ? kv.get(world.db, 'preview', turn.id) : undefined
  let stream: Stream | undefined
  /** What the stream shows. */
  let streamed = ''

  function note(id: string) {
    platformId = id
    world.db.stage(() => kv.set(world.db, 'preview', turn.id, id))
  }

  /** A draft stands where the answer that takes its place will: under what it replies to. */
  const piece = (text: string) => ({
    id: newId('out', world.clock),
    to: to as NonNullable<typeof to>,
    text,
    media: [],
    silent: true,
    ...speaker(world, start.session.agent),
    ...(start.replyTo !== undefined && replyModeOf(world, start) !== 'off' ? { replyTo: start.replyTo } : {}),
  })

  /** A stream only grows: what was begun anew is shown by edits. */
  async function end() {
    const last = stream
    stream = undefined
    await last?.end()
  }

  async function put(text: string) {
    const c = to && world.connection(to)
    if (!c?.edit || !to) return
    if (stream && !text.startsWith(streamed)) await end()
    if (stream) await stream.add(text.slice(streamed.length), signal)
    else if (platformId !== undefined) return c.edit(to, platformId, `${text} …`, signal)
    else {
      stream = await c.stream?.(piece(text), start.message?.from.id, signal)
      note(stream?.platformId ?? (await c.send(piece(`${text} …`), signal)).platformId)
    }
    streamed = text
  }

  const quietly = async (work: Promise<void>) => {
    try {
      await work
    } catch (error) {
      world.log.debug('a draft could not be shown', { error: describeError(error) })
    }
  }
  async function release() {
    await quietly(end())
    const last = platformId
    platformId = undefined
    return last
  }
  return { platformId: () => platformId, release, show: (text) => quietly(put(text)), end: () => quietly(end()) }
}
