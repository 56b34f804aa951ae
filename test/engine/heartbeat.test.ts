// Regular turns under a clock of our own: when they take place, what passes them over, what is said, and what stops them.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HeartbeatRule } from '../../src/domain/heartbeat.ts'
import type { GatewayEvent } from '../../src/domain/agent-event.ts'
import { wake as hookWake } from '../../src/engine/hooks/turn.ts'
import { noteEvent, wake } from '../../src/engine/system-event.ts'
import { testClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { engineWorld, startAt, until, type WorldWish } from './fixture.ts'
import { modelFault } from './scripted.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const main = 'agent:main:main'

const usual: HeartbeatRule = {
  every: '30m',
  everyMs: 30 * minute,
  session: main,
  target: 'last',
  ackMaxChars: 300,
}

/** An engine that takes regular turns. */
async function stage(rule: Partial<HeartbeatRule> | 'none' = {}, wish: WorldWish = {}) {
  const live: { rule: HeartbeatRule | undefined } = {
    rule: rule === 'none' ? undefined : { ...usual, ...rule },
  }
  const w = engineWorld({ ...wish, settings: { ...wish.settings, heartbeat: () => live.rule } })
  let scope = new Scope('heartbeat')
  writeFileSync(join(w.workspace, 'HEARTBEAT.md'), 'Look at the mail.')
  await w.heartbeat.start(scope)
  let anchor = w.now()
  const beats = () => w.heard.flatMap((n: GatewayEvent) => (n.type === 'heartbeat' ? [n.beat] : []))
  return Object.assign(w, {
    beats,
    statuses: () => beats().map((b) => b.reason ?? b.status),
    /** Lets so many regular turns come due, each with what it brings about. */
    async due(times: number) {
      for (let n = 0; n < times; n++) {
        const before = beats().length
        const { everyMs } = live.rule ?? usual
        await w.pass(everyMs - ((w.now() - anchor) % everyMs))
        await until('the turn', () => beats().length > before)
        await w.idle()
      }
    },
    /** Starts the regular turns anew, as a change of the config does. */
    async change(more: Partial<HeartbeatRule>) {
      live.rule = { ...usual, ...more }
      await scope.close()
      scope = new Scope('heartbeat')
      anchor = w.now()
      await w.heartbeat.start(scope)
    },
    log: () => w.rows('SELECT role, parts FROM entries ORDER BY id').map((r) => String(r['role'])),
    async end() {
      await scope.close()
    },
  })
}

const ok = { script: () => 'HEARTBEAT_OK' }

test('a week of turns is counted exactly, and while all is well they leave no trace', async () => {
  await using w = await stage({}, ok)
  for (let n = 0; n < 7; n++) {
    await w.receive('I am here.', { id: `p${n}` })
    await w.idle()
    await w.due(48)
  }
  expect(w.statuses().filter((s) => s === 'ok-token')).toHaveLength(7 * 48)
  expect(w.requests).toHaveLength(7 * 48 + 7)
  expect(w.log()).toHaveLength(14)
  expect(w.rows('SELECT messages, updated_at - 0 AS at FROM sessions')).toEqual([{ messages: 14, at: w.now() - day }])
  expect(w.texts()).toEqual(Array.from({ length: 7 }, () => 'HEARTBEAT_OK')) // what a person is told stays as it is
  await w.end()
}, 60_000)

test('without a rule nothing runs', async () => {
  await using w = await stage('none')
  await w.pass(day)
  expect(w.requests).toHaveLength(0)
  expect(w.beats()).toHaveLength(0)
  await w.end()
})

test('what needs attention is said where the agent was last spoken to, the same words once a day', async () => {
  let said = 'The mail has come.'
  await using w = await stage({}, { script: (_q, n) => (n === 0 ? 'Hello.' : said) })
  await w.receive('I am here.')
  await w.idle()
  await w.due(3)
  expect(w.texts()).toEqual(['Hello.', 'The mail has come.'])
  expect(w.statuses()).toEqual(['sent', 'duplicate', 'duplicate'])
  expect(w.beats()[0]).toMatchObject({ preview: said, channel: 'telegram', to: '42', indicatorType: 'alert' })
  said = `HEARTBEAT_OK ${'x'.repeat(301)}`
  await w.due(1)
  expect(w.texts().at(-1)).toBe('x'.repeat(301))
  said = '**HEARTBEAT_OK**\nAll quiet.'
  await w.due(1)
  expect(w.statuses().at(-1)).toBe('ok-token')
  said = 'The mail has come.'
  await w.due(48)
  expect(w.texts().filter((t) => t === said)).toHaveLength(2) // other words came between the first two
  await w.due(1)
  expect(w.texts().filter((t) => t === said)).toHaveLength(3)
  expect(w.chat.typed).toBeLessThan(3)
  await w.end()
})

test('a busy session is left alone until it is free', async () => {
  let go: () => void = () => undefined
  const wait = new Promise<void>((resolve) => (go = resolve))
  await using w = await stage({}, { script: (_q, n) => (n === 0 ? { text: 'Done.', wait } : 'HEARTBEAT_OK') })
  await w.pass(29 * minute)
  await w.receive('Do it.')
  await until('the model to be asked', () => w.requests.length === 1)
  await w.pass(minute)
  await until('the refusal', () => w.beats().length === 1)
  expect(w.statuses()).toEqual(['requests-in-flight'])
  await w.pass(3000)
  expect(w.requests).toHaveLength(1)
  go()
  await w.idle()
  await w.pass(1000)
  await until('the turn', () => w.statuses().at(-1) === 'ok-token')
  expect(w.statuses()).toEqual(['requests-in-flight', 'ok-token'])
  await w.end()
})

test('a file that asks for nothing costs nothing, unless something has happened', async () => {
  await using w = await stage({}, { script: (_q, n) => (n === 1 ? 'HEARTBEAT_OK' : 'Noted.') })
  await w.receive('I am here.')
  await w.idle()
  writeFileSync(join(w.workspace, 'HEARTBEAT.md'), '# Checks\n\n<!-- nothing\nyet -->\n- [ ]\n')
  await w.due(2)
  expect(w.statuses()).toEqual(['empty-heartbeat-file', 'empty-heartbeat-file'])
  expect(w.requests).toHaveLength(1)
  await noteEvent(w, main, 'The door opened.')
  await w.due(2)
  expect(w.statuses().slice(2)).toEqual(['ok-token', 'empty-heartbeat-file'])
  expect(JSON.stringify(w.requests[1]?.messages)).toContain('System: The door opened.')
  expect(w.log()).toEqual(['user', 'assistant', 'system'])
  await w.end()
})

test('a wake takes the turn at once, many at a time make one; without regular turns it has a turn of its own', async () => {
  await using w = await stage({}, ok)
  await Promise.all(['one', 'two', 'three'].map((text) => wake(w, main, text, 'test')))
  await w.pass(250)
  await until('the turn', () => w.beats().length === 1)
  await w.idle()
  expect(w.requests).toHaveLength(1)
  for (const text of ['one', 'two', 'three'])
    expect(JSON.stringify(w.requests[0]?.messages)).toContain(`System: ${text}`)
  await w.end()
  await using plain = await stage('none')
  await wake(plain, main, 'one', 'test')
  await plain.idle()
  expect(plain.requests).toHaveLength(1)
  expect(plain.beats()).toHaveLength(0)
})

test('turns keep to the hours of their zone, also when its clocks change', async () => {
  await using w = await stage(
    { everyMs: hour, hours: { start: '08:00', end: '22:00', timezone: 'Europe/Berlin' } },
    { ...ok, clock: testClock(Date.parse('2026-10-24T12:30:00Z')) },
  )
  await w.due(48)
  const local = (at: number) => new Date(at).toLocaleString('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' })
  const took = w.beats().filter((b) => b.status === 'ok-token')
  expect(took.map((b) => Number(local(b.ts)))).toEqual([
    15, 16, 17, 18, 19, 20, 21, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 8, 9, 10, 11, 12, 13,
  ])
  expect(w.statuses().filter((s) => s === 'quiet-hours')).toHaveLength(48 - took.length)
  await w.end()
})

