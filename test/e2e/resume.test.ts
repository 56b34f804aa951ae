// A client that comes and goes while the gateway does too still ends up with the whole event log, each event once.
import { expect, test } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, modelConfig } from './harness.ts'
import { simple, type Client } from './socket.ts'

interface Told {
  readonly seq: number
  readonly event: unknown
}

/** Asks for what came after `log` until there is no more. */
async function catchUp(client: Client, log: Told[]) {
  for (;;) {
    const answer = await client.call<{ events: Told[]; more: boolean; gap?: unknown }>('events.resume', {
      since: log.at(-1)?.seq ?? 0,
      limit: 7,
    })
    expect(answer.gap).toBeUndefined()
    log.push(...answer.events)
    if (!answer.more) return
  }
}

test('50 reconnects over 5 restarts put the event log together', async () => {
  await using model = fakeOpenai({ reply: (_, nth) => `answer ${nth}` })
  await using gw = await gateway({ config: modelConfig('openai-completions', model.url) })
  const log: Told[] = []
  for (let round = 0; round < 5; round++) {
    if (round) {
      await (round % 2 ? gw.kill9() : gw.stop())
      await gw.start()
    }
    for (let i = 0; i < 10; i++) {
      const busy = gw.ask(`question ${round}.${i}`, `talk-${i % 3}`)
      using client = await simple(gw.port, gw.token)
      await catchUp(client, log) // while the turn runs
      await busy
    }
  }
  using client = await simple(gw.port, gw.token)
  await catchUp(client, log)
  const stored = gw
    .rows<{ seq: number; data: string }>("SELECT seq, data FROM events WHERE kind LIKE 'news.%' ORDER BY seq")
    .map((r) => ({ seq: r.seq, event: JSON.parse(r.data) as unknown }))
  expect(log.map(({ seq, event }) => ({ seq, event }))).toEqual(stored)
  const answers = stored.filter((e) => JSON.stringify(e.event).includes('"type":"finished"'))
  expect(answers.length).toBe(50)
}, 60_000)
