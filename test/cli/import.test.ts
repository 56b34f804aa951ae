// Moving in from the original: what is taken, what is left and why, a source that stays as it was, and no second time.
import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { hashOf } from '../../src/engine/people/devices.ts'
import type { ImportReport } from '../../src/ops/import/run.ts'
import { takeLock } from '../../src/store/lock.ts'
import { cliHome } from './fixture.ts'
import { oldState } from './old-state.ts'

const home = () => cliHome({}, { env: { PATH: '/usr/bin:/bin' }, configParts: wholeParts })

/** Every file under a folder and a hash of all of it. */
function image(dir: string): string {
  const all = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort()
  return Bun.hash(
    all.map((p) => `${p} ${statSync(p).mode} ${statSync(p).mtimeMs} ${readFileSync(p, 'base64')}`).join('\n'),
  ).toString(16)
}

async function imported(at: ReturnType<typeof home>, ...flags: string[]) {
  const { code, out, err } = await at.run('import', '--json', ...flags)
  if (code !== 0) throw new Error(err)
  const report = JSON.parse(out) as ImportReport
  return { ...report, of: (kind: string) => report.items.find((i) => i.kind === kind) }
}

const rows = <T>(at: ReturnType<typeof home>, sql: string): T[] => {
  using db = new Database(at.path('data/state.db'), { readonly: true })
  return db.query<T, []>(sql).all()
}

test('a dry run writes nothing anywhere and says exactly what the import then does', async () => {
  const at = home()
  const from = oldState(join(at.home, 'old'), 'good')
  const before = image(at.home)
  const dry = await imported(at, '--from', from)
  expect(image(at.home)).toBe(before)
  const source = image(from)
  const done = await imported(at, '--from', from, '--apply')
  expect(image(from)).toBe(source)
  expect([done.changes, done.items]).toEqual([dry.changes, dry.items])
  expect(Object.fromEntries(done.items.map((i) => [i.kind, [i.found, i.added, i.known]]))).toEqual({
    config: [1, 1, 0],
    'memory and workspace files': [2, 2, 0],
    'permissions and identity': [1, 1, 0],
    'logins and keys of models': [1, 1, 0],
    sessions: [2, 2, 0],
    entries: [9, 9, 0],
    'pictures and files': [0, 0, 0],
    people: [5, 3, 0],
    'linked accounts': [0, 0, 0],
    devices: [1, 1, 0],
    jobs: [2, 2, 0],
    'to be done by hand': [0, 0, 0],
  })
  const database = statSync(at.path('data/state.db')).size
  const again = await imported(at, '--from', from, '--apply')
  expect(again.changes).toBe(0)
  expect(again.of('sessions')).toMatchObject({ found: 2, added: 0, known: 2 })
  expect(statSync(at.path('data/state.db')).size).toBe(database)
})

test('what was said is here, in the branch that was in use, and a model can go on with it', async () => {
  const at = home()
  await imported(at, '--from', oldState(join(at.home, 'old'), 'good'), '--apply')
  const [session] = rows<{ key: string; settings: string; label: string; messages: number; input_tokens: number }>(
    at,
    "SELECT * FROM sessions WHERE id = 'aaaa'",
  )
  expect(session).toMatchObject({ key: 'agent:main:main', label: 'Home', messages: 6, input_tokens: 40 })
  expect(JSON.parse(session?.settings ?? '')).toEqual({ thinkingLevel: 'high', model: 'openai/gpt-5.2' })
  const said = rows<{ id: number; role: string; parts: string; up_to: number | null; meta: string | null }>(
    at,
    "SELECT * FROM entries WHERE session = 'aaaa' ORDER BY id",
  )
  expect(said.map((e) => e.role)).toEqual([
    'user',
    'assistant',
    'tool',
    'assistant',
    'user',
    'assistant',
    'summary',
    'user',
  ])
  expect(said.map((e) => e.parts).join()).not.toContain('nobody took')
  expect(JSON.parse(said[1]?.parts ?? '')).toEqual([
    { type: 'thinking', text: 'hm', signature: 'sig' },
    { type: 'call', id: 'call_1', tool: 'read', input: { path: 'a.txt' } },
  ])
  expect(said[6]?.up_to).toBe(said[3]?.id as number)
  expect(JSON.parse(said[3]?.meta ?? '')).toMatchObject({
    model: 'anthropic/claude-opus-4-6',
    stop: 'end',
    usage: { cost: 0.01 },
  })
  const [group] = rows<{ origin: string }>(at, "SELECT origin FROM sessions WHERE id = 'bbbb'")
  expect(JSON.parse(group?.origin ?? '')).toEqual({
    kind: 'group',
    title: 'Friends',
    to: { channel: 'telegram', account: 'default', chat: '-100' },
  })
})

