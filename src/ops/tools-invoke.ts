// The operation that runs one tool of the gateway for a program, within the rules of a session.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentOf } from '../domain/session-key.ts'
import { agentIn } from '../engine/tools/exec-ways.ts'
import { allowedTools, toolNamed } from '../engine/tools/policy.ts'
import { callTool } from '../engine/tools/toolbox.ts'
import { keyOf } from './find-session.ts'
import type { Services } from './services.ts'

/** Tools that work on the host's files and programs; they belong to agents alone. */
const workspaceTools = ['group:runtime', 'group:fs']
/** Tools that reach beyond one call, unless `gateway.tools.allow` names them. */
const deniedTools = ['sessions_spawn', 'sessions_send', 'gateway', 'whatsapp_login']

/** The lists of `gateway.tools`. */
function listsOf(config: Readonly<Record<string, unknown>>): { allow: readonly string[]; deny: readonly string[] } {
  const tools = (config['gateway'] as { tools?: { allow?: string[]; deny?: string[] } } | undefined)?.tools
  return { allow: tools?.allow ?? [], deny: tools?.deny ?? [] }
}

export const toolsInvoke = defineOp({
  id: 'tools.invoke',
  summary: 'Runs one of the gateway’s tools with the rules of a session.',
  scope: 'write',
  params: z.strictObject({
    tool: z.string().min(1).describe('the tool'),
    action: z.string().optional().describe('put into the input of tools that have an action'),
    args: z.record(z.string(), z.unknown()).default({}).describe('the tool’s input'),
    sessionKey: z.string().optional().describe('the session whose rules hold; the main session when absent'),
  }),
  result: z.object({
    ok: z.boolean(),
    content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
  examples: [{ params: { tool: 'session_status' }, note: 'the state of the main session' }],
  handler: async ({ params: p, caller, signal }, { engine: e, config }: Pick<Services, 'engine' | 'config'>) => {
    const { world } = e
    const session = keyOf(e, p.sessionKey ?? 'main')
    const known = world.settings.agent(agentOf(session, world.settings.defaultAgent()))
    const agent = known && agentIn(world, known, session)
    const { allow, deny } = listsOf(config.current())
    const denied = (id: string) =>
      toolNamed(workspaceTools, id) || toolNamed(deny, id) || (deniedTools.includes(id) && !toolNamed(allow, id))
    const tools = agent ? allowedTools(agent.tools, world.tools()).filter((t) => !denied(t.id)) : []
    const tool = tools.find((t) => t.id === p.tool.toLowerCase())
    if (!agent || !tool) throw new Fault('NOT_FOUND', `Tool not available: ${p.tool}`)
    const takesAction = p.action !== undefined && 'action' in tool.params.shape && !('action' in p.args)
    const input = takesAction ? { ...p.args, action: p.action } : p.args
    const checked = tool.params.safeParse(input)
    if (!checked.success)
      throw new Fault('INVALID_REQUEST', `the input of ${tool.id} is wrong: ${z.prettifyError(checked.error)}`)
    const asker = { session, agent: agent.id, rule: agent.tools }
    const note = () => undefined
    const kit = { owner: caller.scopes.has('admin') }
    const r = await callTool(world, e.approvals, { name: tool.id, input, tools, agent, asker, kit, signal, note })
    return {
      ok: r.ok,
      content: [{ type: 'text' as const, text: r.text }],
      ...(r.details ? { details: r.details } : {}),
    }
  },
})
