// What servers of models answer when they refuse, as they answer it, and what is done about it: asked again, the next model
// asked, or somebody left to rest. R-SES-4: a 400 never makes anybody rest.
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Candidate } from '../../src/engine/settings.ts'
import { Secret } from '../../src/lib/secret.ts'
import { providers } from '../../src/providers/index.ts'
import { engineWorld } from '../engine/fixture.ts'
import { modelInfo, scripted } from '../engine/scripted.ts'

/** An answer as it was recorded, and what is to come of it. */
interface Case {
  readonly name: string
  readonly api: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  /** How often the model is asked until the next one is, and whether it rests afterwards. */
  readonly asked: number
  readonly rests: boolean
}

const folder = join(import.meta.dir, 'failures')
const cases = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[])

/** A server that answers as recorded. */
function server(c: Case) {
  const asked = { count: 0 }
  const listening = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch() {
      asked.count++
      const type = typeof c.body === 'string' ? 'text/html' : 'application/json'
      const text = typeof c.body === 'string' ? c.body : JSON.stringify(c.body)
      return new Response(text, { status: c.status, headers: { 'content-type': type, ...c.headers } })
    },
  })
  return { asked, url: `http://127.0.0.1:${listening.port}`, [Symbol.dispose]: () => void listening.stop(true) }
}

test.each(cases)('$name', async (c) => {
  using s = server(c)
  const provider = providers.get(c.api)
  if (!provider) throw new Error(`no provider ${c.api}`)
  const first: Candidate = {
    ref: 'real/m',
    provider: provider,
    endpoint: { id: 'real', baseUrl: s.url, key: new Secret('sk-test-key') },
    info: { ...modelInfo('m'), reasoning: false },
  }
  const other = scripted(() => 'from the second')
  const second: Candidate = { ref: 'b/two', provider: other.provider, endpoint: { id: 'b' }, info: modelInfo('two') }
  await using w = engineWorld({ settings: { candidates: () => [first, second] } })
  await w.receive('hello')
  await w.rest()
  expect([c.name, s.asked.count, w.texts()]).toEqual([c.name, c.asked, ['from the second']])
  await w.receive('again')
  await w.rest()
  const askedAgain = s.asked.count > c.asked
  expect([c.name, 'rests', !askedAgain]).toEqual([c.name, 'rests', c.rests])
  expect(w.lines.join('\n')).not.toContain('sk-test-key')
})

test('no 400 of the table makes anybody rest, and every kind of trouble is in it', () => {
  expect(cases.filter((c) => c.status === 400 && c.rests)).toEqual([])
  expect(cases.filter((c) => c.status === 400).length).toBeGreaterThan(8)
  const statuses = new Set(cases.map((c) => c.status))
  for (const status of [400, 401, 403, 404, 413, 429, 500, 529]) expect(statuses.has(status)).toBe(true)
})
