// Nodes over the wire: what they may be asked, how they answer, what they hear.
import { expect, test } from 'bun:test'
import { device, type Client, type Frame } from './client.ts'
import { nodePrograms } from '../../src/ops/node-programs.ts'
import { gateway, token, type Gateway } from './fixture.ts'
import { noSkills } from '../engine/tool-settings.ts'

async function admin(g: Gateway) {
  const c = await g.open()
  expect((await c.connect({ device: device(), token })).ok).toBe(true)
  return c
}

async function node(g: Gateway, platform: string, commands: readonly string[]) {
  const c = await g.open()
  const d = device()
  const client = { id: 'node-host', mode: 'node', platform, displayName: 'Kitchen' }
  const alter = (params: Frame) => Object.assign(params, { commands, permissions: { camera: true } })
  const hello = await c.connect({ device: d, token, role: 'node', scopes: [], caps: ['system'], client, alter })
  expect(hello.ok).toBe(true)
  return Object.assign(c, { id: d.id })
}

/** Answers the next question to a node. */
async function answer(n: Client & { id: string }, more: Frame) {
  const { payload } = await n.event('node.invoke.request')
  return [payload, await n.call('node.invoke.result', { id: payload.id, nodeId: n.id, ...more })]
}

test('a connected node is listed with the commands it may be sent', async () => {
  await using g = gateway()
  const c = await admin(g)
  expect((await c.call('node.list')).payload.nodes).toEqual([])
  const n = await node(g, 'linux', ['system.run', 'camera.snap', 'system.execApprovals.get'])
  const [row] = (await c.call('node.list')).payload.nodes
  expect(row).toMatchObject({
    nodeId: n.id,
    displayName: 'Kitchen',
    platform: 'linux',
    caps: ['system'],
    commands: ['system.run'],
    permissions: { camera: true },
    paired: true,
    connected: true,
  })
  expect((await c.call('node.rename', { nodeId: n.id, displayName: 'Stove' })).ok).toBe(true)
  expect((await c.call('node.describe', { nodeId: n.id })).payload.displayName).toBe('Stove')
  expect((await c.call('node.describe', { nodeId: 'x' })).error.message).toBe('unknown nodeId')
  n.close()
  await g.until('gone', () => g.sockets.nodes.connected().length === 0)
  expect((await c.call('node.list')).payload.nodes[0]).toMatchObject({ connected: false, paired: true })
})

test('a node is asked and answers; flags of approval are not passed on', async () => {
  await using g = gateway()
  const c = await admin(g)
  const n = await node(g, 'linux', ['system.run'])
  const params = { command: ['ls'], approved: true }
  const asked = c.call('node.invoke', { nodeId: n.id, command: 'system.run', params, idempotencyKey: 'i1' })
  const [question, taken] = await answer(n, { ok: true, payloadJSON: '{"exitCode":0}' })
  expect(question).toMatchObject({ nodeId: n.id, command: 'system.run', idempotencyKey: 'i1', timeoutMs: 30_000 })
  expect([JSON.parse(question.paramsJSON), taken.payload]).toEqual([{ command: ['ls'] }, { ok: true }])
  expect((await asked).payload).toEqual({
    ok: true,
    nodeId: n.id,
    command: 'system.run',
    payload: { exitCode: 0 },
    payloadJSON: '{"exitCode":0}',
  })
  const late = { id: question.id, nodeId: n.id, ok: true }
  expect((await n.call('node.invoke.result', late)).payload).toEqual({ ok: true, ignored: true })
  expect((await n.call('node.invoke.result', { ...late, nodeId: 'x' })).error.message).toBe('nodeId mismatch')
})

test('what a node may not be sent, or does not answer, is told with details', async () => {
  await using g = gateway()
  const c = await admin(g)
  const n = await node(g, 'linux', ['system.run', 'camera.snap'])
  const invoke = async (command: string, more: object = {}) =>
    (await c.call('node.invoke', { nodeId: n.id, command, idempotencyKey: 'i', ...more })).error
  const allowed = { code: 'INVALID_REQUEST', details: { reason: 'command not allowlisted', command: 'camera.snap' } }
  expect(await invoke('camera.snap')).toMatchObject(allowed)
  expect(await invoke('system.which')).toMatchObject({ details: { reason: 'command not declared by node' } })
  expect(await invoke('system.execApprovals.get')).toMatchObject({ code: 'INVALID_REQUEST' })
  expect((await c.call('node.invoke', { nodeId: 'x', command: 'y', idempotencyKey: 'i' })).error).toMatchObject({
    code: 'UNAVAILABLE',
    details: { code: 'NOT_CONNECTED' },
  })
  expect(await invoke('system.run', { timeoutMs: 1 })).toMatchObject({ details: { nodeError: { code: 'TIMEOUT' } } })
  const gone = invoke('system.run')
  await g.until('two questions', () => n.events('node.invoke.request').length === 2)
  n.close()
  expect(await gone).toMatchObject({ code: 'UNAVAILABLE', details: { code: 'NOT_CONNECTED' } })
})

