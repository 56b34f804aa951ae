// What a Discord account may say in the config, and what follows from it for the engine.
import { z } from 'zod'
import {
  chatAccount,
  commonAccount,
  idList,
  nativeCommands,
  retryRule,
  toolPolicy,
  type AccountSource,
  type CommonAccount,
} from '../../define/account-fields.ts'
import { once } from '../../lib/once.ts'
import { secret } from '../../lib/secret.ts'

const flag = () => z.boolean().optional()
const names = () => z.array(z.string()).optional()
/** The schemas of an account, made when a config speaks of one. */
const schemas = once(() => {
  const dmPolicy = commonAccount.dmPolicy.unwrap()

  /** What a server and a channel may both say; what a channel leaves out is its server's. */
  const place = {
    requireMention: flag().describe('answer only when mentioned'),
    tools: toolPolicy().optional().describe('tools allowed and denied here'),
    toolsBySender: z.record(z.string(), toolPolicy()).optional().describe('tools by who asks'),
    users: idList().optional().describe('people who are heard here, by id or name'),
    roles: idList().optional().describe('roles whose members are heard here'),
  }

  const guildChannel = z.strictObject({
    ...place,
    allow: flag().describe('whether we listen here; the same as enabled'),
    enabled: flag().describe('whether we listen here'),
    skills: names().describe('skills offered here'),
    systemPrompt: z.string().optional().describe('added to the prompt here'),
    includeThreadStarter: flag().describe('show the message a thread began with; true when absent'),
    autoThread: flag().describe('answer mentions in a thread of their own'),
  })

  const guild = z.strictObject({
    ...place,
    slug: z.string().optional().describe('the name of the server in lower case with hyphens, for people'),
    reactionNotifications: z
      .enum(['off', 'own', 'all', 'allowlist'])
      .optional()
      .describe('which reactions the agent hears of: none, those on its messages, all, or those of listed people'),
    channels: z
      .record(z.string(), guildChannel)
      .optional()
      .describe('channels by id or name; when there are any, others are not heard; "*" is for all others'),
  })

  /** The gates of `account.actions`; all are open by default but roles, moderation and presence. */
  const actions = z.strictObject({
    reactions: flag(),
    stickers: flag(),
    emojiUploads: flag(),
    stickerUploads: flag(),
    polls: flag(),
    permissions: flag(),
    messages: flag(),
    threads: flag(),
    pins: flag(),
    search: flag(),
    memberInfo: flag(),
    roleInfo: flag(),
    roles: flag(),
    channelInfo: flag(),
    voiceStatus: flag(),
    events: flag(),
    moderation: flag(),
    channels: flag(),
    presence: flag(),
  })

  /** One Discord account: https://discord.com/developers/docs. */
  const account = z.strictObject({
    ...commonAccount,
    ...chatAccount,
    dmPolicy: dmPolicy.optional().describe(`${commonAccount.dmPolicy.description}; pairing when absent`),
    groupPolicy: commonAccount.groupPolicy
      .unwrap()
      .optional()
      .describe('in which servers we listen: all, none, or those listed; allowlist when absent'),
    token: secret().optional().describe('the bot token of the Developer Portal'),
    apiRoot: z.url().optional().describe('another API server than https://discord.com/api'),
    proxy: z.string().optional().describe('proxy for all connections'),
    capabilities: names().describe('what the bot may use of Discord'),
    commands: nativeCommands(),
    allowBots: flag().describe('whether other bots are heard'),
    maxLinesPerMessage: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('lines of one outgoing message; 17 when absent'),
    retry: retryRule(),
    actions: actions.optional().describe('what the agent may do by itself'),
    dm: z
      .strictObject({
        enabled: flag().describe('whether direct messages are heard; true when absent'),
        policy: dmPolicy.optional().describe('the same as dmPolicy'),
        allowFrom: idList().optional().describe('the same as allowFrom'),
        groupEnabled: flag().describe('whether group chats without a server are heard'),
        groupChannels: idList().optional().describe('those group chats, by id or name; all when absent'),
      })
      .optional()
      .describe('direct messages and group chats'),
    guilds: z.record(z.string(), guild).optional().describe('servers by id or name; "*" is for all others'),
    execApprovals: z
      .strictObject({
        enabled: flag(),
        approvers: idList().optional(),
        agentFilter: names(),
        sessionFilter: names(),
        cleanupAfterResolve: flag(),
        target: z.enum(['dm', 'channel', 'both']).optional(),
      })
      .optional()
      .describe('asking people on Discord whether a program may run'),
    ui: z
      .strictObject({
        components: z
          .strictObject({
            accentColor: z
              .string()
              .regex(/^#?[0-9a-fA-F]{6}$/)
              .optional(),
          })
          .optional(),
      })
      .optional()
      .describe('how our messages look'),
    intents: z
      .strictObject({ presence: flag(), guildMembers: flag() })
      .optional()
      .describe('privileged intents besides Message Content; each needs its switch in the Developer Portal'),
    pluralkit: z
      .strictObject({ enabled: flag(), token: secret().optional(), apiRoot: z.url().optional() })
      .optional()
      .describe(
        'whether messages proxied by PluralKit count as those of their authors, `pk:<member>` in lists of people',
      ),
    activity: z.string().optional().describe('what the bot is shown doing'),
    status: z.enum(['online', 'dnd', 'idle', 'invisible']).optional().describe('how the bot is shown'),
    activityType: z
      .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
      .optional()
      .describe('0 plays, 1 streams, 2 listens, 3 watches, 4 says (the default), 5 competes'),
    activityUrl: z.string().optional().describe('address of the stream, for activityType 1'),
  })

  return { account, guild, guildChannel, actions }
})

/** The schema of one account. */
export const account = () => schemas().account

export type DiscordAccount = z.output<ReturnType<typeof schemas>['account']>
export type GuildEntry = z.output<ReturnType<typeof schemas>['guild']>
export type ChannelEntry = z.output<ReturnType<typeof schemas>['guildChannel']>
export type ActionGate = keyof z.output<ReturnType<typeof schemas>['actions']>

/** What one piece holds: https://discord.com/developers/docs/resources/message#create-message. */
export const limits = { text: 2000, lines: 17, caption: 2000, media: 10_485_760 } as const

const closedGates: ReadonlySet<ActionGate> = new Set(['roles', 'moderation', 'presence'])

/** The color of containers as the account says it, as 0xRRGGBB. */
export function accentOf(a: DiscordAccount): number | undefined {
  const said = a.ui?.components?.accentColor
  return said === undefined ? undefined : Number.parseInt(said.replace('#', ''), 16)
}

/** Whether the account allows a kind of action. */
export const allows = (a: DiscordAccount, gate: ActionGate): boolean => a.actions?.[gate] ?? !closedGates.has(gate)

/** The largest file taken or sent, in bytes. */
export const maxFileBytes = (a: DiscordAccount): number => (a.mediaMaxMb ?? 8) * 1_000_000

/** What is missing for the account to run. */
export function missing(a: DiscordAccount): string | undefined {
  if (a.token) return undefined
  return 'not configured: no bot token; set one with `oclaw config set channels.discord.token <token>`'
}

/** A person as allowlists may name them (`user:1`, `<@1>`, `@name`), as the gate compares them. */
export const personEntry = (entry: string): string =>
  entry
    .trim()
    .replace(/^(?:discord:)?user:/i, '')
    .replace(/^<@!?(\d+)>$/, '$1')

/** Whether servers are open only because nothing but the environment says anything. */
export const openByEnv = (a: DiscordAccount, source: AccountSource): boolean =>
  source === 'env' && a.groupPolicy === undefined && a.guilds === undefined

/** The fields the engine reads. Servers that no entry speaks of are heard only when the policy is open. */
export function common(a: DiscordAccount, source: AccountSource): CommonAccount {
  const groupPolicy = a.groupPolicy ?? (openByEnv(a, source) ? 'open' : 'allowlist')
  const allowFrom = (a.allowFrom ?? a.dm?.allowFrom)?.map(personEntry)
  const groupAllowFrom = a.groupAllowFrom?.map(personEntry) ?? (groupPolicy === 'allowlist' ? [] : undefined)
  return {
    ...a,
    dmPolicy: a.dm?.enabled === false ? 'disabled' : (a.dmPolicy ?? a.dm?.policy ?? 'pairing'),
    groupPolicy,
    allowFrom,
    groupAllowFrom,
    historyLimit: a.historyLimit ?? 20,
    cleanupAfterResolve: a.execApprovals?.cleanupAfterResolve,
  }
}

/** The chat a text names: `user:<id>` or `channel:<id>`, also as Discord writes them; a bare id could be either. */
export function target(text: string): { chat: string } | undefined {
  const named = text.trim().replace(/^discord:/i, '')
  const user = /^(?:user:|<@!?)(\d{5,20})>?$/i.exec(named)?.[1]
  if (user) return { chat: `user:${user}` }
  const channel = /^(?:channel:|thread:|<#)(\d{5,20})>?$/i.exec(named)?.[1]
  if (channel) return { chat: channel }
  const direct = /^discord:(\d{5,20})$/i.exec(text.trim())?.[1]
  return direct ? { chat: `user:${direct}` } : undefined
}
