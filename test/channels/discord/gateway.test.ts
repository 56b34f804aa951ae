// The line to Discord's gateway: what breaks it, how it comes back, and what it never does.
import { expect, test } from 'bun:test'
import { discord } from '../../../src/channels/discord/index.ts'
import { Fault } from '../../../src/lib/fault.ts'
import { faultOf, run } from '../../contract/running.ts'
import { bot, start, texts, world } from './rig.ts'

const fault = (error: unknown): Fault => {
  if (error instanceof Fault) return error
  throw new Error(`expected a Fault, got ${String(error)}`)
}

test('a broken connection is resumed, and what was said meanwhile is heard once', async () => {
  const { dc, ann, going } = await bot()
  dc.says(ann, 'Ann', 'before')
  await going.until('the message', () => going.received.length === 1)
  await dc.down()
  dc.says(ann, 'Ann', 'while away')
  await going.until('the news', () => going.statuses.at(-1) === 'offline')
  await dc.up()
  await going.until('the message', () => going.received.length === 2)
  expect(texts(going)).toEqual(['before', 'while away'])
  expect(dc.gateway.seen).toMatchObject({ identifies: 1, resumes: 1 })
})

test('a wrong token is for people to mend, and says how', async () => {
  const dc = await world()
  const refused = await faultOf(run(discord, { token: 'MTA.wrong.token', apiRoot: dc.url }))
  expect(refused.code).toBe('UNAUTHORIZED')
  expect(refused.message).toContain('oclaw config set channels.discord.token')
  expect(refused.message).not.toContain('wrong.token')
  const going = await start(dc)
  dc.gateway.close(4004, 'Authentication failed.')
  await going.until('the failure', () => going.failures.length === 1)
  expect(fault(going.failures[0]).code).toBe('UNAUTHORIZED')
  expect(dc.gateway.seen.identifies).toBe(1)
})

test('an intent that is switched off is named with its switch', async () => {
  const dc = await world((dc) => (dc.gateway.mood.allowed = 1 << 1))
  const refused = await faultOf(run(discord, { token: dc.token, apiRoot: dc.url, intents: { presence: true } }))
  expect(refused.code).toBe('FORBIDDEN')
  expect(refused.message).toContain('Message Content Intent and Presence Intent')
})

test('a session Discord no longer knows is begun anew, with all that was missed', async () => {
  const { dc, ann, going } = await bot()
  dc.says(ann, 'Ann', 'one')
  await going.until('the message', () => going.received.length === 1)
  await dc.down()
  dc.gateway.forget()
  for (let n = 2; n <= 251; n++) dc.says(ann, 'Ann', `number ${n}`)
  await dc.up()
  await going.until('what was missed', () => going.received.length === 251)
  expect(texts(going).slice(1)).toEqual(Array.from({ length: 250 }, (_, i) => `number ${i + 2}`))
  expect(dc.gateway.seen).toMatchObject({ identifies: 2, resumes: 1 })
})

test('an answer that never comes to a heartbeat ends the connection', async () => {
  const { dc, going } = await bot()
  dc.gateway.mood.acks = false
  await going.until('the news', () => going.statuses.at(-1) === 'offline')
  expect(going.whys.at(-1)).toContain('heartbeats')
  dc.gateway.mood.acks = true
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  expect(dc.gateway.seen.resumes).toBeGreaterThan(0)
})

test('a dead path is noticed within 90 s, and healed within 30 s', async () => {
  const { dc, ann, going } = await bot()
  dc.front.blackhole()
  const lost = going.clock.now()
  await going.until('the news', () => going.statuses.at(-1) === 'offline')
  expect(going.clock.now() - lost).toBeLessThanOrEqual(90_000)
  dc.says(ann, 'Ann', 'anybody there?')
  await going.clock.advance(100_000)
  dc.front.heal()
  const healed = going.clock.now()
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  expect(going.clock.now() - healed).toBeLessThanOrEqual(30_000)
  await going.until('the message', () => going.received.length === 1)
})

test('every minute there is a sign of life', async () => {
  const { going } = await bot()
  for (let minute = 0; minute < 3; minute++) {
    const before = going.statuses.length
    const start = going.clock.now()
    await going.until('a sign', () => going.statuses.length > before)
    expect(going.clock.now() - start).toBeLessThanOrEqual(60_000)
    expect(going.statuses.at(-1)).toBe('online')
  }
})

