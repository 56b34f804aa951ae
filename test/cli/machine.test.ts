// Keeping, starting over, taking away, making newer, completing: over real files, real archives and real signatures.
import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { hostParts } from '../../src/app/host.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { isNewer, targetName } from '../../src/ops/machine/update.ts'
import { Db } from '../../src/store/db.ts'
import { takeLock } from '../../src/store/lock.ts'
import { migrate } from '../../src/store/migrate.ts'
import { cliHome, deadPort } from './fixture.ts'

const port = String(await deadPort())
const env = { PATH: '/usr/bin:/bin', OPENCLAW_GATEWAY_PORT: port }
const home = (more: Parameters<typeof cliHome>[1] = {}) =>
  cliHome({}, { configParts: wholeParts, ...more, env: { ...env, ...more.env } })

/** An installation with something in every place. */
function lived(at = home()) {
  at.put('openclaw.json', '{ // mine\n  gateway: { port: 18999 },\n}\n')
  at.put('.env', 'KEY=1\n')
  at.put('credentials/x.json', '{}')
  at.put('workspace/MEMORY.md', 'what I know')
  at.put('media/a.png', 'picture')
  at.put('logs/gateway.log', 'log')
  mkdirSync(at.path('data'), { recursive: true })
  const db = new Db(at.path('data/state.db'))
  migrate(db)
  db.exec(
    "INSERT INTO sessions (id, key, agent, origin, settings, created_at, updated_at) VALUES ('s1', 'agent:main:main', 'main', '{}', '{}', 1, 1)",
  )
  return Object.assign(at, { db })
}

const sessions = (path: string) => {
  using db = new Database(path, { readonly: true })
  return db.query('SELECT id FROM sessions').all()
}

test('a backup made while the database is open is whole, and puts everything back', async () => {
  const at = lived()
  const file = join(at.home, 'b.tar.gz')
  const made = await at.run('backup', 'create', file, '--json')
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await at.run('backup', 'verify', file)).toMatchObject({ code: 0 })
  at.db.close()
  writeFileSync(at.path('openclaw.json'), '{}')
  writeFileSync(at.path('workspace/MEMORY.md'), 'nothing')
  writeFileSync(at.path('data/state.db'), 'garbage')
  expect((await at.run('backup', 'restore', file)).err).toContain('say --yes')
  const held = takeLock(at.path('.gateway.lock.held'))
  expect((await at.run('backup', 'restore', file, '--yes')).err).toContain('oclaw gateway stop')
  held?.release()
  const { code, out } = await at.run('backup', 'restore', file, '--yes', '--json')
  expect(code).toBe(0)
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('// mine')
  expect(readFileSync(at.path('workspace/MEMORY.md'), 'utf8')).toBe('what I know')
  expect(readFileSync(at.path('media/a.png'), 'utf8')).toBe('picture')
  expect(sessions(at.path('data/state.db'))).toEqual([{ id: 's1' }])
  const { old } = JSON.parse(out) as { old: string }
  expect(readFileSync(join(old, 'data/state.db'), 'utf8')).toBe('garbage')
})

test('a backup that was touched, cut short or made up is refused before anything changes', async () => {
  const at = lived()
  at.db.close()
  const file = join(at.home, 'b.tar.gz')
  await at.run('backup', 'create', file, '--no-media', '--no-workspace')
  const names = [...(await new Bun.Archive(new Uint8Array(readFileSync(file))).files()).keys()]
  expect(names.filter((n) => /media|workspace|logs/.test(n))).toEqual([])
  const write = async (change: (files: Record<string, Uint8Array>) => void) => {
    const files: Record<string, Uint8Array> = {}
    for (const [n, blob] of await new Bun.Archive(new Uint8Array(readFileSync(file))).files())
      files[n] = await blob.bytes()
    change(files)
    const path = join(at.home, 'x.tar.gz')
    writeFileSync(path, await new Bun.Archive(files, { compress: 'gzip' }).bytes())
    return path
  }
  const before = readFileSync(at.path('openclaw.json'), 'utf8')
  const touched = await write((f) => (f['state/.env'] = new TextEncoder().encode('KEY=2\n')))
  expect((await at.run('backup', 'restore', touched, '--yes')).err).toContain('state/.env was changed')
  const less = await write((f) => void delete f['state/openclaw.json'])
  expect((await at.run('backup', 'verify', less)).err).toContain('state/openclaw.json is missing')
  const outside = await write((f) => {
    const m = JSON.parse(new TextDecoder().decode(f['manifest.json'])) as { files: { path: string }[] }
    ;(m.files[0] as { path: string }).path = 'state/../../evil'
    f['manifest.json'] = new TextEncoder().encode(JSON.stringify(m))
  })
  expect((await at.run('backup', 'restore', outside, '--yes')).code).toBe(1)
  writeFileSync(join(at.home, 'x.tar.gz'), readFileSync(file).subarray(0, 200))
  expect((await at.run('backup', 'verify', join(at.home, 'x.tar.gz'))).err).toContain('is no good backup')
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe(before)
})

