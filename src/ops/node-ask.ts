// Asking a connected node to do something: what it may be sent, and what its answer means.
import { Fault } from '../lib/fault.ts'
import { standsFor } from '../domain/command-text.ts'
import type { Engine } from '../engine/engine.ts'
import { refusal } from './node-commands.ts'
import type { Services } from './services.ts'

export type AskParts = Pick<Services, 'config' | 'gateway'> & { readonly engine: Pick<Engine, 'approvals'> }

/** What a node is asked. `timeoutMs` is how long its answer is waited for. */
export interface NodeAsk {
  readonly command: string
  readonly params?: unknown
  readonly timeoutMs: number
  readonly idempotencyKey?: string | undefined
  /** What a person said of exactly this, when the gateway itself has asked one. */
  readonly approved?: 'allow-once' | 'allow-always'
}

/** What a node said: as a value, and as the text it sent. */
export interface NodeSaid {
  readonly payload: unknown
  readonly payloadJSON: string | null
}

/** Flags only the gateway itself may set, after a person has approved. */
const approvalFlags = ['approved', 'approvalDecision'] as const

/** What a node wrote as JSON; text that is none stays text. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Who says that a person approved has to name the question, and it has to be for exactly what is to be run. */
function approvalOf(params: Readonly<Record<string, unknown>>, { engine }: AskParts) {
  const { runId, command, cwd, env } = params
  if (typeof runId !== 'string' || !Array.isArray(command) || params['approved'] !== true) return undefined
  const given = isRecord(env) ? Object.fromEntries(Object.entries(env).map(([k, v]) => [k, String(v)])) : {}
  return engine.approvals.spend(
    runId,
    (r) =>
      r.host === 'node' &&
      r.cwd === (typeof cwd === 'string' ? cwd : '') &&
      standsFor(r.command, command.map(String), given),
  )
}

function paramsOf(ask: NodeAsk, s: AskParts): unknown {
  if (ask.command !== 'system.run' || !isRecord(ask.params)) return ask.params
  const decision = ask.approved ?? approvalOf(ask.params, s)
  const params = { ...ask.params }
  for (const flag of approvalFlags) delete params[flag]
  return decision === undefined ? params : { ...params, approved: true, approvalDecision: decision }
}

/** Asks a node. Throws INVALID_REQUEST for what it may not be sent, UNAVAILABLE with `details.nodeError` when it says no. */
export async function askNode(s: AskParts, nodeId: string, ask: NodeAsk, signal: AbortSignal): Promise<NodeSaid> {
  const { nodes } = s.gateway
  const node = nodes.connected().find((n) => n.id === nodeId)
  const reason = node && refusal(node, ask.command, s)
  if (reason)
    throw new Fault('INVALID_REQUEST', `node command not allowed: ${reason}`, {
      details: { reason, command: ask.command },
    })
  const params = paramsOf(ask, s)
  const call = {
    command: ask.command,
    paramsJSON: params === undefined || params === null ? null : JSON.stringify(params),
    timeoutMs: ask.timeoutMs,
    ...(ask.idempotencyKey === undefined ? {} : { idempotencyKey: ask.idempotencyKey }),
  }
  const answer = await nodes.invoke(nodeId, call, signal)
  if (!answer.ok) {
    const { code = 'UNAVAILABLE', message = 'node invoke failed' } = answer.error ?? {}
    throw new Fault('UNAVAILABLE', `${code}: ${message}`, { details: { nodeError: { code, message } } })
  }
  const payloadJSON = answer.payloadJSON ?? null
  return { payload: answer.payload ?? (payloadJSON === null ? null : parsed(payloadJSON)), payloadJSON }
}
