// A number of the Cloud API: signed webhooks in, Graph calls out.
import { afterEach, expect, test } from 'bun:test'
import { cloudCheck } from '../../../src/channels/whatsapp/check.ts'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { channelSections } from '../../../src/channels/index.ts'
import { resolveAccounts } from '../../../src/define/accounts.ts'
import type { Fault } from '../../../src/lib/fault.ts'
import { faultOf, outbound, run } from '../../contract/running.ts'
import { fakeCloud } from '../../fakes/whatsapp-cloud.ts'
import { closeAll, never, open } from './setup.ts'

afterEach(closeAll)

async function shop(more: Readonly<Record<string, unknown>> = {}) {
  const wa = await fakeCloud()
  open.push(wa)
  const going = await run(whatsapp, { ...wa.account, ...more })
  open.push(going)
  wa.listen((request) => going.connection.webhook?.(request))
  const ann = { channel: 'whatsapp', account: 'default', chat: `+${wa.numberOf('ann')}` }
  const call = async (request: Request) => (await going.connection.webhook?.(request)) as Response
  return { wa, going, ann, call }
}

const hook = 'http://gateway.example/whatsapp/webhook'

test('it refuses to start without the secret that proves who calls', async () => {
  const { wa } = await shop()
  for (const key of ['appSecret', 'verifyToken', 'accessToken', 'phoneNumberId']) {
    const cloud = Object.fromEntries(Object.entries(wa.account.cloud).filter(([k]) => k !== key))
    expect(whatsapp.missing(whatsapp.account.parse({ cloud }))).toContain(`channels.whatsapp.cloud.${key}`)
    expect((await faultOf(run(whatsapp, { cloud }))).message).toContain(key)
  }
  expect(whatsapp.missing(whatsapp.account.parse(wa.account))).toBeUndefined()
})

test('only what WhatsApp signed, byte for byte, is heard', async () => {
  const { wa, going, call } = await shop()
  const body = wa.notification(wa.message('ann', 'knock knock'))
  const good = wa.sign(JSON.stringify(body))
  const bad = ['', 'sha256=', good.slice(0, -1), `${good}0`, good.replace('sha256=', 'sha1='), good.toUpperCase()]
  for (const signature of bad) expect((await call(wa.request(body, signature))).status).toBe(401)
  expect((await call(wa.request(body, wa.sign(JSON.stringify(body), 'guess')))).status).toBe(401)
  expect((await call(wa.request({ ...body, more: 1 }, good))).status).toBe(401)
  const none = new Request(hook, { method: 'POST', body: JSON.stringify(body) })
  expect((await call(none)).status).toBe(401)
  expect(going.received).toEqual([])
  expect((await call(wa.request(body))).status).toBe(200)
  expect((await call(wa.request(body))).status).toBe(200)
  expect(going.received.map((m) => m.text)).toEqual(['knock knock'])
})

test('what is signed and still no notification is refused', async () => {
  const { wa, call } = await shop()
  expect((await call(wa.request({ object: 'page', entry: [] }))).status).toBe(400)
  const headers = { 'x-hub-signature-256': wa.sign('{') }
  expect((await call(new Request(hook, { method: 'POST', body: '{', headers }))).status).toBe(400)
  const large = { ...headers, 'content-length': '9000000' }
  expect((await call(new Request(hook, { method: 'POST', body: '{', headers: large }))).status).toBe(413)
  expect((await call(new Request(hook, { method: 'PUT' }))).status).toBe(405)
})

test('the address is confirmed to who knows the verify token', async () => {
  const { wa, call } = await shop()
  const asking = (token: string, mode = 'subscribe') =>
    call(new Request(`${hook}?hub.mode=${mode}&hub.verify_token=${encodeURIComponent(token)}&hub.challenge=12345`))
  const answer = await asking(wa.verifyToken)
  expect([answer.status, await answer.text()]).toEqual([200, '12345'])
  expect((await asking('guess')).status).toBe(403)
  expect((await asking('')).status).toBe(403)
  expect((await asking(wa.verifyToken, 'other')).status).toBe(403)
})

test('a closed account takes nothing in', async () => {
  const { wa, going, call } = await shop()
  await going.scope.close()
  expect((await call(wa.request(wa.notification(wa.message('ann', 'too late'))))).status).toBe(503)
  expect(going.received).toEqual([])
})

test('the account knows its number, and says so when asked', async () => {
  const { wa, going } = await shop()
  expect(going.connection.me).toEqual({ id: `+${wa.number}`, name: 'Test Shop' })
  expect(await going.connection.probe?.(never)).toBe(`+${wa.number}, Test Shop, Cloud API`)
})

test('files come in, within the limit', async () => {
  const { wa, going } = await shop({ mediaMaxMb: 1 })
  const photo = new Uint8Array(2000).map((_, i) => i % 251)
  wa.says('ann', {
    type: 'image',
    image: { id: wa.keep(photo, 'image/jpeg'), mime_type: 'image/jpeg', caption: 'look' },
  })
  wa.says('ann', {
    type: 'video',
    video: { id: wa.keep(new Uint8Array(2_000_000), 'video/mp4'), mime_type: 'video/mp4' },
  })
  wa.says('ann', { type: 'document', document: { id: 'media-99', filename: 'gone.pdf' } })
  await going.until('all', () => going.received.length === 3)
  const [image, video, gone] = going.received
  expect(image).toMatchObject({ text: 'look', media: [{ mime: 'image/jpeg', bytes: 2000 }] })
  expect(going.files.get(image?.media[0]?.id ?? '')).toEqual(photo)
  expect(video?.text).toContain('[video not received:')
  expect(gone?.text).toContain('[gone.pdf not received:')
})

