// Nodes as people use them: the executable as a node of another one, and a scripted phone.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeSystemctl } from './fake-systemctl.ts'
import { gateway, type Gateway } from './harness.ts'
import { phone } from './phone.ts'
import { folder, run, until, type Folder, type Program } from './program.ts'
import { refusal } from './socket.ts'

let gw: Gateway
const homes: Folder[] = []
const programs: Program[] = []

beforeAll(async () => {
  gw = await gateway({ config: { gateway: { nodes: { allowCommands: ['camera.snap'] } } } })
}, 60_000)

afterAll(async () => {
  for (const p of programs) p.child.kill('SIGKILL')
  await gw[Symbol.asyncDispose]()
  homes.forEach((h) => h[Symbol.dispose]())
})

interface Listed {
  nodes: { nodeId: string; displayName: string; connected: boolean; commands: string[] }[]
}

const listed = async (name: string) => (await gw.call<Listed>('node.list')).nodes.find((n) => n.displayName === name)
const online = (name: string) => until(`${name} to be there`, async () => (await listed(name))?.connected)

/** A code that lets one device in. */
const code = async () =>
  (await gw.call<{ setupCode: string }>('device.setup', { url: `ws://127.0.0.1:${gw.port}` })).setupCode

/** Starts the executable as a node. */
function node(home: Folder, ...args: string[]): Program {
  const program = run(home.path, ['node', 'run', ...args])
  programs.push(program)
  return program
}

/** A home of its own, and a node in it that was let in. */
async function joined(name: string) {
  const home = folder()
  homes.push(home)
  const program = node(home, '--display-name', name, '--setup-code', await code())
  await online(name)
  return { home, program, id: (await listed(name))?.nodeId ?? '' }
}

/** The gateway's own command line. */
async function oclaw(...args: string[]): Promise<{ code: number; out: string }> {
  const done = run(gw.state.path, args)
  return { code: await done.exited, out: done.output }
}

/** Answers the next question a tool asks. */
async function decide(decision: string): Promise<{ command: string; cwd: string }> {
  const asked = await until('a question', async () => {
    const { requests } = await gw.call<{ requests: { id: string; command: string; cwd: string }[] }>(
      'exec.approval.list',
    )
    return requests[0]
  })
  await gw.call('exec.approval.resolve', { id: asked.id, decision })
  return asked
}

interface Ran {
  exitCode: number
  stdout: string
  stderr: string
  success: boolean
}

test('a setup code lets one machine in, once; it runs what a person allows, and lists what is always allowed', async () => {
  const { home, id } = await joined('Kitchen')
  expect(await listed('Kitchen')).toMatchObject({ commands: ['system.run', 'system.which'] })
  const ran = gw.call<Ran>('node.run', { node: 'kitchen', command: ['/bin/echo', 'hello there'], cwd: '/' })
  expect(await decide('allow-once')).toMatchObject({ command: '/bin/echo "hello there"', cwd: '/' })
  expect(await ran).toMatchObject({ exitCode: 0, stdout: 'hello there\n', success: true })
  const denied = refusal(gw.call('node.run', { node: id.slice(0, 8), command: ['/bin/echo', 'x'] }))
  await decide('deny')
  expect((await denied).message).toContain('a person denied it')
  const always = gw.call<Ran>('node.run', { node: 'Kitchen', command: ['/bin/echo', 'always'] })
  await decide('allow-always')
  await always
  expect(await gw.call<Ran>('node.run', { node: 'Kitchen', command: ['/bin/echo', 'again'] })).toMatchObject({
    stdout: 'again\n',
  })
  expect(JSON.parse(home.read('exec-approvals.json'))).toMatchObject({
    agents: { main: { allowlist: [expect.objectContaining({ pattern: expect.stringMatching(/\/echo$/) })] } },
  })
  // A listed program with variables of its own, and a shell that was allowed for good, are asked about each time.
  const shell = { node: 'Kitchen', raw: 'echo $WORD; exit 3', env: ['WORD=blue'] }
  for (const decision of ['allow-always', 'allow-once']) {
    const asked = gw.call<Ran>('node.run', shell)
    expect((await decide(decision)).command).toBe('WORD=blue /bin/sh -lc "echo $WORD; exit 3"')
    expect(await asked).toMatchObject({ exitCode: 3, stdout: 'blue\n', success: false })
  }
  const bad = await refusal(gw.call('node.run', { node: 'Kitchen', command: ['/bin/echo'], env: ['LD_PRELOAD=/x.so'] }))
  expect(bad.message).toContain('LD_PRELOAD')
  expect((await oclaw('approvals', 'allowlist', 'add', '/bin/nothing', '--node', 'Kitchen')).code).toBe(0)
  expect((await oclaw('approvals', 'get', '--node', 'Kitchen')).out).toContain('/bin/nothing')
  expect((await oclaw('approvals', 'allowlist', 'remove', '/bin/nothing', '--node', 'Kitchen')).code).toBe(0)
  expect((await oclaw('approvals', 'allowlist', 'add', 'uname', '--node', 'Kitchen')).out).toContain('is no path')
  home.write('exec-approvals.json', JSON.stringify({ version: 1, defaults: { security: 'deny' } }))
  expect((await refusal(gw.call('node.run', { node: 'Kitchen', command: ['/bin/echo'] }))).message).toContain(
    'security=deny',
  )
})

