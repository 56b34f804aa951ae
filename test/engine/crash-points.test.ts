// R-SES-3: whichever write fails and ends the process, what is in the log afterwards makes a request that Anthropic and
// OpenAI accept, and no turn stays half done.
import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import type { Candidate } from '../../src/engine/settings.ts'
import { Fault } from '../../src/lib/fault.ts'
import { Secret } from '../../src/lib/secret.ts'
import { providers } from '../../src/providers/index.ts'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import type { FakeModel, Reply } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { FailingDb } from './failing-db.ts'
import { engineWorld, inbound, until, type WorldWish } from './fixture.ts'
import { modelInfo, platform } from './scripted.ts'

const tool = (id: string, ok = true) =>
  defineTool({
    id,
    summary: id,
    params: z.object({}),
    risk: 'read',
    run: () =>
      ok ? Promise.resolve({ ok, text: `${id} has seen it` }) : Promise.reject(new Fault('NOT_FOUND', 'nothing there')),
  })

const tools = [tool('look'), tool('listen'), tool('fail', false)]

/** Three steps with calls, two of them at once, one of a tool that fails and one of a tool that is not there; then an answer. */
const reply: Reply = (body) => {
  const shown = JSON.stringify(body['messages'] ?? body['input'])
  const steps = new Set(shown.match(/STEP \d/g)).size
  const calls = [
    [
      { name: 'look', input: { x: 1 } },
      { name: 'listen', input: {} },
    ],
    [
      { name: 'fail', input: {} },
      { name: 'nobody', input: { a: ['b'] } },
    ],
    [{ name: 'look', input: {} }],
  ]
  return steps < calls.length ? { text: `STEP ${steps}`, calls: calls[steps] ?? [] } : 'the answer'
}

const servers: readonly (readonly [string, string, () => FakeModel])[] = [
  ['anthropic-messages', 'sk-ant-test', () => fakeAnthropic({ reply })],
  ['openai-completions', 'sk-test', () => fakeOpenai({ reply })],
  ['openai-responses', 'sk-test', () => fakeOpenai({ reply })],
]

for (const [api, key, start] of servers)
  test(`by ${api}`, async () => {
    await using server = start()
    const candidate: Candidate = {
      ref: 'real/m',
      provider: providers.get(api) as Candidate['provider'],
      endpoint: { id: 'real', baseUrl: server.url, key: new Secret(key) },
      info: modelInfo('m'),
    }
    let n = 0
    let failed = true
    for (; failed; n++) {
      const chat = platform()
      const wish: WorldWish = { tools, platform: chat, settings: { candidates: () => [candidate] } }
      const message = inbound('a question', { id: `q${n}` })
      let failing: FailingDb | undefined
      const first = engineWorld({ ...wish, open: (path) => (failing = new FailingDb(path)) })
      const db = failing as unknown as FailingDb
      db.at = n
      let accepted = true
      await first.intake.receive(message).catch(() => (accepted = false))
      let rested = false
      const resting = first.rest().then(() => (rested = true))
      await until('a failure, or the end', () => db.failed || rested)
      await first.close()
      await resting
      failed = db.failed
      const second = engineWorld({ ...wish, path: first.path })
      await second.recover()
      if (!accepted) await second.intake.receive(message)
      await second.rest()
      await second.receive('and one more', { id: `more${n}` }) // what was left of the turn is a history now
      await second.rest()
      expect([n, server.refused]).toEqual([n, []])
      expect([n, second.rows("SELECT state FROM turns WHERE state NOT IN ('done', 'failed')")]).toEqual([n, []])
      await second.close()
      rmSync(first.top, { recursive: true })
    }
    console.log(`${api}: ${n} points, ${server.requests.length} requests, none refused`)
    expect(n).toBeGreaterThan(25)
  }, 120_000)
