// Two hundred messages at once: every one answered, once, in its own chat and in order.
import { expect, test } from 'bun:test'
import { crowd } from './flood.ts'
import { gateway } from './harness.ts'

test('200 messages of 20 chats are all answered once, in order', async () => {
  await using all = await crowd()
  await using gw = await gateway({ config: all.config })
  all.write(200)
  await all.sentAtLeast(200, 30_000)
  for (const who of all.people) {
    expect(all.answers(who)).toEqual(all.asked(who))
    expect(all.others(who)).toEqual([])
  }
  expect([...all.anthropic.refused, ...all.openai.refused]).toEqual([])
  expect([all.anthropic.requests.length, all.openai.requests.length]).toEqual([100, 100])
  expect(await gw.stop()).toBe(0)
  expect(gw.rows('SELECT state, count(*) AS n FROM inbox GROUP BY state')).toEqual([{ state: 'done', n: 200 }])
  expect(gw.rows('SELECT state, count(*) AS n FROM outbox GROUP BY state')).toEqual([{ state: 'sent', n: 200 }])
}, 60_000)
