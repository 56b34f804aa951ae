// Jobs while the program is killed between the claim of a slot and its end: each slot is run, none twice.
// OCLAW_JOBS says how many jobs, OCLAW_KILLS how often it is killed.
import { expect, test } from 'bun:test'
import { random } from '../config/mutations.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, merged, modelConfig, telegramConfig } from './harness.ts'
import { until } from './program.ts'

const count = Number(process.env['OCLAW_JOBS'] ?? 60)
const kills = Number(process.env['OCLAW_KILLS'] ?? 12)
const seed = Number(process.env['OCLAW_SEED'] ?? Math.floor(Math.random() * 1e9))

interface Run {
  job: string
  state: string
  turns: number
}

test(`${count} jobs and ${kills} kills: each slot once (OCLAW_SEED=${seed})`, async () => {
  const next = random(seed)
  await using tg = await fakeTelegram()
  await using model = fakeOpenai({
    reply: (body) => ({
      text: `done ${/job-\d+/.exec(JSON.stringify(body['messages']).slice(-400))?.[0] ?? '?'}`,
      delayMs: Math.floor(next() * 60),
    }),
  })
  const chat = tg.chat('ann').id
  const config = [modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url)].reduce(merged, {
    cron: { maxConcurrentRuns: 4 },
  })
  await using gw = await gateway({ config })
  const at = Date.now() + 1500
  const one = (i: number) => ({
    name: `job-${i}`,
    schedule: { kind: 'at', at: new Date(at + (i % 10) * 100).toISOString() },
    sessionTarget: 'isolated',
    payload: { kind: 'agentTurn', message: `Do job-${i}.` },
    delivery: { mode: 'announce', channel: 'telegram', to: chat },
    deleteAfterRun: false,
  })
  const client = await gw.ws()
  await Promise.all(Array.from({ length: count }, (_, i) => client.call('cron.add', one(i))))
  const ended = () =>
    gw.rows<{ n: number }>("SELECT count(*) AS n FROM job_runs WHERE state NOT IN ('claimed')")[0]?.n ?? 0
  for (let i = 0; i < kills; i++) {
    const due = Math.floor(((i + 1) * count) / (kills + 1))
    await until('some of them', () => ended() >= Math.min(due, count - 4), 60_000)
    await Bun.sleep(next() * 40)
    await gw.kill9()
    await gw.start()
  }
  await until('all of them', () => ended() === count, 120_000)
  await until(
    'what is said of them',
    () => gw.rows("SELECT 1 FROM outbox WHERE state IN ('ready', 'sending')").length === 0,
    60_000,
  )
  const runs = gw.rows<Run>(
    `SELECT r.job, r.state, (SELECT count(*) FROM turns t WHERE t.run = r.id AND t.state = 'done') AS turns FROM job_runs r`,
  )
  expect(runs).toHaveLength(count)
  expect(new Set(runs.map((r) => r.job)).size).toBe(count)
  expect(runs.filter((r) => r.state !== 'ok' || r.turns !== 1)).toEqual([])
  const doubtful = gw.rows<{ message: string }>("SELECT message FROM outbox WHERE state = 'unknown'")
  const said = tg.sent.map((s) => s.text).filter((t) => /^done job-\d+$/.test(t))
  expect(new Set(said).size).toBe(said.length) // nothing is announced twice
  const sure = Array.from({ length: count }, (_, i) => `done job-${i}`).filter(
    (t) => !doubtful.some((d) => d.message.includes(`"${t}"`)),
  )
  expect(sure.filter((t) => !said.includes(t))).toEqual([])
  console.log(
    `${count} jobs, ${kills} kills, ${model.requests.length} questions to the model, ${doubtful.length} announcements of unknown fate`,
  )
}, 600_000)
