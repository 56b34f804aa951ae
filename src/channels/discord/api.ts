// Discord's REST API: one call at a time, with our deadline and our clock, and every failure as a Fault.
import { z } from 'zod'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Secret } from '../../lib/secret.ts'
import { rateLimits } from './rate.ts'

/** The API server everybody uses. */
export const publicRoot = 'https://discord.com/api'

/** A file of a request. */
export interface Upload {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** One request. `path` begins with a slash. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
  readonly files?: readonly Upload[]
  /** The fields of a form beside one file, for the few calls that take no JSON. */
  readonly form?: Readonly<Record<string, string>>
  /** For the server's audit log. */
  readonly reason?: string | undefined
  /** Without the bot's token, where the path itself holds a token. */
  readonly open?: boolean
  readonly signal?: AbortSignal | undefined
  readonly ms?: number
}

/** Calls of the API. */
export interface Rest {
  /**
   * Runs one call and reads its answer. Throws a Fault: LIMITED and UNAVAILABLE when nothing was done, TIMEOUT when it
   * may have been done, UNAUTHORIZED for a wrong token, and for refusals INVALID_REQUEST, FORBIDDEN, NOT_FOUND or
   * TOO_LARGE with `details.discord`, Discord's own code.
   */
  ask<T>(answer: z.ZodType<T>, ask: Ask): Promise<T>
  /** Runs one call whose answer does not matter; throws the same. */
  tell(ask: Ask): Promise<void>
}

/** How the API is reached. */
export interface RestOptions {
  readonly token: Secret
  readonly apiRoot: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  /** The account's life: no call outlives it. */
  readonly signal: AbortSignal
}

/** Failures to connect: the request never left. */
const unsent =
  /^(ConnectionRefused|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|.*CERT.*|FailedToOpenSocket)$/

/** Who we say we are, as Discord demands it: https://discord.com/developers/docs/reference#user-agent */
export const userAgent = 'DiscordBot (oclaw, 1)'

/** How long a call may wait for its rate limit, in ms; a longer wait is told to the caller. */
const patienceMs = 5000

const refusal = z.looseObject({
  code: z.number().optional(),
  message: z.string().optional(),
  retry_after: z.number().optional(),
  global: z.boolean().optional(),
  errors: z.unknown().optional(),
})

/** What Discord says is wrong with which fields: https://discord.com/developers/docs/reference#error-messages. */
function fieldErrors(errors: unknown, at = ''): string[] {
  if (typeof errors !== 'object' || errors === null) return []
  return Object.entries(errors).flatMap(([key, value]) => {
    if (key !== '_errors') return fieldErrors(value, at ? `${at}.${key}` : key)
    const list = z.array(z.looseObject({ message: z.string() })).safeParse(value)
    return list.success ? list.data.map((e) => `${at}: ${e.message}`) : []
  })
}

/** A refusal as a Fault. */
function toFault(ask: Ask, status: number, said: z.output<typeof refusal>, retryAfterMs: number): Fault {
  const what = `${ask.method} ${ask.path.replace(/(\/(?:webhooks|interactions)\/\d+)\/[^/]+/, '$1/…')}`
  const fields = fieldErrors(said.errors)
  const why = [said.message ?? `status ${status}`, ...fields.slice(0, 3)].join('; ')
  const text = `Discord refused ${what}: ${why}${said.code ? ` (${said.code})` : ''}`
  const more = { details: { discord: said.code ?? 0, status } }
  if (status === 429) return new Fault('LIMITED', text, { ...more, retryAfterMs })
  if (status === 401 && !ask.open)
    return new Fault(
      'UNAUTHORIZED',
      'Discord does not know this bot token; reset it under Bot in the Developer Portal and ' +
        'run `oclaw config set channels.discord.token <token>`',
      more,
    )
  if (status === 413 || said.code === 40_005) return new Fault('TOO_LARGE', text, more)
  if (status === 403) return new Fault('FORBIDDEN', text, more)
  if (status === 404) return new Fault('NOT_FOUND', text, more)
  return new Fault(status >= 500 ? 'UNAVAILABLE' : 'INVALID_REQUEST', text, more)
}

/** Discord's own code of a refusal; 0 for other failures. */
export function discordCode(error: unknown): number {
  const details = error instanceof Fault ? error.more.details : undefined
  const code = z.looseObject({ discord: z.number() }).safeParse(details)
  return code.success ? code.data.discord : 0
}

