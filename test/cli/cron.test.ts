// Jobs on the command line, against a gateway that keeps them.
import { expect, test } from 'bun:test'
import { spanMs } from '../../src/cli/commands/cron.ts'
import { startGatewayServer } from '../../src/gateway.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { stateFolder, token } from '../server/gateway.ts'
import { cliHome } from './fixture.ts'

test('spans are read, and what is none is refused', () => {
  expect([
    spanMs('10m', '--every'),
    spanMs('1h30m', '--every'),
    spanMs('2d', '--every'),
    spanMs('90s', '--every'),
  ]).toEqual([600_000, 5_400_000, 172_800_000, 90_000])
  for (const bad of ['ten', '10', '1h x', '']) expect(() => spanMs(bad, '--every')).toThrow('--every needs a span')
})

test('a job is added, listed, changed, run and removed', async () => {
  await using model = fakeOpenai({ reply: () => 'All quiet.' })
  const server = await startGatewayServer(0, { stateDir: stateFolder(model.url) })
  try {
    const home = cliHome()
    const words = (line: string) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? (m[2] as string))
    const run = (line: string) => home.run(...words(line), '--url', `ws://127.0.0.1:${server.port}`, '--token', token)
    const added = await run(
      'cron add --name Morning --cron "0 8 * * 1-5" --tz Europe/Berlin --message "What is new?" --no-deliver --json',
    )
    expect(added.code).toBe(0)
    const job = JSON.parse(added.out) as { id: string; schedule: object; delivery: object; sessionTarget: string }
    expect(job).toMatchObject({
      schedule: { kind: 'cron', expr: '0 8 * * 1-5', tz: 'Europe/Berlin' },
      sessionTarget: 'isolated',
      delivery: { mode: 'none' },
    })
    expect((await run('cron list')).out).toContain('Morning')
    expect((await run(`cron disable ${job.id}`)).out).toContain('it does not run')
    expect((await run('cron list')).out).toContain('There are no jobs.')
    expect((await run('cron list --all')).out).toContain('Morning')
    expect((await run(`cron edit ${job.id} --every 2h --enable`)).out).toContain('next at')
    expect((await run(`cron run ${job.id}`)).out).toContain('It has run.')
    const runs = JSON.parse((await run(`cron runs ${job.id} --json`)).out) as {
      entries: { status: string; summary: string }[]
    }
    expect(runs.entries).toMatchObject([{ status: 'ok', summary: 'All quiet.' }])
    expect((await run(`cron rm ${job.id}`)).out).toContain('Removed.')
    expect((await run(`cron rm ${job.id}`)).out).toContain('There is no such job.')
    for (const [line, why] of [
      ['cron add --message x', 'say when'],
      ['cron add --every 1h', 'say what'],
      ['cron add --every 1h --at 5m --message x', 'say one of'],
      ['cron add --cron nonsense --message x', 'cannot be read'],
      ['cron add --at 2020-01-01 --message x', 'in the past'],
      ['cron run nobody', 'unknown cron job id: nobody'],
    ] as const)
      expect((await run(line)).err).toContain(why)
  } finally {
    await server.close()
  }
})