test('a gateway that does not greet is left after 30 s', async () => {
  const { dc, going } = await bot()
  dc.gateway.mood.hello = false
  dc.gateway.close(4000)
  await going.until('the news', () => going.whys.some((r) => r.includes('did not greet')))
  dc.gateway.mood.hello = true
  await going.until('the return', () => going.statuses.at(-1) === 'online')
})

test('after three refused resumptions a new session is begun', async () => {
  const { dc, going } = await bot()
  dc.gateway.mood.refuseResumes = 99
  dc.gateway.close(4000)
  await going.until('the new session', () => dc.gateway.seen.identifies === 2)
  expect(dc.gateway.seen.resumes).toBe(3)
})

test('when Discord allows no more sessions, we wait, and say until when', async () => {
  const dc = await world((dc) => (dc.gateway.limit.remaining = 0))
  const going = await start(dc)
  expect(going.statuses.at(-1)).toBe('offline')
  expect(going.whys.at(-1)).toMatch(/no more sessions until 20\d\d-/)
  await going.clock.advance(3_000_000)
  expect(dc.gateway.seen.identifies).toBe(0)
  expect(dc.gateway.open).toBe(false)
  dc.gateway.limit.remaining = 1000
  await going.until('the session', () => going.statuses.at(-1) === 'online')
  expect(going.failures).toEqual([])
})

test('what Discord asks for is done: a heartbeat at once, a new connection', async () => {
  const { dc, going } = await bot()
  const { beats } = dc.gateway.seen
  dc.gateway.send({ op: 1, d: null })
  await dc.until('the heartbeat', () => dc.gateway.seen.beats > beats)
  dc.gateway.send({ op: 7, d: null })
  await going.until('the resumption', () => dc.gateway.seen.resumes === 1)
  expect(dc.gateway.seen.identifies).toBe(1)
})

test('nothing that comes over the line breaks us', async () => {
  const { dc, ann, going } = await bot()
  for (const text of ['', 'no json', 'null', '[]', '{"op":"x"}', '{"op":0}', '{"op":10,"d":null}', '{"op":11}'])
    dc.gateway.sendText(text)
  for (const d of [null, 7, 'x', [], { id: 'no number' }])
    for (const type of [
      'MESSAGE_CREATE',
      'GUILD_CREATE',
      'CHANNEL_UPDATE',
      'INTERACTION_CREATE',
      'MESSAGE_REACTION_ADD',
    ])
      dc.gateway.send({ op: 0, t: type, s: 1, d })
  dc.says(ann, 'Ann', 'still there?')
  await going.until('the message', () => going.received.length === 1)
  dc.gateway.send({ op: 9, d: null })
  await going.until('the new session', () => dc.gateway.seen.identifies === 2)
  dc.says(ann, 'Ann', 'and now?')
  await going.until('the message', () => going.received.length === 2)
  expect(going.failures).toEqual([])
})

test('a crowd that cannot be stored is not kept in memory', async () => {
  const { dc, ann, going } = await bot()
  going.broken = true
  for (let n = 0; n < 1200; n++) dc.says(ann, 'Ann', `${n}`)
  await going.until('the break', () => going.whys.some((r) => r.includes('too many events')))
  await going.until('silence', () => !dc.gateway.open)
  await going.clock.advance(60_000)
  expect(dc.gateway.open).toBe(false)
  going.broken = false
  await going.until('all of them', () => going.received.length === 1200)
  expect(texts(going)).toEqual(Array.from({ length: 1200 }, (_, n) => `${n}`))
})

test('the bot is shown as the config says', async () => {
  const { dc } = await bot({ status: 'idle', activity: 'tea', activityType: 2 })
  expect(dc.gateway.seen.presence).toEqual({
    since: null,
    afk: false,
    status: 'idle',
    activities: [{ name: 'tea', type: 2 }],
  })
})

test('the probe asks Discord, and tells how quick the line is', async () => {
  const { dc, going } = await bot()
  const never = new AbortController().signal
  await going.until('a heartbeat', () => dc.gateway.seen.beats > 0)
  expect(await going.connection.probe?.(never)).toContain('@test_bot (100001000001000001)')
  await dc.down()
  const asked = going.connection.probe?.(never) ?? Promise.resolve('')
  expect((await faultOf(asked)).code).toBe('UNAVAILABLE')
})
