// Program, database and config change together: an update with another form of the database, taken, failed, and taken back.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { alive } from '../../src/os/processes.ts'
import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { telegramConfig } from './harness.ts'
import { newerProgram, newerVersion, releaseOf } from './newer.ts'
import { built, folder, run, until, type Folder } from './program.ts'

const programs: Record<'good' | 'bad', string> = { good: '', bad: '' }
const homes: Folder[] = []
/** How often a rollback is killed. */
const kills = Number(process.env['OCLAW_ROLLBACK_KILLS'] ?? 2)

beforeAll(() => {
  programs.good = newerProgram()
  programs.bad = newerProgram({ diesAfterMs: 2500 })
}, 120_000)
afterAll(() => {
  homes.forEach((h) => h[Symbol.dispose]())
  for (const path of Object.values(programs)) rmSync(dirname(path), { recursive: true, force: true })
})

/** An installation with a program of its own, a config, a model, and a source of updates. */
async function installation(which: keyof typeof programs, channels: object = {}) {
  const model = fakeOpenai({
    reply: (body) => ({
      text: /m\d$/.test(lastUserText(body)) ? `answer to ${lastUserText(body).slice(-2)}` : 'Noted.',
    }),
  })
  const state = folder()
  homes.push(state)
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  const provider = {
    baseUrl: model.url,
    apiKey: 'sk-test',
    api: 'openai-completions',
    models: [{ id: 'm', name: 'm' }],
  }
  const config = `{\n  // my own words\n  gateway: { port: ${port} },\n  channels: ${JSON.stringify(channels)},\n  models: { providers: { own: ${JSON.stringify(provider)} } },\n  agents: { defaults: { model: { primary: "own/m" } } },\n}\n`
  state.write('openclaw.json', config)
  const program = join(state.path, 'bin-oclaw')
  copyFileSync(built(), program)
  chmodSync(program, 0o755)
  const key = await releaseOf(join(state.path, 'release'), programs[which])
  const env = {
    PATH: '/nonexistent:/usr/bin:/bin',
    OPENCLAW_UPDATE_KEY: key,
    OPENCLAW_UPDATE_URL: join(state.path, 'release'),
  }
  const oclaw = async (...args: string[]) => {
    const done = run(state.path, args, { env, program })
    return { code: await done.exited, out: done.output }
  }
  const said = async () => (await oclaw('gateway', 'call', 'chat.history', '--params', '{"sessionKey":"main"}')).out
  const one = (sql: string) => {
    using db = new Database(join(state.path, 'data/state.db'), { readonly: true })
    return db.query(sql).get()
  }
  return {
    state,
    config,
    program,
    oclaw,
    said,
    version: () => Bun.spawnSync([program, '--version']).stdout.toString().trim(),
    info: async () => JSON.parse((await oclaw('gateway', 'status', '--json')).out) as { version: string; pid: number },
    one,
    format: () => (one('PRAGMA user_version') as { user_version: number }).user_version,
    [Symbol.asyncDispose]: async () => {
      await oclaw('gateway', 'stop')
      await model[Symbol.asyncDispose]()
    },
  }
}

test('taken with what it changes, and taken back with what was said meanwhile', async () => {
  await using at = await installation('good')
  const old = at.version()
  await at.oclaw('gateway', 'start')
  await at.oclaw('agent', '-m', 'before the update')
  const format = at.format()
  const done = await at.oclaw('update', '--yes', '--probation', '1')
  expect([done.code, done.out]).toEqual([0, expect.stringContaining(`Version ${newerVersion} is in`)])
  expect([at.version(), (await at.info()).version, at.format()]).toEqual([newerVersion, newerVersion, format + 1])
  await at.oclaw('agent', '-m', 'after the update')
  await at.oclaw('config', 'set', 'ui.assistant.name', 'Newer')
  const back = await at.oclaw('update', '--rollback')
  expect([back.code, back.out]).toEqual([0, expect.stringContaining('What came since is in its database.')])
  expect([at.version(), (await at.info()).version, at.format()]).toEqual([old, old, format])
  expect(at.state.read('openclaw.json')).toBe(at.config)
  const said = await at.said()
  expect(said).toContain('before the update')
  expect(said).toContain('after the update')
  expect(existsSync(join(at.state.path, `data/state.db.newer-${format + 1}`))).toBe(true)
  expect((await at.oclaw('agent', '-m', 'and on')).out).toContain('Noted.')
  expect((await at.oclaw('doctor', '--json')).out).not.toContain('quick_check')
}, 60_000)

