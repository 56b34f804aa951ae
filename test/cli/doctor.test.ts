// The doctor: each thing broken for real, found, mended where that can be done, and put back byte for byte.
import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Db } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { home, image, seen, strong, type Home } from './doctor-home.ts'
import { cliHome, fakeGateway } from './fixture.ts'

function database(home: Home, more?: (db: Database) => void) {
  mkdirSync(home.path('data'), { recursive: true, mode: 0o700 })
  const path = home.path('data/state.db')
  const db = new Db(path)
  migrate(db)
  db.close()
  const raw = new Database(path)
  raw.run('PRAGMA journal_mode = DELETE')
  more?.(raw)
  raw.close()
  chmodSync(path, 0o600)
}

test('a fresh home has nothing broken, and nothing is written', async () => {
  const at = home()
  const before = image(at.home)
  const r = await seen(at)
  expect(r.checks.filter((c) => c.status === 'fail' || c.status === 'warn').map((c) => c.id)).toEqual([
    'gateway.reachable',
  ])
  expect([r.ok, r.code]).toEqual([true, 0])
  expect(image(at.home)).toEqual(before)
})

test.each([
  ['config.legacy', { 'openclaw.json': '{ // mine\n  telegram: { botToken: "1:a" },\n}\n' }, 'warn'],
  ['gateway.token', { 'openclaw.json': '{ gateway: { auth: { token: "short" } }, /* kept */ }\n' }, 'warn'],
  [
    'config.valid',
    { 'openclaw.json': '{ gateway: ', 'openclaw.json.last-good': '{ gateway: { port: 18999 } }\n' },
    'fail',
  ],
  ['browser.program', { 'openclaw.json': '{ browser: { executablePath: "/nowhere/chrome" }, /* kept */ }\n' }, 'warn'],
  ['shell.completion', { 'openclaw.json': '{}', 'completions/oclaw.bash': '# of last year\n' }, 'note'],
] as [string, Record<string, string>, string][])('%s: found, mended, undone', async (id, files, status) => {
  const at = home(files)
  const before = image(at.home)
  const found = await seen(at)
  expect(found.of(id)).toMatchObject({ status, fix: 'oclaw doctor --fix' })
  expect(image(at.home)).toEqual(before)
  const mended = await seen(at, '--fix')
  expect(mended.of(id)?.status).toBe('ok')
  expect(mended.mended.length).toBe(1)
  const again = await seen(at, '--fix')
  expect([again.mended, again.journal]).toEqual([[], undefined])
  expect((await at.run('doctor', '--undo')).code).toBe(0)
  expect(image(at.home)).toEqual(before)
  expect((await at.run('doctor', '--undo')).err).toContain('there is no repair to undo')
})

test('mending keeps the comments of the config', async () => {
  const at = home({ 'openclaw.json': '{ // mine\n  telegram: { botToken: "1:a" },\n}\n' })
  await seen(at, '--fix')
  const text = readFileSync(at.path('openclaw.json'), 'utf8')
  expect(text).toContain('// mine')
  expect(Bun.JSON5.parse(text)).toEqual({ channels: { telegram: { botToken: '1:a' } } })
})

test('rights of others are taken away and given back', async () => {
  const at = home({ 'openclaw.json': '{}', 'credentials/telegram.json': '{}' })
  chmodSync(at.path('openclaw.json'), 0o644)
  chmodSync(at.path('credentials'), 0o755)
  chmodSync(at.path('credentials/telegram.json'), 0o640)
  const before = image(at.home)
  expect((await seen(at)).of('state.permissions')).toMatchObject({ status: 'fail', fix: 'oclaw doctor --fix' })
  expect((await seen(at, '--fix')).of('state.permissions')?.status).toBe('ok')
  expect(statSync(at.path('credentials/telegram.json')).mode & 0o777).toBe(0o600)
  await at.run('doctor', '--undo')
  expect(image(at.home)).toEqual(before)
})

