// Operations as tools of the agent: the same handler, called by the agent instead of a person.
import type { AnyOp, OpScope } from '../define/op.ts'
import type { AnyTool } from '../define/tool.ts'
import type { ops } from '../ops/index.ts'

/** What an agent may do by operations: read, and nothing that belongs to the owner. */
const scopes: ReadonlySet<OpScope> = new Set(['public', 'read'])

/** The operations that are tools, as tools. */
export function opTools(list: typeof ops, services: unknown): AnyTool[] {
  return (list.all as unknown as readonly AnyOp[]).flatMap((op): AnyTool[] => {
    if (op.tool === undefined || !scopes.has(op.scope)) return []
    return [
      {
        id: op.tool,
        summary: op.summary,
        params: op.params,
        risk: 'read',
        async run(params, ctx) {
          const caller = { kind: 'agent' as const, id: ctx.session, scopes }
          const call = { params, caller, signal: ctx.signal, accepted: () => undefined }
          const result = op.result.parse(await op.handler(call, services as never))
          const details = typeof result === 'object' && result !== null ? { details: { ...result } } : {}
          return { ok: true, text: JSON.stringify(result, null, 1), ...details }
        },
      },
    ]
  })
}
