// That no message is lost between WhatsApp and the database, however the process or the disk fails.
import { afterEach, expect, test } from 'bun:test'
import type { AccountState } from '../../../src/define/channel.ts'
import { loadBaileys } from '../../../src/channels/whatsapp/device/baileys.ts'
import { linked, unlink } from '../../../src/channels/whatsapp/device/linked.ts'
import { openVault } from '../../../src/channels/whatsapp/device/vault.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { nextTick } from '../../../src/lib/clock.ts'
import { contextOf, faultOf, outbound, run } from '../../contract/running.ts'
import { fakeWhatsApp } from '../../fakes/whatsapp.ts'
import { closeAll, device, never, open } from './setup.ts'

afterEach(closeAll)

const receiptsFor = (wa: Awaited<ReturnType<typeof device>>['wa'], id: string) =>
  wa.mail.receipts.filter((r) => r.id === id)

test('a message that could not be written down is not acknowledged, and comes again', async () => {
  const { wa, going } = await device()
  wa.says('ann', 'first')
  await going.until('the first', () => going.received.length === 1)
  going.disk = 'full'
  const id = wa.says('ann', 'precious')
  await going.until('the cut', () => going.statuses.includes('offline'))
  expect(receiptsFor(wa, id)).toEqual([])
  expect(wa.mail.waiting).toEqual([id])
  going.disk = 'fine'
  await going.until('the message', () => going.received.length === 2)
  expect(going.received.map((m) => m.text)).toEqual(['first', 'precious'])
  await going.until('the receipt', () => wa.mail.waiting.length === 0)
  expect(receiptsFor(wa, id).some((r) => r.error !== undefined || r.type === 'retry')).toBe(false)
})

test('a message WhatsApp considers delivered survives the end of the process', async () => {
  const { wa, going, connect } = await device()
  going.broken = true
  const id = wa.says('ann', 'precious')
  await going.until('the receipt', () => receiptsFor(wa, id).length > 0)
  expect(wa.mail.waiting).toEqual([])
  expect(going.received).toEqual([])
  await going.scope.close()
  const next = await connect({ state: going.state })
  await next.until('the message', () => next.received.length === 1)
  expect(next.received[0]).toMatchObject({ id, text: 'precious', from: { name: 'ann' } })
  await next.until('the journal is empty', () => ![...going.state.keys()].some((key) => key.startsWith('raw:')))
})

test('a connection closes only when what it was decrypting is written down', async () => {
  const wa = await fakeWhatsApp()
  open.push(wa)
  const kept = { state: wa.link() }
  const { ctx, scope, received } = contextOf(whatsapp, { webSocketUrl: wa.url }, kept)
  const gate = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const write: AccountState['write'] = async (values) => {
    if (Object.keys(values).some((key) => key.startsWith('raw:'))) {
      held.resolve()
      await gate.promise
    }
    return ctx.state.write(values)
  }
  await whatsapp.connect({ ...ctx, state: { ...ctx.state, write } })
  const id = wa.says('ann', 'at the last moment')
  await held.promise
  let closed = false
  const closing = scope.close().then(() => (closed = true))
  for (let i = 0; i < 20; i++) await nextTick()
  expect(closed).toBe(false)
  gate.resolve()
  await closing
  expect(received).toEqual([])
  const next = await run(whatsapp, { webSocketUrl: wa.url }, kept)
  open.push(next)
  await next.until('the message', () => next.received.length === 1)
  expect(next.received[0]).toMatchObject({ id, text: 'at the last moment' })
})

test('what came while we were away comes first, and in order', async () => {
  const { wa, going, connect } = await device()
  wa.says('ann', 'zero')
  await going.until('the first', () => going.received.length === 1)
  await going.scope.close()
  const texts = Array.from({ length: 20 }, (_, i) => `missed ${i}`)
  for (const text of texts) wa.says('ann', text)
  await wa.mail.settled()
  const next = await connect({ state: going.state })
  wa.says('ann', 'live')
  await next.until('all', () => next.received.length === 21)
  expect(next.received.map((m) => m.text)).toEqual([...texts, 'live'])
  expect(wa.mail.waiting).toEqual([])
})

test('a burst of a stranger keeps its order', async () => {
  const { wa, going } = await device()
  const texts = Array.from({ length: 30 }, (_, i) => `line ${i}`)
  for (const text of texts) wa.says('stranger', text)
  await going.until('all', () => going.received.length === texts.length)
  expect(going.received.map((m) => m.text)).toEqual(texts)
})

test('the same stanza twice is one message', async () => {
  const { wa, going } = await device()
  wa.says('ann', 'once')
  await going.until('the message', () => going.received.length === 1)
  wa.mail.repeat()
  wa.says('ann', 'next')
  await going.until('the next', () => going.received.length === 2)
  expect(going.received.map((m) => m.text)).toEqual(['once', 'next'])
})

