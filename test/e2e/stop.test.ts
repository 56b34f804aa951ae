// R-STOP-1 on the executable: a busy session is stopped within a second, in every way there is: nothing is said any more,
// its programs are dead even when they will not die, and what waited is dropped.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, merged, modelConfig, telegramConfig } from './harness.ts'
import { until } from './program.ts'

/** Trials: 200 with OCLAW_FULL=1. */
const trials = process.env['OCLAW_FULL'] === '1' ? 200 : 24

/** What keeps a session busy. */
const busy = [
  'a program that will not die',
  'a shell with children',
  'a model that hangs',
  'a background program',
] as const

const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test(`${trials} stops of busy sessions, each within a second`, async () => {
  await using tg = await fakeTelegram()
  await using model = fakeOpenai({
    reply: (body) => {
      const text = lastUserText(body)
      const [, kind, nth] = /BUSY (\d) (\d+)/.exec(text) ?? []
      const last = (body['messages'] as { role: string }[]).at(-1)
      if (kind === undefined || last?.role === 'tool')
        return kind === '3' ? { text: 'waiting for it', hangAfter: 3 } : 'done'
      const note = `echo $$ > pid-${nth}`
      if (kind === '0')
        return {
          calls: [{ name: 'exec', input: { command: `trap "" TERM INT HUP; ${note}; while :; do sleep 0.05; done` } }],
        }
      if (kind === '1')
        return { calls: [{ name: 'exec', input: { command: `sleep 300 & sleep 300 & ${note}; sleep 300 | cat` } }] }
      if (kind === '3')
        return { calls: [{ name: 'exec', input: { command: `${note}; exec sleep 300`, background: true } }] }
      return { text: 'I was going to say something long, but then', hangAfter: 3 }
    },
  })
  const config = {
    tools: { exec: { security: 'full', ask: 'off' } },
    commands: { ownerAllowFrom: ['*'] },
    messages: { queue: { mode: 'followup' } },
  }
  const whole = [modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url)].reduce(merged, config)
  await using gw = await gateway({ config: whole })
  const strict = await gw.ws('simple')
  const workspace = join(gw.state.path, '.openclaw', 'workspace')
  const times: number[] = []
  for (let i = 0; i < trials; i++) {
    const kind = i % busy.length
    const how = Math.floor(i / busy.length) % 3
    const who = `ann${i % 7}`
    const key = `agent:main:telegram:direct:${tg.user(who).id}`
    tg.user(who).says(`BUSY ${kind} ${i}`)
    const pidFile = join(workspace, `pid-${i}`)
    const asked = () => model.requests.filter((r) => lastUserText(r.body).includes(`BUSY ${kind} ${i}`)).length
    const ready =
      kind === 2 ? () => asked() > 0 : () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim() !== ''
    await until(`${busy[kind]} ${i}`, ready, 10_000)
    if (kind === 3) await until('the second question', () => asked() > 1, 10_000)
    const pid = kind === 2 || kind === 3 ? 0 : Number(readFileSync(pidFile, 'utf8'))
    tg.user(who).says('and then?')
    await until(
      'it to wait',
      () => gw.rows(`SELECT 1 FROM inbox WHERE state = 'new' AND session = '${key}'`).length > 0,
    )
    const before = performance.now()
    if (how === 0) tg.user(who).says('/stop')
    else if (how === 1) await strict.call('chat.abort', { sessionKey: key })
    else await strict.call('chat.send', { sessionKey: key, message: '/stop', idempotencyKey: `stop-${i}` })
    await until(
      'its end',
      () =>
        (pid === 0 || !alive(pid)) &&
        gw.rows(
          `SELECT 1 FROM turns t JOIN sessions s ON s.id = t.session WHERE s.key = '${key}' AND t.state = 'running'`,
        ).length === 0 &&
        gw.rows(`SELECT 1 FROM inbox WHERE state = 'new' AND session = '${key}'`).length === 0,
      10_000,
    )
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  console.log(`${trials} stops: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${Math.round(times.at(-1) ?? 0)} ms`)
  expect(at(0.99)).toBeLessThanOrEqual(1000)
  expect(model.refused).toEqual([])
  expect(tg.sent.filter((m) => m.text === 'done')).toEqual([])
}, 600_000)