test('reset and uninstall say first what they would do, and throw nothing away', async () => {
  const at = lived()
  at.db.close()
  const dry = await at.run('reset', '--scope', 'full', '--dry-run')
  expect(dry.out).toContain(`[dry-run] move ${at.path('data')} to the trash`)
  expect(existsSync(at.path('openclaw.json'))).toBe(true)
  expect((await at.run('reset')).err).toContain('--scope config | config+creds+sessions | full')
  expect((await at.run('reset', '--scope', 'full', '--non-interactive')).err).toContain('needs --yes')
  expect((await at.run('reset', '--scope', 'config', '--yes')).out).toContain('Next: oclaw onboard --install-daemon')
  expect([existsSync(at.path('openclaw.json')), existsSync(at.path('.env'))]).toEqual([false, true])
  await at.run('reset', '--scope', 'full', '--yes')
  expect(
    readdirSync(at.path('.'))
      .filter((n) => !n.startsWith('.gateway'))
      .sort(),
  ).toEqual(['logs'])
  const all = (await at.run('uninstall', '--all', '--dry-run')).out
  expect(all).toContain(`[dry-run] move ${at.path('.').replace(/\/\.$/, '')} to the trash`)
  expect((await at.run('uninstall', '--state', '--yes')).code).toBe(0)
  expect(existsSync(at.path('logs'))).toBe(false)
  const kept = readdirSync(`${join(at.home, '.openclaw')}.trash`, { recursive: true }).map(String)
  for (const name of ['openclaw.json', 'state.db', 'MEMORY.md', 'gateway.log'])
    expect(kept.some((k) => k.endsWith(name))).toBe(true)
})

/** A place with a release: its list signed with a key of its own. */
async function release(folder: string, version: string, how: { program?: string; wrong?: boolean } = {}) {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const key = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64')
  const program = how.program ?? `#!/bin/sh\necho ${version}\n`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'oclaw-next'), program)
  const sha256 = new Bun.CryptoHasher('sha256').update(how.wrong ? 'other' : program).digest('hex')
  const list = JSON.stringify({
    version,
    notes: 'better',
    files: { [targetName()]: { name: 'oclaw-next', sha256, bytes: Buffer.byteLength(program) } },
  })
  writeFileSync(join(folder, 'manifest.json'), list)
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(list))
  writeFileSync(join(folder, 'manifest.json.sig'), Buffer.from(signature).toString('base64'))
  return key
}

/** A home whose program is a file of its own, and a release to take. */
async function updatable(version: string, how: Parameters<typeof release>[2] = {}) {
  const at = home()
  const [program, from] = [join(at.home, 'oclaw'), join(at.home, 'release')]
  writeFileSync(program, '#!/bin/sh\necho 2026.2.19\n')
  chmodSync(program, 0o755)
  const key = await release(from, version, how)
  const run = (more: Readonly<Record<string, string>>, ...args: string[]) =>
    cliHome(
      {},
      {
        configParts: wholeParts,
        env: { ...env, HOME: at.home, ...more },
        host: async (paths) => ({ ...hostParts(paths, {}, systemClock), program: [program] }),
      },
    ).run('update', ...args)
  return { home: at.home, program, from, key, run, says: () => Bun.spawnSync([program]).stdout.toString().trim() }
}

test('without a source, without a key, and without a newer release nothing is pretended', async () => {
  const u = await updatable('2026.2.19')
  expect((await u.run({}, '--check')).err).toContain('no source of updates is set up')
  expect((await u.run({}, '--check', '--from', u.from)).err).toContain('OPENCLAW_UPDATE_KEY')
  const none = await u.run({ OPENCLAW_UPDATE_KEY: u.key }, '--check', '--from', u.from)
  expect(none.out).toBe('This is the newest version (2026.2.19).\n')
})

test('a release is looked at, taken by one rename, and taken back', async () => {
  const u = await updatable('2099.1.1')
  const trusted = { OPENCLAW_UPDATE_KEY: u.key, OPENCLAW_UPDATE_URL: `file://${u.from}` }
  const seen = await u.run(trusted, '--check', '--json')
  expect(JSON.parse(seen.out)).toEqual({
    ok: true,
    current: '2026.2.19',
    latest: '2099.1.1',
    available: true,
    notes: 'better',
  })
  expect(u.says()).toBe('2026.2.19')
  expect((await u.run(trusted)).err).toContain('say --yes')
  expect((await u.run(trusted, '--yes')).out).toContain('The gateway does not run.')
  expect(u.says()).toBe('2099.1.1')
  expect(statSync(u.program).mode & 0o777).toBe(0o755)
  expect(existsSync(`${u.program}.new`)).toBe(false)
  expect((await u.run({}, '--rollback')).code).toBe(0)
  expect(u.says()).toBe('2026.2.19')
})

