// Calls over sockets: connecting, the cheapest call against a bare server, and a list out of many.
import { join } from 'node:path'
import { Db } from '../../src/store/db.ts'
import * as jobs from '../../src/store/jobs.ts'
import * as sessions from '../../src/store/sessions.ts'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { device, open, simple, strict } from '../e2e/socket.ts'
import { beside, callRate, cpuOf, median, times, type Figure } from './measure.ts'

/** Adds the sessions numbered `from` up to `to` while the gateway is down. */
async function fill(gw: Gateway, from: number, to: number) {
  await gw.stop()
  const db = new Db(join(gw.state.path, 'data', 'state.db'))
  await db.write(() => {
    for (let i = from; i < to; i++) {
      const key = `agent:main:telegram:direct:${100_000 + i}`
      const origin = { name: `Person ${i}` }
      sessions.create(db, { id: crypto.randomUUID(), key, agent: 'main', origin, settings: {}, at: 1_790_000_000 + i })
    }
  })
  db.close()
  await gw.start()
}

/** Adds jobs that run in a hundred days while the gateway is down. */
async function fillJobs(gw: Gateway, n: number) {
  await gw.stop()
  const db = new Db(join(gw.state.path, 'data', 'state.db'))
  const at = Date.now()
  await db.write(() => {
    for (let i = 0; i < n; i++)
      jobs.put(db, {
        id: crypto.randomUUID(),
        name: `Job ${i}`,
        enabled: true,
        schedule: { kind: 'cron', expr: `${i % 60} ${i % 24} * * *`, tz: 'Europe/Berlin' },
        sessionTarget: 'main',
        wakeMode: 'next-heartbeat',
        payload: { kind: 'systemEvent', text: `Look at thing ${i}.` },
        createdAtMs: at,
        updatedAtMs: at,
        state: { nextRunAtMs: at + 8_640_000_000 + i },
      })
  })
  db.close()
  await gw.start()
}

/** CPU time of the gateway in a span of rest, as a share of it. */
async function idleCpu(gw: Gateway, seconds: number): Promise<number> {
  await Bun.sleep(3000)
  const before = cpuOf(gw.pid)
  await Bun.sleep(seconds * 1000)
  return (cpuOf(gw.pid) - before) / (seconds * 10)
}

/** Listing many jobs, and what having them costs while none is due. */
async function jobFigures(gw: Gateway, quick: boolean): Promise<Figure[]> {
  const seconds = quick ? 5 : 20
  const before = await idleCpu(gw, seconds)
  await fillJobs(gw, 10_000)
  const client = await gw.ws('simple', [])
  const n = quick ? 50 : 200
  const some = await times(n, () => client.call('cron.list', { limit: 50 }))
  const all = await times(Math.ceil(n / 10), () => client.call('cron.list', {}))
  const after = await idleCpu(gw, seconds)
  return [
    { name: 'cron.list, 50 of 10000', value: median(some), unit: 'ms', target: 10 },
    { name: 'cron.list, all 10000', value: median(all), unit: 'ms', note: 'parsed by the client too' },
    {
      name: 'idle CPU with 10000 jobs',
      value: after,
      unit: '%',
      target: 0.3,
      note: `${before.toFixed(2)} % with none`,
    },
  ]
}

/** Connect and call. */
export async function callFigures(quick: boolean): Promise<Figure[]> {
  await using gw = await gateway()
  await using floor = await beside('floor.ts')
  const total = quick ? 10_000 : 40_000
  const who = await device()
  const connects = quick ? 200 : 500
  const timesOf = (connect: () => Promise<Disposable>) =>
    times(connects, async () => (await connect())[Symbol.dispose]())
  const fresh = await timesOf(() => strict(gw.port, gw.token, who))
  const { hello } = await strict(gw.port, gw.token, who)
  const own = (hello['auth'] as { deviceToken: string }).deviceToken
  const strictly = await timesOf(() => strict(gw.port, own, who))
  const simply = await timesOf(() => simple(gw.port, gw.token))

  const figures: Figure[] = [
    { name: 'connect and hello, strict, device token', value: median(strictly), unit: 'ms', target: 1 },
    { name: 'connect and hello, strict, new token', value: median(fresh), unit: 'ms', note: 'one write to the disk' },
    { name: 'connect and hello, simple', value: median(simply), unit: 'ms', target: 1 },
  ]
  const bare = await open(floor.said.port, (id, method, params) => ({ id, method, params }))
  const client = await gw.ws('simple', [])
  const strictClient = await gw.ws('strict')
  for (const inFlight of [1, 50]) {
    const least = await callRate(bare, total, inFlight)
    for (const [dialect, ours] of [['simple', client] as const, ['strict', strictClient] as const]) {
      const got = await callRate(ours, total, inFlight)
      const note = `${Math.round(got)}/s of ${Math.round(least)}/s`
      const name = `health, ${inFlight} in flight, ${dialect}`
      figures.push({ name, value: (got / least) * 100, unit: '% of floor', target: 40, atLeast: true, note })
    }
  }
  for (const [before, all] of [
    [0, 10],
    [10, 10_000],
  ] as const) {
    await fill(gw, before, all)
    const again = await gw.ws('simple', [])
    const lists = await times(quick ? 200 : 1000, () => again.call('sessions.list', { limit: 50 }))
    figures.push({ name: `sessions.list, 50 of ${all}`, value: median(lists), unit: 'ms', target: 2 })
  }
  return [...figures, ...(await jobFigures(gw, quick))]
}
