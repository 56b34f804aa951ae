// R-SES-3 on the executable: a model walks over every tool; killed at any point of it, the gateway goes on with a history
// that each provider accepts, and the answer comes once.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gateway } from './harness.ts'
import { until } from './program.ts'
import { dialects, soFar, walkers } from './tool-walk.ts'

/** Kills at every question of the walk with OCLAW_FULL=1, and in all protocols; else at some, in one. */
const whole = process.env['OCLAW_FULL'] === '1'

const place = () => {
  const path = mkdtempSync(join(tmpdir(), 'oclaw-walk-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

for (const dialect of dialects)
  test(`every tool there is does its work, by ${dialect}`, async () => {
    using folder = place()
    await using w = await walkers(dialect)
    await using gw = await gateway({ config: w.config(folder.path) })
    expect(await gw.ask('good morning', 'main')).toBe('hello there')
    w.tg.user('ann').says('WALK')
    await until('the end of the walk', () => w.tg.sent.map((m) => m.text).includes('walked'), 60_000)
    const walks = w.model.requests.filter((r) => soFar(r.body).walks)
    for (const [i, { wants }] of w.steps.entries()) {
      const said = soFar(walks.findLast((r) => soFar(r.body).steps === i + 1)?.body ?? {}).said
      for (const want of wants) expect(`step ${i}: ${said}`).toContain(want)
    }
    const names = (JSON.stringify(walks[0]?.body['tools']).match(/"name":"\w[\w-]*"/g) ?? []).map((n) => n.slice(8, -1))
    const used = new Set(w.steps.flatMap((s) => s.calls('')).map((c) => c.name))
    expect(names.filter((n) => !used.has(n) && !n.startsWith('mcp_'))).toEqual([])
    expect(w.tg.sent.map((m) => m.text)).toContain('from the tool')
    expect([w.model.refused, w.hits]).toEqual([[], []])
    expect(gw.log()).not.toContain('"level":"error"')
  }, 90_000)

for (const dialect of whole ? dialects : (['anthropic-messages'] as const))
  test(`killed at ${whole ? 'every' : 'some'} point of the walk, it goes on and answers once, by ${dialect}`, async () => {
    using folder = place()
    let due: { readonly at: number; readonly now: PromiseWithResolvers<void> } | undefined
    await using w = await walkers(dialect, (steps) => {
      if (due && steps === due.at) due.now.resolve()
    })
    await using gw = await gateway({ config: w.config(folder.path) })
    const texts = () => w.tg.sent.map((m) => m.text)
    const answers = () => texts().filter((t) => t === 'walked').length
    /** Killed while the answer was on its way, it says that it does not know. */
    const ends = () => answers() + texts().filter((t) => /may not have arrived: “walked/.test(t)).length
    const points = w.steps.map((_, i) => i).filter((i) => whole || i % 6 === 1)
    for (const [nth, at] of points.entries()) {
      due = { at, now: Promise.withResolvers() }
      w.tg.user('ann').says('WALK')
      await due.now.promise
      due = undefined
      await Bun.sleep((nth * 7) % 30) // before, while and after its tools run
      await gw.kill9()
      await gw.start()
      await until('the end of the walk', () => ends() > nth, 30_000)
    }
    await until('its rest', () => !gw.rows("SELECT 1 FROM turns WHERE state NOT IN ('done', 'cancelled')").length)
    expect(w.model.refused).toEqual([])
    expect(answers()).toBeLessThanOrEqual(points.length)
    console.log(`${points.length} kills by ${dialect}: ${w.model.requests.length} questions, none refused`)
  }, 300_000)
