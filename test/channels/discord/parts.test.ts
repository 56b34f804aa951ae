// The pure parts: what to do after a break, how far we have got, when to wait, how long a voice message is.
import { expect, test } from 'bun:test'
import { Fault } from '../../../src/lib/fault.ts'
import type { End } from '../../../src/channels/discord/link.ts'
import { finalFault, fresh, planNext } from '../../../src/channels/discord/plan.ts'
import { progress, readPosition, type Position } from '../../../src/channels/discord/position.ts'
import { voiceFacts } from '../../../src/channels/discord/voice.ts'
import { oggOpus } from './ogg.ts'

const end = (more: Partial<End> = {}): End => ({
  why: '',
  keep: true,
  greeted: true,
  ready: true,
  readyMs: 600_000,
  ...more,
})

test('a good session is resumed soon after a break, whatever the code', () => {
  for (const code of [undefined, 1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008]) {
    const next = planNext(end(code === undefined ? {} : { code }), fresh, true, 0.5)
    expect(next).toMatchObject({ resume: true, waitMs: 1000 })
  }
})

test('a session that is gone is begun anew after one to five seconds', () => {
  for (const gone of [end({ code: 4007 }), end({ code: 4009 }), end({ code: 4003 }), end({ keep: false })]) {
    expect(planNext(gone, fresh, true, 0)).toMatchObject({ resume: false, waitMs: 1000 })
    expect(planNext(gone, fresh, true, 0.99).waitMs).toBeGreaterThan(4900)
  }
})

test('three refused resumptions end a session; failures to connect do not', () => {
  const refused = end({ ready: false, readyMs: 0, code: 4000 })
  const one = planNext(refused, fresh, true, 0.5)
  const two = planNext(refused, one.attempts, true, 0.5)
  const three = planNext(refused, two.attempts, true, 0.5)
  expect([one, two, three].map((n) => n.resume)).toEqual([true, true, false])
  let attempts = fresh
  for (let n = 0; n < 50; n++) {
    const next = planNext(end({ greeted: false, ready: false, readyMs: 0 }), attempts, true, 0.5)
    expect(next.resume).toBe(true)
    expect(next.waitMs).toBeLessThanOrEqual(12_500)
    attempts = next.attempts
  }
})

test('sessions that do not last are begun ever more slowly, since Discord counts them', () => {
  let attempts = fresh
  let day = 0
  let sessions = 0
  for (; day < 86_400_000; sessions++) {
    const next = planNext(end({ keep: false, readyMs: 10 }), attempts, false, 0.5)
    attempts = next.attempts
    day += next.waitMs
  }
  expect(sessions).toBeLessThan(400)
})

test('some ends are for people to mend', () => {
  for (const [code, fault] of [
    [4004, 'UNAUTHORIZED'],
    [4010, 'INVALID_REQUEST'],
    [4011, 'INVALID_REQUEST'],
    [4012, 'INVALID_REQUEST'],
    [4013, 'INVALID_REQUEST'],
    [4014, 'FORBIDDEN'],
  ] as const)
    expect(finalFault(end({ code }), 'Message Content Intent')?.code).toBe(fault)
  for (const code of [1000, 1006, 4000, 4009, 4999]) expect(finalFault(end({ code }), '')).toBeUndefined()
})

const at = (seq: number, session = 's'): Position => ({ session, url: 'u', seq, at: seq })

test('a position moves only past what is done, in whatever order that comes', () => {
  const p = progress(at(0))
  const [a, b, c] = [p.begin(at(1)), p.begin(at(2)), p.begin(at(3))]
  expect(p.with(b)?.seq).toBe(0)
  p.finish(b)
  expect(p.reached?.seq).toBe(0)
  expect(p.with(a)?.seq).toBe(2)
  p.finish(a)
  expect(p.reached?.seq).toBe(2)
  expect(p.held).toBe(1)
  const next = p.begin(at(1, 't'))
  p.finish(next)
  expect(p.reached).toEqual(at(2))
  p.finish(c)
  p.finish(c)
  expect(p.reached).toEqual(at(1, 't'))
  expect(p.held).toBe(0)
})

test('a position that cannot be read is none', () => {
  expect(readPosition(JSON.stringify(at(7)))).toEqual(at(7))
  for (const bad of [undefined, '', '{', '{}', '{"session":1}']) expect(readPosition(bad)).toBeUndefined()
})

test('the length of an Opus file is read from its pages', () => {
  for (const seconds of [0.5, 1, 7.3]) expect(voiceFacts(oggOpus(seconds)).seconds).toBeCloseTo(seconds, 1)
  const bars = Buffer.from(voiceFacts(oggOpus(10)).waveform, 'base64')
  expect(bars.length).toBe(256)
  expect(Math.max(...bars)).toBe(255)
  expect(bars[128]).toBeGreaterThan(bars[2] ?? 255)
  for (const bad of [new Uint8Array(), new Uint8Array(100), oggOpus(1).subarray(0, 30)])
    expect(() => voiceFacts(bad)).toThrow(Fault)
})
