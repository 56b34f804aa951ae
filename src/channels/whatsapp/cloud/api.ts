// The Graph API behind a number of the Cloud API: one call at a time, with our deadline, every failure as a Fault.
import { z } from 'zod'
import { deadline, type Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Secret } from '../../../lib/secret.ts'
import { readBody } from '../download.ts'

/** The Graph API everybody uses, in the version we were written for. */
export const publicGraph = 'https://graph.facebook.com/v23.0'

/** One call. */
export interface Call {
  readonly method?: 'GET' | 'POST'
  readonly json?: unknown
  readonly form?: FormData
  readonly signal: AbortSignal
  readonly ms?: number
}

/** Calls of one number. */
export interface Graph {
  /**
   * Runs one call. Throws a Fault: LIMITED and UNAVAILABLE when nothing was done, TIMEOUT when it may have been done,
   * UNAUTHORIZED for a wrong token, INVALID_REQUEST and FORBIDDEN for refusals.
   */
  call(what: string, path: string, call: Call): Promise<unknown>
  /** The bytes behind an address the API gave. */
  download(url: string, max: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

const failed = z.looseObject({
  error: z.looseObject({
    code: z.number(),
    message: z.string().optional(),
    error_data: z.looseObject({ details: z.string().optional() }).optional(),
  }),
})

/** Failures to connect: the request never left. */
const unsent =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|.*CERT.*|FailedToOpenSocket)$/

const limited: ReadonlySet<number> = new Set([4, 17, 613, 80007, 130429, 131048, 131056, 133016])
const busy: ReadonlySet<number> = new Set([1, 2, 131000, 131016, 131057])

/** What WhatsApp's error codes mean: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes. */
export function explain(code: number, said: string): Fault {
  if (code === 0 || code === 190)
    return new Fault(
      'UNAUTHORIZED',
      `WhatsApp does not take the access token (${said}); make one for a system user and ` +
        'run `oclaw config set channels.whatsapp.cloud.accessToken <token>`',
    )
  if (code === 131047)
    return new Fault(
      'FORBIDDEN',
      'more than 24 hours have passed since the person last wrote; until they write again WhatsApp takes templates only',
    )
  if (code === 131026)
    return new Fault(
      'FORBIDDEN',
      'WhatsApp cannot deliver to this number: it has no WhatsApp, or does not take our messages',
    )
  if (code === 131030)
    return new Fault('FORBIDDEN', 'the number is not on the app’s list of test recipients; add it in the app dashboard')
  if (code === 10 || (code >= 200 && code < 300) || code === 3)
    return new Fault('FORBIDDEN', `the access token lacks the permission whatsapp_business_messaging (${said})`)
  if (code === 368 || code === 131031)
    return new Fault('FORBIDDEN', `WhatsApp has locked the business account (${said})`)
  if (limited.has(code))
    return new Fault('LIMITED', `WhatsApp limits us (${said})`, { retryAfterMs: code === 131056 ? 6000 : 30_000 })
  if (busy.has(code)) return new Fault('UNAVAILABLE', `WhatsApp failed (${said})`)
  return new Fault('INVALID_REQUEST', `WhatsApp refused it (${code}): ${said}`)
}

async function refusalOf(what: string, response: Response): Promise<Fault> {
  const parsed = failed.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) {
    const { code, message, error_data: data } = parsed.data.error
    return explain(code, [message, data?.details].filter(Boolean).join(': ') || what)
  }
  if (response.status === 429) return new Fault('LIMITED', `WhatsApp limits ${what}`, { retryAfterMs: 30_000 })
  if (response.status >= 500) return new Fault('UNAVAILABLE', `WhatsApp answered ${response.status} to ${what}`)
  return new Fault('INVALID_REQUEST', `WhatsApp answered ${response.status} to ${what}`)
}

/** Opens the Graph API; nothing is sent yet. */
export function openGraph(o: {
  readonly root: string
  readonly token: Secret
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
}): Graph {
  const root = o.root.replace(/\/+$/, '')
  const headers = () => ({ authorization: `Bearer ${o.token.reveal()}` })

  async function run(what: string, signal: AbortSignal, ms: number, ask: (signal: AbortSignal) => Promise<Response>) {
    if (signal.aborted) throw new Fault('UNAVAILABLE', `${what} was not sent: the gateway is stopping`)
    const late = new Fault('TIMEOUT', `WhatsApp did not answer ${what} within ${Math.round(ms / 1000)} s`)
    const limit = deadline(o.clock, ms, late, signal)
    try {
      const response = await ask(limit.signal)
      if (!response.ok) throw await refusalOf(what, response)
      return response
    } catch (error) {
      if (error instanceof Fault) throw error
      if (limit.signal.aborted)
        throw limit.signal.reason === late
          ? late
          : new Fault('TIMEOUT', `${what} was broken off; it may have been done`)
      const why = error instanceof Error ? ((error as { code?: string }).code ?? error.name) : String(error)
      throw unsent.test(why)
        ? new Fault('UNAVAILABLE', `WhatsApp cannot be reached for ${what} (${why})`)
        : new Fault('TIMEOUT', `the connection to WhatsApp broke during ${what} (${why})`)
    } finally {
      limit.done()
    }
  }

  return {
    async call(what, path, { method = 'POST', json, form, signal, ms = 30_000 }) {
      const body = form ?? (json === undefined ? undefined : JSON.stringify(json))
      const type = json === undefined ? {} : { 'content-type': 'application/json' }
      const response = await run(what, signal, ms, (s) =>
        o.fetch(`${root}/${path}`, {
          method,
          headers: { ...headers(), ...type },
          signal: s,
          ...(body ? { body } : {}),
        }),
      )
      const answer: unknown = await response.json().catch(() => undefined)
      return answer
    },
    async download(url, max, signal) {
      // The address is WhatsApp's own answer; our token goes with it, so it must at least be a web address.
      if (!/^https?:\/\//.test(url)) throw new Fault('INVALID_REQUEST', 'WhatsApp named no address for the file')
      return readBody(
        await run('the file', signal, 60_000, (s) => o.fetch(url, { headers: headers(), signal: s })),
        max,
      )
    },
  }
}
