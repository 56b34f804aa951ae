// A call from any transport: find the operation, check the scope, check the parameters, run it, check the result.
import type { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { AnyOp, Caller, OpScope } from '../define/op.ts'
import type { Registry } from '../define/registry.ts'
import type { ControlLimit } from './control-limit.ts'

/** Calls as transports make them. */
export interface Dispatcher {
  /** Runs a call. `lenient` drops unknown parameters instead of refusing them. Throws Faults. */
  call(method: string, params: unknown, how: CallHow): Promise<unknown>
  readonly methods: readonly string[]
}

/** Who calls, and how. */
export interface CallHow {
  readonly caller: Caller
  readonly signal: AbortSignal
  readonly lenient: boolean
  accepted(value: unknown): void
}

/** Scopes that hold others. */
const reach: Readonly<Record<OpScope, readonly OpScope[]>> = {
  public: [],
  read: [],
  write: ['read'],
  approvals: [],
  pairing: [],
  admin: ['read', 'write', 'approvals', 'pairing'],
}

/** Every scope these scopes stand for. */
export function widened(scopes: Iterable<OpScope>): ReadonlySet<OpScope> {
  const out = new Set<OpScope>(['public'])
  for (const s of scopes) for (const each of [s, ...reach[s]]) out.add(each)
  return out
}

/** All there is. */
export const allScopes: ReadonlySet<OpScope> = widened(['admin'])

const pointer = (path: readonly PropertyKey[]) => (path.length ? `/${path.map(String).join('/')}` : 'root')

function sentence(issue: z.core.$ZodIssue, input: unknown): string[] {
  const at = `at ${pointer(issue.path)}: `
  const last = issue.path.at(-1)
  const value = issue.path.reduce<unknown>((v, k) => (v as Record<PropertyKey, unknown> | undefined)?.[k], input)
  const missing = last !== undefined && value === undefined
  if (missing && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return [`must have required property '${String(last)}'`]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((k) => `${at}unexpected property '${k}'`)
    case 'invalid_type':
      return [issue.path.length ? `${at}must be ${issue.expected}` : `must be ${issue.expected}`]
    case 'too_small':
      return [
        issue.origin === 'string' || issue.origin === 'array'
          ? `${at}must NOT have fewer than ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'items'}`
          : `${at}must be >= ${issue.minimum}`,
      ]
    case 'too_big':
      return [
        issue.origin === 'string' || issue.origin === 'array'
          ? `${at}must NOT have more than ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'items'}`
          : `${at}must be <= ${issue.maximum}`,
      ]
    case 'invalid_value':
      return [`${at}must be equal to one of the allowed values: ${issue.values.map(String).join(', ')}`]
    default:
      return [`${at}${issue.message}`]
  }
}

/** What is wrong with parameters, in the original's words. */
export function paramsFault(what: string, error: z.ZodError, input: unknown): Fault {
  return new Fault('INVALID_REQUEST', `invalid ${what}: ${error.issues.flatMap((i) => sentence(i, input)).join('; ')}`)
}

/** Makes the dispatcher of a list of operations; `limit` hears of every call that its caller may make. */
export function dispatcher(ops: Registry<AnyOp>, services: unknown, limit?: ControlLimit): Dispatcher {
  const lenient = new Map(ops.all.map((op) => [op.id, op.params.strip()]))

  function parse(op: AnyOp, raw: unknown, how: CallHow): unknown {
    const input = raw ?? {}
    const strict = !how.lenient && op.simpleOnly?.length
    if (strict && typeof input === 'object') {
      const extra = op.simpleOnly?.find((name) => Object.hasOwn(input, name))
      if (extra) throw new Fault('INVALID_REQUEST', `invalid ${op.id} params: at root: unexpected property '${extra}'`)
    }
    const schema = how.lenient ? (lenient.get(op.id) ?? op.params) : op.params
    const parsed = schema.safeParse(input)
    if (!parsed.success) throw paramsFault(`${op.id} params`, parsed.error, input)
    return parsed.data
  }

  return {
    methods: ops.ids,
    async call(method, raw, how) {
      const op = ops.get(method)
      if (!op && !how.caller.scopes.has('admin')) throw new Fault('FORBIDDEN', 'missing scope: operator.admin')
      if (!op || op.where === 'local') throw new Fault('INVALID_REQUEST', `unknown method: ${method}`)
      if (!how.caller.scopes.has(op.scope)) throw new Fault('FORBIDDEN', `missing scope: operator.${op.scope}`)
      limit?.(method, how.caller)
      const params = parse(op, raw, how)
      const call = { params, caller: how.caller, signal: how.signal, accepted: how.accepted }
      return op.result.parse(await op.handler(call as never, services as never))
    },
  }
}