test('a program an agent runs on a node: approved, with its session named, and said how it went', async () => {
  await using g = gateway()
  const programs = nodePrograms(() => g.services)
  expect(() => programs.find(undefined)).toThrow('no connected node has system.run')
  await node(g, 'linux', ['system.notify'])
  expect(() => programs.find('Cellar')).toThrow('unknown nodeId')
  const n = await node(g, 'linux', ['system.run'])
  expect(programs.find(undefined)).toEqual({ id: n.id, name: 'Kitchen' })
  expect(programs.find('kitchen')).toMatchObject({ id: n.id })
  expect(programs.find(n.id.slice(0, 12))).toMatchObject({ id: n.id })
  const ask = {
    argv: ['ls', '-l'],
    command: 'ls -l',
    cwd: '/srv',
    timeoutMs: 7000,
    agent: 'main',
    session: 'agent:main:main',
    approved: true,
  }
  const running = programs.run(n.id, ask, AbortSignal.timeout(4000))
  const [question] = await answer(n, {
    ok: true,
    payload: { exitCode: 3, stdout: 'out', stderr: 'err', timedOut: false },
  })
  expect(question).toMatchObject({ command: 'system.run', timeoutMs: 12_000 })
  expect(JSON.parse(question.paramsJSON)).toEqual({
    command: ['ls', '-l'],
    rawCommand: 'ls -l',
    cwd: '/srv',
    timeoutMs: 7000,
    agentId: 'main',
    sessionKey: 'agent:main:main',
    approved: true,
    approvalDecision: 'allow-once',
  })
  expect(await running).toEqual({ code: 3, output: 'out\nerr', timedOut: false })
  const refused = programs.run(n.id, ask, AbortSignal.timeout(4000))
  refused.catch(() => undefined)
  await g.until('the question', () => n.events('node.invoke.request').length === 2)
  const second = n.events('node.invoke.request')[1]?.payload
  await n.call('node.invoke.result', {
    id: second.id,
    nodeId: n.id,
    ok: false,
    error: { code: 'DENIED', message: 'not here' },
  })
  await refused.catch((error: unknown) => expect(String(error)).toContain('DENIED: not here'))
  const judged = programs.run(n.id, { ...ask, approved: false }, AbortSignal.timeout(4000))
  await g.until('the question', () => n.events('node.invoke.request').length === 3)
  const third = n.events('node.invoke.request')[2]?.payload
  expect(JSON.parse(third.paramsJSON)).not.toHaveProperty('approved')
  const error = { code: 'UNAVAILABLE', message: 'SYSTEM_RUN_DENIED: approval required' }
  await n.call('node.invoke.result', { id: third.id, nodeId: n.id, ok: false, error })
  expect(await judged).toBe('ask')
  await node(g, 'linux', ['system.run'])
  expect(() => programs.find(undefined)).toThrow('say which node: Kitchen')
})

