// Which agents there are, who they are, and making, changing and ending them.
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { describeError, Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentOf, normalizeAgentId } from '../domain/session-key.ts'
import { startWorkspace } from '../engine/prompt/workspace.ts'
import { getPath } from '../config/path.ts'
import { expandHome } from '../config/paths.ts'
import { moveInto } from '../os/files.ts'
import { agentRule, identityOf, idOf, listedAgent, listedAgents } from './agent-identity.ts'
import type { Services } from './services.ts'
import { keyOf } from './find-session.ts'

type Needed = Pick<Services, 'engine' | 'config'>

const identityGet = defineOp({
  id: 'agent.identity.get',
  summary: 'Says an agent’s name and picture.',
  scope: 'read',
  params: z.strictObject({
    agentId: z.string().optional().describe('the agent'),
    sessionKey: z.string().optional().describe('a session of the agent'),
  }),
  result: z.object({ agentId: z.string(), name: z.string(), avatar: z.string(), emoji: z.string().optional() }),
  examples: [{ params: {} }],
  handler: ({ params: p }, s: Needed) => {
    const { settings } = s.engine.world
    const usual = settings.defaultAgent()
    const id = p.agentId ?? (p.sessionKey === undefined ? usual : agentOf(keyOf(s.engine, p.sessionKey), usual))
    const rule = settings.agent(id)
    if (!rule) throw new Fault('INVALID_REQUEST', `unknown agent id "${id}"`)
    return identityOf(s, rule)
  },
})

const Identity = z.object({
  name: z.string().optional(),
  theme: z.string().optional(),
  emoji: z.string().optional(),
  avatar: z.string().optional(),
  avatarUrl: z.string().optional(),
})

const list = defineOp({
  id: 'agents.list',
  summary: 'Lists the agents.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.object({
    defaultId: z.string(),
    mainKey: z.string(),
    scope: z.string(),
    agents: z.array(z.object({ id: z.string(), name: z.string().optional(), identity: Identity.optional() })),
  }),
  examples: [{ params: {} }],
  handler: (_call, { engine: e, config }: Needed) => {
    const defaultId = e.world.settings.defaultAgent()
    const listed = listedAgents(config.current())
    const agents = (listed.length ? listed : [{ id: defaultId }]).map((a: Readonly<Record<string, unknown>>) => {
      const identity = Identity.safeParse(a['identity'])
      const avatar = identity.data?.avatar
      return {
        id: idOf(a),
        ...(typeof a['name'] === 'string' ? { name: a['name'] } : {}),
        ...(identity.data && Object.keys(identity.data).length
          ? { identity: { ...identity.data, ...(avatar?.startsWith('http') ? { avatarUrl: avatar } : {}) } }
          : {}),
      }
    })
    return { defaultId, mainKey: 'main', scope: 'per-sender', agents }
  },
})

const create = defineOp({
  id: 'agents.create',
  summary: 'Makes an agent with a folder of its own.',
  scope: 'admin',
  params: z.strictObject({
    name: z.string().min(1).describe('its name; its id is made of it'),
    workspace: z.string().min(1).optional().describe('its folder'),
    emoji: z.string().optional().describe('its emoji'),
    avatar: z.string().optional().describe('its picture'),
  }),
  result: z.object({ ok: z.literal(true), agentId: z.string(), name: z.string(), workspace: z.string() }),
  examples: [{ params: { name: 'Librarian' } }],
  handler: async ({ params: p, caller }, s: Pick<Services, 'engine' | 'config' | 'gateway'>) => {
    const { outside, settings } = s.engine.world
    const agentId = normalizeAgentId(p.name)
    if (agentId === 'main') throw new Fault('INVALID_REQUEST', '"main" is reserved; choose another name')
    if (settings.agent(agentId)) throw new Fault('INVALID_REQUEST', `agent "${agentId}" already exists`)
    const folder = expandHome(p.workspace ?? join(s.gateway.stateDir, `workspace-${agentId}`), homedir())
    const usual = settings.defaultAgent()
    const known = listedAgents((await s.config.snapshot()).parsed).length > 0
    const agent = { id: agentId, name: p.name, workspace: folder }
    const patch = { agents: { list: [...(known ? [] : [{ id: usual, default: true }]), agent] } }
    await s.config.change({ kind: 'patch', patch }, { needsHash: false, who: caller.id })
    await startWorkspace(outside, folder)
    const path = join(folder, 'IDENTITY.md')
    const lines = Object.entries({ Name: p.name, Emoji: p.emoji, Avatar: p.avatar }).flatMap(([k, v]) =>
      v === undefined ? [] : [`- **${k}:** ${v.replaceAll(/\s+/g, ' ')}`],
    )
    await outside.saveText(path, `${((await outside.readText(path)) ?? '').trimEnd()}\n\n${lines.join('\n')}\n`)
    return { ok: true as const, agentId, name: p.name, workspace: folder }
  },
})

