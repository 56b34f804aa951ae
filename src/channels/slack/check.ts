// Whether Slack takes the tokens of the config, and whether the app may do what it has to.
import { z } from 'zod'
import type { Check, CheckContext } from '../../define/check.ts'
import { Secret } from '../../lib/secret.ts'
import { publicRoot } from './api.ts'
import { refusalFault, type TokenKind } from './faults.ts'

/** Scopes without which something basic does not work, and what that is. */
export const neededScopes: Readonly<Record<string, string>> = {
  'chat:write': 'answering',
  'im:history': 'hearing direct messages',
  'im:write': 'writing to people first',
  'channels:history': 'hearing channels',
  'groups:history': 'hearing private channels',
  'channels:read': 'knowing channels by name',
  'groups:read': 'knowing private channels by name',
  'im:read': 'reading what was missed in direct chats',
  'users:read': 'knowing people by name',
  'app_mentions:read': 'hearing mentions',
  'reactions:write': 'reacting',
  'files:read': 'receiving files',
  'files:write': 'sending files',
}

/** What the checks read of `facts.accounts`, the accounts of all channels, and `facts.fetch`. */
interface Fact {
  readonly channel: string
  readonly accountId: string
  readonly account: Readonly<Record<string, unknown>>
}

const answer = z.looseObject({ ok: z.boolean(), error: z.string().optional() })

/** A call with a token; the text says why Slack cannot be asked. */
async function ask(fact: Fact, token: Secret, method: string, c: CheckContext) {
  const fetch = (c.facts['fetch'] ?? globalThis.fetch) as typeof globalThis.fetch
  const { apiRoot } = fact.account
  const root = (typeof apiRoot === 'string' ? apiRoot : publicRoot).replace(/\/*$/, '/')
  const headers = { authorization: `Bearer ${token.reveal()}` }
  const response = await fetch(root + method, { method: 'POST', headers, signal: c.signal }).catch(() => undefined)
  if (!response) return `${root} cannot be reached for Slack account "${fact.accountId}"; check the network`
  const parsed = answer.safeParse(await response.json().catch(() => undefined))
  if (!parsed.success) return `Slack answered ${response.status} for account "${fact.accountId}"; try again later`
  return { data: parsed.data, scopes: response.headers.get('x-oauth-scopes')?.split(/\s*,\s*/) }
}

const accountsOf = (c: CheckContext) =>
  ((c.facts['accounts'] ?? []) as readonly Fact[]).filter((a) => a.channel === 'slack')

const tokenOf = (fact: Fact, key: string) => {
  const value = fact.account[key]
  return value instanceof Secret && value.resolved ? value : undefined
}

const methods = { bot: 'auth.test', app: 'apps.connections.open', user: 'auth.test' } as const
const forms: Readonly<Record<TokenKind, { readonly key: string; readonly form: RegExp; readonly says: string }>> = {
  bot: { key: 'botToken', form: /^xoxb-/, says: 'xoxb-…, from "OAuth & Permissions"' },
  app: { key: 'appToken', form: /^xapp-/, says: 'xapp-…, from "Basic Information", App-Level Tokens' },
  user: { key: 'userToken', form: /^xox[pe]/, says: 'xoxp-…, from "OAuth & Permissions"' },
}

/** What is wrong with one token; undefined when Slack takes it. */
async function tokenTrouble(fact: Fact, kind: TokenKind, c: CheckContext): Promise<string | undefined> {
  const { key, form, says } = forms[kind]
  const token = tokenOf(fact, key)
  if (!token) return undefined
  const about = `account "${fact.accountId}"`
  if (!form.test(token.reveal())) return `the ${key} of ${about} is no such token; it begins with ${says}`
  const said = await ask(fact, token, methods[kind], c)
  if (typeof said === 'string') return said
  return said.data.ok ? undefined : `${about}: ${refusalFault(methods[kind], said.data, kind).message}`
}

const lines = (all: readonly (string | undefined)[]) => all.filter((text) => text !== undefined)

/** Asks Slack about each token. Needs `facts.accounts` ({channel, accountId, account}[]) and `facts.fetch`. */
export const tokenCheck: Check = {
  id: 'slack.token',
  summary: 'Slack takes the tokens of every account.',
  severity: 'broken',
  async run(c) {
    const kinds = (fact: Fact): TokenKind[] =>
      fact.account['mode'] === 'http' ? ['bot', 'user'] : ['bot', 'app', 'user']
    const asked = accountsOf(c).flatMap((fact) => kinds(fact).map((kind) => tokenTrouble(fact, kind, c)))
    const wrong = lines(await Promise.all(asked))
    const fix = { command: 'oclaw config set channels.slack.botToken <xoxb-…>' }
    return wrong.length ? { ok: false, text: wrong.join('\n'), fix } : { ok: true }
  },
}

async function scopeTrouble(fact: Fact, c: CheckContext): Promise<string | undefined> {
  const token = tokenOf(fact, 'botToken')
  const said = token ? await ask(fact, token, 'auth.test', c) : undefined
  if (said === undefined || typeof said === 'string' || !said.data.ok || !said.scopes) return undefined
  const { scopes } = said
  const lacking = Object.entries(neededScopes).filter(([scope]) => !scopes.includes(scope))
  if (!lacking.length) return undefined
  const list = lacking.map(([scope, what]) => `${scope} (${what})`).join(', ')
  return (
    `the bot of account "${fact.accountId}" lacks scopes: ${list}; add them under "OAuth & Permissions" at ` +
    'api.slack.com/apps and install the app again'
  )
}

/** Compares the scopes of each bot token with those that are needed. */
export const scopeCheck: Check = {
  id: 'slack.scopes',
  summary: 'The Slack app of every account has the scopes it needs.',
  severity: 'warn',
  after: ['slack.token'],
  async run(c) {
    const wrong = lines(await Promise.all(accountsOf(c).map((fact) => scopeTrouble(fact, c))))
    const fix = { command: 'oclaw config set channels.slack.botToken <xoxb-…>' }
    return wrong.length ? { ok: false, text: wrong.join('\n'), fix } : { ok: true }
  },
}
