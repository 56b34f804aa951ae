// POST /tools/invoke: one tool of the gateway, run for a program.
import { z } from 'zod'
import type { Context } from 'hono'
import { describeError, toFault } from '../lib/fault.ts'
import { once } from '../lib/once.ts'
import { readJson } from './body.ts'
import { postOnly, stranger, type Env } from './context.ts'
import type { Api } from './openai.ts'
import { allScopes } from './rpc.ts'

/** Largest body, in bytes; the original's limit. */
const maxBytes = 2_097_152

const Body = once(() =>
  z.object({
    tool: z.string().trim().min(1),
    action: z.string().optional(),
    args: z.record(z.string(), z.unknown()).optional(),
    sessionKey: z.string().trim().optional(),
  }),
)

type Result = {
  readonly ok: boolean
  readonly content: readonly { readonly text: string }[]
  readonly details?: unknown
}

const invalid = (c: Context, status: 400 | 408 | 413, message: string) =>
  c.json({ error: { message, type: 'invalid_request_error' } }, status)

const refusal = (c: Context, status: 400 | 404 | 500, type: 'not_found' | 'tool_error', message: string) =>
  c.json({ ok: false, error: { type, message } }, status)

/** Answers a call of a tool. */
export async function toolsInvoke(c: Context<Env>, { parts, limit }: Api): Promise<Response> {
  if (c.req.method !== 'POST') return postOnly(c)
  const answer = stranger(c, parts, limit)
  if (answer) return answer
  const body = await readJson(c.req.raw, maxBytes, parts.clock)
  if (!body.ok) return invalid(c, body.status, body.message)
  const parsed = Body().safeParse(body.value)
  if (!parsed.success)
    return invalid(c, 400, 'expected {tool, action?, args?, sessionKey?} with the name of a tool in `tool`')
  const { tool, action, args, sessionKey } = parsed.data
  c.env.patience()
  try {
    const params = { tool, action, args, sessionKey: sessionKey || undefined }
    const caller = { kind: 'http' as const, id: 'http', scopes: allScopes }
    const how = { caller, signal: c.req.raw.signal, lenient: false, accepted: () => undefined }
    const { ok, ...result } = (await parts.dispatch.call('tools.invoke', params, how)) as Result
    if (!ok) return refusal(c, 500, 'tool_error', result.content.map((p) => p.text).join('\n'))
    return c.json({ ok: true, result })
  } catch (error) {
    const fault = toFault(error)
    if (fault.code === 'NOT_FOUND') return refusal(c, 404, 'not_found', fault.message)
    if (fault.code === 'INVALID_REQUEST') return refusal(c, 400, 'tool_error', fault.message)
    parts.log.error('a tool failed', { tool, error: describeError(error) })
    return refusal(c, 500, 'tool_error', 'tool execution failed')
  }
}
