// A linked device against a WhatsApp server: real handshake, real Signal sessions.
import { afterEach, expect, test } from 'bun:test'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { outbound, run } from '../../contract/running.ts'
import { fakeWhatsApp } from '../../fakes/whatsapp.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

const never = new AbortController().signal

async function device(more: Readonly<Record<string, unknown>> = {}) {
  const wa = await fakeWhatsApp()
  open.push(wa)
  const state = wa.link()
  const going = await run(whatsapp, { webSocketUrl: wa.url, ...more }, { state })
  open.push(going)
  return { wa, going, state }
}

test('a message comes in, and an answer goes out', async () => {
  const { wa, going } = await device()
  expect(going.connection.me).toEqual({ id: wa.owner.jid.replace(/^(\d+)@.*/, '+$1'), name: 'Owner' })
  wa.says('ann', 'hello there')
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({
    text: 'hello there',
    kind: 'direct',
    from: { name: 'ann' },
    addressed: true,
  })
  const to = going.received[0]?.to
  if (!to) throw new Error('no address')
  await going.connection.send(outbound(to, 'hello **ann**'), never)
  expect(wa.sent.map((s) => [s.reader, s.message.extendedTextMessage?.text])).toEqual([['ann', 'hello *ann*']])
  expect(wa.refused).toEqual([])
})
