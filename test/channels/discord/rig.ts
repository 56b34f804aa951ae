// A Discord account that runs against the fake, for the tests of this folder.
import { afterEach } from 'bun:test'
import { discord } from '../../../src/channels/discord/index.ts'
import type { MediaRef } from '../../../src/domain/media.ts'
import { nextTick, testClock } from '../../../src/lib/clock.ts'
import { outbound, run, type Running } from '../../contract/running.ts'
import { fakeDiscord, type FakeDiscord } from '../../fakes/discord.ts'
import type { Channel } from '../../fakes/discord-world.ts'

const open: AsyncDisposable[] = []
const never = new AbortController().signal

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

/** A fake that is closed after the test; `lay` makes the world before anybody looks. */
export async function world(lay: (dc: FakeDiscord) => void = () => undefined): Promise<FakeDiscord> {
  const dc = await fakeDiscord()
  open.push(dc)
  lay(dc)
  return dc
}

/** Connects; `kept` outlives a connection, as the database does. */
export async function start(
  dc: FakeDiscord,
  account: Readonly<Record<string, unknown>> = {},
  kept: Parameters<typeof run>[2] = {},
): Promise<Running> {
  const going = await run(discord, { token: dc.token, apiRoot: dc.url, ...account }, kept)
  open.push(going)
  return going
}

/** A running bot with a direct chat. */
export async function bot(account: Readonly<Record<string, unknown>> = {}, lay?: (dc: FakeDiscord) => void) {
  const dc = await world(lay)
  const ann = dc.direct('Ann')
  const going = await start(dc, account)
  const to = at(ann)
  const say = (text: string, more: Parameters<typeof outbound>[2] = {}) =>
    going.connection.send(outbound(to, text, more), never)
  return { dc, ann, going, to, say }
}

/** The address of a channel. */
export const at = (c: Pick<Channel, 'id'>, thread?: string) => ({
  channel: 'discord',
  account: 'default',
  chat: c.id,
  ...(thread === undefined ? {} : { thread }),
})

/** A file in the media store. */
export function file(going: Running, about: Omit<MediaRef, 'id' | 'bytes'>, bytes: Uint8Array<ArrayBuffer>): MediaRef {
  const id = `out-${going.files.size}`
  going.files.set(id, bytes)
  return { id, bytes: bytes.length, ...about }
}

/** The texts that were received. */
export const texts = (going: Running): string[] => going.received.map((m) => m.text)

/** Connects anew with what the last connection left behind; time moves while it connects. */
export async function again(dc: FakeDiscord, before: Running, account: Readonly<Record<string, unknown>> = {}) {
  await before.scope.close()
  const seen = new Set(before.received.map((m) => `${m.to.chat}/${m.id}`))
  const clock = testClock(before.clock.now())
  const state = { connecting: true }
  const going = start(dc, account, { state: before.state, seen, clock }).finally(() => (state.connecting = false))
  for (let moved = performance.now(); state.connecting;) {
    await nextTick()
    if (performance.now() - moved < 10) continue
    await clock.advance(500)
    moved = performance.now()
  }
  return going
}
