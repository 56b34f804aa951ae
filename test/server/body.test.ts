// Bodies and files of requests: limits of size, time, kind and place.
import { expect, test } from 'bun:test'
import { testClock } from '../../src/lib/clock.ts'
import { asJson, readBody } from '../../src/server/body.ts'
import { inputFile, sourceOf } from '../../src/server/input-files.ts'

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('http://127.0.0.1/', { method: 'POST', body, headers })

test('a body that does not end is given up after half a minute', async () => {
  const clock = testClock()
  const left = { count: 0 }
  const endless = new ReadableStream<Uint8Array>({
    start: (out) => out.enqueue(new Uint8Array(3)),
    cancel: () => void left.count++,
  })
  const reading = readBody(post(endless), 10, clock)
  await clock.advance(30_000)
  expect(await reading).toMatchObject({ ok: false, status: 408 })
  expect(left.count).toBe(1)
})

test('a body is measured, whatever its header says', async () => {
  const clock = testClock()
  const stream = (n: number) => new Response('x'.repeat(n)).body as ReadableStream<Uint8Array>
  expect(await readBody(post(stream(11)), 10, clock)).toMatchObject({ ok: false, status: 413 })
  expect(await readBody(post(stream(10)), 10, clock)).toMatchObject({ ok: true })
  expect(await readBody(post('x', { 'content-length': '11' }), 10, clock)).toMatchObject({ ok: false, status: 413 })
  expect(asJson(new Uint8Array())).toEqual({ ok: true, value: {} })
  expect(asJson(new TextEncoder().encode('{'))).toMatchObject({ ok: false, status: 400 })
})

const rule = { allowUrl: true, allowedMimes: ['text/plain'], maxBytes: 8, maxRedirects: 3, timeoutMs: 1000 }
const fileOf = (address: string, more: object = {}) =>
  inputFile(sourceOf(address, 'x'), { ...rule, ...more }, testClock())

test('a file is taken by kind, size and place', async () => {
  expect(await fileOf(`data:text/plain;base64,${btoa('12345678')}`)).toEqual({
    mime: 'text/plain',
    name: 'x',
    bytes: new TextEncoder().encode('12345678'),
  })
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'taken',
      (e: unknown) => (e as Error).message,
    )
  expect(await refusal(fileOf(`data:text/plain;base64,${btoa('123456789')}`))).toContain('larger than 8 bytes')
  expect(await refusal(fileOf('data:text/plain;base64,%%%'))).toContain('not valid base64')
  expect(await refusal(fileOf('data:text/html;base64,AAAA'))).toContain('text/html are not taken')
  expect(await refusal(fileOf('https://example.com/', { allowUrl: false }))).toContain('by address are not taken')
  expect(await refusal(fileOf('https://evil.example/', { urlAllowlist: ['*.example.com'] }))).toContain('evil.example')
  expect(await refusal(fileOf('http://localhost/'))).toContain('private network')
})
