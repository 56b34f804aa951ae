// What both OpenAI-compatible endpoints share: who may come in, which agent is meant, and errors as its libraries expect.
import type { Context } from 'hono'
import { Fault, toFault, type ErrorShape, describeError } from '../lib/fault.ts'
import type { ClientAsk, ClientFile } from '../define/client-ask.ts'
import type { Usage } from '../domain/turn.ts'
import type { Limiter } from './auth.ts'
import { readJson } from './body.ts'
import { postOnly, stranger, type Env } from './context.ts'
import type { Conversation } from './conversation.ts'
import { inputFile, type Source } from './input-files.ts'
import type { ServerParts } from './parts.ts'

/** What the endpoints are given. */
export interface Api {
  readonly parts: ServerParts
  readonly limit: Limiter
}

const types: Readonly<Record<number, string>> = { 401: 'authentication_error', 429: 'rate_limit_error' }

/** The error object of OpenAI's API. */
export const apiError = (status: number, message: string, code: string | null = null) => ({
  message,
  type: types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'),
  param: null,
  code,
})

/** An error as OpenAI answers it. */
export const failed = (
  c: Context,
  status: number,
  message: string,
  code: string | null = null,
  headers?: Record<string, string>,
): Response => c.json({ error: apiError(status, message, code) }, status as 400, headers)

/** The HTTP status of a run that failed. What a model server held against us is no fault of the caller's request. */
export function statusOf(error: ErrorShape): number {
  if (error.code === 'LIMITED') return 429
  return error.code === 'TIMEOUT' ? 504 : 500
}

/** Headers that keep OpenAI's libraries from running the whole turn, with all its effects, again. */
export const noRetry = (error: ErrorShape): Record<string, string> => ({
  'x-should-retry': 'false',
  ...(error.retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }),
})

/** The answer to a thrown value. */
export function thrown(c: Context, { parts }: Api, error: unknown): Response {
  const fault = toFault(error)
  if (fault.code !== 'INTERNAL') return failed(c, fault.http, fault.message)
  parts.log.error('an API request failed', { path: c.req.path, error: describeError(error) })
  return failed(c, 500, 'internal error')
}

/** The body of a request to an endpoint, or the answer that refuses it; nothing is read before the secret is right. */
export async function admitted(
  c: Context<Env>,
  { parts, limit }: Api,
  which: { readonly name: 'chatCompletions' | 'responses'; readonly maxBytes: number },
): Promise<{ readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Response }> {
  const no = (answer: Response) => ({ ok: false as const, answer })
  if (c.req.method !== 'POST') return no(postOnly(c))
  if (!parts.api()[which.name].enabled) {
    const command = `oclaw config set gateway.http.endpoints.${which.name}.enabled true`
    return no(failed(c, 404, `this endpoint is switched off; \`${command}\` switches it on`, 'endpoint_disabled'))
  }
  const answer = stranger(c, parts, limit)
  if (answer) return no(answer)
  const body = await readJson(c.req.raw, which.maxBytes, parts.clock)
  if (body.ok) return { ok: true, value: body.value }
  return no(failed(c, body.status, body.message, null, body.status === 400 ? {} : { connection: 'close' }))
}

/** The agent a model name means, if it means one: `openclaw:x`, `openclaw/x`, `agent:x`. */
const agentInModel = (model: string) => /^(?:openclaw[:/]|agent:)([a-z0-9][a-z0-9_-]{0,63})$/i.exec(model)?.[1]

/** The images of a conversation as files. Throws a Fault for one that is not taken. */
export async function imagesOf({ parts }: Api, sources: readonly Source[]): Promise<ClientFile[]> {
  const { images, maxUrlParts } = parts.api().responses
  if (sources.filter((s) => s.type === 'url').length > maxUrlParts)
    throw new Fault('INVALID_REQUEST', `at most ${maxUrlParts} files may be given by address`)
  return Promise.all(sources.map((s) => inputFile(s, images, parts.clock)))
}

/** What requests of both APIs ask for, besides what was said. */
type Asked = Pick<ClientAsk, 'tools'> &
  Partial<Pick<ClientAsk, 'toolChoice' | 'maxTokens' | 'user'>> & { readonly model: string }

/** The question of a request. */
export function askOf(
  c: Context<Env>,
  said: Conversation,
  asked: Asked,
  more: Pick<ClientAsk, 'run' | 'prefix' | 'files'>,
): ClientAsk {
  const { model, tools, user, toolChoice, maxTokens } = asked
  const header = (name: string) => c.req.header(name)?.trim() || undefined
  const inModel = agentInModel(model)
  const agent = header('x-openclaw-agent-id') ?? header('x-openclaw-agent') ?? inModel
  const session = header('x-openclaw-session-key')
  return {
    ...more,
    tools,
    ...(user === undefined ? {} : { user }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    client: 'http',
    text: said.text,
    history: said.history,
    results: said.results,
    system: said.system,
    ...(agent === undefined ? {} : { agent }),
    ...(session === undefined ? {} : { session }),
    ...(inModel === undefined ? { model } : {}),
  }
}

/** Tokens a model read, the cached ones included. */
export const inputTokens = (u: Usage): number => u.input + u.cacheRead + u.cacheWrite

/** A call's input as the JSON text OpenAI's clients parse. */
export const argumentsOf = (input: unknown): string => (typeof input === 'string' ? input : JSON.stringify(input ?? {}))
