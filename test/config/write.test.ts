// Writes of the config: whole or not at all, with backups, never over what someone else wrote meanwhile.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs'
import { loadText } from '../../src/config/load.ts'
import { redacted } from '../../src/config/redact.ts'
import { sections } from '../../src/config/sections/index.ts'
import { configWriter } from '../../src/config/write.ts'
import { testClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { sha256 } from '../../src/lib/ids.ts'
import { configHome } from './fixture.ts'

function writing(files: Readonly<Record<string, string>> = {}) {
  const home = configHome(files)
  const writer = configWriter({
    paths: home.paths,
    clock: testClock(1_771_459_200_000),
    check: (text) => loadText(sections, text, home.paths, {}),
  })
  return { ...home, ...writer }
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => (error instanceof Fault ? error : expect.unreachable(String(error))),
  )

const v1 = '{ gateway: { port: 1, auth: { token: "t" } } } // one\n'

test('the first write makes the file, private, and a line in the audit log', async () => {
  const home = writing()
  const done = await home.write({ text: v1, by: 'cli' })
  expect(home.read('openclaw.json')).toBe(v1)
  expect(done).toMatchObject({ hash: await sha256(v1), changed: ['gateway.port', 'gateway.auth.token'] })
  expect(statSync(home.paths.configPath).mode & 0o777).toBe(0o600)
  const line = JSON.parse(home.read('logs/config-audit.jsonl').trim()) as Record<string, unknown>
  expect(line).toMatchObject({ ts: '2026-02-19T00:00:00.000Z', by: 'cli', before: null, after: done.hash })
  expect(JSON.stringify(line)).not.toContain('"t"')
  expect(readdirSync(home.dir).sort()).toEqual(['logs', 'openclaw.json'])
})

test('five backups are kept, the newest without a number', async () => {
  const home = writing({ 'openclaw.json': '{ gateway: { port: 100 } }' })
  chmodSync(home.paths.configPath, 0o644)
  for (let port = 101; port <= 107; port++)
    await home.write({
      text: `{ gateway: { port: ${port} } }`,
      baseHash: await sha256(home.read('openclaw.json')),
      by: 'x',
    })
  const names = readdirSync(home.dir)
    .filter((n) => n.includes('.bak'))
    .sort()
  expect(names).toEqual(['.bak', '.bak.1', '.bak.2', '.bak.3', '.bak.4'].map((n) => `openclaw.json${n}`))
  expect(names.map((n) => /\d{3}/.exec(home.read(n))?.[0])).toEqual(['106', '105', '104', '103', '102'])
  expect(names.map((n) => statSync(`${home.dir}/${n}`).mode & 0o777)).toEqual(names.map(() => 0o600))
  expect(home.read('logs/config-audit.jsonl').trim().split('\n')).toHaveLength(7)
})

test('a stale or missing base is a conflict', async () => {
  const home = writing({ 'openclaw.json': v1 })
  const text = '{ gateway: { port: 2 } }'
  const missing = await refusal(home.write({ text, by: 'x' }))
  expect([missing.code, missing.message]).toEqual([
    'CONFLICT',
    'config base hash required; re-run config.get and retry',
  ])
  const stale = await refusal(home.write({ text, by: 'x', baseHash: await sha256('older') }))
  expect([stale.code, stale.message]).toEqual([
    'CONFLICT',
    'config changed since last load; re-run config.get and retry',
  ])
  expect(home.read('openclaw.json')).toBe(v1)
  await home.write({ text, by: 'x', force: true })
  expect(home.read('openclaw.json')).toBe(text)
})

test('of two writes from the same base one wins', async () => {
  const home = writing({ 'openclaw.json': v1 })
  const baseHash = await sha256(v1)
  const both = await Promise.allSettled(
    [2, 3].map((p) => home.write({ text: `{ gateway: { port: ${p} } }`, by: 'x', baseHash })),
  )
  expect(both.map((b) => b.status)).toEqual(['fulfilled', 'rejected'])
  expect(home.read('openclaw.json')).toContain('2')
})

test('what is no good config is refused with its issues, and nothing is touched', async () => {
  const home = writing({ 'openclaw.json': v1 })
  const baseHash = await sha256(v1)
  const bad = await refusal(home.write({ text: '{ gateway: { port: "x" }, foo: 1 }', by: 'x', baseHash }))
  expect(bad.code).toBe('INVALID_REQUEST')
  expect(bad.message).toStartWith('invalid config\n- gateway.port: ')
  expect(bad.more.details).toMatchObject({
    issues: [{ path: 'gateway.port' }, { path: 'foo', message: 'unknown key' }],
  })
  const broken = await refusal(home.write({ text: '{ a: ', by: 'x', baseHash }))
  expect(broken.message).toStartWith('SyntaxError: JSON5: ')
  expect(readdirSync(home.dir)).toEqual(['openclaw.json'])
})

test('unknown keys that were there before may stay', async () => {
  const home = writing({ 'openclaw.json': '{ foo: 1 }' })
  await home.write({ text: '{ foo: 2, gateway: { port: 2 } }', by: 'x', baseHash: await sha256('{ foo: 1 }') })
  expect((await home.load()).warnings.map((w) => w.path)).toEqual(['foo'])
})

test('hidden secrets are put back, and never stored', async () => {
  const home = writing({ 'openclaw.json': v1 })
  const baseHash = await sha256(v1)
  await home.write({ text: `{ gateway: { port: 2, auth: { token: "${redacted}" } } }`, by: 'x', baseHash })
  expect(home.read('openclaw.json')).toBe('{ gateway: { port: 2, auth: { token: "t" } } }')
  const refused = await refusal(home.write({ text: `{ hooks: { token: "${redacted}" } }`, by: 'x', force: true }))
  expect(refused.code).toBe('INVALID_REQUEST')
})

test('writing the same again changes nothing', async () => {
  const home = writing({ 'openclaw.json': v1 })
  expect((await home.write({ text: v1, by: 'x', force: true })).changed).toEqual([])
  expect(existsSync(`${home.paths.configPath}.bak`)).toBe(false)
})

test('a write that fails leaves the old file and no remains', async () => {
  const home = writing({ 'openclaw.json': v1, 'openclaw.json.bak/in-the-way': '' })
  const failed = await home.write({ text: '{}', by: 'x', force: true }).then(
    () => 'written',
    () => 'failed',
  )
  expect(failed).toBe('failed')
  expect(home.read('openclaw.json')).toBe(v1)
  expect(readdirSync(home.dir).filter((n) => n.endsWith('.tmp'))).toEqual([])
})

test('the good copy is kept for a bad day', async () => {
  const home = writing({ 'openclaw.json': '{' })
  await home.keepGood('{ gateway: { port: 7 } }')
  expect((await home.load()).config.gateway.port).toBe(7)
})
