// When jobs are due: five years over the changes of daylight saving time, and the cases cron lines are known for.
import { expect, test } from 'bun:test'
import { nextSlot, type Timed } from '../../src/engine/cron/schedule.ts'
import { isoTime, JobSpec, looseJob } from '../../src/domain/job.ts'

const year = 2026
const from = Date.UTC(year, 0, 1)
const until = Date.UTC(year + 5, 0, 1)
const job = (schedule: Timed['schedule']): Timed => ({ id: 'job', createdAtMs: from, schedule })

/** Every slot in five years. */
async function slots(schedule: Timed['schedule']): Promise<number[]> {
  const out: number[] = []
  for (let at: number | undefined = from; ;) {
    at = await nextSlot(job(schedule), at)
    if (at === undefined || at >= until) return out
    out.push(at)
  }
}

const local = (at: number, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at)

for (const tz of ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'])
  test(`daily jobs in ${tz} run once every local day, at their hour`, async () => {
    const found = await slots({ kind: 'cron', expr: '30 8 * * *', tz, staggerMs: 0 })
    const days = found.map((at) => local(at, tz))
    expect(days.every((d) => d.endsWith('08:30'))).toBe(true)
    expect(new Set(days).size).toBe(days.length)
    expect(Math.abs(days.length - 1826)).toBeLessThanOrEqual(1)
    for (const [i, at] of found.slice(1).entries())
      expect(Math.abs(at - (found[i] as number) - 86_400_000)).toBeLessThanOrEqual(3_600_000)
  })

test('a job in the hour that is skipped or doubled runs once that day', async () => {
  const tz = 'Europe/Berlin'
  const found = await slots({ kind: 'cron', expr: '30 2 * * *', tz, staggerMs: 0 })
  const days = found.map((at) => local(at, tz).slice(0, 10))
  expect(new Set(days).size).toBe(days.length)
  expect(Math.abs(days.length - 1826)).toBeLessThanOrEqual(1)
  const spring = found.filter((at) => local(at, tz).startsWith('2026-03-29'))
  expect(spring.map((at) => local(at, tz))).toEqual(['2026-03-29 03:00'])
})

test('every counts from its anchor, whatever the clock did', async () => {
  const every = { kind: 'every', everyMs: 600_000, anchorMs: from + 5 } as const
  expect(await nextSlot(job(every), from)).toBe(from + 5)
  expect(await nextSlot(job(every), from + 5)).toBe(from + 600_005)
  expect(await nextSlot(job(every), from + 86_400_000)).toBe(from + 86_400_005)
  expect(await nextSlot(job({ kind: 'every', everyMs: 1000 }), from + 1500)).toBe(from + 2000)
})

test('jobs of a full hour are spread, each always the same way, unless they say otherwise', async () => {
  const at = (id: string, schedule: Timed['schedule']) => nextSlot({ ...job(schedule), id }, from)
  const hourly = { kind: 'cron', expr: '0 * * * *', tz: 'UTC' } as const
  const delays = await Promise.all(['a', 'b', 'c', 'd'].map(async (id) => ((await at(id, hourly)) as number) - from))
  expect(new Set(delays).size).toBe(4)
  for (const d of delays) expect(d % 3_600_000).toBeLessThan(300_000)
  expect(await at('a', hourly)).toBe(await at('a', hourly))
  expect(((await at('a', { ...hourly, staggerMs: 0 })) as number) % 3_600_000).toBe(0)
  expect(((await at('a', { ...hourly, expr: '0 8 * * *' })) as number) % 3_600_000).toBe(0)
})

const cases: readonly [expr: string, after: string, next: string][] = [
  ['*/5 * * * *', '2026-01-01T00:01:00Z', '2026-01-01T00:05:00Z'],
  ['0 0 1 * *', '2026-01-31T12:00:00Z', '2026-02-01T00:00:00Z'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00Z'],
  ['0 0 * * 5#2', '2026-01-01T00:00:00Z', '2026-01-09T00:00:00Z'],
  ['0 0 L * *', '2026-02-01T00:00:00Z', '2026-02-28T00:00:00Z'],
  ['15 10 * * 1-5', '2026-01-02T10:15:00Z', '2026-01-05T10:15:00Z'],
  ['30 0 0 1 1 *', '2026-06-01T00:00:00Z', '2027-01-01T00:00:30Z'],
  ['@monthly', '2026-01-02T00:00:00Z', '2026-02-01T00:00:00Z'],
]
test('known cron lines come due when they should', async () => {
  for (const [expr, after, next] of cases) {
    const at = await nextSlot(job({ kind: 'cron', expr, tz: 'UTC', staggerMs: 0 }), Date.parse(after))
    expect([expr, at && new Date(at).toISOString()]).toEqual([expr, next.replace('Z', '.000Z')])
  }
})

/** What croner publishes of its lines: https://github.com/Hexagon/croner and the specifications it follows. */
const published: readonly [expr: string, tz: string, after: string, next: readonly string[]][] = [
  ['0 0 * * 7', 'UTC', '2026-01-01', ['2026-01-04T00:00', '2026-01-11T00:00']], // 7 is Sunday, as 0 is
  ['0 0 1 dec *', 'UTC', '2026-01-01', ['2026-12-01T00:00']], // names, in any case
  ['0 12 * * FRI#L', 'UTC', '2026-01-01', ['2026-01-30T12:00', '2026-02-27T12:00']], // the last Friday
  ['0 12 * * MON#1', 'UTC', '2026-01-01', ['2026-01-05T12:00', '2026-02-02T12:00']], // the first Monday
  ['0 12 15W * *', 'UTC', '2026-01-20', ['2026-02-16T12:00', '2026-03-16T12:00']], // 15 Feb and 15 Mar are Sundays
  ['0 12 1W * *', 'UTC', '2026-07-15', ['2026-08-03T12:00']], // 1 Aug is a Saturday; it stays in its month
  ['0 12 1 * +MON', 'UTC', '2026-01-01', ['2026-06-01T12:00', '2027-02-01T12:00']], // both, not either
  ['0 12 1 * MON', 'UTC', '2026-01-01', ['2026-01-01T12:00', '2026-01-05T12:00']], // either
  ['0 0 0 1 1 * 2030', 'UTC', '2026-01-01', ['2030-01-01T00:00']], // a year
  ['0 0-20/5 * * *', 'UTC', '2026-01-01T00:30', ['2026-01-01T05:00', '2026-01-01T10:00']],
  ['0 1-3,10-12 * * *', 'UTC', '2026-01-01T02:30', ['2026-01-01T03:00', '2026-01-01T10:00']],
  ['@weekly', 'UTC', '2026-01-01', ['2026-01-04T00:00']],
  ['@yearly', 'UTC', '2026-01-02', ['2027-01-01T00:00']],
  // A fixed time that is there twice counts once; one that is not there is made up for after the gap.
  ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:00', ['2026-10-25T00:30', '2026-10-26T01:30']],
  ['30 2 * * *', 'Europe/Berlin', '2026-03-28T02:00', ['2026-03-29T01:00', '2026-03-30T00:30']],
  // Lines with ranges, lists or steps follow the clock on the wall: both times, or none.
  ['*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:45', ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00']],
  ['30 1,2 * * *', 'Europe/Berlin', '2026-03-29T00:00', ['2026-03-29T00:30', '2026-03-29T23:30']],
]

test('lines come due as croner publishes it', async () => {
  for (const [expr, tz, after, next] of published) {
    const found: string[] = []
    let at: number | undefined = Date.parse(after.includes('T') ? `${after}:00Z` : `${after}T00:00:00Z`)
    while (found.length < next.length && at !== undefined) {
      at = await nextSlot(job({ kind: 'cron', expr, tz, staggerMs: 0 }), at)
      if (at !== undefined) found.push(new Date(at).toISOString().slice(0, 16))
    }
    expect([expr, tz, found]).toEqual([expr, tz, [...next]])
  }
  expect(await nextSlot(job({ kind: 'cron', expr: '0 0 31 2 *', tz: 'UTC' }), from)).toBeUndefined()
  for (const expr of [
    '60 * * * *',
    '0 24 * * *',
    '0 0 32 * *',
    '0 0 1 13 *',
    '0 0 * * 8',
    '0 17-9 * * *',
    '0 */0 * * *',
    '@reboot',
  ])
    expect([expr, await refusal({ kind: 'cron', expr, tz: 'UTC' })]).toEqual([
      expr,
      expect.stringContaining('cannot be read'),
    ])
})

const refusal = (schedule: Timed['schedule']) =>
  nextSlot(job(schedule), from).then(
    () => 'it was taken',
    (error: unknown) => String(error),
  )

test('what cannot be read is refused in words', async () => {
  for (const expr of ['61 * * * *', 'nonsense', '* * *'])
    expect(await refusal({ kind: 'cron', expr })).toContain('cannot be read')
  expect(await refusal({ kind: 'cron', expr: '* * * * *', tz: 'Mars/Base' })).toContain('cannot be read')
  expect(await refusal({ kind: 'at', at: 'soon' })).toContain('is no time')
})

test('jobs may be written loosely', () => {
  expect(
    JobSpec.parse(looseJob({ job: { schedule: { atMs: 1_800_000_000_000 }, payload: { text: ' Wake\nup ' } } })),
  ).toMatchObject({
    name: 'Wake',
    schedule: { kind: 'at', at: '2027-01-15T08:00:00.000Z' },
    sessionTarget: 'main',
    payload: { kind: 'systemEvent' },
    deleteAfterRun: true,
    enabled: true,
    wakeMode: 'now',
  })
  const legacy = looseJob({
    schedule: { expr: '* * * * *' },
    payload: { message: 'hi', deliver: true, channel: 'telegram', to: '42' },
  })
  expect(JobSpec.parse(legacy)).toMatchObject({
    sessionTarget: 'isolated',
    delivery: { mode: 'announce', channel: 'telegram', to: '42' },
    payload: { kind: 'agentTurn', message: 'hi' },
  })
  expect(
    JobSpec.safeParse(looseJob({ schedule: { everyMs: 1 }, sessionTarget: 'main', payload: { message: 'x' } })).success,
  ).toBe(false)
  expect(
    JobSpec.safeParse(
      looseJob({ schedule: { everyMs: 1 }, payload: { message: 'x' }, delivery: { mode: 'webhook', to: 'ftp://x' } }),
    ).success,
  ).toBe(false)
  expect([
    isoTime('2026-01-01'),
    isoTime('2026-01-01T08:00'),
    isoTime('2026-01-01T08:00+02:00'),
    isoTime('soon'),
  ]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-01T08:00:00.000Z', '2026-01-01T06:00:00.000Z', undefined])
})
