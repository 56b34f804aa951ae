// A broken config, database, folder or port: the program lives as well as it can, or ends with what mends it.
import { Database } from 'bun:sqlite'
import { chmodSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { base, gateway } from './harness.ts'
import { built, folder, portOf, run, until, type Folder, type RunOptions } from './program.ts'
import { raw, refusal } from './socket.ts'

const slow = 60_000

/** Runs the gateway to its end; answers its exit code and output. */
async function refused(state: Folder, options: RunOptions = {}, args: readonly string[] = ['--port', '0']) {
  const program = run(state.path, ['gateway', ...args], options)
  const stop = setTimeout(() => program.child.kill('SIGKILL'), 20_000)
  const code = await program.exited
  clearTimeout(stop)
  return { code, output: program.output }
}

/** A state folder with a database a gateway has used. */
async function used(): Promise<Folder> {
  const state = folder()
  await using gw = await gateway({ prepare: (s) => s.write('.env', '') })
  await gw.ask('hello')
  await gw.stop()
  cpSync(gw.state.path, state.path, { recursive: true })
  return state
}

const file = (state: Folder) => join(state.path, 'data', 'state.db')

for (const [name, config, wanted] of [
  ['broken JSON5', '{ gateway: { port: 1, ', /openclaw\.json/],
  ['a wrong type', '{ gateway: { auth: "open" }, agents: 5 }', /gateway\.auth.*agents|agents.*gateway\.auth/s],
  ['a missing variable', '{ gateway: { auth: { mode: "token", token: "${NOT_SET_ANYWHERE}" } } }', /NOT_SET_ANYWHERE/],
  ['an include loop', '{ agents: { $include: "openclaw.json" } }', /includes itself/],
] as const)
  test(
    `${name} in the config: named in the log, and the gateway is up and closed`,
    async () => {
      await using gw = await gateway({ config })
      const line = gw
        .log()
        .split('\n')
        .find((l) => l.includes('the config has mistakes'))
      expect(line).toMatch(wanted)
      expect(gw.output).toContain('oclaw config validate')
      using client = await raw(gw.port)
      expect(await refusal(client.call('health'))).toMatchObject({ code: 'UNAUTHORIZED' })
    },
    slow,
  )

test(
  'a database of a newer program is left alone',
  async () => {
    using state = await used()
    const db = new Database(file(state))
    db.run('PRAGMA user_version = 999')
    db.close()
    const { code, output } = await refused(state)
    expect([code, output]).toEqual([1, expect.stringMatching(/newer oclaw \(format 999.*`oclaw update`/)])
  },
  slow,
)

test(
  'a database another program holds is named',
  async () => {
    using state = await used()
    using db = new Database(file(state))
    db.run('PRAGMA locking_mode = EXCLUSIVE')
    db.run('BEGIN EXCLUSIVE')
    const { code, output } = await refused(state)
    expect([code, output]).toEqual([1, expect.stringMatching(/state\.db is in use by another program; end it/)])
  },
  slow,
)

test(
  'a damaged database is named, with where its copies are',
  async () => {
    using state = await used()
    state.write('data/state.db', 'not a database '.repeat(1000))
    const { code, output } = await refused(state)
    expect([code, output]).toEqual([1, expect.stringMatching(/state\.db is damaged; restore a copy/)])
  },
  slow,
)

const nobody = 65_534
const asNobody = ['setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']

test.if(process.getuid?.() === 0)(
  'a database and a folder without rights are named',
  async () => {
    using state = await used()
    Bun.spawnSync(['chown', '-R', `${nobody}:${nobody}`, state.path])
    for (const end of ['', '-wal', '-shm'])
      if (state.has(`data/state.db${end}`)) chmodSync(`${file(state)}${end}`, 0o444)
    const program = join(state.path, 'program')
    cpSync(built(), program)
    const read = await refused(state, { under: asNobody, program })
    expect(read).toEqual({
      code: 1,
      output: expect.stringMatching(/state\.db is read-only; give its owner write access/),
    })
    chmodSync(state.path, 0o555)
    const dir = await refused(state, { under: asNobody, program })
    expect(dir).toEqual({ code: 1, output: expect.stringMatching(/give this user write access|is yours|write access/) })
    chmodSync(state.path, 0o755)
  },
  slow,
)

test(
  'a port that was asked for and is taken: refused, with the way out',
  async () => {
    using taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('other') })
    using state = folder()
    state.write('openclaw.json', JSON.stringify(base))
    const { code, output } = await refused(state, {}, ['--port', String(taken.port)])
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(new RegExp(`port ${taken.port} is taken.*oclaw gateway --port`)),
    ])
  },
  slow,
)

test(
  'a port of the config that is taken: the next one, said clearly',
  async () => {
    using taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('other') })
    using state = folder()
    state.write('openclaw.json', JSON.stringify({ gateway: { ...base.gateway, port: taken.port } }))
    const program = run(state.path, ['gateway'])
    const port = await until('the lock file', () => portOf(state.path, program.pid))
    expect(port).toBeGreaterThan(Number(taken.port))
    await until('the banner', () => program.output.includes(`Port ${taken.port} was taken`))
    program.child.kill()
    expect(await program.exited).toBe(0)
  },
  slow,
)

test(
  'a second gateway on the same state names the first',
  async () => {
    await using gw = await gateway()
    const { code, output } = await refused(gw.state)
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(new RegExp(`already runs on .*pid ${gw.pid}.*oclaw gateway stop`)),
    ])
    expect((await gw.call('health'))['ok']).toBe(true)
  },
  slow,
)