test('what was changed after a repair is left alone by its undo', async () => {
  const at = home({ 'openclaw.json': '{ gateway: { auth: { token: "short" } } }' })
  await seen(at, '--fix')
  writeFileSync(at.path('openclaw.json'), '{ gateway: { port: 18001 } }')
  const { code, out } = await at.run('doctor', '--undo', '--json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ ok: false, restored: [], left: [at.path('openclaw.json')] })
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe('{ gateway: { port: 18001 } }')
})

test('an empty workspace is filled, and emptied again', async () => {
  const at = home({ 'openclaw.json': '{}' })
  mkdirSync(at.path('workspace'), { mode: 0o700 })
  const before = image(at.home)
  expect((await seen(at)).of('workspace.files')?.status).toBe('note')
  expect((await seen(at, '--fix')).of('workspace.files')?.status).toBe('ok')
  expect(readdirSync(at.path('workspace'))).toContain('AGENTS.md')
  await at.run('doctor', '--undo')
  expect(image(at.home)).toEqual(before)
})

test.each([
  ['config.unknown', { 'openclaw.json': '{ gatewya: {} }' }, {}, 'note', 'gatewya'],
  [
    'config.idle',
    {
      'openclaw.json':
        '{ diagnostics: { enabled: true }, memory: { backend: "qmd" }, agents: { list: [{ id: "a", memorySearch: { provider: "local" } }] } }',
    },
    {},
    'note',
    'of no effect here: agents.list.0.memorySearch.provider, diagnostics, memory.backend',
  ],
  ['config.idle', { 'openclaw.json': '{ memory: { backend: "builtin" } }' }, {}, 'ok', ''],
  ['config.valid', { 'openclaw.json': '{ gateway: { port: "x" } }' }, {}, 'fail', 'gateway.port'],
  ['config.rejected', { 'openclaw.json.rejected.2026-01-01T00-00-00.000Z': '{}' }, {}, 'note', 'taken back'],
  ['approvals.readable', { 'exec-approvals.json': 'nope' }, {}, 'fail', 'cannot be understood'],
  ['env.deprecated', {}, { CLAWDBOT_THING: '1' }, 'note', 'CLAWDBOT_THING'],
  ['gateway.token', { 'openclaw.json': '{ gateway: { auth: { mode: "none" } } }' }, {}, 'warn', 'every program'],
  ['gateway.token', { 'gateway.token': 'tiny' }, {}, 'warn', '4 characters'],
  ['sessions.migration', { 'agents/main/sessions/sessions.json': '{}' }, {}, 'warn', 'oclaw import'],
  ['gateway.tailscale', { 'openclaw.json': '{ gateway: { tailscale: { mode: "funnel" } } }' }, {}, 'fail', 'password'],
  [
    'models.reachable',
    { 'openclaw.json': '{ agents: { defaults: { model: { primary: "nobody/x" } } } }' },
    {},
    'fail',
    '',
  ],
  [
    'channels.credentials',
    { 'openclaw.json': '{ channels: { telegram: { enabled: true } } }' },
    {},
    'fail',
    'Telegram',
  ],
] as [string, Record<string, string>, Record<string, string>, string, string][])(
  '%s is found (%j %j)',
  async (id, files, env, status, text) => {
    const r = await seen(home(files, env))
    expect(r.of(id)?.status).toBe(status as 'warn')
    expect(`${r.of(id)?.text} ${r.of(id)?.fix}`).toContain(text)
    expect(r.code).toBe(status === 'fail' ? 1 : 0)
  },
)

test('a damaged database, rows that belong to nothing, a newer format, and time that ran backwards', async () => {
  const lost = home()
  database(lost, (db) => {
    db.run('PRAGMA foreign_keys = OFF')
    db.run("INSERT INTO entries (session, role, parts, tokens, at) VALUES ('gone', 'user', '[]', 0, 1)")
  })
  expect((await seen(lost)).of('sessions.integrity')?.text).toContain('1 rows of entries belong to nothing')
  const newer = home()
  database(newer, (db) => db.run('PRAGMA user_version = 99'))
  expect((await seen(newer)).of('sessions.migration')).toMatchObject({ status: 'warn', fix: 'oclaw update' })
  const ahead = home()
  database(ahead, (db) =>
    db.run(`INSERT INTO events (at, kind, subject, data) VALUES (${Date.now() + 3_600_000}, 'x', 'x', '{}')`),
  )
  expect((await seen(ahead)).of('clock.skew')?.status).toBe('warn')
  const broken = home()
  database(broken)
  const bytes = readFileSync(broken.path('data/state.db'))
  bytes.fill(0xff, 4096)
  writeFileSync(broken.path('data/state.db'), bytes)
  const r = await seen(broken)
  expect(r.of('sessions.integrity')?.status).toBe('fail')
  expect(r.of('clock.skew')?.status).toBe('skip')
  const good = home()
  database(good)
  expect((await seen(good)).of('sessions.integrity')).toMatchObject({ status: 'ok', text: '0 sessions, 0 entries' })
})

test('a port that somebody else has, and a gateway of another version', async () => {
  using stranger = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') })
  const at = cliHome({ 'openclaw.json': `{ gateway: { port: ${stranger.port} } }` }, { env: { PATH: '/usr/bin:/bin' } })
  const taken = await seen(at)
  expect(taken.of('gateway.port')).toMatchObject({ status: 'fail' })
  expect(taken.of('gateway.port')?.text).toContain(`pid ${process.pid}`)
  expect(taken.of('gateway.reachable')?.status).toBe('skip')
  const info = { pid: 7, version: '2020.1.1', port: 1 }
  await using old = fakeGateway(strong, { 'gateway.info': () => info })
  const lock = JSON.stringify({ pid: process.pid, port: old.port, startedAt: 1, version: 'x' })
  const r = await seen(cliHome({ '.gateway.lock': lock, 'gateway.token': strong }, { env: { PATH: '/usr/bin:/bin' } }))
  expect(r.of('gateway.reachable')).toMatchObject({ status: 'warn', fix: 'oclaw gateway restart' })
})

test('people read marks, words and the command that mends', async () => {
  const { out } = await home({ 'openclaw.json': '{ gateway: { auth: { token: "short" } } }' }).run('doctor')
  expect(out).toContain('! WARN gateway.token')
  expect(out).toContain('→ oclaw doctor --fix')
  expect(out).toContain('Run `oclaw doctor --fix` to apply changes.')
  expect(out).toMatch(/\d+ ok, \d+ notes, \d+ warnings, 0 failures\n$/)
})