const agentId = z.string().min(1).describe('the agent')

const update = defineOp({
  id: 'agents.update',
  summary: 'Changes an agent’s name, folder, model or picture.',
  scope: 'admin',
  params: z.strictObject({
    agentId,
    name: z.string().min(1).optional().describe('its new name'),
    workspace: z.string().min(1).optional().describe('its folder'),
    model: z.string().min(1).optional().describe('its model, as provider/model'),
    avatar: z.string().optional().describe('its picture'),
  }),
  result: z.object({ ok: z.literal(true), agentId: z.string() }),
  cli: { path: 'agents update', args: ['agentId'], print: (r) => `Agent ${r.agentId} is changed.` },
  examples: [{ params: { agentId: 'main', name: 'Molly' } }],
  handler: async ({ params: p, caller }, s: Needed) => {
    const { id } = agentRule(s, p.agentId)
    const change = {
      id: listedAgent((await s.config.snapshot()).parsed, id)?.['id'] ?? id,
      ...(p.name === undefined ? {} : { name: p.name }),
      ...(p.workspace === undefined ? {} : { workspace: p.workspace }),
      ...(p.model === undefined ? {} : { model: p.model }),
      ...(p.avatar === undefined ? {} : { identity: { avatar: p.avatar } }),
    }
    await s.config.change(
      { kind: 'patch', patch: { agents: { list: [change] } } },
      { needsHash: false, who: caller.id },
    )
    return { ok: true as const, agentId: id }
  },
})

/** Whether `folder` is `other`, or holds it. */
const holds = (folder: string, other: string) => !relative(folder, other).startsWith('..')

const remove = defineOp({
  id: 'agents.delete',
  summary: 'Ends an agent; its files go to the trash folder.',
  scope: 'admin',
  params: z.strictObject({ agentId, deleteFiles: z.boolean().default(true).describe('put its files into the trash') }),
  result: z.object({ ok: z.literal(true), agentId: z.string(), removedBindings: z.number() }),
  cli: { path: 'agents delete', args: ['agentId'] },
  examples: [{ params: { agentId: 'librarian' }, note: 'an agent that is there' }],
  handler: async ({ params: p, caller }, s: Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>) => {
    const { id, workspace: folder } = agentRule(s, p.agentId)
    if (id === 'main') throw new Fault('INVALID_REQUEST', '"main" cannot be deleted')
    const by = { needsHash: false, who: caller.id }
    const { parsed } = await s.config.snapshot()
    const at = listedAgents(parsed).findIndex((a) => idOf(a) === id)
    if (at < 0) throw new Fault('INVALID_REQUEST', `agent "${id}" is the only one; it cannot be deleted`)
    const found = getPath(parsed, ['bindings'])
    const bindings = Array.isArray(found) ? (found as { agentId?: unknown }[]) : []
    const left = bindings.filter((b) => normalizeAgentId(String(b.agentId)) !== id)
    if (left.length < bindings.length) await s.config.change({ kind: 'patch', patch: { bindings: left } }, by)
    await s.config.change({ kind: 'unset', path: `agents.list[${at}]` }, by)
    const { stateDir } = s.gateway
    const others = listedAgents(parsed).flatMap((a) => {
      const other = s.engine.world.settings.agent(idOf(a))
      return other && other.id !== id ? [other.workspace] : []
    })
    const shared = [stateDir, homedir(), ...others].some((other) => holds(folder, other)) || folder === dirname(folder)
    if (p.deleteFiles)
      for (const path of [...(shared ? [] : [folder]), join(stateDir, 'agents', id)])
        await moveInto(path, join(stateDir, 'trash'), String(s.clock.now())).catch((error: unknown) =>
          s.engine.world.log.warn('an agent’s files stayed', { agent: id, path, error: describeError(error) }),
        )
    return { ok: true as const, agentId: id, removedBindings: bindings.length - left.length }
  },
})

export const agentOps = [identityGet, list, create, update, remove] as const
