// Faults, secrets, ids and news: small values that cross every border.
import { expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { bus } from '../../src/lib/bus.ts'
import { testClock } from '../../src/lib/clock.ts'
import { describeError, Fault, faultCodes, toErrorShape, toFault } from '../../src/lib/fault.ts'
import { newId, randomHex, randomText, sha256 } from '../../src/lib/ids.ts'
import { sameSecret, Secret, secret } from '../../src/lib/secret.ts'

test('any thrown value becomes a fault that keeps its cause to itself', () => {
  const cause = new Error('password is hunter2')
  const shape = toErrorShape(cause)
  expect(shape).toEqual({
    code: 'INTERNAL',
    message: 'internal error; `oclaw logs --level error` shows the cause',
  })
  expect(toErrorShape(new Fault('LIMITED', 'slow down', { retryAfterMs: 5, details: { a: 1 }, cause }))).toEqual({
    code: 'LIMITED',
    message: 'slow down',
    details: { a: 1 },
    retryable: true,
    retryAfterMs: 5,
  })
  expect(toFault(new DOMException('x', 'AbortError')).code).toBe('CANCELLED')
  const known = new Fault('NOT_FOUND', 'gone')
  expect(toFault(Object.assign(new Error('x', { cause: known }), { name: 'AbortError' }))).toBe(known)
  expect(toFault('text').code).toBe('INTERNAL')
  expect(describeError(new TypeError('a', { cause: new Error('b') }))).toBe('TypeError: a (b)')
})

test('every code has a status of the right kind', () => {
  for (const [code, { http, retryable }] of Object.entries(faultCodes)) {
    expect(new Fault(code as keyof typeof faultCodes, 'x').http).toBe(http)
    expect(retryable).toBe([429, 503, 504].includes(http))
  }
})

test('a secret is not printed, whatever prints it', () => {
  const word = 'hunter2-very-secret'
  for (const s of [new Secret(word), secret().parse(word)]) {
    const holder = { s, list: [s] }
    const shown = [
      `${s}`,
      String(s),
      JSON.stringify(holder),
      inspect(holder),
      Bun.inspect(holder),
      inspect(s, { showHidden: true }),
    ]
    for (const text of shown) expect(text).not.toContain('hunter2')
    expect(Object.keys(s)).not.toContain('value')
    expect(s.reveal()).toBe(word)
  }
  const later = secret().parse({ env: 'NOBODY' })
  expect(() => later.reveal()).toThrow('{"env":"NOBODY"} was not found')
  later.resolve('first')
  later.resolve('second')
  expect([later.reveal(), later.resolved]).toEqual(['first', true])
})

test('secrets are compared whole', () => {
  expect(sameSecret('abc', 'abc')).toBe(true)
  for (const wrong of ['', 'ab', 'abcd', 'abd', 'abcabc', 'ABC']) expect(sameSecret('abc', wrong)).toBe(false)
  expect(sameSecret('', '')).toBe(true)
  expect(sameSecret('', 'x')).toBe(false)
})

test('ids sort by time and do not repeat', async () => {
  const clock = testClock(1_790_000_000_000)
  const first = newId('trn', clock)
  await clock.advance(1)
  const second = newId('trn', clock)
  expect(first < second).toBe(true)
  expect(first).toMatch(/^trn_[0-9a-hjkmnp-tv-z]{22}$/)
  expect(new Set(Array.from({ length: 1000 }, () => newId('x', clock))).size).toBe(1000)
  expect([randomText(5).length, randomHex(4)]).toEqual([5, expect.stringMatching(/^[0-9a-f]{8}$/)])
  expect(await sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('one listener that throws does not keep news from the others', () => {
  const errors: unknown[] = []
  const news = bus<number>((error) => errors.push(error))
  const heard: number[] = []
  news.listen(() => {
    throw new Error('deaf')
  })
  const stop = news.listen((n) => heard.push(n))
  news.publish(1)
  stop()
  news.publish(2)
  expect([heard, errors.length]).toEqual([[1], 2])
})