test('people, devices, jobs and keys are here; secrets are kept as they must be', async () => {
  const at = home()
  await imported(at, '--from', oldState(join(at.home, 'old'), 'good'), '--apply')
  expect(rows(at, 'SELECT channel, account, user, state FROM pairings ORDER BY user')).toEqual([
    { channel: 'telegram', account: 'default', user: '42', state: 'allowed' },
    { channel: 'telegram', account: 'default', user: '43', state: 'allowed' },
    { channel: 'telegram', account: 'work', user: '44', state: 'allowed' },
  ])
  const [device] = rows<{ tokens: string }>(at, 'SELECT tokens FROM devices')
  expect(JSON.parse(device?.tokens ?? '')).toMatchObject([
    { role: 'operator', hash: await hashOf('secret-device-token') },
  ])
  expect(readFileSync(at.path('data/state.db')).includes('secret-device-token')).toBe(false)
  const jobs = rows<{ id: string; next_at: number | null }>(at, 'SELECT id, next_at FROM jobs ORDER BY id')
  expect(jobs).toEqual([
    { id: 'job-1', next_at: expect.any(Number) },
    { id: 'job-2', next_at: null },
  ])
  expect(jobs[0]?.next_at).toBeGreaterThan(Date.now())
  const logins = at.path('agents/main/agent/auth-profiles.json')
  expect(statSync(logins).mode & 0o777).toBe(0o600)
  const status = JSON.parse((await at.run('models', 'status', '--json')).out) as { auth: { providers: object[] } }
  expect(status.auth.providers).toContainEqual(
    expect.objectContaining({ provider: 'anthropic', effective: { kind: 'profiles', detail: logins } }),
  )
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('the owner’s own words')
  expect(readFileSync(at.path('workspace/memory/2026-02-10.md'), 'utf8')).toBe('a note\n')
})

test('a broken installation: what can be read is taken, everything else is named', async () => {
  const at = home()
  const r = await imported(at, '--from', oldState(join(at.home, 'old'), 'broken'), '--apply')
  const why = (kind: string) =>
    r
      .of(kind)
      ?.left.map((l) => `${l.what}: ${l.why}`)
      .join('\n') ?? ''
  expect(r.of('sessions')).toMatchObject({ added: 3 })
  for (const part of [
    'other/sessions/sessions.json: it cannot be read',
    'agent:bad: it has no session id',
    'agent:x: malformed session key',
  ])
    expect(why('sessions')).toContain(part)
  expect(why('entries')).toContain('agent:main:main: lines that cannot be read')
  expect(why('entries')).toContain('agent:main:lost: its transcript is not there')
  expect(r.of('jobs')).toMatchObject({ found: 4, added: 2 })
  expect(why('people')).toContain('telegram-allowFrom.json: it cannot be read')
  expect(why('devices')).toContain('it is no list of devices')
  expect((await imported(at, '--from', join(at.home, 'old'), '--apply')).changes).toBe(0)
})

test('in place: the folder both use keeps every file of the original', async () => {
  const at = home()
  oldState(at.path('.'), 'good')
  const theirs =
    image(at.path('agents')) + image(at.path('cron')) + image(at.path('credentials')) + image(at.path('devices'))
  const doctor = JSON.parse((await at.run('doctor', '--json')).out) as { checks: { id: string; fix?: string }[] }
  expect(doctor.checks.find((c) => c.id === 'sessions.migration')?.fix).toBe('oclaw import')
  const { out } = await at.run('import')
  expect(out).toContain('Nothing was changed. Take 17 things over: oclaw import --apply')
  expect(existsSync(at.path('data'))).toBe(false)
  expect((await imported(at, '--apply')).of('config')).toMatchObject({ found: 1, known: 1 })
  expect(
    image(at.path('agents')) + image(at.path('cron')) + image(at.path('credentials')) + image(at.path('devices')),
  ).toBe(theirs)
  expect((await imported(at, '--apply')).changes).toBe(0)
})

test('a running gateway, and a folder with nothing in it, are refused', async () => {
  const at = home()
  expect((await at.run('import')).err).toContain('holds nothing of OpenClaw')
  const from = oldState(join(at.home, 'old'), 'good')
  mkdirSync(at.path('.'), { recursive: true })
  const held = takeLock(at.path('.gateway.lock.held'))
  expect((await at.run('import', '--from', from, '--apply')).err).toContain('oclaw gateway stop')
  held?.release()
})

test('what is here already stays as it is', async () => {
  const at = home()
  at.put('openclaw.json', '{ gateway: { port: 18001 } }')
  at.put('workspace/MEMORY.md', 'mine')
  const r = await imported(at, '--from', oldState(join(at.home, 'old'), 'good'), '--apply')
  expect(r.of('config')).toMatchObject({ added: 0, left: [{ why: expect.stringContaining('is there already') }] })
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe('{ gateway: { port: 18001 } }')
  expect(readFileSync(at.path('workspace/MEMORY.md'), 'utf8')).toBe('mine')
})