test('a program that does not know the database any more is not put back', async () => {
  const u = await updatable('2099.1.1')
  const trusted = { OPENCLAW_UPDATE_KEY: u.key, OPENCLAW_UPDATE_URL: u.from }
  expect((await u.run(trusted, '--yes')).code).toBe(0)
  const folder = join(u.home, '.openclaw', 'data')
  mkdirSync(folder, { recursive: true })
  new Database(join(folder, 'state.db'), { create: true }).run('PRAGMA user_version = 9')
  expect((await u.run({}, '--rollback')).err).toContain('the database has format 9 since the update')
  expect(u.says()).toBe('2099.1.1')
})

test('over http on this machine, and nothing over http from elsewhere', async () => {
  const u = await updatable('2099.1.1')
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (r) => new Response(Bun.file(u.from + new URL(r.url).pathname)),
  })
  const trusted = { OPENCLAW_UPDATE_KEY: u.key }
  expect((await u.run(trusted, '--yes', '--from', `http://127.0.0.1:${server.port}`)).code).toBe(0)
  expect(u.says()).toBe('2099.1.1')
  expect((await u.run(trusted, '--check', '--from', 'http://example.com')).err).toContain('only taken over https')
})

test.each([
  ['another key', {}, 'is not signed by who makes oclaw'],
  ['other bytes', { wrong: true }, 'is not what its list says'],
  ['a program that does not start', { program: '#!/bin/sh\nexit 3\n' }, 'does not start here'],
  ['a program of another version', { program: '#!/bin/sh\necho 1\n' }, 'does not start here'],
])('%s: refused, and the program is the old one', async (what, how, sentence) => {
  const u = await updatable('2099.1.1', how)
  const key = what === 'another key' ? await release(join(u.from, 'other'), '2099.1.1') : u.key
  const { code, err } = await u.run({ OPENCLAW_UPDATE_KEY: key }, '--yes', '--from', u.from)
  expect([code, err]).toEqual([1, expect.stringContaining(sentence)])
  expect(u.says()).toBe('2026.2.19')
  expect(existsSync(`${u.program}.new`)).toBe(false)
})

test('versions are compared by their numbers', () => {
  expect([
    isNewer('2026.10.1', '2026.9.9'),
    isNewer('2026.2.19', '2026.2.19'),
    isNewer('2025.12.31', '2026.1.1'),
  ]).toEqual([true, false, false])
})

test('completion knows commands, flags and words', async () => {
  const at = home()
  const words = async (line: string) =>
    (await at.run('completion', '--line', line)).out.split('\n').map((l) => l.split('\t')[0])
  expect(await words('oclaw gate')).toEqual(['gateway', ''])
  expect(await words('oclaw gateway st')).toEqual(['start', 'status', 'stop', ''])
  expect(await words('oclaw gateway --bi')).toEqual(['--bind', ''])
  expect(await words('oclaw gateway --bind l')).toEqual(['lan', 'loopback', ''])
  expect(await words('oclaw nonsense ')).toEqual([''])
})

test('the script works in a real bash, and is installed once', async () => {
  const at = home()
  const { out } = await at.run('completion', '--shell', 'bash')
  writeFileSync(join(at.home, 'oclaw'), '#!/bin/sh\nprintf "status\\tx\\nstart\\ty\\nstop\\tz\\n"\n', { mode: 0o755 })
  const script = `PATH=${at.home}:$PATH\n${out}\nCOMP_LINE='oclaw sta' COMP_POINT=9 COMP_WORDS=(oclaw sta) COMP_CWORD=1\n_oclaw\necho "\${COMPREPLY[@]}"\n`
  expect(Bun.spawnSync(['bash', '-c', script]).stdout.toString()).toBe('status start\n')
  await at.run('completion', '--install', '--yes', '--shell', 'bash')
  await at.run('completion', '--install', '--yes', '--shell', 'bash')
  expect(readFileSync(join(at.home, '.bashrc'), 'utf8').match(/completion of oclaw/g)?.length).toBe(1)
  for (const shell of ['zsh', 'fish'])
    expect((await at.run('completion', '--shell', shell)).out).toContain('completion --line')
  const power = (await at.run('completion', '-s', 'powershell')).out
  expect(power).toContain('Register-ArgumentCompleter -Native -CommandName oclaw')
  expect(power).toContain('& oclaw completion "--line=$line"')
  expect((await at.run('completion', '--line=oclaw sta')).out).toContain('status\t')
  await at.run('completion', '--install', '--yes', '--shell', 'powershell')
  const profile = readFileSync(join(at.home, '.config/powershell/Microsoft.PowerShell_profile.ps1'), 'utf8')
  expect(profile).toContain(`{ . '${at.path('completions/oclaw.ps1')}' }`)
  expect(readFileSync(at.path('completions/oclaw.ps1'), 'utf8')).toBe(power)
})
