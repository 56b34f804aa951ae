// What Slack answers when it does not do what was asked, as Faults that say what mends it.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'

/** Which of the account's tokens a call is made with. */
export type TokenKind = 'bot' | 'app' | 'user'

const tokens = {
  bot: { key: 'botToken', form: 'xoxb-…', where: '"OAuth & Permissions"' },
  app: { key: 'appToken', form: 'xapp-…', where: '"Basic Information", App-Level Tokens, scope connections:write' },
  user: { key: 'userToken', form: 'xoxp-…', where: '"OAuth & Permissions"' },
} as const

const badToken = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'not_allowed_token_type',
  'org_login_required',
])

/** Errors after which nothing was done, and those after which it may have been. */
const busy = new Set(['service_unavailable', 'request_timeout', 'team_added_to_org'])
const unsure = new Set(['internal_error', 'fatal_error'])

const forbidden = new Set(['restricted_action', 'cannot_dm_bot', 'is_archived', 'access_denied', 'no_permission'])
const absent = new Set(['user_not_found', 'message_not_found', 'thread_not_found', 'file_not_found', 'not_found'])
const large = new Set(['msg_too_long', 'msg_blocks_too_long', 'file_upload_size_restricted', 'post_too_large'])

const refusal = z.looseObject({
  error: z.string().catch('unknown_error'),
  needed: z.string().optional().catch(undefined),
  response_metadata: z
    .looseObject({ retryAfter: z.number().optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

const wait = (seconds: number | undefined) => ({ retryAfterMs: Math.max(1, seconds ?? 30) * 1000 })

/** The fault for what Slack refused: `data` is its answer. */
export function refusalFault(method: string, data: unknown, kind: TokenKind): Fault {
  const { error, needed, response_metadata: more } = refusal.catch({ error: 'unknown_error' }).parse(data)
  const said = `Slack refused ${method}: ${/^\w{1,60}$/.test(error) ? error : 'an answer that is not its own'}`
  const details = { details: { error: error.slice(0, 60) } }
  const { key, form, where } = tokens[kind]
  if (error === 'ratelimited' || error === 'rate_limited') return new Fault('LIMITED', said, wait(more?.retryAfter))
  if (badToken.has(error))
    return new Fault(
      'UNAUTHORIZED',
      `Slack does not take the ${kind} token (${error}); copy it from ${where} of the app at api.slack.com/apps and ` +
        `run \`oclaw config set channels.slack.${key} <${form}>\``,
      details,
    )
  if (error === 'missing_scope')
    return new Fault(
      'FORBIDDEN',
      `${said}; the ${kind} token lacks the scope ${needed ?? 'it needs'}: add it under "OAuth & Permissions" of the ` +
        `app at api.slack.com/apps, install the app again and run \`oclaw config set channels.slack.${key} <${form}>\``,
      details,
    )
  if (error === 'channel_not_found')
    return new Fault('NOT_FOUND', `${said}; check the id, and write \`/invite @<bot>\` in a private channel`, details)
  if (error === 'not_in_channel')
    return new Fault('FORBIDDEN', `${said}; the bot is not in that channel: write \`/invite @<bot>\` there`, details)
  if (busy.has(error)) return new Fault('UNAVAILABLE', said, details)
  if (unsure.has(error)) return new Fault('TIMEOUT', `${said}; it may have been done all the same`, details)
  if (forbidden.has(error)) return new Fault('FORBIDDEN', said, details)
  if (absent.has(error)) return new Fault('NOT_FOUND', said, details)
  return new Fault(large.has(error) ? 'TOO_LARGE' : 'INVALID_REQUEST', said, details)
}

/** The word Slack gave for a fault, such as `already_reacted`; undefined when it is none of Slack's. */
export function slackError(error: unknown): string | undefined {
  if (!(error instanceof Fault)) return undefined
  return z.object({ error: z.string() }).safeParse(error.more.details).data?.error
}

/** Failures to connect: the request never left. */
const unsent =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|.*CERT.*|FailedToOpenSocket)$/

/** The fault for a call that ended without an answer of Slack's. Errors stay out of it: they may hold addresses. */
export function brokenFault(method: string, error: unknown): Fault {
  const code = z.looseObject({ code: z.string() }).safeParse(error).data?.code
  const why = code ?? (error instanceof Error ? error.name : 'no answer')
  return unsent.test(why)
    ? new Fault('UNAVAILABLE', `Slack cannot be reached for ${method} (${why})`)
    : new Fault('TIMEOUT', `the connection to Slack broke during ${method} (${why})`)
}

/** The fault for an answer with an HTTP status that is not 200. */
export function statusFault(method: string, status: number): Fault {
  const text = `Slack answered ${status} to ${method}`
  if (status === 429) return new Fault('LIMITED', text, wait(undefined))
  if (status === 503) return new Fault('UNAVAILABLE', text)
  return new Fault(status >= 500 ? 'TIMEOUT' : 'INVALID_REQUEST', text)
}

/** The fault for a call that came too early; `seconds` as Slack says. */
export const limitFault = (method: string, seconds: number): Fault =>
  new Fault('LIMITED', `Slack limits ${method}; it takes the next call in ${seconds} s`, wait(seconds))
