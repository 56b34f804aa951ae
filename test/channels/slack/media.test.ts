// Files people send: fetched with the bot's token, a few at a time, and named when they could not be had.
import { afterEach, expect, test } from 'bun:test'
import { rigs } from './rig.ts'

const { bot, end } = rigs()

afterEach(end)

const bytes = (n: number) => new Uint8Array(n).fill(7)

test('a file is fetched and kept', async () => {
  const { it, going, says, ann } = await bot()
  says('the plan', ann, { subtype: 'file_share', files: [it.file('plan.pdf', bytes(100), 'application/pdf')] })
  await going.until('the message', () => going.received.length === 1)
  const [message] = going.received
  expect(message).toMatchObject({
    text: 'the plan',
    media: [{ mime: 'application/pdf', name: 'plan.pdf', bytes: 100 }],
  })
  expect(going.files.get(message?.media[0]?.id ?? '')).toEqual(bytes(100))
})

test('a file without an address is asked for', async () => {
  const { it, going, says, ann } = await bot()
  const { id } = it.file('far.txt', bytes(5), 'text/plain')
  says('', ann, { subtype: 'file_share', files: [{ id, file_access: 'check_file_info' }] })
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]?.media).toHaveLength(1)
})

test('what is too large, or one too many, is named in the text', async () => {
  const { it, going, says, ann } = await bot({ mediaMaxMb: 0.001 })
  const files = Array.from({ length: 10 }, (_, i) => it.file(`f${i}.bin`, bytes(i === 2 ? 2000 : 10), 'application/x'))
  says('all of it', ann, { subtype: 'file_share', files: files.map((f) => ({ ...f, size: undefined })) })
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]?.media.map((m) => m.name)).toEqual(
    ['f0', 'f1', 'f3', 'f4', 'f5', 'f6', 'f7'].map((n) => `${n}.bin`),
  )
  expect(going.received[0]?.text).toContain('[f2.bin not received: it is larger than the limit (mediaMaxMb)')
  expect(going.received[0]?.text).toContain('[2 more files not received')
})

test('the page to sign in is not taken for the file', async () => {
  const { it, going, says, ann } = await bot()
  it.scopes.delete('files:read')
  says('', ann, { subtype: 'file_share', files: [it.file('plan.pdf', bytes(10), 'application/pdf')] })
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]).toMatchObject({ media: [], text: expect.stringContaining('files:read') })
})

test('the token is shown to nobody but Slack', async () => {
  const { it, going, says, ann } = await bot()
  const seen: (string | null)[] = []
  using other = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      seen.push(request.headers.get('authorization'))
      return new Response('gotcha')
    },
  })
  const away = `http://127.0.0.1:${other.port}/x`
  const file = { ...it.file('x.txt', bytes(1), 'text/plain'), url_private: away, url_private_download: away }
  says('', ann, { subtype: 'file_share', files: [file] })
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]?.text).toContain('not kept at Slack')
  expect(seen).toEqual([])
})
