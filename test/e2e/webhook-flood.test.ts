// Webhooks in a flood: each that was accepted becomes one turn, also across kills; and forgeries of every style bring about nothing.
// OCLAW_HOOKS says how many calls; 10000 is a thousand a second for ten seconds.
import { createHmac } from 'node:crypto'
import { expect, test } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, merged, modelConfig } from './harness.ts'
import { until } from './program.ts'

const count = Number(process.env['OCLAW_HOOKS'] ?? 600)
const perSecond = 1000
const hookToken = 'hook-token-0123456789'
const secret = 'sign-secret-0123456789'

const hooks = {
  enabled: true,
  token: hookToken,
  mappings: [
    { match: { path: 'mapped' }, action: 'agent', messageTemplate: 'mapped {{n}}', sessionKey: 'hook:mapped' },
  ],
  webhooks: [
    { id: 'plain', message: 'plain {{body.n}}' },
    { id: 'own', message: 'own {{body.n}}', token: 'own-token-0123456789' },
    { id: 'signed', message: 'signed {{body.n}}', secret },
  ],
}

const signature = (body: string, key = secret) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`

test(`${count} webhooks at ${perSecond} a second: all accepted, each one turn`, async () => {
  await using model = fakeOpenai({ reply: () => 'ok' })
  const config = merged(modelConfig('openai-completions', model.url), { hooks })
  await using gw = await gateway({ config })
  const styles = [
    (n: number) => ({
      path: '/hooks/agent',
      body: JSON.stringify({ message: `agent ${n}`, deliver: false, name: 'Flood' }),
      headers: { authorization: `Bearer ${hookToken}` },
    }),
    (n: number) => ({
      path: '/webhook/plain',
      body: JSON.stringify({ n }),
      headers: { 'x-openclaw-token': hookToken },
    }),
    (n: number) => {
      const body = JSON.stringify({ n })
      return { path: '/webhook/signed', body, headers: { 'x-hub-signature-256': signature(body) } }
    },
    (n: number) => ({
      path: '/hooks/mapped',
      body: JSON.stringify({ n }),
      headers: { authorization: `Bearer ${hookToken}` },
    }),
  ] as const
  const began = performance.now()
  const took: number[] = []
  const ids = new Set<string>()
  const calls: Promise<void>[] = []
  for (let n = 0; n < count; n++) {
    const due = began + (n * 1000) / perSecond
    if (due > performance.now() + 1) await Bun.sleep(due - performance.now())
    const { path, body, headers } = (styles[n % styles.length] ?? styles[0])(n)
    calls.push(
      (async () => {
        const sent = performance.now()
        const answer = await fetch(gw.url + path, { method: 'POST', body, headers })
        took.push(performance.now() - sent)
        expect(answer.status).toBe(202)
        ids.add(((await answer.json()) as { runId: string }).runId)
      })(),
    )
  }
  await Promise.all(calls)
  const seconds = (performance.now() - began) / 1000
  expect(ids.size).toBe(count)
  const stored = gw.rows<{ n: number }>("SELECT count(DISTINCT run) AS n FROM inbox WHERE run LIKE 'hook_%'")[0]?.n ?? 0
  expect(stored).toBe(count) // durable before it was accepted
  await gw.kill9()
  await gw.start()
  const done = () =>
    gw.rows<{ n: number }>("SELECT count(*) AS n FROM inbox WHERE run LIKE 'hook_%' AND state = 'done'")[0]?.n
  await until('all turns', () => done() === count, 600_000)
  const turns = gw.rows<{ run: string; n: number }>(
    "SELECT run, count(*) AS n FROM turns WHERE state = 'done' AND run LIKE 'hook_%' GROUP BY run",
  )
  expect(turns.filter((t) => t.n !== 1)).toEqual([])
  const collected = gw.rows<{ n: number }>(
    "SELECT count(*) AS n FROM inbox WHERE run LIKE 'hook_%' AND turn IS NOT NULL",
  )[0]?.n
  took.sort((a, b) => a - b)
  console.log(
    `${count} in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s), answered in ${took[Math.floor(count / 2)]?.toFixed(1)} ms (p99 ${took[Math.floor(count * 0.99)]?.toFixed(1)} ms); ${turns.length} turns, ${collected} calls with a turn`,
  )
}, 1_200_000)

test('forgeries of every style: refused, and no event of any of them', async () => {
  await using model = fakeOpenai({ reply: () => 'ok' })
  const config = merged(modelConfig('openai-completions', model.url), { hooks })
  await using gw = await gateway({ config })
  const body = JSON.stringify({ n: 1, message: 'forged', text: 'forged' })
  const stale = signature(JSON.stringify({ n: 2 }))
  const forged: readonly (readonly [path: string, headers: Record<string, string>])[] = [
    ...['/hooks/agent', '/hooks/wake', '/hooks/mapped'].flatMap((path) =>
      [
        {},
        { authorization: 'Bearer wrong' },
        { authorization: 'Bearer ' },
        { 'x-openclaw-token': `${hookToken}x` },
        { authorization: `Basic ${btoa(hookToken)}` },
      ].map((headers) => [path, headers as Record<string, string>] as const),
    ),
    ...[{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${secret}` }].map(
      (h) => ['/webhook/plain', h as Record<string, string>] as const,
    ),
    ...[{}, { authorization: `Bearer ${hookToken}` }].map(
      (h) => ['/webhook/own', h as Record<string, string>] as const,
    ),
    ...[
      {},
      { authorization: `Bearer ${hookToken}` },
      { 'x-hub-signature-256': stale },
      { 'x-hub-signature-256': signature(body, 'another secret') },
      { 'x-hub-signature-256': signature(body).slice(0, -1) },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': signature(body).replace('sha256=', '') },
    ].map((h) => ['/webhook/signed', h as Record<string, string>] as const),
  ]
  for (const [path, headers] of forged) {
    const answer = await fetch(gw.url + path, { method: 'POST', body, headers })
    expect([path, headers, [401, 429].includes(answer.status)]).toEqual([path, headers, true])
  }
  expect(gw.rows('SELECT 1 FROM inbox')).toEqual([])
  // What was signed once counts once.
  const headers = { 'x-hub-signature-256': signature(body) }
  const post = async () => (await fetch(`${gw.url}/webhook/signed`, { method: 'POST', body, headers })).status
  await gw.stop() // who guessed so often would have to wait a minute
  await gw.start()
  expect([await post(), await post(), await post()]).toEqual([202, 202, 202])
  await until('the turn', () => gw.rows("SELECT 1 FROM inbox WHERE state = 'done'").length === 1)
  expect(gw.rows('SELECT 1 FROM inbox')).toHaveLength(1)
  expect(model.requests.length).toBe(1)
}, 120_000)
