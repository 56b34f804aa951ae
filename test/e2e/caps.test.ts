// R-COST-1 and SEC-24 on the executable: caps hold however many ask at once, and an agent that never ends is ended.
import { expect, test } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, merged, modelConfig } from './harness.ts'

/** Dollars of a million tokens, and the longest answer in tokens. */
const [input, output, maxTokens] = [1, 10, 8000]
const answer = 7900

/** The config of a model with a price, and of a cap. */
const priced = (url: string, perDay: number | undefined) => {
  const model = {
    id: 'm',
    name: 'M',
    contextWindow: 200_000,
    maxTokens,
    cost: { input, output, cacheRead: 0, cacheWrite: 0 },
  }
  const known = modelConfig('openai-completions', url)
  const fake = { ...known.models.providers.fake, models: [model] }
  return merged(known, {
    models: { providers: { fake } },
    agents: { defaults: { maxConcurrent: 128, ...(perDay === undefined ? {} : { budget: { agent: { perDay } } }) } },
    tools: { exec: { security: 'full', ask: 'off' } },
  })
}

const dollars = (answers: number, tokens = answer) => (answers * tokens * output) / 1e6

test('100 calls at once pass a cap by at most one reservation', async () => {
  await using model = fakeOpenai({ reply: () => ({ text: 'ok', delayMs: 50, usage: { input: 1000, output: answer } }) })
  const cap = 1
  await using gw = await gateway({ config: priced(model.url, cap) })
  const ask = (n: number) => gw.ask('hi', `s${n}`).catch(String)
  const said = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))
  const reservation = (maxTokens * output + 20_000 * input) / 1e6
  const spent = dollars(model.requests.length) + (model.requests.length * 1000 * input) / 1e6
  console.log(
    `100 calls against $${cap}: ${model.requests.length} asked, $${spent.toFixed(3)} spent; a reservation is at most $${reservation.toFixed(3)}`,
  )
  expect(model.requests.length).toBeGreaterThan(5)
  expect(spent).toBeLessThanOrEqual(cap + reservation)
  expect(said.filter((s) => s === 'ok')).toHaveLength(model.requests.length)
  expect(gw.rows("SELECT 1 FROM turns WHERE state = 'failed'")).toHaveLength(100 - model.requests.length)
  const caps = await gw.call<{ caps: { spent: number }[] }>('usage.caps', { sessionKey: 'main' })
  expect(caps.caps[0]?.spent).toBeCloseTo(spent, 2)
  await gw.kill9()
  await gw.start()
  expect(
    (await gw.call<{ caps: { spent: number }[] }>('usage.caps', { sessionKey: 'main' })).caps[0]?.spent,
  ).toBeCloseTo(spent, 2)
}, 60_000)

for (const [what, call] of [
  ['the same call', () => ({ name: 'exec', input: { command: 'echo again' } })],
  ['always another call', (n: number) => ({ name: 'exec', input: { command: `echo ${n}` } })],
  ['two calls by turns', (n: number) => ({ name: n % 2 ? 'session_status' : 'agents_list', input: {} })],
] as const)
  test(`SEC-24: a model that makes ${what} for ever is ended by its steps, and by its cap`, async () => {
    let n = 0
    await using model = fakeOpenai({ reply: () => ({ calls: [call(n++)], usage: { input: 10, output: 1000 } }) })
    {
      await using gw = await gateway({ config: priced(model.url, undefined) })
      expect(await gw.ask('go')).toContain('I stopped after 50 steps')
      expect(model.requests.length).toBe(50)
    }
    const before = model.requests.length
    await using gw = await gateway({ config: priced(model.url, 0.2) })
    const ended = await gw.ask('go').catch(String)
    expect(ended).toContain('budget.agent.perDay')
    expect(dollars(model.requests.length - before, 1000)).toBeLessThanOrEqual(0.2 + 0.1)
    expect(model.requests.length - before).toBeLessThan(50)
    expect(model.refused).toEqual([])
  }, 60_000)
