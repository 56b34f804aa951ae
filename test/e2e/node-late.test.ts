// Programs on nodes beside the usual: those skills need, those whose asker has gone, and nodes by when they were last there.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { gateway, type Gateway } from './harness.ts'
import { folder, run, until, type Folder, type Program } from './program.ts'
import { refusal } from './socket.ts'

/** A line between a node and its gateway that can be cut. */
async function line(to: () => number) {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1')
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(a)
      a.pipe(b)
      a.on('error', () => b.destroy())
      a.on('close', () => {
        open.delete(a)
        b.destroy()
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => open.forEach((s) => s.destroy()),
    close: () => server.close(),
  }
}

let gw: Gateway
let way: Awaited<ReturnType<typeof line>>
let home: Folder
let node: Program

const skill = (name: string, ...bins: string[]) => `---
name: ${name}
description: Tidies up
metadata: { "openclaw": { "requires": { "bins": ${JSON.stringify(bins)} } } }
---
Run tidy-up.
`

function script(path: string, text: string) {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

const connected = async () =>
  (await gw.call<{ nodes: { displayName: string; connected: boolean }[] }>('node.list')).nodes.some((n) => n.connected)

beforeAll(async () => {
  gw = await gateway({
    prepare(state) {
      state.write('skills/tidy/SKILL.md', skill('tidy', 'tidy-up', 'sh'))
      state.write('.openclaw/workspace/skills/own/SKILL.md', skill('own', 'uname'))
    },
  })
  way = await line(() => gw.port)
  home = folder()
  script(join(home.path, 'bin', 'tidy-up'), '#!/bin/sh\necho tidied\n')
  script(join(home.path, 'elsewhere', 'tidy-up'), '#!/bin/sh\necho owned\n')
  script(
    join(home.path, 'bin', 'wait-for'),
    '#!/bin/sh\n: > "$1.begun"\nwhile [ ! -e "$1" ]; do sleep 0.05; done; echo it is there\n',
  )
  const { setupCode } = await gw.call<{ setupCode: string }>('device.setup', { url: `ws://127.0.0.1:${way.port}` })
  const env = { PATH: `${join(home.path, 'bin')}:/usr/bin:/bin` }
  node = run(home.path, ['node', 'run', '--display-name', 'Mill', '--setup-code', setupCode], { env })
  await until('the node', connected)
}, 60_000)

afterAll(async () => {
  node.child.kill('SIGKILL')
  await node.exited
  way.close()
  await gw[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

interface Ran {
  stdout: string
}

const runs = (...command: string[]) => gw.call<Ran>('node.run', { node: 'Mill', command })

async function asked(decision: string): Promise<void> {
  const { id } = await until('a question', async () => {
    const { requests } = await gw.call<{ requests: { id: string }[] }>('exec.approval.list')
    return requests[0]
  })
  await gw.call('exec.approval.resolve', { id, decision })
}

const notes = async () => {
  const { messages } = await gw.call<{ messages: object[] }>('chat.history', { sessionKey: 'main' })
  return messages.map((m) => JSON.stringify(m)).filter((m) => m.includes('exec.finished'))
}

test('a program a skill needs runs unasked where the node’s own file says so; one of its name elsewhere, of a skill agents write, and shells, do not', async () => {
  const first = refusal(runs('tidy-up'))
  await asked('deny')
  expect((await first).message).toContain('denied')
  home.write('exec-approvals.json', JSON.stringify({ version: 1, defaults: { autoAllowSkills: true } }))
  expect((await runs('tidy-up')).stdout).toBe('tidied\n')
  for (const command of [[join(home.path, 'elsewhere', 'tidy-up')], ['sh', '-c', 'true'], ['uname']]) {
    const other = refusal(runs(...command))
    await asked('deny')
    expect((await other).message).toContain('denied')
  }
})

test('who asks for a program and goes is told how it ended, also when the line was lost meanwhile', async () => {
  const program = join(home.path, 'bin', 'wait-for')
  home.write(
    'exec-approvals.json',
    JSON.stringify({ version: 1, agents: { main: { allowlist: [{ pattern: program }] } } }),
  )
  const given = { node: 'Mill', command: ['wait-for', join(home.path, 'one')], invokeTimeout: 300 }
  expect((await refusal(gw.call('node.run', given))).message).toContain('timed out')
  expect(await notes()).toEqual([])
  home.write('one', '')
  const [told] = await until('the news', async () => ((await notes()).length === 1 ? notes() : undefined))
  expect(told).toContain('exit code 0')
  expect(told).toContain('it is there')

  const lost = refusal(runs('wait-for', join(home.path, 'two')))
  await until('it to run', () => home.has('two.begun'))
  way.cut()
  expect((await lost).message).toContain('not connected')
  home.write('two', '')
  await until('the other news', async () => (await notes()).length === 2)
  expect(await connected()).toBe(true)
  // Who is still there hears it once.
  expect((await runs('wait-for', join(home.path, 'two'))).stdout).toBe('it is there\n')
  expect((await notes()).length).toBe(2)
})

test('nodes are listed by when they were last connected', async () => {
  const oclaw = async (...args: string[]) => {
    const done = run(gw.state.path, args)
    return { code: await done.exited, out: done.output }
  }
  expect((await oclaw('nodes', 'list', '--last-connected', '1m')).out).toContain('paired: Mill')
  expect((await oclaw('nodes', 'status', '--connected', '--last-connected', '1m')).out).toContain('Mill')
  node.child.kill('SIGTERM')
  await node.exited
  await until('it to be gone', async () => !(await connected()))
  const left = Date.now()
  expect((await oclaw('nodes', 'list', '--last-connected', '1h')).out).toContain('paired: Mill')
  expect((await oclaw('nodes', 'list', '--connected')).out).not.toContain('Mill')
  const { paired } = await gw.call<{ paired: { lastConnectedAtMs: number }[] }>('node.pair.list')
  expect(Math.abs(left - (paired[0]?.lastConnectedAtMs ?? 0))).toBeLessThan(5000)
  await until(
    'it to be long ago',
    async () => !(await oclaw('nodes', 'status', '--last-connected', '1s')).out.includes('Mill'),
  )
  expect(await oclaw('nodes', 'list', '--last-connected', 'soon')).toMatchObject({
    code: 1,
    out: expect.stringContaining('"soon" is no span'),
  })
})
