// The Web API behind Slack's SDK: one call at a time, with our deadline, no retries of its own, failures as Faults.
import type { WebClient } from '@slack/web-api'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Secret } from '../../lib/secret.ts'
import { brokenFault, limitFault, refusalFault, statusFault, type TokenKind } from './faults.ts'

/** The Web API everybody uses. */
export const publicRoot = 'https://slack.com/api/'

/** How a call is made: which token, when to give up (ms), what ends it. */
export interface CallOptions {
  readonly as?: TokenKind
  readonly signal?: AbortSignal
  readonly ms?: number
}

/** Calls of the Web API. */
export interface Web {
  /**
   * Runs one call. Throws a Fault: LIMITED and UNAVAILABLE when nothing was done, TIMEOUT when it may have been done,
   * UNAUTHORIZED for a wrong token, FORBIDDEN, NOT_FOUND, TOO_LARGE and INVALID_REQUEST for refusals.
   */
  call<T>(method: string, run: (web: WebClient) => Promise<T>, opts?: CallOptions): Promise<T>
  /** Fetches a file of Slack or uploads to it; with the bot token when `authorized`. */
  fetch(url: string, init: RequestInit & { readonly authorized?: boolean }): Promise<Response>
  /** Whether an address is Slack's own, so that a token may be shown to it. */
  isSlack(url: string): boolean
  /** Whether there is a user token. */
  readonly hasUser: boolean
}

/** The bot's token must never go to an address that only claims to be a file of Slack. */
function slackHost(root: string, url: string): boolean {
  const at = URL.parse(url)
  const own = URL.parse(root)
  if (!at || !own) return false
  if (at.host === own.host) return at.protocol === own.protocol
  return at.protocol === 'https:' && /(^|\.)slack(-files)?\.com$/.test(at.hostname)
}

/** Opens the Web API of one account; nothing is sent yet. */
export async function openWeb(opts: {
  readonly tokens: Readonly<Record<TokenKind, Secret | undefined>>
  readonly apiRoot: string
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
}): Promise<Web> {
  const sdk = await import('@slack/web-api')
  const { tokens, clock } = opts
  const quiet = () => undefined
  const logger = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: quiet,
    setLevel: quiet,
    setName: quiet,
    getLevel: () => sdk.LogLevel.ERROR,
  }

  /** A client for one call, since the SDK takes no signal. */
  const client = (token: string, signal: AbortSignal) =>
    new sdk.WebClient(token, {
      slackApiUrl: opts.apiRoot,
      logger,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: false,
      fetch: (url, init) => opts.fetch(url, { ...init, signal }),
    })

  function toCallFault(method: string, error: unknown, as: TokenKind): Fault {
    if (error instanceof Fault) return error
    if (error instanceof sdk.WebAPIRateLimitedError) return limitFault(method, error.retryAfter)
    if (error instanceof sdk.WebAPIPlatformError) return refusalFault(method, error.data, as)
    if (error instanceof sdk.WebAPIHTTPError) return statusFault(method, error.statusCode)
    return brokenFault(method, error instanceof sdk.WebAPIRequestError ? error.original : error)
  }

  return {
    async call(method, run, { as = 'bot', signal, ms = 30_000 } = {}) {
      if (signal?.aborted) throw new Fault('UNAVAILABLE', `${method} was not sent: the gateway is stopping`)
      const token = tokens[as]
      if (!token) throw new Fault('INVALID_REQUEST', `${method} needs channels.slack.${as}Token, which is not set`)
      const late = new Fault('TIMEOUT', `Slack did not answer ${method} within ${Math.round(ms / 1000)} s`)
      const limit = deadline(clock, ms, late, signal)
      try {
        return await run(client(token.reveal(), limit.signal))
      } catch (error) {
        if (limit.signal.aborted)
          throw limit.signal.reason === late
            ? late
            : new Fault('TIMEOUT', `${method} was broken off; it may have been done`)
        throw toCallFault(method, error, as)
      } finally {
        limit.done()
      }
    },
    fetch(url, { authorized, ...init }) {
      const headers = new Headers(init.headers)
      if (authorized && slackHost(opts.apiRoot, url) && tokens.bot)
        headers.set('authorization', `Bearer ${tokens.bot.reveal()}`)
      return opts.fetch(url, { ...init, headers })
    },
    isSlack: (url) => slackHost(opts.apiRoot, url),
    hasUser: tokens.user !== undefined,
  }
}
