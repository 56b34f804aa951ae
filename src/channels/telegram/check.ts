// Whether Telegram knows the bot tokens of the config.
import type { Check } from '../../define/check.ts'
import { Secret } from '../../lib/secret.ts'
import { publicRoot } from './api.ts'

/** What the check reads of `facts.accounts`, the accounts of all channels, and `facts.fetch`. */
interface Fact {
  readonly channel: string
  readonly accountId: string
  readonly account: Readonly<Record<string, unknown>>
}

const mend = { command: 'oclaw config set channels.telegram.botToken <token>' }

/** What is wrong with one account's token; undefined when Telegram takes it. */
async function ask(fact: Fact, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<string | undefined> {
  const { botToken, apiRoot } = fact.account
  if (!(botToken instanceof Secret) || !botToken.resolved) return undefined
  const root = typeof apiRoot === 'string' ? apiRoot.replace(/\/+$/, '') : publicRoot
  const answer = await fetch(`${root}/bot${botToken.reveal()}/getMe`, { signal }).catch(() => undefined)
  if (!answer) return `${root} cannot be reached for Telegram account "${fact.accountId}"; check the network`
  if (answer.status === 401 || answer.status === 404)
    return `Telegram does not know the bot token of account "${fact.accountId}"; get the current one from @BotFather`
  return answer.ok ? undefined : `Telegram answered ${answer.status} for account "${fact.accountId}"; try again later`
}

/** Asks Telegram who each bot is. Needs `facts.accounts` ({channel, accountId, account}[]) and `facts.fetch`. */
export const tokenCheck: Check = {
  id: 'telegram.token',
  summary: 'Telegram knows the bot token of every account.',
  severity: 'broken',
  async run({ facts, signal }) {
    const accounts = ((facts['accounts'] ?? []) as readonly Fact[]).filter((a) => a.channel === 'telegram')
    const fetch = (facts['fetch'] ?? globalThis.fetch) as typeof globalThis.fetch
    const wrong = (await Promise.all(accounts.map((a) => ask(a, fetch, signal)))).filter((text) => text !== undefined)
    return wrong.length ? { ok: false, text: wrong.join('\n'), fix: mend } : { ok: true }
  },
}
