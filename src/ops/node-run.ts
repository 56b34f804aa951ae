// Running a program on a node: the node itself judges, and what it does not know a person is asked about here.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import type { Address } from '../domain/address.ts'
import { commandText } from '../domain/command-text.ts'
import { mainKey, normalizeAgentId } from '../domain/session-key.ts'
import { approvalMs } from '../engine/tools/approvals.ts'
import { orAbort } from '../engine/race.ts'
import { askNode } from './node-ask.ts'
import { pickNode } from './node-find.ts'
import { nodesOf } from './nodes.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

/** What is to be run, for whom, and in which chat a person can be asked. Spans in ms. */
export interface NodeRun {
  readonly node: string | undefined
  readonly argv: readonly string[]
  readonly cwd?: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly agent: string
  readonly session: string
  readonly to?: Address | undefined
  readonly timeoutMs?: number | undefined
  readonly answerMs: number
  readonly needsScreenRecording?: boolean | undefined
}

const Ran = z.object({
  exitCode: z.number().nullish(),
  timedOut: z.boolean().optional(),
  success: z.boolean().optional(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
  error: z.string().nullish(),
})

const asksPerson = (error: unknown) =>
  error instanceof Fault && error.code === 'UNAVAILABLE' && /approval required/.test(error.message)

/** Runs it. Throws FORBIDDEN when nobody allows it, and what asking a node throws. */
export async function runOnNode(s: Needed, r: NodeRun, signal: AbortSignal) {
  const { nodeId } = pickNode(nodesOf(s), r.node, 'system.run')
  const id = newId('apr', s.clock)
  const params = {
    command: r.argv,
    ...(r.cwd === undefined ? {} : { cwd: r.cwd }),
    ...(Object.keys(r.env).length ? { env: r.env } : {}),
    ...(r.timeoutMs === undefined ? {} : { timeoutMs: r.timeoutMs }),
    ...(r.needsScreenRecording ? { needsScreenRecording: true } : {}),
    agentId: r.agent,
    sessionKey: r.session,
    runId: id,
  }
  const ask = { command: 'system.run', params, timeoutMs: r.answerMs, idempotencyKey: id }
  const run = async (approved?: 'allow-once' | 'allow-always') => {
    const said = await askNode(s, nodeId, approved === undefined ? ask : { ...ask, approved }, signal)
    return { nodeId, ...Ran.safeParse(said.payload).data }
  }
  try {
    return await run()
  } catch (error) {
    if (!asksPerson(error)) throw error
  }
  const question = {
    id,
    session: r.session,
    agent: r.agent,
    command: commandText(r.argv, r.env),
    argv: r.argv,
    cwd: r.cwd ?? '',
    host: 'node',
  }
  await s.engine.approvals.open(question, approvalMs, r.to)
  const { decision } = await orAbort(s.engine.approvals.decided(id), signal)
  if (decision === null || decision === 'deny')
    throw new Fault(
      'FORBIDDEN',
      decision ? 'a person denied it; nothing was run' : 'nobody allowed it in time; nothing was run',
    )
  return run(decision)
}

/** `KEY=value` words as variables. Throws INVALID_REQUEST. */
export const envOf = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    words.map((w) => {
      const at = w.indexOf('=')
      if (at < 1) throw new Fault('INVALID_REQUEST', `${w} is no variable; write KEY=value`)
      return [w.slice(0, at), w.slice(at + 1)]
    }),
  )

export const nodeRun = defineOp({
  id: 'node.run',
  summary: 'Runs a program on a node; a person is asked when the node does not know it.',
  scope: 'write',
  params: z.strictObject({
    node: z.string().optional().describe('which node; the only one that can when left out'),
    command: z.array(z.string()).optional().describe('the program and its words'),
    raw: z.string().min(1).optional().describe('a line for the node’s shell instead'),
    cwd: z.string().optional().describe('in which folder of the node'),
    env: z.array(z.string()).optional().describe('variables, KEY=value each'),
    agent: z.string().optional().describe('for which agent'),
    commandTimeout: z.number().int().min(1).optional().describe('longest time of the program, in ms'),
    invokeTimeout: z.number().int().min(1).default(30_000).describe('how long to wait for the node, in ms'),
    needsScreenRecording: z.boolean().optional().describe('it takes pictures of the screen'),
    security: z.string().optional().describe('kept for older scripts; the node itself decides'),
    ask: z.string().optional().describe('kept for older scripts; the node itself decides'),
  }),
  result: Ran.extend({ nodeId: z.string() }),
  cli: {
    path: 'nodes run',
    args: ['command'],
    print: (r) => [r.stdout, r.stderr, r.error].filter(Boolean).join('\n').trimEnd() || '[no output]',
    exitCode: (r) => (r.success ? 0 : r.exitCode || 1),
  },
  examples: [{ params: { node: 'Kitchen', command: ['uname', '-a'] }, note: 'a node that is connected' }],
  handler: ({ params: p, signal }, s: Needed) => {
    const argv = p.raw === undefined ? (p.command ?? []) : ['/bin/sh', '-lc', p.raw]
    if (!argv.length) throw new Fault('INVALID_REQUEST', 'say what to run: `oclaw nodes run --node <node> -- uname -a`')
    const agent = p.agent === undefined ? s.engine.world.settings.defaultAgent() : normalizeAgentId(p.agent)
    const run = {
      node: p.node,
      argv,
      cwd: p.cwd,
      env: envOf(p.env ?? []),
      agent,
      session: mainKey(agent),
      timeoutMs: p.commandTimeout,
      answerMs: p.invokeTimeout,
      needsScreenRecording: p.needsScreenRecording,
    }
    return runOnNode(s, run, signal)
  },
})
