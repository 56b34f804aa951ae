// Discord's REST API: one call at a time, with our deadline and our clock, and every failure as a Fault.
import type { InternalRequest, RequestMethod, ResponseLike, RouteLike } from '@discordjs/rest'
import { z } from 'zod'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Secret } from '../../lib/secret.ts'

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

/** What Discord says of a refusal. */
interface Refusal {
  readonly code?: number | undefined
  readonly message?: string | undefined
  readonly errors?: unknown
}

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
function toFault(ask: Ask, status: number, said: Refusal): Fault {
  const what = `${ask.method} ${ask.path.replace(/(\/(?:webhooks|interactions)\/\d+)\/[^/]+/, '$1/…')}`
  const fields = fieldErrors(said.errors)
  const why = [said.message ?? `status ${status}`, ...fields.slice(0, 3)].join('; ')
  const text = `Discord refused ${what}: ${why}${said.code ? ` (${said.code})` : ''}`
  const more = { details: { discord: said.code ?? 0, status } }
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

/** A request as discord.js takes it. */
const requestOf = (ask: Ask, method: RequestMethod, signal: AbortSignal): InternalRequest => ({
  method,
  fullRoute: ask.path as RouteLike,
  auth: !ask.open,
  signal,
  ...(ask.query ? { query: queryOf(ask.query) } : {}),
  ...(ask.reason ? { reason: ask.reason.slice(0, 400) } : {}),
  ...(ask.form ? { body: ask.form, appendToFormData: true } : ask.body === undefined ? {} : { body: ask.body }),
  ...(ask.files?.length
    ? {
        files: ask.files.map((f, i) => ({
          data: Buffer.from(f.bytes.buffer, f.bytes.byteOffset, f.bytes.byteLength),
          name: f.name,
          contentType: f.mime,
          ...(ask.form ? { key: 'file' } : { key: `files[${i}]` }),
        })),
      }
    : {}),
})

function queryOf(query: NonNullable<Ask['query']>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(query).flatMap(([k, v]): [string, string][] => (v === undefined ? [] : [[k, String(v)]])),
  )
}

/**
 * Opens the API for one bot; nothing is sent yet. discord.js keeps the limits Discord tells and shapes the requests; it
 * neither waits nor tries again by itself, so that our clock and our outbox decide.
 */
export async function openRest(o: RestOptions): Promise<Rest> {
  const discord = await import('@discordjs/rest')
  const rest = new discord.REST({
    api: o.apiRoot.replace(/\/+$/, ''),
    version: '10',
    retries: 0,
    rejectOnRateLimit: () => true,
    timeout: 600_000, // each call has a deadline of its own
    hashSweepInterval: 0,
    handlerSweepInterval: 0,
    invalidRequestWarningInterval: 0,
    globalRequestsPerSecond: Infinity, // Discord says so itself when there were too many
    // Both sides know fetch under slightly different types.
    makeRequest: (url, init) => o.fetch(url, init as RequestInit) as unknown as Promise<ResponseLike>,
  }).setToken(o.token.reveal().replace(/^Bot\s+/i, ''))

  const { Get, Post, Put, Patch, Delete } = discord.RequestMethod
  const methods = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete }

  /** What a failed call means. What `fetch` throws stays out of the Fault where it may hold a secret. */
  function faultOf(ask: Ask, what: string, error: unknown): Fault {
    if (error instanceof Fault) return error
    if (error instanceof discord.RateLimitError)
      return new Fault('LIMITED', `Discord wants us to wait ${Math.ceil(error.retryAfter / 1000)} s before ${what}`, {
        retryAfterMs: Math.max(1, Math.ceil(error.retryAfter)),
        details: { status: 429 },
      })
    if (error instanceof discord.DiscordAPIError) return toFault(ask, error.status, refusalOf(error.rawError))
    if (error instanceof discord.HTTPError) return toFault(ask, error.status, {})
    if (error instanceof Error && error.message.startsWith('Expected token')) return toFault(ask, 401, {}) // it was refused before
    return brokenCall(what, error)
  }

  async function attempt(ask: Ask): Promise<unknown> {
    const what = `${ask.method} ${ask.path.split('/')[1] ?? ''}`
    const parent = ask.signal ? AbortSignal.any([o.signal, ask.signal]) : o.signal
    if (parent.aborted) throw new Fault('UNAVAILABLE', `${what} was not sent: it was given up before`)
    const ms = ask.ms ?? 15_000
    const late = new Fault('TIMEOUT', `Discord did not answer ${what} within ${Math.round(ms / 1000)} s`)
    const limit = deadline(o.clock, ms, late, parent)
    try {
      return await rest.request(requestOf(ask, methods[ask.method], limit.signal))
    } catch (error) {
      if (limit.signal.reason === late) throw late
      if (limit.signal.aborted) throw new Fault('TIMEOUT', `${what} was broken off; it may have been done`)
      throw faultOf(ask, what, error)
    } finally {
      limit.done()
    }
  }

  /** Runs a call; a short wait for its limit is waited for here, a long one is told to the caller. */
  async function run(ask: Ask): Promise<unknown> {
    try {
      return await attempt(ask)
    } catch (error) {
      const wait = error instanceof Fault && error.code === 'LIMITED' ? error.more.retryAfterMs : undefined
      if (wait === undefined || wait > patienceMs) throw error
      await o.clock.sleep(wait, ask.signal ?? o.signal).catch(() => undefined)
      return attempt(ask)
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

/** Discord's own words of a refusal. */
function refusalOf(raw: unknown): Refusal {
  const said = z
    .looseObject({ code: z.number().optional(), message: z.string().optional(), errors: z.unknown().optional() })
    .safeParse(raw)
  return said.success ? said.data : {}
}

/** A call that ended without an answer. */
function brokenCall(what: string, error: unknown): Fault {
  const code = z.looseObject({ code: z.string() }).safeParse(error)
  const why = code.success ? code.data.code : error instanceof Error ? error.name : 'unknown'
  return unsent.test(why)
    ? new Fault('UNAVAILABLE', `Discord cannot be reached for ${what} (${why})`)
    : new Fault('TIMEOUT', `the connection to Discord broke during ${what} (${why})`)
}
