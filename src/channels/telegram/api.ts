// The Bot API behind grammY: one call at a time, with our deadline, and every failure as a Fault.
import type { Api, InputFile, RawApi } from 'grammy'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'

/** The Bot API server everybody uses. */
export const publicRoot = 'https://api.telegram.org'

/** What happened to the HTTP exchange of a failed call. */
interface Failure {
  readonly error_code?: number
  readonly description?: string
  readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
  readonly error?: unknown
}

/** The abort signal as grammY's types call it. */
export type ApiSignal = NonNullable<Parameters<RawApi['getMe']>[0]>

/** Calls of the Bot API. */
export interface Bot {
  /**
   * Runs one call. Throws a Fault: LIMITED and UNAVAILABLE when nothing was done, TIMEOUT when it may have been done,
   * UNAUTHORIZED for a wrong token, CONFLICT for a second poller, INVALID_REQUEST and FORBIDDEN for refusals.
   */
  call<T>(
    method: string,
    run: (api: RawApi, signal: ApiSignal) => Promise<T>,
    opts?: { readonly signal?: AbortSignal; readonly ms?: number },
  ): Promise<T>
  /** Where the file at `path` (of getFile) can be fetched; holds the token, so it must not be logged. */
  fileUrl(path: string): string
  /** Bytes as something a call can upload. */
  upload(bytes: Uint8Array<ArrayBuffer>, name: string): InputFile
}

/** Failures to connect: the request never left. */
const unsent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|.*CERT.*|FailedToOpenSocket)$/

/** A failed call as a Fault. The error itself stays out of it: it holds the address, and that the token. */
function toCallFault(method: string, error: unknown): Fault {
  if (error instanceof Fault) return error
  const failure = (typeof error === 'object' && error !== null ? error : {}) as Failure
  const code = failure.error_code
  const said = failure.description ?? 'no description'
  const text = `Telegram refused ${method}: ${said}`
  if (code === 429) return new Fault('LIMITED', text, { retryAfterMs: (failure.parameters?.retry_after ?? 1) * 1000 })
  if (code === 401 || code === 404)
    return new Fault(
      'UNAUTHORIZED',
      `Telegram does not know this bot token (${said}); get one from @BotFather and ` +
        'run `oclaw config set channels.telegram.botToken <token>`',
    )
  if (code === 409) return new Fault('CONFLICT', text)
  if (code === 403) return new Fault('FORBIDDEN', text)
  if (code !== undefined && code >= 500) return new Fault('UNAVAILABLE', text)
  if (code !== undefined) {
    const moved = failure.parameters?.migrate_to_chat_id
    return new Fault('INVALID_REQUEST', text, moved === undefined ? {} : { details: { movedTo: String(moved) } })
  }
  const cause = failure.error ?? error
  const why = cause instanceof Error ? ((cause as { code?: string }).code ?? cause.name) : String(cause)
  return unsent.test(why)
    ? new Fault('UNAVAILABLE', `Telegram cannot be reached for ${method} (${why})`)
    : new Fault('TIMEOUT', `the connection to Telegram broke during ${method} (${why})`)
}

/** Opens the Bot API of one token; nothing is sent yet. `timeoutMs` ends calls that do not say otherwise. */
export async function openBot(opts: {
  readonly token: string
  readonly apiRoot: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly timeoutMs: number
}): Promise<Bot> {
  // The build for browsers uses the fetch and AbortController of the runtime; the one for Node brings its own.
  const grammy = await import('grammy/web')
  const root = opts.apiRoot.replace(/\/+$/, '')
  const api: Api = new grammy.Api(opts.token, {
    apiRoot: root,
    fetch: (input: string | URL | Request, init?: RequestInit) => opts.fetch(input, init),
  })
  return {
    async call(method, run, { signal, ms = opts.timeoutMs } = {}) {
      if (signal?.aborted) throw new Fault('UNAVAILABLE', `${method} was not sent: the gateway is stopping`)
      const late = new Fault('TIMEOUT', `Telegram did not answer ${method} within ${Math.round(ms / 1000)} s`)
      const limit = deadline(opts.clock, ms, late, signal)
      try {
        return await run(api.raw, limit.signal as ApiSignal)
      } catch (error) {
        if (limit.signal.aborted)
          throw limit.signal.reason === late
            ? late
            : new Fault('TIMEOUT', `${method} was broken off; it may have been done`)
        throw toCallFault(method, error)
      } finally {
        limit.done()
      }
    },
    fileUrl: (path) => `${root}/file/bot${opts.token}/${path}`,
    upload: (bytes, name) => new grammy.InputFile(bytes, name),
  }
}
