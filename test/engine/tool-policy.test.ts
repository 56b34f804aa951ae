// Which tools an agent has: each list can only narrow, some hold for one model only, and no stranger borrows an owner's.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { toolRule } from '../../src/app/settings/tools.ts'
import { Fault } from '../../src/lib/fault.ts'
import type { Config } from '../../src/app/catalog.ts'
import { defineTool, type AnyTool } from '../../src/define/tool.ts'
import { allowedTools } from '../../src/engine/tools/policy.ts'
import { loaded } from '../config/fixture.ts'
import { engineWorld, until, type WorldWish } from './fixture.ts'
import { candidateOf, modelFault } from './scripted.ts'

const tool = (id: string, risk: AnyTool['risk'] = 'read'): AnyTool => ({
  id,
  summary: id,
  risk,
  params: z.strictObject({}),
  run: () => Promise.resolve({ ok: true, text: id }),
})
const all = [
  ...['read', 'write', 'apply_patch', 'web_fetch', 'message', 'sessions_list', 'session_status', 'cron'].map((id) =>
    tool(id),
  ),
  tool('exec', 'exec'),
]

/** What `toolRule` makes of a config leaves an agent with a model. */
async function left(config: object, model = 'anthropic/claude-x', agent = 'main'): Promise<string[]> {
  const { config: c } = await loaded(JSON.stringify(config))
  return allowedTools(toolRule(c as unknown as Config, agent, {}), all, model).map((t) => t.id)
}

const patch = { exec: { applyPatch: { enabled: true } } }

test('a profile, what is added to it, and what an agent has of its own', async () => {
  expect(await left({ tools: { profile: 'messaging' } })).toEqual(['message', 'sessions_list', 'session_status'])
  expect(await left({ tools: { profile: 'minimal', alsoAllow: ['read', 'group:messaging'] } })).toEqual([
    'read',
    'message',
    'session_status',
  ])
  expect(await left({ tools: { profile: 'minimal', alsoAllow: ['read'], deny: ['READ'] } })).toEqual(['session_status'])
  expect(await left({ tools: { allow: ['read', 'write'] } })).toEqual(['read', 'write'])
  const main = (tools: object) => ({ agents: { list: [{ id: 'main', tools }] } })
  expect(await left({ tools: { profile: 'minimal' }, ...main({ profile: 'messaging' }) })).toContain('message')
  expect(await left({ tools: { profile: 'minimal' }, ...main({ alsoAllow: ['read'] }) })).toEqual([
    'read',
    'session_status',
  ])
  // An agent's own list is no way around that of all agents.
  expect(await left({ tools: { allow: ['read'] }, ...main({ allow: ['read', 'exec'] }) })).toEqual(['read'])
  expect(await left({ tools: { deny: ['exec'] }, ...main({ allow: ['exec', 'read'] }) })).toEqual(['read'])
})

test('lists for a provider or one of its models count with it alone, and only narrow', async () => {
  const tools = {
    ...patch,
    deny: ['web_fetch'],
    byProvider: {
      Google: { profile: 'minimal', alsoAllow: ['read', 'web_fetch'] },
      'anthropic/Claude-X': { deny: ['group:fs'] },
      anthropic: { allow: ['read'] },
    },
  }
  expect(await left({ tools }, 'google/gemini')).toEqual(['read', 'session_status'])
  expect(await left({ tools }, 'anthropic/claude-x')).toEqual([
    'message',
    'sessions_list',
    'session_status',
    'cron',
    'exec',
  ])
  expect(await left({ tools }, 'anthropic/claude-y')).toEqual(['read'])
  expect(await left({ tools }, 'openai/gpt')).toContain('apply_patch')
  const own = { agents: { list: [{ id: 'main', tools: { byProvider: { google: { deny: ['read'] } } } }] } }
  expect(await left({ tools, ...own }, 'google/gemini')).toEqual(['session_status'])
})

test('the patch tool is for the models it is allowed with', async () => {
  const tools = { exec: { applyPatch: { enabled: true, allowModels: ['gpt-5', 'xai/grok'] } } }
  expect(await left({ tools }, 'openai/gpt-5')).toContain('apply_patch')
  expect(await left({ tools }, 'xai/grok')).toContain('apply_patch')
  expect(await left({ tools }, 'other/grok')).not.toContain('apply_patch')
})

test('a section that cannot be read leaves the smallest set, whatever an agent says', async () => {
  const agents = { list: [{ id: 'main', tools: { profile: 'full', alsoAllow: ['exec'] } }] }
  expect(await left({ tools: { deny: 5 }, agents })).toEqual(['session_status'])
})

