// Sessions whose programs are kept apart from the machine: how, by what, and the containers that do it.
import { z } from 'zod'
import { describeError, Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentOf, mainKey, normalizeAgentId } from '../domain/session-key.ts'
import { agentIn } from '../engine/tools/exec-ways.ts'
import { allowedTools } from '../engine/tools/policy.ts'
import type { BoxRule } from '../engine/tools/rule.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

type Needed = Pick<Services, 'engine'>

const which = {
  session: z.string().optional().describe('the session; the agent’s main one when left out'),
  agent: z.string().optional().describe('the agent; that of the session, else the default one'),
}

/** The agent and session that are meant. Throws NOT_FOUND for an agent that is not there. */
function meant({ engine: e }: Needed, p: { session?: string | undefined; agent?: string | undefined }) {
  const { settings } = e.world
  const usual = settings.defaultAgent()
  const named = p.agent === undefined ? undefined : normalizeAgentId(p.agent)
  const key = p.session === undefined ? mainKey(named ?? usual) : keyOf(e, p.session)
  const rule = settings.agent(named ?? agentOf(key, usual))
  if (!rule) throw new Fault('NOT_FOUND', `there is no agent "${p.agent}"; see \`oclaw agents list\``)
  return { key, rule }
}

const Explained = z.object({
  agentId: z.string(),
  sessionKey: z.string(),
  sandboxed: z.boolean(),
  by: z.string().optional(),
  problem: z.string().optional(),
  folder: z.string(),
  access: z.enum(['none', 'ro', 'rw', 'host']),
  network: z.string().optional(),
  sharedBy: z.string().optional(),
  tools: z.array(z.string()),
  without: z.array(z.string()),
  fix: z.array(z.string()),
})

const accessOf = (box: BoxRule | undefined): z.output<typeof Explained>['access'] =>
  box === undefined ? 'host' : box.folder !== undefined ? 'none' : box.readOnly ? 'ro' : 'rw'

const explain = defineOp({
  id: 'sandbox.explain',
  summary: 'Says whether a session’s programs are kept apart, by what, and what its agent may use there.',
  scope: 'read',
  params: z.strictObject(which),
  result: Explained,
  cli: {
    path: 'sandbox explain',
    print: (r) =>
      [
        `Agent     ${r.agentId}`,
        `Session   ${r.sessionKey}`,
        `Programs  ${r.sandboxed ? `kept apart${r.by ? ` by ${r.by}` : ''}` : 'run on this machine, as the rules of exec say'}`,
        ...(r.problem ? [`Problem   ${r.problem}`] : []),
        `Folder    ${r.folder} (${{ none: 'its own', ro: 'the workspace, only to read', rw: 'the workspace', host: 'the workspace' }[r.access]})`,
        ...(r.network === undefined ? [] : [`Network   ${r.network}`]),
        ...(r.sharedBy === undefined ? [] : [`Shared    ${r.sharedBy}`]),
        `Tools     ${r.tools.join(', ') || 'none'}`,
        ...(r.without.length ? [`Without   ${r.without.join(', ')}`] : []),
        ...r.fix.map((line) => `Change    ${line}`),
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: async ({ params: p }, s: Needed) => {
    const { world } = s.engine
    const { key, rule } = meant(s, p)
    const box = world.settings.box(rule.id, key)
    const inside = agentIn(world, rule, key)
    const all = world.tools()
    const names = (r: typeof rule) => allowedTools(r.tools, all).map((t) => t.id)
    const tools = names(inside)
    const found =
      box &&
      (await world.outside.boxes.kind(box.container).then(
        (by) => ({ by }),
        (error: unknown) => ({ problem: describeError(error) }),
      ))
    const mode = 'agents.defaults.sandbox'
    return {
      agentId: rule.id,
      sessionKey: key,
      sandboxed: box !== undefined,
      ...found,
      folder: inside.workspace,
      access: accessOf(box),
      ...(box ? { network: box.container.network, sharedBy: box.name } : {}),
      tools,
      without: names(rule).filter((id) => !tools.includes(id)),
      fix: box
        ? [
            `oclaw config set ${mode}.mode off`,
            `oclaw config set ${mode}.workspaceAccess rw`,
            'oclaw config set tools.sandbox.tools.alsoAllow \'["…"]\'',
          ]
        : [`oclaw config set ${mode}.mode non-main`],
    }
  },
})

const Container = z.object({
  name: z.string(),
  image: z.string(),
  running: z.boolean(),
  status: z.string(),
})

const list = defineOp({
  id: 'sandbox.list',
  summary: 'Lists the containers of sessions that are kept apart; bubblewrap needs none.',
  scope: 'read',
  params: z.strictObject({ browser: z.boolean().default(false).describe('those of browsers; there are none') }),
  result: z.object({ containers: z.array(Container) }),
  cli: {
    path: 'sandbox list',
    print: (r) =>
      r.containers.length
        ? table(
            ['Container', 'Image', 'State'],
            r.containers.map((c) => [c.name, c.image, c.status || (c.running ? 'running' : 'stopped')]),
          )
        : 'There are no containers.',
  },
  examples: [{ params: {} }],
  handler: async ({ params: p }, { engine: e }: Needed) => ({
    containers: p.browser ? [] : [...(await e.world.outside.boxes.list())],
  }),
})

const recreate = defineOp({
  id: 'sandbox.recreate',
  summary: 'Takes containers away, so that they are made anew when they are needed.',
  scope: 'admin',
  params: z.strictObject({
    ...which,
    all: z.boolean().default(false).describe('all of them'),
    browser: z.boolean().default(false).describe('those of browsers; there are none'),
    force: z.boolean().default(false).describe('kept for older scripts; nothing is asked'),
  }),
  result: z.object({ removed: z.array(z.string()) }),
  cli: {
    path: 'sandbox recreate',
    print: (r) => (r.removed.length ? `Taken away: ${r.removed.join(', ')}` : 'There was nothing to take away.'),
  },
  examples: [{ params: { all: true } }],
  handler: async ({ params: p }, s: Needed) => {
    const { outside, settings } = s.engine.world
    if (!p.all && p.session === undefined && p.agent === undefined)
      throw new Fault('INVALID_REQUEST', 'say which: --all, --agent <id> or --session <key>')
    const there = p.browser ? [] : await outside.boxes.list()
    const { key, rule } = meant(s, p)
    const box = settings.box(rule.id, key)
    const wanted = p.all ? there : there.filter((c) => box && c.name === `${box.container.containerPrefix}${box.name}`)
    const removed = wanted.map((c) => c.name)
    if (removed.length) await outside.boxes.remove(removed)
    return { removed }
  },
})

export const sandboxOps = [explain, list, recreate] as const
