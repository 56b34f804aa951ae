// Agents are made, changed and ended in the config and on the disk; their files are read and written.
import { expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIdentity } from '../../src/engine/prompt/workspace.ts'
import { app } from './app.ts'

test('an agent is made beside main, with a folder and a name', async () => {
  await using a = await app('{\n  // mine\n  ui: {},\n}\n')
  expect(await a.call('agents.list')).toEqual({
    defaultId: 'main',
    mainKey: 'main',
    scope: 'per-sender',
    agents: [{ id: 'main' }],
  })
  const made = await a.call('agents.create', { name: 'Night Owl', workspace: join(a.top, 'owl'), emoji: '🦉' })
  expect(made).toEqual({ ok: true, agentId: 'night-owl', name: 'Night Owl', workspace: join(a.top, 'owl') })
  const after = await a.call('agents.list')
  expect([after.defaultId, after.agents]).toEqual(['main', [{ id: 'main' }, { id: 'night-owl', name: 'Night Owl' }]])
  expect(readFileSync(join(a.top, 'openclaw.json'), 'utf8')).toContain('// mine')
  expect(readdirSync(join(a.top, 'owl')).sort()).toEqual(
    ['AGENTS.md', 'BOOTSTRAP.md', 'HEARTBEAT.md', 'IDENTITY.md', 'SOUL.md', 'TOOLS.md', 'USER.md'].sort(),
  )
  expect(await a.call('agent.identity.get', { agentId: 'night-owl' })).toEqual({
    agentId: 'night-owl',
    name: 'Night Owl',
    avatar: 'A',
    emoji: '🦉',
  })
  for (const [name, why] of [
    ['Main', 'reserved'],
    ['night owl', 'already exists'],
  ] as const)
    expect(await a.refused('agents.create', { name, workspace: '/x' })).toContain(why)
})

test('an agent is changed and ended; its files go to the trash, its bindings go away', async () => {
  const config = {
    agents: { list: [{ id: 'main' }, { id: 'ops', workspace: '' }] },
    bindings: [
      { agentId: 'ops', match: { channel: 'telegram' } },
      { agentId: 'main', match: { channel: 'discord' } },
    ],
  }
  await using a = await app(JSON.stringify(config))
  await a.call('agents.update', { agentId: 'ops', name: 'Ops', workspace: join(a.top, 'ops'), model: 'demo/demo' })
  expect((await a.call('config.get')).parsed.agents.list[1]).toEqual({
    id: 'ops',
    name: 'Ops',
    workspace: join(a.top, 'ops'),
    model: 'demo/demo',
  })
  mkdirSync(join(a.top, 'ops'))
  writeFileSync(join(a.top, 'ops', 'note.txt'), 'x')
  expect(await a.call('agents.delete', { agentId: 'ops' })).toEqual({ ok: true, agentId: 'ops', removedBindings: 1 })
  expect(existsSync(join(a.top, 'ops'))).toBe(false)
  const [kept] = readdirSync(join(a.top, 'trash'))
  expect(readFileSync(join(a.top, 'trash', String(kept), 'note.txt'), 'utf8')).toBe('x')
  const { parsed } = await a.call('config.get')
  expect([parsed.agents.list, parsed.bindings]).toEqual([[{ id: 'main' }], [config.bindings[1]]])
  expect(await a.refused('agents.delete', { agentId: 'main' })).toContain('cannot be deleted')
  expect(await a.refused('agents.delete', { agentId: 'ops' })).toContain('agent "ops" not found')
})

test('a folder that holds the state or belongs to another agent stays where it is', async () => {
  await using a = await app(JSON.stringify({ agents: { list: [{ id: 'main' }, { id: 'wide' }, { id: 'twin' }] } }))
  await a.call('agents.update', { agentId: 'wide', workspace: a.top })
  const { workspace } = await a.call('agents.files.list', { agentId: 'main' })
  mkdirSync(workspace, { recursive: true })
  await a.call('agents.update', { agentId: 'twin', workspace })
  for (const agentId of ['wide', 'twin']) await a.call('agents.delete', { agentId })
  expect([existsSync(join(a.top, 'data', 'state.db')), existsSync(workspace)]).toEqual([true, true])
})

test('files of a workspace are listed, read and written, and nothing else is', async () => {
  await using a = await app()
  const { workspace, files } = await a.call('agents.files.list', { agentId: 'main' })
  expect(files).toHaveLength(8)
  expect(files[1]).toEqual({ name: 'SOUL.md', path: join(workspace, 'SOUL.md'), missing: true })
  expect((await a.call('agents.files.get', { agentId: 'main', name: 'SOUL.md' })).file.missing).toBe(true)
  const set = await a.call('agents.files.set', { agentId: 'main', name: 'SOUL.md', content: 'Calm.' })
  expect(set.file).toMatchObject({ name: 'SOUL.md', missing: false, size: 5, content: 'Calm.' })
  expect((await a.call('agents.files.get', { agentId: 'main', name: 'SOUL.md' })).file.content).toBe('Calm.')
  expect((await a.call('agents.files.list', { agentId: 'main' })).files).toHaveLength(7)
  for (const name of ['../openclaw.json', 'notes.md'])
    expect(await a.refused('agents.files.get', { agentId: 'main', name })).toContain('unsupported file')
  writeFileSync(join(a.top, 'secret.md'), 'secret')
  symlinkSync(join(a.top, 'secret.md'), join(workspace, 'USER.md'))
  expect(await a.refused('agents.files.get', { agentId: 'main', name: 'USER.md' })).toContain('FORBIDDEN')
  await a.call('agents.files.set', { agentId: 'main', name: 'USER.md', content: 'Ann' })
  expect(readFileSync(join(a.top, 'secret.md'), 'utf8')).toBe('secret')
})

test('a new workspace gets its files at the first turn, unless the config says not to', async () => {
  for (const [skipBootstrap, there] of [
    [false, true],
    [true, false],
  ]) {
    await using a = await app(JSON.stringify({ agents: { defaults: { skipBootstrap, model: 'demo/demo' } } }))
    const { result } = await a.call('agent', { message: 'hello', idempotencyKey: 'x' })
    expect(result.payloads).toHaveLength(1)
    const { files } = await a.call('agents.files.list', { agentId: 'main' })
    expect(files.find((f: { name: string }) => f.name === 'BOOTSTRAP.md').missing).toBe(!there)
  }
})

test('an identity is read from lines a person would write', () => {
  const text = '# Identity\n- **Name:** Molly\n- **Emoji:** _(pick one)_\n* Avatar: cat.png\n- **Vibe:** calm\n'
  expect(parseIdentity(text)).toEqual({ name: 'Molly', avatar: 'cat.png' })
  expect(parseIdentity('- **Name:**\n- **Name:** **Max**')).toEqual({ name: 'Max' })
})
