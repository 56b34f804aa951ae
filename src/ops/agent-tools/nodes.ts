// The tools that reach other machines: what nodes see and do, and the canvas they show.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { AnyOp } from '../../define/op.ts'
import type { AnyTool, ToolContext, ToolResult } from '../../define/tool.ts'
import type { MediaRef } from '../../domain/media.ts'
import { askNode } from '../node-ask.ts'
import { fileOf, nodeActs, type NodeAct } from '../node-acts.ts'
import { pickNode } from '../node-find.ts'
import { nodePairingOps } from '../node-pairing.ts'
import { envOf, runOnNode } from '../node-run.ts'
import { nodeOps, nodesOf } from '../nodes.ts'
import type { Services } from '../services.ts'
import { callOp, ownersOnly, told, tool } from './calls.ts'

const all = [...nodeOps, ...nodePairingOps] as unknown as readonly AnyOp[]
const op = (id: string): AnyOp => all.find((o) => o.id === id) as AnyOp
const act = (path: string): NodeAct => nodeActs.find((a) => a.path === path) as NodeAct

/** Has a node do something; files that come of it are kept and given to the model. */
async function perform(a: NodeAct, given: object, node: string | undefined, s: Services, ctx: ToolContext) {
  const params = a.params()
  const words = Object.fromEntries(Object.entries(given).filter(([k, v]) => v !== undefined && k in params.shape))
  const read = params.safeParse(words)
  if (!read.success) throw new Fault('INVALID_REQUEST', z.prettifyError(read.error))
  const { nodeId } = pickNode(nodesOf(s), node, a.command)
  const media: MediaRef[] = []
  const values: unknown[] = []
  for (const call of a.calls(read.data as never)) {
    const { payload } = await askNode(s, nodeId, { ...call, timeoutMs: a.timeoutMs }, ctx.signal)
    if (!a.file) values.push(payload)
    else {
      const { bytes, mime, name } = fileOf(payload, call)
      media.push(await ctx.media.save(bytes, { mime, name }))
      const { base64: _bytes, ...about } = payload as Record<string, unknown>
      values.push({ name, ...about })
    }
  }
  const value = values.length === 1 ? values[0] : values
  const result: ToolResult = told({ node: nodeId, result: value ?? null })
  return media.length ? { ...result, media } : result
}

const actions = {
  camera_snap: 'camera snap',
  camera_list: 'camera list',
  camera_clip: 'camera clip',
  screen_record: 'screen record',
  location_get: 'location get',
  notify: 'notify',
} as const

const maybe = (what: string) => z.string().optional().describe(what)

