// Whether Telegram knows the bot tokens of the config.
import { z } from 'zod'
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

/** Warns of a bot that is to hear all that is said in groups and may not: Telegram's privacy mode hides it. */
export const privacyCheck: Check = {
  id: 'telegram.privacy',
  summary: 'Telegram shows the bot what its groups are set to need.',
  severity: 'warn',
  after: ['telegram.token'],
  async run({ facts, signal }) {
    const accounts = ((facts['accounts'] ?? []) as readonly Fact[]).filter((a) => a.channel === 'telegram')
    const fetch = (facts['fetch'] ?? globalThis.fetch) as typeof globalThis.fetch
    const wrong: string[] = []
    for (const { account, accountId } of accounts) {
      const { botToken, apiRoot, groups } = account
      const all = Object.entries((groups ?? {}) as Record<string, { readonly requireMention?: boolean }>)
      const open = all.filter(([, group]) => group.requireMention === false).map(([id]) => id)
      if (!open.length || !(botToken instanceof Secret) || !botToken.resolved) continue
      const root = typeof apiRoot === 'string' ? apiRoot.replace(/\/+$/, '') : publicRoot
      const answer = await fetch(`${root}/bot${botToken.reveal()}/getMe`, { signal }).catch(() => undefined)
      const me = z
        .object({ result: z.object({ can_read_all_group_messages: z.boolean() }) })
        .safeParse(await answer?.json().catch(() => undefined))
      if (me.success && !me.data.result.can_read_all_group_messages)
        wrong.push(
          `Telegram account "${accountId}" is to hear everything in ${open.join(', ')}, but the bot's privacy mode hides ` +
            'what is not said to it; write /setprivacy to @BotFather, choose Disable, then add the bot to the group anew',
        )
    }
    return wrong.length ? { ok: false, text: wrong.join('\n') } : { ok: true }
  },
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
