// The same flood while the program is killed at random moments: nothing lost, nothing twice, and honesty about the rest.
import { expect, test } from 'bun:test'
import { random } from '../config/mutations.ts'
import { crowd } from './flood.ts'
import { gateway } from './harness.ts'
import { until } from './program.ts'

const kills = Number(process.env['OCLAW_KILLS'] ?? 40)
const seed = Number(process.env['OCLAW_SEED'] ?? Math.floor(Math.random() * 1e9))
const messages = 200

test(`${kills} kills in a flood lose nothing and repeat nothing (OCLAW_SEED=${seed})`, async () => {
  const next = random(seed)
  await using all = await crowd(() => Math.floor(next() * 40))
  await using gw = await gateway({ config: all.config })
  let written = 0
  for (let i = 0; i < kills; i++) {
    const due = Math.floor(((i + 1) * messages) / kills) - written
    all.write(due)
    written += due
    await Bun.sleep(next() * 400)
    await gw.kill9()
    await gw.start({ wait: next() < 0.75 })
  }
  await gw.kill9()
  await gw.start()
  await until('all messages to be dealt with', () => settled(gw.rows), 60_000)
  expect(await gw.stop()).toBe(0)

  const unknown = gw.rows<{ chat: string; message: string }>("SELECT chat, message FROM outbox WHERE state = 'unknown'")
  const textOf = (row: { message: string }) => (JSON.parse(row.message) as { text: string }).text
  const doubtful = unknown.map(textOf)
  // A turn that was cut off five times is given up, and its chat is told: it must not end the program forever.
  const givenUp = gw
    .rows<{ message: string }>(
      "SELECT message FROM inbox JOIN turns ON turns.id = inbox.turn WHERE turns.state = 'failed'",
    )
    .map(textOf)
  for (const who of all.people) {
    const ended = (n: number) => givenUp.includes(`m${who}-${n}`)
    const sure = (n: number) => !doubtful.includes(`answer to m${who}-${n}`) && !ended(n)
    const answers = all.answers(who)
    expect(new Set(answers).size).toBe(answers.length) // none twice, not even a doubtful one
    expect(answers).toEqual(answers.toSorted((a, b) => a - b))
    expect(answers.filter(sure)).toEqual(all.asked(who).filter(sure))
    const notices = all.others(who)
    const failures = all.asked(who).filter(ended).length
    expect(notices.filter((text) => text.includes('was cut off 5 times')).length).toBeGreaterThanOrEqual(failures)
    for (const n of all.asked(who).filter((x) => !sure(x) && !ended(x)))
      // once, or again when the program was killed while it told: better twice than not at all
      expect(notices.filter((text) => text.includes(`answer to m${who}-${n}…`)).length).toBeGreaterThan(0)
  }
  console.log(
    `${kills} kills: ${messages} messages, ${unknown.length} answers of unknown fate, ${givenUp.length} turns given up, each reported`,
  )
  expect(gw.rows('SELECT state, count(*) AS n FROM inbox GROUP BY state')).toEqual([{ state: 'done', n: messages }])
  expect([...all.anthropic.refused, ...all.openai.refused]).toEqual([])
}, 600_000)

/** Whether every message is taken in and done, and nothing is left to be sent. */
function settled(rows: <T>(sql: string) => T[]): boolean {
  const [inbox] = rows<{ n: number }>("SELECT count(*) AS n FROM inbox WHERE state = 'done'")
  const [outbox] = rows<{ n: number }>("SELECT count(*) AS n FROM outbox WHERE state IN ('ready', 'sending')")
  return inbox?.n === messages && outbox?.n === 0
}
