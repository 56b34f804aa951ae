// What the program costs in memory, from its start through a thousand turns, and inside a small machine.
import { expect, test } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, modelConfig } from './harness.ts'
import { memoryOf } from './program.ts'
import { smallGroup } from './small-group.ts'

test('PSS stays below 160 MB from the start through 1,000 turns', async () => {
  await using model = fakeOpenai({ reply: () => 'a short answer' })
  await using gw = await gateway({ config: modelConfig('openai-completions', model.url) })
  let peak = memoryOf(gw.pid).pss
  const worker = async (n: number) => {
    for (let i = 0; i < 125; i++) {
      await gw.ask(`question ${i}`, `talk-${n}-${i % 5}`)
      if (i % 5 === 0) peak = Math.max(peak, memoryOf(gw.pid).pss)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, n) => worker(n)))
  expect(model.requests.length).toBe(1000)
  console.log(`peak PSS ${peak.toFixed(1)} MB`)
  expect(peak).toBeLessThan(160)
}, 120_000)

const group = smallGroup('memory')
const name = group
  ? 'starts and answers within 256 MB'
  : 'within 256 MB: not tried, this machine lets us make no cgroup'

test(
  name,
  async () => {
    if (!group) return expect(group).toBeUndefined()
    await using small = group
    await using gw = await gateway({ under: small.under })
    expect(await gw.ask('hello')).not.toBe('')
    expect(await gw.stop()).toBe(0)
  },
  60_000,
)
