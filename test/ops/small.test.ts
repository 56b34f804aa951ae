// Small operations the Control UI is made of: files, commands, load, previews of schedules, and turning people away.
import { expect, test } from 'bun:test'
import type { Job } from '../../src/domain/job.ts'
import { runJob } from '../../src/engine/cron/job-run.ts'
import * as jobs from '../../src/store/jobs.ts'
import * as pairings from '../../src/store/pairings.ts'
import { until } from '../e2e/program.ts'
import { app } from './app.ts'
import { calls } from './calls.ts'

test('a file is read back as it was sent', async () => {
  await using g = await app()
  const attachments = [{ mimeType: 'text/plain', fileName: 'a.txt', content: btoa('hello') }]
  await g.call('chat.send', { sessionKey: 'main', message: 'look', idempotencyKey: 'f1', attachments })
  const file = await until('the file in the history', async () => {
    const { messages } = await g.call('chat.history', { sessionKey: 'main' })
    return messages[0]?.content.find((c: { type: string }) => c.type === 'file')
  })
  const about = { id: file.id, mimeType: 'text/plain', name: 'a.txt', bytes: 5 }
  expect(await g.call('media.get', { id: file.id })).toEqual({ ...about, content: btoa('hello') })
  expect(await g.refused('media.get', { id: 'med_none' })).toContain('there is no file')
  const again = (attachment: object) => ({
    sessionKey: 'main',
    message: 'again',
    idempotencyKey: 'f2',
    attachments: [attachment],
  })
  expect(await g.refused('chat.send', again({ id: 'med_none' }))).toContain('there is no file')
  expect(await g.refused('chat.send', again({ fileName: 'a.txt' }))).toContain('it needs content, or the id of a file')
  await g.call('chat.send', again({ id: file.id }))
  await until('the file to be sent again', async () => {
    const { messages } = await g.call('chat.history', { sessionKey: 'main' })
    return messages.filter((m: { content: object[] }) => Bun.deepEquals(m.content.at(-1), file)).length === 2
  })
})

test('commands are listed with what they do', async () => {
  await using w = calls()
  const { commands } = await w.call('commands.list')
  expect(commands.find((c: { name: string }) => c.name === 'status').description).toEndWith('.')
})

test('the load is measured', async () => {
  await using w = calls()
  const load = await w.call('gateway.load')
  expect([load.rssBytes > 1e6, load.cpuMs > 0, load.delayMs >= 0, load.runs]).toEqual([true, true, true, 0])
})

test('a schedule is tried before it is kept', async () => {
  await using w = calls()
  const daily = await w.call('cron.preview', { schedule: { kind: 'cron', expr: '30 9 * * *', tz: 'UTC' }, count: 3 })
  expect(daily.times.map((at: number) => new Date(at).toISOString().slice(11, 16))).toEqual(['09:30', '09:30', '09:30'])
  const every = await w.call('cron.preview', { schedule: { everyMs: 60_000 }, count: 2 })
  expect(every.times[1] - every.times[0]).toBe(60_000)
  expect((await w.call('cron.preview', { schedule: { kind: 'at', at: '2001-01-01' } })).times).toEqual([])
  expect(await w.refused('cron.preview', { schedule: { kind: 'cron', expr: 'never' } })).toContain('cannot be read')
  expect(await w.refused('cron.preview', { schedule: {} })).toContain('cannot be understood')
})

test('a person who asked to be let in is turned away', async () => {
  await using w = calls()
  const { db, clock } = w.world
  const ask = { channel: 'telegram', account: 'default', person: { id: '7', name: 'Eve' }, chat: '7', at: clock.now() }
  await db.write(() => pairings.ask(db, { ...ask, code: 'ABCD2345' }))
  const done = await w.call('pairing.reject', { channel: 'telegram', code: 'abcd2345' })
  expect(done).toEqual({ ok: true, channel: 'telegram', account: 'default', id: '7' })
  expect((await w.call('pairing.list')).requests).toEqual([])
  expect(await w.refused('pairing.reject', { channel: 'telegram', code: 'ABCD2345' })).toContain('no pending')
})

test('a long text is cut in a history, unless more is asked for', async () => {
  await using w = calls()
  await w.submit('r1', 'x'.repeat(13_000))
  await w.idle()
  const first = async (more: object = {}) => {
    const { messages } = await w.call('chat.history', { sessionKey: 'main', ...more }, {}, true)
    return (messages[0] as { content: { text: string }[] }).content[0]?.text.length
  }
  expect([await first(), await first({ maxChars: 20_000 })]).toEqual([12_001, 13_000])
})

test('a channel is added with where the original keeps its credentials, and only where it has such a place', async () => {
  await using a = await app()
  const done = await a.call('channels.add', { channel: 'whatsapp', authDir: '/old/whatsapp' })
  expect(done).toMatchObject({ channel: 'whatsapp', accountId: 'default' })
  const { parsed } = await a.call('config.get')
  expect(parsed.channels.whatsapp).toMatchObject({ enabled: true, authDir: '/old/whatsapp' })
  const refused = await a.refused('channels.add', { channel: 'telegram', token: '1:a', authDir: '/x' })
  expect(refused).toContain('Telegram has no field "authDir"')
})

test('a job for a webhook without an address goes to the one of the config, and is refused without one', async () => {
  const job = {
    name: 'Report',
    schedule: { kind: 'every', everyMs: 3_600_000 },
    sessionTarget: 'isolated',
    payload: { kind: 'agentTurn', message: 'Report.' },
    delivery: { mode: 'webhook' },
  }
  await using none = calls()
  expect(await none.refused('cron.add', job)).toContain('or in cron.webhook of the config')
  const got = Promise.withResolvers<{ name: string; summary: string }>()
  using server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(req) {
      got.resolve((await req.json()) as { name: string; summary: string })
      return new Response()
    },
  })
  const webhook = server.url.href
  await using w = calls({ settings: { cron: () => ({ enabled: true, maxConcurrent: 1, webhook }) } })
  const { id } = await w.call('cron.add', job)
  const kept = jobs.byId(w.db, id) as Job
  const run = { id: 'run_1', job: id, slot: 1, state: 'claimed' as const, startedAt: 1 }
  expect(await runJob(w, kept, run)).toMatchObject({ status: 'ok' })
  expect(await got.promise).toMatchObject({ name: 'Report', summary: 'Hello.' })
})