test('nobody but the gateway says that a person approved', async () => {
  const { id } = await joined('Cellar')
  const params = { command: ['/bin/echo', 'x'], approved: true, approvalDecision: 'allow-always', runId: 'made up' }
  const no = await refusal(gw.call('node.invoke', { nodeId: id, command: 'system.run', params }))
  expect(no.message).toContain('approval required')
  const asked = gw.call('exec.approval.request', { id: 'ask-1', command: '/bin/echo x', host: 'node' })
  await until(
    'the question',
    async () => (await gw.call<{ requests: object[] }>('exec.approval.list')).requests.length > 0,
  )
  await gw.call('exec.approval.resolve', { id: 'ask-1', decision: 'allow-once' })
  await asked
  const run = (command: string[]) =>
    gw.call<Ran>('node.invoke', {
      nodeId: id,
      command: 'system.run',
      params: { command, approved: true, runId: 'ask-1' },
    })
  expect((await refusal(run(['/bin/echo', 'y']))).message).toContain('approval required')
  expect(await run(['/bin/echo', 'x'])).toMatchObject({ stdout: 'x\n' })
  expect((await refusal(run(['/bin/echo', 'x']))).message).toContain('approval required')
})

test('a program goes on the command line of the gateway, and one by one of its acts of a phone', async () => {
  await joined('Attic')
  const which = await oclaw(
    'nodes',
    'invoke',
    '--node',
    'Attic',
    '--command',
    'system.which',
    '--params',
    '{"bins":["sh"]}',
  )
  expect(which.out).toMatch(/"sh": "\/.*sh"/)
  const ran = oclaw('nodes', 'run', '--node', 'Attic', '--', 'echo', '-n', 'from afar')
  await decide('allow-once')
  expect(await ran).toEqual({ code: 0, out: 'from afar\n' })
  using p = await phone(gw.port, gw.token, ['camera.snap', 'camera.list', 'location.get', 'canvas.eval'])
  const snap = await oclaw('nodes', 'camera', 'snap', '--node', 'Phone')
  const files = snap.out
    .trim()
    .split('\n')
    .map((line) => line.replace('MEDIA:', ''))
  expect(files.map((f) => readFileSync(f, 'utf8'))).toEqual(['a picture of front', 'a picture of back'])
  expect(p.asked.map((q) => q.command)).toEqual(['camera.snap', 'camera.snap'])
  expect(JSON.parse((await oclaw('nodes', 'location', 'get', '--node', 'Phone', '--json')).out)).toMatchObject({
    lat: 1,
  })
  expect(p.asked.at(-1)?.params).toEqual({ timeoutMs: 10_000 })
  const js = await oclaw('nodes', 'canvas', 'eval', '6 * 7', '--node', 'Phone')
  expect([js.code, JSON.parse(js.out)]).toEqual([0, { result: '6 * 7' }])
  const no = await oclaw('nodes', 'screen', 'record', '--node', 'Phone', '--duration', '1s')
  expect([no.code, no.out]).toEqual([1, expect.stringContaining('not allow')])
})

test('who is turned out is out within a second, and comes back only when a person lets it in', async () => {
  const { home, program, id } = await joined('Shed')
  const revoked = await oclaw('devices', 'revoke', '--device', id, '--role', 'node')
  const asked = performance.now()
  expect(revoked.out).toContain('no longer works')
  await until('the end of the line', () => program.output.includes('The connection is lost: the gateway closed the'))
  expect(performance.now() - asked).toBeLessThan(1000)
  expect((await listed('Shed'))?.connected).toBe(false)
  await until('its words', () => program.output.includes('does not let this node in'))
  program.child.kill('SIGTERM')
  expect(await program.exited).toBe(0)
  // With the gateway’s own secret it may ask again, and no more.
  node(home, '--token', gw.token)
  const { requestId } = await until('its request', async () => {
    const { pending } = await gw.call<{ pending: { nodeId: string; requestId: string }[] }>('node.pair.list')
    return pending.find((r) => r.nodeId === id)
  })
  expect((await listed('Shed'))?.connected).toBe(false)
  expect((await oclaw('nodes', 'approve', requestId)).code).toBe(0)
  await online('Shed')
})

test('a node comes back after its gateway was killed, and after it was killed itself', async () => {
  const { home, program } = await joined('Barn')
  const port = gw.port
  await gw.kill9()
  await until('its words', () => program.output.includes('The connection is lost'))
  await gw.stop().catch(() => undefined)
  writeFileSync(join(gw.state.path, 'openclaw.json'), readFileSync(join(gw.state.path, 'openclaw.json')))
  await gw.start()
  if (gw.port === port) await online('Barn')
  program.child.kill('SIGKILL')
  await program.exited
  node(home, '--port', String(gw.port))
  await online('Barn')
})

test('as a service: installed, asked after, taken away', async () => {
  const home = folder()
  homes.push(home)
  const bin = fakeSystemctl(home.path)
  const oclawOf = async (...args: string[]) => {
    const done = run(home.path, args, { env: { PATH: `${bin}:/usr/bin:/bin`, USER: 'ann' } })
    return { code: await done.exited, out: done.output }
  }
  expect((await oclawOf('node', 'status')).out).toContain('The node is no service here')
  const installed = await oclawOf('node', 'install', '--display-name', 'Mill', '--setup-code', await code())
  expect(installed).toMatchObject({ code: 0, out: expect.stringContaining('openclaw-node.service') })
  await online('Mill')
  expect(home.read('.config/systemd/user/openclaw-node.service')).toMatch(/^ExecStart=.* node run$/m)
  expect((await oclawOf('node', 'install')).out).toContain('installed already')
  expect(JSON.parse((await oclawOf('node', 'status', '--json')).out)).toMatchObject({
    result: 'running',
    service: { active: true },
  })
  expect((await oclawOf('node', 'restart')).code).toBe(0)
  await online('Mill')
  expect((await oclawOf('node', 'uninstall')).out).toContain('Removed')
  expect(existsSync(join(home.path, '.config/systemd/user/openclaw-node.service'))).toBe(false)
  await until('the end of it', async () => (await listed('Mill'))?.connected === false)
})