function bodyOf({ body, files, form }: Ask): { body?: BodyInit; headers: Record<string, string> } {
  if (!files?.length && !form)
    return body === undefined
      ? { headers: {} }
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const data = new FormData()
  for (const [key, value] of Object.entries(form ?? {})) data.append(key, value)
  if (body !== undefined) data.append('payload_json', JSON.stringify(body))
  for (const [i, file] of (files ?? []).entries())
    data.append(form ? 'file' : `files[${i}]`, new Blob([file.bytes], { type: file.mime }), file.name)
  return { body: data, headers: {} }
}

function queryOf(query: Ask['query']): string {
  const said = Object.entries(query ?? {}).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]]))
  return said.length ? `?${new URLSearchParams(said)}` : ''
}

/** Opens the API for one bot; nothing is sent yet. */
export function openRest(o: RestOptions): Rest {
  const root = `${o.apiRoot.replace(/\/+$/, '')}/v10`
  const limits = rateLimits(o.clock)

  /** Runs a call until its answer is read. What `fetch` throws stays out of the Fault where it may hold a secret. */
  async function attempt(ask: Ask, signal: AbortSignal): Promise<unknown> {
    const { body, headers } = bodyOf(ask)
    const auth = ask.open ? {} : { authorization: `Bot ${o.token.reveal().replace(/^Bot\s+/i, '')}` }
    const reason = ask.reason ? { 'x-audit-log-reason': encodeURIComponent(ask.reason.slice(0, 400)) } : {}
    const response = await o.fetch(`${root}${ask.path}${queryOf(ask.query)}`, {
      method: ask.method,
      headers: { 'user-agent': userAgent, ...headers, ...auth, ...reason },
      ...(body === undefined ? {} : { body }),
      signal,
    })
    limits.heed(ask, response.headers)
    const text = await response.text()
    if (response.ok) return text ? JSON.parse(text) : undefined
    const said = refusal.safeParse(readJson(text))
    const reply = said.success ? said.data : {}
    const seconds = reply.retry_after ?? (Number(response.headers.get('retry-after')) || 1)
    if (response.status === 429) limits.stop(ask, seconds * 1000, reply.global === true)
    throw toFault(ask, response.status, reply, Math.ceil(seconds * 1000))
  }

  async function run(ask: Ask): Promise<unknown> {
    const what = `${ask.method} ${ask.path.split('/')[1] ?? ''}`
    const parent = ask.signal ? AbortSignal.any([o.signal, ask.signal]) : o.signal
    if (parent.aborted) throw new Fault('UNAVAILABLE', `${what} was not sent: it was given up before`)
    const wait = limits.waitFor(ask)
    if (wait > patienceMs)
      throw new Fault('LIMITED', `Discord wants us to wait ${Math.ceil(wait / 1000)} s`, { retryAfterMs: wait })
    if (wait > 0) {
      await o.clock.sleep(wait, parent).catch(() => undefined)
      return run(ask)
    }
    const ms = ask.ms ?? 15_000
    const late = new Fault('TIMEOUT', `Discord did not answer ${what} within ${Math.round(ms / 1000)} s`)
    const limit = deadline(o.clock, ms, late, parent)
    try {
      return await attempt(ask, limit.signal)
    } catch (error) {
      if (error instanceof Fault) throw error
      if (limit.signal.reason === late) throw late
      if (limit.signal.aborted) throw new Fault('TIMEOUT', `${what} was broken off; it may have been done`)
      throw brokenCall(what, error)
    } finally {
      limit.done()
    }
  }

  return {
    async ask(answer, ask) {
      const said = await run(ask)
      const read = answer.safeParse(said)
      if (read.success) return read.data
      const issue = read.error.issues[0]
      const where = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim()
      throw new Fault(
        'INTERNAL',
        `Discord answered ${ask.method} ${ask.path.split('/')[1]} in a form we do not know: ${where}`,
      )
    },
    tell: async (ask) => void (await run(ask)),
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A call that ended without an answer. */
function brokenCall(what: string, error: unknown): Fault {
  const code = z.looseObject({ code: z.string() }).safeParse(error)
  const why = code.success ? code.data.code : error instanceof Error ? error.name : 'unknown'
  return unsent.test(why)
    ? new Fault('UNAVAILABLE', `Discord cannot be reached for ${what} (${why})`)
    : new Fault('TIMEOUT', `the connection to Discord broke during ${what} (${why})`)
}
