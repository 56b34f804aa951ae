// Whether Discord knows the bots of the config and lets them have what they need.
import { z } from 'zod'
import type { Check, Fix } from '../../define/check.ts'
import { Secret } from '../../lib/secret.ts'
import { publicRoot, userAgent } from './api.ts'

/** What the checks read of `facts.accounts`, the accounts of all channels, and `facts.fetch`. */
interface Fact {
  readonly channel: string
  readonly accountId: string
  readonly source?: string
  readonly account: Readonly<Record<string, unknown>>
}

const mend = { command: 'oclaw config set channels.discord.token <token>' }

/** Switches as the flags of an application: https://discord.com/developers/docs/resources/application */
const switches = {
  content: { name: 'Message Content Intent', bits: (1 << 18) | (1 << 19) },
  guildMembers: { name: 'Server Members Intent', bits: (1 << 14) | (1 << 15) },
  presence: { name: 'Presence Intent', bits: (1 << 12) | (1 << 13) },
} as const

/** See and write, in threads too; make threads, add files, links, reactions and emoji of others; read what was said. */
const permissions = '309238025280'

const application = z.looseObject({
  id: z.string(),
  flags: z.number().default(0),
  approximate_guild_count: z.number().optional(),
})
const wanted = z.looseObject({ presence: z.boolean().optional(), guildMembers: z.boolean().optional() }).catch({})

interface Wrong {
  readonly text: string
  readonly fix?: Fix
}

/** What is wrong with one account; undefined when nothing is. */
async function ask(fact: Fact, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<Wrong | undefined> {
  const { token, apiRoot, intents } = fact.account
  if (!(token instanceof Secret) || !token.resolved) return undefined
  const root = typeof apiRoot === 'string' ? apiRoot.replace(/\/+$/, '') : publicRoot
  const headers = { 'user-agent': userAgent, authorization: `Bot ${token.reveal().replace(/^Bot\s+/i, '')}` }
  const answer = await fetch(`${root}/v10/applications/@me`, { headers, signal }).catch(() => undefined)
  const who = `Discord account "${fact.accountId}"`
  if (!answer) return { text: `${root} cannot be reached for ${who}; check the network` }
  if (answer.status === 401)
    return {
      text: `Discord does not know the bot token of ${who}; reset it under Bot in the Developer Portal`,
      fix: mend,
    }
  if (!answer.ok) return { text: `Discord answered ${answer.status} for ${who}; try again later` }
  const read = application.safeParse(await answer.json().catch(() => undefined))
  if (!read.success) return { text: `Discord answered in a form we do not know for ${who}; try again later` }
  const more = wanted.parse(intents)
  const needed = [
    switches.content,
    ...(more.guildMembers ? [switches.guildMembers] : []),
    ...(more.presence ? [switches.presence] : []),
  ]
  const off = needed.filter((s) => !(read.data.flags & s.bits)).map((s) => s.name)
  if (off.length)
    return {
      text:
        `${who} is not allowed ${off.join(' and ')}: switch it on under Bot › Privileged Gateway Intents at ` +
        `https://discord.com/developers/applications/${read.data.id}/bot`,
      fix: { command: 'oclaw channels start discord' },
    }
  if (read.data.approximate_guild_count !== 0) return undefined
  const invite = new URLSearchParams({ client_id: read.data.id, scope: 'bot applications.commands', permissions })
  return {
    text:
      `${who} is in no server, and Discord lets it write only to people it shares one with: invite it with ` +
      `https://discord.com/oauth2/authorize?${invite}`,
  }
}

const accountsOf = (facts: Readonly<Record<string, unknown>>) =>
  ((facts['accounts'] ?? []) as readonly Fact[]).filter((a) => a.channel === 'discord')

/** Asks Discord about each bot. Needs `facts.accounts` ({channel, accountId, account}[]) and `facts.fetch`. */
export const accessCheck: Check = {
  id: 'discord.access',
  summary: 'Discord knows the bot of every account and lets it have its intents.',
  severity: 'broken',
  async run({ facts, signal }) {
    const fetch = (facts['fetch'] ?? globalThis.fetch) as typeof globalThis.fetch
    const asked = await Promise.all(accountsOf(facts).map((a) => ask(a, fetch, signal)))
    const wrong = asked.filter((w) => w !== undefined)
    const fix = wrong.find((w) => w.fix)?.fix
    if (!wrong.length) return { ok: true }
    return { ok: false, text: wrong.map((w) => w.text).join('\n'), ...(fix ? { fix } : {}) }
  },
}

/** Whether a bot answers anybody in any server without the config saying so. */
export const openCheck: Check = {
  id: 'discord.open',
  summary: 'Who is heard in servers is said in the config.',
  severity: 'warn',
  run({ facts }) {
    const open = accountsOf(facts).filter(
      (a) => a.source === 'env' && a.account['groupPolicy'] === undefined && a.account['guilds'] === undefined,
    )
    if (!open.length) return Promise.resolve({ ok: true })
    return Promise.resolve({
      ok: false,
      text: 'only DISCORD_BOT_TOKEN configures Discord, so that anybody may mention the bot in any server it is in',
      fix: { command: 'oclaw config set channels.discord.groupPolicy allowlist' },
    })
  },
}
