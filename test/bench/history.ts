// A session of two thousand turns, condensed ten times: how long it takes to read, and what it adds to the next turn.
import { join } from 'node:path'
import type { Part } from '../../src/domain/turn.ts'
import { Db } from '../../src/store/db.ts'
import * as entries from '../../src/store/entries.ts'
import * as sessions from '../../src/store/sessions.ts'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { beside, median, models, percentile, times, type Figure } from './measure.ts'

const key = 'agent:main:main'

/** Adds turns to the session while the gateway is down. */
async function fill(gw: Gateway, from: number, to: number) {
  await gw.stop()
  const db = new Db(join(gw.state.path, 'data', 'state.db'))
  await db.write(() => {
    const id = sessions.byKey(db, key)?.id as string
    const say = (n: number, role: 'user' | 'assistant', text: string) => {
      const parts: Part[] = [{ type: 'text', text }]
      entries.append(db, {
        session: id,
        turn: `t${n}`,
        role,
        parts,
        at: 1_790_000_000_000 + n,
        tokens: Math.ceil(text.length / 4) + 4,
      })
    }
    for (let n = from; n < to; n++) {
      say(n, 'user', `question kiwi${n} ${'word '.repeat(60)}`)
      say(n, 'assistant', `answer plum${n} ${'word '.repeat(120)}`)
    }
  })
  db.close()
  await gw.start()
}

/** Reads, condenses and goes on. */
export async function historyFigures(quick: boolean): Promise<Figure[]> {
  await using world = await beside('outside.ts')
  await using gw = await gateway({ config: models(world.said) })
  await gw.ask('hello', key)
  const condensed: number[] = []
  for (let round = 0; round < 10; round++) {
    await fill(gw, round * 200, round * 200 + 200)
    condensed.push(...(await times(1, () => gw.call('sessions.compact', { key }))))
  }
  const client = await gw.ws('simple', [])
  const n = quick ? 50 : 300
  const reads = await times(n, () => client.call('chat.history', { sessionKey: key, limit: 400 }))
  const found = await times(quick ? 20 : 100, (i) => client.call('sessions.search', { query: `kiwi${i * 17}` }))
  const body = JSON.stringify({ model: 'short', stream: true, messages: [{ role: 'user', content: 'hello' }] })
  const url = `http://127.0.0.1:${world.said.port}/v1/chat/completions`
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const direct = await times(n, async () => (await fetch(url, { method: 'POST', headers, body })).text())
  const turns = await times(n, () => client.call('agent', { message: 'hello', sessionKey: key, wait: true }))
  return [
    {
      name: 'chat.history, 200 of 2,000 turns',
      value: median(reads),
      unit: 'ms',
      target: 10,
      note: `p99 ${percentile(reads, 0.99).toFixed(1)}`,
    },
    {
      name: 'the next turn, 10 times condensed',
      value: median(turns) - median(direct),
      unit: 'ms',
      target: 5,
      note: `${median(turns).toFixed(2)} - ${median(direct).toFixed(2)}`,
    },
    { name: 'condensing 200 turns', value: median(condensed), unit: 'ms', note: 'with a model that costs no time' },
    { name: 'a word among 2,000 turns', value: median(found), unit: 'ms' },
  ]
}