test('files go out by upload, what fits no kind as a document', async () => {
  const { wa, going, ann } = await shop()
  const send = (mime: string, text: string, more = {}) => {
    going.files.set('x', new Uint8Array(10))
    return going.connection.send(outbound(ann, text, { media: [{ id: 'x', mime, bytes: 10, ...more }] }), never)
  }
  await send('image/png', 'a **picture**')
  await send('audio/ogg', 'listen')
  await send('image/gif', '', { name: 'loop.gif' })
  expect(wa.sent.map((s) => [s.type, s.content['caption'] ?? s.content['body'] ?? s.content['filename']])).toEqual([
    ['image', 'a *picture*'],
    ['audio', undefined],
    ['text', 'listen'],
    ['document', 'loop.gif'],
  ])
})

test('buttons are shown as WhatsApp can: three under the text, ten in a list, else none', async () => {
  const { wa, going, ann } = await shop()
  const buttons = (n: number) => [
    Array.from({ length: n }, (_, i) => ({ text: `Choice ${i} with a long name`, data: `/pick ${i}` })),
  ]
  for (const n of [2, 7, 11]) await going.connection.send(outbound(ann, 'choose', { buttons: buttons(n) }), never)
  expect(wa.sent.map((s) => [s.type, s.content['type']])).toEqual([
    ['interactive', 'button'],
    ['interactive', 'list'],
    ['text', undefined],
  ])
  const press = {
    type: 'interactive',
    interactive: { type: 'button_reply', button_reply: { id: '/pick 1', title: 'x' } },
  }
  wa.says('ann', press)
  await going.until('the answer', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({ text: '/pick 1', addressed: true })
})

test('replies, reactions and receipts name their message', async () => {
  const { wa, going, ann } = await shop()
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  const id = going.received[0]?.id ?? ''
  await going.connection.send(outbound(ann, 'hi', { replyTo: id }), never)
  await going.connection.react?.(ann, id, '👍')
  await going.connection.typing?.(ann)
  await going.until('the receipts', () => wa.read.length === 2)
  expect(wa.sent[0]?.context).toBe(id)
  expect(wa.sent[1]).toMatchObject({ type: 'reaction', content: { message_id: id, emoji: '👍' } })
  expect(wa.read).toEqual([
    { id, typing: false },
    { id, typing: true },
  ])
})

test('nobody sees receipts when the config says so', async () => {
  const { wa, going, ann } = await shop({ sendReadReceipts: false })
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  await going.connection.typing?.(ann)
  await going.connection.send(outbound(ann, 'hi'), never)
  expect(wa.read).toEqual([])
})

test('after a day of silence the reason is told in words', async () => {
  const { wa, going, ann } = await shop()
  wa.silent.add(ann.chat.slice(1))
  const fault = await faultOf(going.connection.send(outbound(ann, 'still there?'), never))
  expect(fault.code).toBe('FORBIDDEN')
  expect(fault.message).toContain('24 hours')
})

test('each refusal says what to do, and none shows the token', async () => {
  const { wa, going, ann } = await shop()
  const failing = (code: number, status = 400) => {
    wa.next({ status, code, text: `said ${wa.token.slice(0, 4)}` })
    return faultOf(going.connection.send(outbound(ann, 'x'), never))
  }
  expect((await failing(190, 401)).message).toContain('oclaw config set channels.whatsapp.cloud.accessToken')
  expect(await failing(131056)).toMatchObject({ code: 'LIMITED', more: { retryAfterMs: 6000 } })
  expect((await failing(80007)).code).toBe('LIMITED')
  expect((await failing(131016, 500)).code).toBe('UNAVAILABLE')
  expect((await failing(131030)).message).toContain('test recipients')
  expect((await failing(10, 403)).message).toContain('whatsapp_business_messaging')
  const last = await failing(100)
  expect(last.code).toBe('INVALID_REQUEST')
  expect(JSON.stringify(last)).not.toContain(wa.token)
  expect((await faultOf(going.connection.send(outbound({ ...ann, chat: '1@g.us' }, 'x'), never))).code).toBe(
    'INVALID_REQUEST',
  )
})

test('a token that is taken away ends the account, an outage does not', async () => {
  const { wa, going } = await shop()
  await wa.down()
  await going.until('the outage', () => going.statuses.at(-1) === 'offline')
  expect(going.failures).toEqual([])
  await wa.up()
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  wa.revoke()
  await going.until('the end', () => going.failures.length > 0)
  expect((going.failures[0] as Fault).code).toBe('UNAUTHORIZED')
})

test('the check asks WhatsApp about each token', async () => {
  const { wa } = await shop()
  const check = (more: object = {}) => {
    const section = channelSections.whatsapp.parse({ cloud: { ...wa.account.cloud, ...more } })
    const accounts = resolveAccounts(whatsapp, section, {}).map((a) => ({ channel: 'whatsapp', ...a }))
    return cloudCheck.run({ signal: never, facts: { accounts, fetch: globalThis.fetch } })
  }
  expect(await check()).toEqual({ ok: true })
  expect(await check({ accessToken: 'wrong' })).toMatchObject({
    ok: false,
    text: expect.stringContaining('account "default": WhatsApp does not take the access token'),
    fix: { command: expect.stringContaining('accessToken') },
  })
  await wa.down()
  expect(await check()).toMatchObject({ ok: false, text: expect.stringContaining('cannot be reached') })
})