test('when nobody has written for three days they stop, say so once, and go on at the next word', async () => {
  await using w = await stage({ everyMs: hour }, ok)
  await w.receive('I am here.')
  await w.idle()
  await w.due(100)
  expect(w.statuses().filter((s) => s === 'ok-token')).toHaveLength(71)
  expect(w.statuses().filter((s) => s === 'no-person')).toHaveLength(29)
  expect(w.texts().filter((t) => t.includes('nobody has written for 72 hours'))).toHaveLength(1)
  expect(w.heartbeat.brake('main')).toBe('no-person')
  await w.receive('I am back.')
  await w.idle()
  await w.due(1)
  expect(w.statuses().at(-1)).toBe('ok-token')
  await w.due(80)
  expect(w.statuses().at(-1)).toBe('no-person')
  await w.change({ everyMs: 2 * hour })
  await w.due(1)
  expect(w.statuses().at(-1)).toBe('ok-token')
  await w.end()
})

test('three refusals in a row stop them, until the config changes or they are switched on', async () => {
  for (const kind of ['auth', 'billing'] as const) {
    await using w = await stage({ everyMs: hour }, { script: (_q, n) => (n ? { fault: modelFault(kind) } : 'Hello.') })
    await w.receive('I am here.')
    await w.idle()
    await w.due(5)
    expect(w.beats().map((b) => b.status)).toEqual(['failed', 'failed', 'failed', 'skipped', 'skipped'])
    expect(w.texts().filter((t) => t.includes('refused three times'))).toHaveLength(1)
    expect(w.heartbeat.brake('main')).toBe('refused')
    if (kind === 'auth') await w.heartbeat.enable(true)
    else w.world.news.publish({ type: 'config', paths: ['models'], valid: true, issues: [] })
    await until('the release', () => w.heartbeat.brake('main') === undefined)
    await w.due(1)
    expect(w.beats().at(-1)?.status).toBe('failed')
    await w.heartbeat.enable(false)
    await w.due(1)
    expect(w.statuses().at(-1)).toBe('disabled')
    await w.end()
  }
})