test('a node follows a session, starts turns, and calls nothing else', async () => {
  const allowed = { allowBundled: [] as string[] }
  const skills = () => ({ ...noSkills, ...allowed })
  await using g = gateway({ script: () => 'Hello node.', settings: { skills } })
  const c = await admin(g)
  const n = await node(g, 'ios', [])
  expect((await n.call('node.list')).error.message).toBe('unauthorized role: node')
  expect((await n.call('skills.bins')).payload).toEqual({ bins: [] })
  allowed.allowBundled.push('weather', 'tmux')
  expect((await n.call('skills.bins')).payload).toEqual({ bins: ['curl', 'tmux'] })
  const payload = { sessionKey: 'main', message: 'hello', key: 'r1' }
  await n.call('node.event', { event: 'chat.subscribe', payload })
  await n.call('node.event', { event: 'agent.request', payloadJSON: JSON.stringify(payload) })
  const final = await n.event('chat', (p) => p.state === 'final')
  expect([final.payload.runId, final.seq]).toEqual(['r1', undefined])
  await n.call('node.event', { event: 'chat.unsubscribe', payload })
  expect((await n.call('node.event', { event: 'no such event' })).payload).toEqual({ ok: true })
  const before = n.events('chat').length
  await c.call('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 'r2' })
  await c.event('chat', (p) => p.state === 'final' && p.runId === 'r2')
  expect(n.events('chat')).toHaveLength(before)
})

test('the older pairing: asked, approved, verified, and never shown again', async () => {
  await using g = gateway()
  const c = await admin(g)
  const { request, created } = (await c.call('node.pair.request', { nodeId: 'kitchen', platform: 'linux' })).payload
  expect([created, (await c.event('node.pair.requested')).payload]).toEqual([true, request])
  expect((await c.call('node.pair.request', { nodeId: 'kitchen' })).payload).toMatchObject({ created: false, request })
  const { node: paired } = (await c.call('node.pair.approve', { requestId: request.requestId })).payload
  const resolved = { requestId: request.requestId, nodeId: 'kitchen', decision: 'approved' }
  expect((await c.event('node.pair.resolved')).payload).toMatchObject(resolved)
  const good = { nodeId: 'kitchen', token: paired.token }
  expect((await c.call('node.pair.verify', good)).payload).toMatchObject({ ok: true, node: { nodeId: 'kitchen' } })
  expect((await c.call('node.pair.verify', { ...good, token: 'x' })).payload).toEqual({ ok: false })
  const list = await c.call('node.pair.list')
  expect([list.payload.pending, JSON.stringify(list).includes(paired.token)]).toEqual([[], false])
  expect((await c.call('node.list')).payload.nodes).toMatchObject([
    { nodeId: 'kitchen', paired: true, connected: false },
  ])
  const second = (await c.call('node.pair.request', { nodeId: 'kitchen' })).payload.request
  expect(second.isRepair).toBe(true)
  const { requestId } = second
  expect((await c.call('node.pair.reject', { requestId })).payload).toEqual({ requestId, nodeId: 'kitchen' })
  expect((await c.call('node.pair.approve', { requestId })).error.message).toStartWith('unknown requestId')
})

test('a browser call goes to the one node that lends a browser, and what it says comes back as the route’s own', async () => {
  await using g = gateway()
  const c = await admin(g)
  const n = await node(g, 'linux', ['browser.proxy'])
  const ask = (method: string, path: string, more: object = {}) => c.call('browser.request', { method, path, ...more })
  let seen = 0
  const answered = async (more: Frame) => {
    await g.until('a question', () => n.events('node.invoke.request').length > seen)
    const { payload } = n.events('node.invoke.request')[seen++]
    await n.call('node.invoke.result', { id: payload.id, nodeId: n.id, ...more })
    return payload
  }
  const asked = ask('GET', '/tabs', { query: { profile: 'work' } })
  const question = await answered({ ok: true, payloadJSON: '{"result":{"running":true,"tabs":[]}}' })
  expect([question.command, JSON.parse(question.paramsJSON)]).toEqual([
    'browser.proxy',
    { method: 'GET', path: '/tabs', query: { profile: 'work' }, body: {}, timeoutMs: 120_000, profile: 'work' },
  ])
  expect((await asked).payload).toEqual({ running: true, tabs: [] })

  // A file comes along and is kept here; a path without one would name a file of this machine.
  const base64 = btoa('a picture')
  const shot = ask('POST', '/screenshot')
  await answered({
    ok: true,
    payload: { result: { ok: true, path: '/far/x.png' }, files: [{ path: '/far/x.png', base64 }] },
  })
  const { path } = (await shot).payload
  expect([path.endsWith('.png'), await Bun.file(path).text()]).toEqual([true, 'a picture'])
  const lie = ask('POST', '/screenshot')
  await answered({ ok: true, payload: { result: { ok: true, path: '/etc/passwd' } } })
  expect((await lie).error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('did not send it') })

  const wrong = ask('POST', '/act', { body: { kind: 'click', ref: 'e1' } })
  await answered({ ok: false, error: { code: 'INVALID_REQUEST', message: 'there is no ref "e1"' } })
  expect((await wrong).error).toMatchObject({
    code: 'INVALID_REQUEST',
    message: 'there is no ref "e1" (on the node Kitchen)',
  })
  const odd = ask('GET', '/')
  await answered({ ok: true, payload: 7 })
  expect((await odd).error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('cannot be read') })
  // With two of them nobody has said which, and the one of this machine is meant.
  const other = await node(g, 'linux', ['browser.proxy'])
  expect((await ask('GET', '/')).error?.message ?? 'ours').not.toContain('on the node')
  other.close()
})
