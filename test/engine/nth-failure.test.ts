// Whatever write fails: nothing is lost, nothing is answered twice, nothing stays half done.
import { expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { Fault } from '../../src/lib/fault.ts'
import { FailingDb } from './failing-db.ts'
import { engineWorld, inbound, until, type EngineWorld, type WorldWish } from './fixture.ts'
import { platform, type Script } from './scripted.ts'

const tool = defineTool({
  id: 'look',
  summary: 'Looks.',
  params: z.strictObject({}),
  risk: 'read',
  run: async () => ({ ok: true, text: 'seen' }),
})

const script: Script = (req) => {
  const asked = req.messages.findLastIndex((m) => m.role === 'user')
  const looked = req.messages.slice(asked).some((m) => m.role === 'tool')
  return looked ? 'The answer.' : { text: 'One moment.', calls: [{ tool: 'look' }] }
}

/** Lets everything come to rest, retries and all. */
async function rest(w: EngineWorld) {
  await w.rest()
  await w.pass(2000)
  await w.rest()
}

const count = (w: EngineWorld, sql: string) => Number(w.rows(sql)[0]?.['n'])

function check(w: EngineWorld, what: string) {
  expect({
    what,
    turns: count(w, "SELECT count(*) AS n FROM turns WHERE state IN ('done', 'failed')"),
    unfinished: count(w, "SELECT count(*) AS n FROM turns WHERE state NOT IN ('done', 'failed')"),
    inbox: w.rows('SELECT state FROM inbox'),
    answers: count(w, 'SELECT count(*) AS n FROM outbox WHERE turn IS NOT NULL'),
    half: count(w, "SELECT count(*) AS n FROM outbox WHERE state IN ('sending', 'ready')"),
  }).toEqual({ what, turns: 1, unfinished: 0, inbox: [{ state: 'done' }], answers: 1, half: 0 })
  const unknown = w.rows("SELECT message FROM outbox WHERE state = 'unknown'").map((r) => String(r['message']))
  for (const text of new Set(w.texts())) {
    const times = w.texts().filter((t) => t === text).length
    expect([what, text, times > 1 && !unknown.some((m) => m.includes(text))]).toEqual([what, text, false])
  }
}

/** One run of the scenario with write `n` failing; answers whether it did. */
async function scenario(n: number, full: boolean, stay: boolean): Promise<boolean> {
  const chat = platform()
  const wish: WorldWish = { script, tools: [tool], platform: chat }
  const message = inbound('a question', { id: 'q' })
  let failing: FailingDb | undefined
  const open = (path: string) => (failing = new FailingDb(path))
  const first = engineWorld({ ...wish, open })
  const db = failing as unknown as FailingDb
  db.at = n
  db.full = full
  let acknowledged = true
  await first.intake.receive(message).catch((error: unknown) => {
    expect(error).toBeInstanceOf(Fault)
    acknowledged = false
  })
  if (stay) {
    for (let i = 0; i < (full ? 100 : 0); i++) await first.pass(50)
    db.full = false
    await rest(first)
    if (!acknowledged) await first.intake.receive(message)
    await rest(first)
    check(first, `write ${n} failed and the process went on`)
    expect(chat.sent.length).toBe(1)
    await first.close()
    rmSync(first.top, { recursive: true })
    return db.failed
  }
  // The process ends as soon as a write has failed.
  const rested = { yes: false }
  const resting = first.rest().then(() => (rested.yes = true))
  await until('a failure, or the end', () => db.failed || rested.yes)
  await first.close()
  await resting
  const second = engineWorld({ ...wish, path: first.path })
  await second.recover()
  if (!acknowledged) await second.intake.receive(message)
  await rest(second)
  check(second, `write ${n} failed and the process ended`)
  await second.close()
  rmSync(first.top, { recursive: true })
  return db.failed
}

for (const full of [false, true])
  for (const stay of [false, true])
    test(`write n fails${full ? ' and all after it' : ''}, and the process ${stay ? 'goes on' : 'ends'}`, async () => {
      let n = 0
      while (await scenario(n, full, stay)) n++
      expect(n).toBeGreaterThan(20)
    }, 60_000)