test('the model, the words and the place of a turn are as the config says', async () => {
  await using w = await stage(
    { model: 'b/two', prompt: 'Any news?', target: 'telegram', to: '77', session: 'agent:main:watch' },
    { script: () => 'There is news.' },
  )
  await w.due(1)
  expect(w.requests[0]?.model.id).toBe('two')
  expect(JSON.stringify(w.requests[0]?.messages)).toContain('Any news?')
  expect(w.chat.sent.map((m) => [m.to.chat, m.text])).toEqual([['77', 'There is news.']])
  expect(w.rows('SELECT key FROM sessions')).toEqual([{ key: 'agent:main:watch' }])
  await w.change({ target: 'none' })
  await w.due(1)
  expect(w.chat.sent).toHaveLength(1)
  expect(w.statuses().at(-1)).toBe('no-target')
  await w.end()
})

test('a hook that wakes takes the turn too, once per call', async () => {
  await using w = await stage({}, ok)
  const call = { run: 'r1', hook: 'wake', text: 'Ping.', untrusted: true, now: true }
  await hookWake(w, call)
  await hookWake(w, call)
  await w.pass(250)
  await until('the turn', () => w.beats().length === 1)
  await w.idle()
  expect(w.requests).toHaveLength(1)
  expect(w.rows("SELECT count(*) AS n FROM entries WHERE role = 'system'")[0]?.['n']).toBe(1)
  await w.end()
})

test('a turn in which the agent did something, or a person spoke, stays in the log', async () => {
  await using w = await stage(
    { target: 'telegram', to: '42' },
    {
      script: (_q, n) =>
        n === 0 ? { calls: [{ tool: 'write', input: { path: 'a', content: 'b' } }] } : 'HEARTBEAT_OK',
    },
  )
  await w.due(1)
  expect(w.statuses()).toEqual(['ok-token'])
  expect(w.log()).toContain('tool')
  expect(w.texts()).toEqual([])
  await w.end()
})

test('restarts neither add turns nor move them, and a turn that was cut off is taken up', async () => {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-beat-'))
  const clock = testClock(startAt)
  const path = join(top, 'oclaw.db')
  let count = 0
  const script = () => (count++ === 0 ? { text: 'half', hang: true } : 'HEARTBEAT_OK')
  try {
    const first = await stage({}, { path, clock, script })
    await clock.advance(30 * minute)
    await until('the model to be asked', () => first.requests.length === 1)
    await first.end()
    await first.close()
    await clock.advance(5 * minute)
    const w = await stage({}, { path, clock, script })
    await w.recover()
    await until('the turn', () => w.beats().length === 1)
    await w.idle()
    await clock.advance(25 * minute)
    await until('the next turn', () => w.beats().length === 2)
    await w.idle()
    expect(w.statuses()).toEqual(['ok-token', 'ok-token'])
    expect(w.log()).toEqual([])
    await w.end()
    await w.close()
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
})