/** The tool for nodes. */
export function nodesTool(s: Services): AnyTool {
  return tool({
    id: 'nodes',
    summary:
      'Other machines and phones: status, describe, pending, approve, reject, notify, camera_list, camera_snap, camera_clip, screen_record, location_get, run (a program), invoke (any command).',
    risk: 'exec',
    timeoutMs: 300_000,
    params: z.strictObject({
      action: z
        .enum([
          'status',
          'describe',
          'pending',
          'approve',
          'reject',
          'notify',
          'camera_snap',
          'camera_list',
          'camera_clip',
          'screen_record',
          'location_get',
          'run',
          'invoke',
        ])
        .describe('what to do'),
      node: maybe('which: id, name or address; the only one that can when left out'),
      requestId: maybe('approve, reject: the request'),
      title: maybe('notify: its title'),
      body: maybe('notify: its text'),
      priority: z.enum(['passive', 'active', 'timeSensitive']).optional().describe('notify: how urgent'),
      facing: z.enum(['front', 'back', 'both']).optional().describe('camera: which way it looks'),
      deviceId: maybe('camera: which one'),
      maxWidth: z.number().int().min(1).optional().describe('camera_snap: widest picture, in pixels'),
      delayMs: z.number().int().min(0).optional().describe('camera_snap: wait before it, in ms'),
      duration: maybe('camera_clip, screen_record: how long, such as 5s'),
      fps: z.number().min(1).max(60).optional().describe('screen_record: pictures a second'),
      accuracy: z.enum(['coarse', 'balanced', 'precise']).optional().describe('location_get: how exactly'),
      command: z.array(z.string()).optional().describe('run: the program and its words'),
      cwd: maybe('run: in which folder'),
      env: z.array(z.string()).optional().describe('run: variables, KEY=value each'),
      timeoutMs: z.number().int().min(1).optional().describe('run, invoke: longest time, in ms'),
      invokeCommand: maybe('invoke: the command, such as system.which'),
      invokeParams: z.record(z.string(), z.unknown()).optional().describe('invoke: what it needs'),
    }),
    async run(p, ctx) {
      ownersOnly(ctx, 'reach other machines')
      switch (p.action) {
        case 'status':
          return told(await callOp(op('node.list'), {}, s, ctx))
        case 'describe':
          return told(pickNode(nodesOf(s), p.node))
        case 'pending':
          return told(await callOp(op('node.pair.list'), {}, s, ctx))
        case 'approve':
        case 'reject': {
          const done = await callOp(op(`node.pair.${p.action}`), { requestId: p.requestId }, s, ctx)
          return told({ ok: true, requestId: (done as { requestId: string }).requestId }) // a token is no business of a model
        }
        case 'run': {
          if (!p.command?.length) throw new Fault('INVALID_REQUEST', 'say what to run: command')
          const run = {
            node: p.node,
            argv: p.command,
            cwd: p.cwd,
            env: envOf(p.env ?? []),
            agent: ctx.agent,
            session: ctx.session,
            to: ctx.chat,
            timeoutMs: p.timeoutMs,
            answerMs: (p.timeoutMs ?? 30_000) + 5000,
          }
          const done = await runOnNode(s, run, ctx.signal)
          return { ...told(done), ok: done.success === true }
        }
        case 'invoke': {
          if (!p.invokeCommand) throw new Fault('INVALID_REQUEST', 'say which command: invokeCommand')
          if (p.invokeCommand === 'system.run') throw new Fault('INVALID_REQUEST', 'programs are run with action run')
          const { nodeId } = pickNode(nodesOf(s), p.node, p.invokeCommand)
          const ask = { command: p.invokeCommand, params: p.invokeParams ?? {}, timeoutMs: p.timeoutMs ?? 30_000 }
          return told((await askNode(s, nodeId, ask, ctx.signal)).payload)
        }
        default:
          return perform(act(actions[p.action]), p, p.node, s, ctx)
      }
    },
  })
}

const canvasActions = {
  present: 'canvas present',
  hide: 'canvas hide',
  navigate: 'canvas navigate',
  eval: 'canvas eval',
  snapshot: 'canvas snapshot',
  a2ui_push: 'canvas a2ui push',
  a2ui_reset: 'canvas a2ui reset',
} as const

/** The tool for the canvas of nodes. */
export function canvasTool(s: Services): AnyTool {
  return tool({
    id: 'canvas',
    summary:
      'Pages on the screen of a node: present, hide, navigate, eval, snapshot, a2ui_push, a2ui_reset. Files are those of the canvas folder.',
    risk: 'exec',
    timeoutMs: 60_000,
    params: z.strictObject({
      action: z.enum(['present', 'hide', 'navigate', 'eval', 'snapshot', 'a2ui_push', 'a2ui_reset']).describe('what'),
      node: maybe('which: id, name or address; the only one that can when left out'),
      url: maybe('present, navigate: an address, or a path of the canvas folder'),
      x: z.number().optional().describe('present: left edge, in pixels'),
      y: z.number().optional().describe('present: top edge'),
      width: z.number().optional().describe('present: width'),
      height: z.number().optional().describe('present: height'),
      javaScript: maybe('eval: the code'),
      outputFormat: z.enum(['png', 'jpg', 'jpeg']).optional().describe('snapshot: kind of picture'),
      maxWidth: z.number().int().min(1).optional().describe('snapshot: widest picture, in pixels'),
      quality: z.number().min(0).max(1).optional().describe('snapshot: from 0 to 1'),
      jsonl: maybe('a2ui_push: the messages, one a line'),
    }),
    async run({ url, javaScript, outputFormat, ...p }, ctx) {
      ownersOnly(ctx, 'show things on other machines')
      const words = { ...p, target: url, url, js: javaScript, format: outputFormat }
      return perform(act(canvasActions[p.action]), words, p.node, s, ctx)
    },
  })
}
