// Many listeners at once: each hears all of a long answer, and one that stops reading is told what it missed.
import { expect, test } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, modelConfig, type Gateway } from './harness.ts'
import { memoryOf, until } from './program.ts'
import { slowReader } from './slow-reader.ts'
import { simple } from './socket.ts'

/** 2,000 tokens of 12 letters, each different, as the fake model cuts them. */
const long = Array.from({ length: 2000 }, (_, i) => `token ${String(i).padStart(5, '0')}.`).join('')

/** Listens for one answer; resolves with its deltas put together and what it was told at the end. */
async function listener(gw: Gateway) {
  const client = await simple(gw.port, gw.token, { events: ['agent.text', 'agent.done'], keep: false })
  const said = Promise.withResolvers<{ deltas: string; text: string; parts: number }>()
  let deltas = ''
  let parts = 0
  client.on = ({ event, data }) => {
    if (event === 'agent.done') return said.resolve({ deltas, text: String(data['text']), parts })
    deltas += String(data['delta'])
    parts++
  }
  return { client, said: said.promise }
}

test('500 sockets each hear every delta of 2,000 tokens, and the memory comes back', async () => {
  await using model = fakeOpenai({ reply: () => ({ text: long, everyMs: 5 }) })
  await using gw = await gateway({ config: modelConfig('openai-completions', model.url) })
  await gw.ask('warm up')
  const before = memoryOf(gw.pid).rss
  const crowd = await Promise.all(Array.from({ length: 500 }, () => listener(gw)))
  await gw.ask('at length')
  for (const { deltas, text, parts } of await Promise.all(crowd.map((c) => c.said))) {
    expect(deltas === long && text === long).toBeTrue()
    expect(parts).toBeGreaterThan(1)
  }
  const peak = memoryOf(gw.pid).rss
  for (const c of crowd) c.client.ws.close()
  const back = () => {
    const { rss } = memoryOf(gw.pid)
    return rss <= before * 1.2 && rss
  }
  const after = await until('the memory to come back', back, 15_000)
  console.log(`RSS ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB with 500, ${after.toFixed(0)} MB after`)
}, 60_000)

test('a socket that stops reading is told of the gap and catches up', async () => {
  await using model = fakeOpenai({ reply: () => ({ text: long, everyMs: 5 }) })
  await using gw = await gateway({ config: modelConfig('openai-completions', model.url) })
  using slow = await slowReader(gw.port)
  slow.send({ id: 'auth', method: 'auth', params: { token: gw.token } })
  await slow.hears((f) => f['id'] === 'auth')
  slow.pause()
  for (let i = 0; i < 30; i++) slow.send({ id: `fill-${i}`, method: 'config.schema' })
  await gw.call('health') // the requests above were taken before this
  expect(await gw.ask('at length')).toBe(long)
  slow.resume()
  const gap = (await slow.hears((f) => f['event'] === 'gap'))['data'] as { skipped: number; since: number }
  expect(gap.skipped).toBeGreaterThan(0)
  slow.send({ id: 'again', method: 'events.resume', params: { since: gap.since } })
  const answer = (await slow.hears((f) => f['id'] === 'again'))['result'] as {
    events: { event: { event?: { type: string; text: string } } }[]
  }
  expect(answer.events.some((e) => e.event.event?.type === 'finished' && e.event.event.text === long)).toBeTrue()
}, 60_000)