test('a session that was tried in vain still serves: what is said with it can be read', async () => {
  const { wa, going, connect, ann } = await device()
  wa.says('ann', 'one')
  await going.until('the first', () => going.received.length === 1)
  await going.connection.send(outbound(ann, 'answer one'), never)
  await going.scope.close()
  // A new start looks up Ann's devices and opens a new session, which she does not hear of.
  const next = await connect({ state: going.state })
  wa.next({ error: 503 })
  await faultOf(next.connection.send(outbound(ann, 'refused'), never))
  for (const text of ['two', 'three', 'four']) {
    const before = next.received.length
    wa.says('ann', text)
    await next.until(text, () => next.received.length > before)
    await next.connection.send(outbound(ann, `answer ${text}`), never)
  }
  expect(next.received.map((m) => m.text)).toEqual(['two', 'three', 'four'])
  const read = wa.sent.filter((s) => s.reader === 'ann').map((s) => s.message.extendedTextMessage?.text)
  expect(read).toEqual(['answer one', 'answer two', 'answer three', 'answer four'])
  expect(wa.mail.receipts.some((r) => r.type === 'retry')).toBe(false)
  expect(wa.refused).toEqual([])
})

test('a message of a session that is lost comes again in a new one', async () => {
  const { wa, going, connect, ann } = await device()
  wa.says('ann', 'one')
  await going.until('the first', () => going.received.length === 1)
  await going.connection.send(outbound(ann, 'answer one'), never)
  await going.scope.close()
  for (const key of going.state.keys()) if (key.startsWith('key:session:')) going.state.delete(key)
  const next = await connect({ state: going.state })
  const id = wa.says('ann', 'two')
  await next.until('the second', () => next.received.length === 1)
  expect(next.received[0]).toMatchObject({ id, text: 'two' })
  expect(receiptsFor(wa, id).filter((r) => r.type === 'retry').length).toBe(1)
  await next.connection.send(outbound(ann, 'answer two'), never)
  expect(wa.sent.at(-1)?.message.extendedTextMessage?.text).toBe('answer two')
  await next.until('nothing to wait for', () => wa.mail.waiting.length === 0)
})

/** A state that counts its transactions and can fail. */
function rows() {
  const map = new Map<string, string>()
  const writes: (readonly string[])[] = []
  let failing = false
  const state: AccountState = {
    get: (key) => map.get(key),
    set: (key, value) => void map.set(key, value),
    all: (prefix) => new Map([...map].filter(([key]) => key.startsWith(prefix))),
    async write(values) {
      await Promise.resolve()
      if (failing) throw new Error('the disk is full')
      writes.push(Object.keys(values))
      for (const [key, value] of Object.entries(values))
        if (value === undefined) map.delete(key)
        else map.set(key, value)
    },
  }
  return { map, writes, state, fail: (on: boolean) => (failing = on) }
}

test('credentials and keys that change together are one transaction', async () => {
  const { map, writes, state } = rows()
  const vault = openVault(await loadBaileys(), state)
  vault.creds.nextPreKeyId = 9
  await Promise.all([
    vault.saveCreds(),
    vault.keys.set({ 'pre-key': { 8: { public: Buffer.of(1), private: Buffer.of(2) } } }),
  ])
  expect(writes).toEqual([['cred', 'key:pre-key:8']])
  const again = openVault(await loadBaileys(), state)
  expect(again.creds.nextPreKeyId).toBe(9)
  expect(again.creds.noiseKey).toEqual(vault.creds.noiseKey)
  expect((await again.keys.get('pre-key', ['8', '9']))['8']?.public).toEqual(Buffer.of(1))
  await again.keys.set({ 'pre-key': { 8: null } })
  expect(map.has('key:pre-key:8')).toBe(false)
})

test('keys used up and what they opened are one transaction, or none', async () => {
  const { map, writes, state, fail } = rows()
  const { keys, together } = openVault(await loadBaileys(), state)
  const unlock = async (value: number) => {
    await keys.set({ session: { ann: Buffer.of(value) } })
    expect((await keys.get('session', ['ann']))['ann']).toEqual(Buffer.of(value))
    return `message ${value}`
  }
  await together(
    () => unlock(1),
    (text) => ({ 'raw:1': text }),
  )
  expect(writes).toEqual([['key:session:ann', 'raw:1']])
  fail(true)
  const failed = await faultOf(
    together(
      () => unlock(2),
      (text) => ({ 'raw:2': text }),
    ),
  )
  expect(failed.message).toContain('could not be stored')
  expect((await keys.get('session', ['ann']))['ann']).toEqual(Buffer.of(1))
  fail(false)
  await together(
    () => unlock(3),
    (text) => ({ 'raw:3': text }),
  )
  expect([...map.keys()]).toEqual(['key:session:ann', 'raw:1', 'raw:3'])
})

test('the number of a key is given once, also when its count was not written any more', async () => {
  const { state } = rows()
  const vault = openVault(await loadBaileys(), state)
  const key = { public: Buffer.of(1), private: Buffer.of(2) }
  await vault.saveCreds()
  await vault.keys.set({ 'pre-key': { 1: key, 30: key, 7: key } })
  const { creds } = openVault(await loadBaileys(), state)
  expect([creds.nextPreKeyId, creds.firstUnuploadedPreKeyId]).toEqual([31, 31])
})

test('a device is linked once the phone has confirmed it, and forgets it all but what waits', async () => {
  const { map, state } = rows()
  expect(linked(state)).toBe(false)
  const vault = openVault(await loadBaileys(), state)
  vault.creds.me = { id: '1:2@s.whatsapp.net' }
  await vault.saveCreds()
  expect(linked(state)).toBe(false)
  vault.creds.account = { details: Buffer.of(1) }
  await vault.saveCreds()
  expect(linked(state)).toBe(true)
  map.set('raw:1', '{}')
  await vault.keys.set({ session: { ann: Buffer.of(1) } })
  await unlink(state)
  expect([...map.keys()]).toEqual(['raw:1'])
})