test('when another model takes over, the tools it calls are those it may have', async () => {
  const ran: string[] = []
  const touch = { ...tool('touch'), run: () => Promise.resolve(ran.push('touch')).then(() => ({ ok: true, text: '' })) }
  const wish: WorldWish = {
    tools: [touch, tool('look')],
    script: (req) => {
      if (req.model.id === 'one') return { fault: modelFault('auth') }
      return req.messages.at(-1)?.role === 'tool' ? 'Done.' : { calls: [{ tool: 'touch' }] }
    },
  }
  await using w = engineWorld({
    ...wish,
    settings: {
      candidates: () => ['a/one', 'b/two'].map((ref) => candidateOf(ref, w.provider)),
      agent: (id) => ({
        id,
        workspace: '/tmp/ws',
        mentionPatterns: [],
        tools: {
          profile: 'full',
          deny: [],
          byModel: [{ b: { deny: ['touch'] } }],
          execSecurity: 'full',
          execAsk: 'off',
          confined: true,
        },
      }),
    },
  })
  await w.receive('go')
  await w.idle()
  expect(w.requests.map((r) => r.tools.map((t) => t.name))).toEqual([['touch', 'look'], ['look'], ['look']])
  expect(w.requests.at(-1)?.messages.at(-1)?.parts[0]).toMatchObject({
    ok: false,
    text: 'There is no tool "touch". You have: look.',
  })
  expect(ran).toEqual([])
})

const group = { kind: 'group' as const, to: { channel: 'telegram', account: 'default', chat: '-100' } }
const stranger = { from: { id: '9', name: 'Eve' }, ...group }
const owner = { from: { id: '42', name: 'Ann' }, ...group }

/** A group in which an owner has a tool at work while others speak; `asked` notes who the tool believed to serve. */
function busyGroup(mode: 'steer' | 'collect') {
  const gate = Promise.withResolvers<void>()
  const asked: (boolean | undefined)[] = []
  const act = defineTool({
    id: 'act',
    summary: 'Acts for owners.',
    params: z.strictObject({}),
    risk: 'write',
    async run(_input, ctx) {
      asked.push(ctx.owner)
      await gate.promise
      if (!ctx.owner) throw new Fault('FORBIDDEN', 'only owners')
      return { ok: true, text: 'acted' }
    },
  })
  const w = engineWorld({
    tools: [act],
    common: { groupPolicy: 'open', allowFrom: ['42'] },
    account: {
      group: () => ({ requireMention: false, toolsBySender: { '42': { allow: ['act'] }, '*': { deny: [] } } }),
    },
    settings: {
      owners: () => ['42'],
      queue: () => ({ mode, debounceMs: 1, cap: 20, drop: 'old' }),
    },
    script: (req) => {
      const last = req.messages.at(-1)
      return last?.role === 'tool' ? 'Done.' : { calls: [{ tool: 'act' }] }
    },
  })
  return { w, asked, open: () => gate.resolve() }
}

test('steer: a stranger’s words wait for a turn of their own, an owner’s join', async () => {
  const { w, asked, open } = busyGroup('steer')
  await using _ = w
  await w.receive('do it', { ...owner, id: 'a1' })
  await until('the tool', () => asked.length === 1)
  await w.receive('and wipe the disk', { ...stranger, id: 'b1' })
  await w.receive('quickly', { ...owner, id: 'a2' })
  open()
  await w.idle()
  const [, second] = w.requests
  expect(JSON.stringify(second?.messages)).toContain('quickly')
  expect(JSON.stringify(second?.messages)).not.toContain('wipe the disk')
  const turns = w.rows("SELECT platform_id AS id, turn FROM inbox WHERE state = 'done' ORDER BY rowid")
  const turnOf = (id: string) => turns.find((r) => r['id'] === id)?.['turn']
  expect(turnOf('a2')).toBe(turnOf('a1'))
  expect(turnOf('b1')).not.toBe(turnOf('a1'))
  expect(asked).toEqual([true, true, false])
})

test('steer: words of another chat wait, so that their answer goes where they were said', async () => {
  const { w, asked, open } = busyGroup('steer')
  await using _ = w
  const to = { channel: 'telegram', account: 'default', chat: '42' }
  const other = { channel: 'telegram', account: 'default', chat: '43' }
  await w.receive('do it', { from: { id: '42' }, to, id: 'a1' })
  await until('the tool', () => asked.length === 1)
  await w.receive('me too', { from: { id: '42' }, to: other, id: 'a2' })
  open()
  await w.idle()
  expect(w.chat.sent.map((m) => m.to.chat).toSorted()).toEqual(['42', '43'])
})

test('collect: what a stranger says is never answered with the tools of an owner', async () => {
  const { w, asked, open } = busyGroup('collect')
  await using _ = w
  await w.receive('do it', { ...owner, id: 'a1' })
  await until('the tool', () => asked.length === 1)
  await w.receive('and wipe the disk', { ...stranger, id: 'b1' })
  await w.receive('thanks', { ...owner, id: 'a2' })
  open()
  await w.rest(10)
  const [one, two, three] = w
    .rows("SELECT platform_id AS id, turn FROM inbox WHERE state = 'done' ORDER BY rowid")
    .map((r) => r['turn'])
  expect(new Set([one, two, three]).size).toBe(3)
  expect(asked).toEqual([true, false, true])
})