test('one that fails on probation is undone by itself, the database too; ten of ten messages are kept, none twice', async () => {
  await using tg = await fakeTelegram()
  await using at = await installation('bad', telegramConfig(tg.token, tg.url).channels)
  const old = at.version()
  let written = 0
  const write = (n: number) => {
    for (; n > 0; n--) tg.user(`person ${written}`).says(`m${written++}`)
  }
  const answered = (n: number) => tg.sent.some((s) => s.text.includes(`answer to m${n}`))
  await at.oclaw('gateway', 'start')
  const format = at.format()
  write(1)
  await until('an answer of the old one', () => answered(0))
  const updating = at.oclaw('update', '--yes', '--probation', '20')
  write(2)
  const newer = await until('the newer gateway', async () => {
    const now = await at.info()
    return now.version === newerVersion && now.pid
  })
  write(3)
  await until('an answer of the newer one', () => answered(5))
  await until('its end', () => !alive(newer), 30_000)
  const died = performance.now()
  write(3)
  const { code, out } = await updating
  expect([code, out]).toEqual([1, expect.stringContaining(`version ${newerVersion} does not run here`)])
  expect(out).toContain('The one of before is back.')
  expect([at.version(), (await at.info()).version, at.format()]).toEqual([old, old, format])
  const backMs = performance.now() - died
  write(1)
  await until('ten answers', () => written === 10 && Array.from({ length: 10 }, (_, n) => n).every(answered))
  expect(tg.sent.map((s) => s.text).sort()).toEqual(Array.from({ length: 10 }, (_, n) => `answer to m${n}`))
  expect(at.state.read('openclaw.json')).toBe(at.config)
  expect(at.one("SELECT count(*) AS n FROM inbox WHERE state = 'done'")).toEqual({ n: 10 })
  console.log(`the one of before was back after ${(backMs / 1000).toFixed(1)} s`)
  expect(backMs).toBeLessThan(60_000)
}, 90_000)

test('asked for over the wire, another process starts and watches it', async () => {
  await using at = await installation('good')
  await at.oclaw('gateway', 'start')
  const { pid } = await at.info()
  const asked = await at.oclaw(
    'gateway',
    'call',
    'update.run',
    '--params',
    '{"restartDelayMs":0,"note":"now"}',
    '--timeout',
    '60000',
  )
  expect([asked.code, JSON.parse(asked.out)]).toMatchObject([
    0,
    {
      ok: true,
      result: { status: 'ok', mode: 'binary', after: { version: newerVersion } },
      restart: { ok: true, pid, delayMs: 0 },
      sentinel: { payload: { kind: 'update', status: 'ok', message: 'now' } },
    },
  ])
  await until('the newer gateway', async () => (await at.info()).version === newerVersion)
  expect((await at.info()).pid).not.toBe(pid)
  const again = JSON.parse((await at.oclaw('gateway', 'call', 'update.run')).out) as object
  expect(again).toMatchObject({ result: { status: 'skipped', reason: 'this is the newest version' }, restart: null })
}, 60_000)

test('one that fails after it was asked for over the wire is undone as well', async () => {
  await using at = await installation('bad')
  const old = at.version()
  await at.oclaw('gateway', 'start')
  const format = at.format()
  await at.oclaw('gateway', 'call', 'update.run', '--params', '{"restartDelayMs":0}', '--timeout', '60000')
  await until('the newer gateway', async () => (await at.info()).version === newerVersion)
  await until('the old one again', async () => (await at.info()).version === old, 40_000)
  expect([at.version(), at.format()]).toEqual([old, format])
  await until('its report', () => at.state.read('logs/update.err.log').includes('The one of before is back.'))
}, 90_000)

test('a rollback that is killed at any moment leaves a program that starts, and can be done again', async () => {
  await using at = await installation('good')
  const old = at.version()
  await at.oclaw('gateway', 'start')
  await at.oclaw('agent', '-m', 'before the update')
  const format = at.format()
  for (let i = 0; i < kills; i++) {
    expect((await at.oclaw('update', '--yes', '--probation', '0')).code).toBe(0)
    await at.oclaw('gateway', 'stop')
    const child = run(at.state.path, ['update', '--rollback', '--no-restart'], { program: at.program })
    await Promise.race([child.exited, Bun.sleep((600 * i) / kills)])
    child.child.kill('SIGKILL')
    await child.exited
    expect([old, newerVersion]).toContain(at.version())
    if (at.version() !== old) expect((await at.oclaw('update', '--rollback', '--no-restart')).code).toBe(0)
    expect([at.version(), at.format()]).toEqual([old, format])
    expect((await at.oclaw('gateway', 'start')).code).toBe(0)
    expect(await at.said()).toContain('before the update')
  }
}, 120_000)
