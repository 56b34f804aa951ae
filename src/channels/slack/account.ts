// What a Slack account may say in the config, and the rules that follow from it.
import { z } from 'zod'
import {
  chatAccount,
  commonAccount,
  idList,
  nativeCommands,
  toolPolicy,
  type AccountSource,
  type CommonAccount,
  type GroupRule,
} from '../../define/account-fields.ts'
import type { Place } from '../../define/channel.ts'
import { once } from '../../lib/once.ts'
import { secret } from '../../lib/secret.ts'

const flag = () => z.boolean().optional()
const replyMode = () => z.enum(['off', 'first', 'all']).optional()

/** The schemas of an account, made when a config speaks of one. */
const schemas = once(() => {
  const channel = z.strictObject({
    enabled: flag().describe('whether we listen here at all'),
    allow: flag().describe('the same in older words'),
    requireMention: flag().describe('answer only when mentioned'),
    allowBots: flag().describe('whether other bots are heard here'),
    users: idList().optional().describe('people who are heard here; all of the channel when absent'),
    skills: z.array(z.string()).optional().describe('skills offered here'),
    systemPrompt: z.string().optional().describe('added to the prompt here'),
    tools: toolPolicy().optional().describe('tools allowed and denied here'),
    toolsBySender: z.record(z.string(), toolPolicy()).optional().describe('tools by who asks'),
  })

  const directs = z.strictObject({
    enabled: flag().describe('whether direct messages are heard'),
    policy: commonAccount.dmPolicy.unwrap().optional().describe('dmPolicy in older words'),
    allowFrom: idList().optional().describe('allowFrom in older words'),
    groupEnabled: flag().describe('whether group direct messages are heard'),
    groupChannels: idList().optional().describe('which group direct messages are heard; all when absent'),
    replyToMode: replyMode().describe('replyToModeByChatType.direct in older words'),
  })

  /** One Slack account: https://docs.slack.dev/apis/events-api/using-socket-mode. */
  const account = z.strictObject({
    ...commonAccount,
    ...chatAccount,
    // No defaults here: what nobody wrote must be told from what somebody did, see `common`.
    groupPolicy: commonAccount.groupPolicy
      .unwrap()
      .optional()
      .describe('in which channels we listen: all, none, or those listed, which is the usual'),
    mode: z.enum(['socket', 'http']).optional().describe('hear over a socket we open (usual), or by calls to our port'),
    botToken: secret().optional().describe('the bot token, xoxb-…'),
    appToken: secret().optional().describe('the app-level token for the socket, xapp-…'),
    userToken: secret().optional().describe('a user token, xoxp-…, for reading and searching'),
    userTokenReadOnly: flag().describe('whether the user token is for reading only; it always is'),
    signingSecret: secret().optional().describe('what Slack signs its calls with; needed in http mode'),
    webhookPath: z.string().optional().describe('the path Slack calls in http mode; /slack/events when absent'),
    apiRoot: z.url().optional().describe('another Web API server than https://slack.com/api/'),
    capabilities: z.array(z.string()).optional().describe('what the bot may use of Slack'),
    commands: nativeCommands(),
    allowBots: flag().describe('whether messages of other bots are heard'),
    requireMention: flag().describe('answer in channels only when mentioned'),
    streaming: flag().describe('show the answer while it is written'),
    reactionNotifications: z
      .enum(['off', 'own', 'all', 'allowlist'])
      .optional()
      .describe('which reactions the agent hears of: none, those to its messages, all, those of reactionAllowlist'),
    reactionAllowlist: idList().optional().describe('people whose reactions the agent hears of'),
    replyToModeByChatType: z
      .strictObject({ direct: replyMode(), group: replyMode(), channel: replyMode() })
      .optional()
      .describe('replyToMode by kind of chat'),
    thread: z
      .strictObject({
        historyScope: z.enum(['thread', 'channel']).optional(),
        inheritParent: flag(),
        initialHistoryLimit: z.number().int().min(0).optional(),
      })
      .optional()
      .describe(
        'what is known of a thread; historyScope: whether talk of the whole channel is told there; inheritParent: whether ' +
          'its session begins with what was said in the channel; initialHistoryLimit: messages read when we come into one',
      ),
    actions: z
      .strictObject({
        reactions: flag(),
        messages: flag(),
        pins: flag(),
        search: flag(),
        permissions: flag(),
        memberInfo: flag(),
        channelInfo: flag(),
        emojiList: flag(),
      })
      .optional()
      .describe('what the agent may do by itself'),
    slashCommand: z
      .strictObject({
        enabled: flag(),
        name: z.string().optional(),
        sessionPrefix: z.string().min(1).optional(),
        ephemeral: flag(),
      })
      .optional()
      .describe(
        'the slash command of the app: its name without "/", the beginning of the session each caller has there, and ' +
          'whether only they see the answer',
      ),
    dm: directs.optional().describe('direct messages'),
    channels: z.record(z.string(), channel).optional().describe('channels by id or #name; "*" is for all others'),
  })

  return { account }
})

/** The schema of one account. */
export const account = () => schemas().account

export type SlackAccount = z.output<ReturnType<typeof schemas>['account']>

/** Slack's limits: https://docs.slack.dev/changelog/2018-truncating-really-long-messages, files up to 1 GB. */
export const limits = { text: 4000, caption: 4000, media: 1_000_000_000 } as const

const setKey = (key: string, what: string) => `\`oclaw config set channels.slack.${key} <${what}>\``

/** What is missing for the account to run. */
export function missing(a: SlackAccount): string | undefined {
  if (!a.botToken) return `not configured: no bot token; set one with ${setKey('botToken', 'xoxb-…')}`
  if (a.mode === 'http' && !a.signingSecret)
    return `not configured: http mode needs the signing secret of the app; ${setKey('signingSecret', 'secret')}`
  if (a.mode !== 'http' && !a.appToken)
    return `not configured: socket mode needs an app-level token; ${setKey('appToken', 'xapp-…')}`
  return undefined
}

/** What the environment can give; it says nothing of channels. */
const credentials = new Set(['botToken', 'appToken', 'userToken', 'signingSecret'])

/** Whether nothing but credentials was said of an account. */
const unsaid = (a: SlackAccount) =>
  Object.entries(a).every(
    ([key, value]) => value === undefined || credentials.has(key) || (key === 'dmPolicy' && value === 'pairing'),
  )

/** The people of `allowFrom`, ids without what may stand before them. */
const listOf = (a: SlackAccount) => (a.allowFrom ?? a.dm?.allowFrom)?.map((id) => id.replace(/^(slack:|user:)+/i, ''))

/** The fields the engine reads. Without any section in the config, all channels the bot was invited to are heard. */
export function common(a: SlackAccount, source: AccountSource): CommonAccount {
  const allowFrom = listOf(a)
  return {
    ...a,
    dmPolicy: a.dm?.enabled === false ? 'disabled' : (a.dm?.policy ?? a.dmPolicy),
    groupPolicy: a.groupPolicy ?? (source === 'env' && unsaid(a) ? 'open' : 'allowlist'),
    ...(allowFrom ? { allowFrom } : {}),
    overhears: a.thread?.historyScope ?? 'thread',
    threadsInherit: a.thread?.inheritParent ?? false,
    replyToModeByChatType: {
      direct: a.replyToModeByChatType?.direct ?? a.dm?.replyToMode,
      group: a.replyToModeByChatType?.group,
      channel: a.replyToModeByChatType?.channel,
    },
  }
}

const sameName = (key: string, title: string) => key.replace(/^#/, '').toLowerCase() === title.toLowerCase()

/** What the config says of a channel, by its id or name; undefined when it says nothing. */
export function channelEntry(a: SlackAccount, chat: string, title: string | undefined) {
  const all = a.channels ?? {}
  const byId = all[chat] ?? all[chat.toLowerCase()]
  if (byId) return byId
  const named = title ? Object.entries(all).find(([key]) => sameName(key, title)) : undefined
  return named?.[1] ?? all['*']
}

function directGroupRule(a: SlackAccount, chat: string): GroupRule {
  const { enabled, groupEnabled, groupChannels } = a.dm ?? {}
  const listed = !groupChannels?.length || groupChannels.some((id) => id === chat || id === '*')
  const heard = enabled !== false && groupEnabled === true && listed
  return { ...(heard ? {} : { enabled: false }), requireMention: a.requireMention }
}

/** The account's rule for a channel, or for a group of direct messages. */
export function groupRule(a: SlackAccount, place: Place): GroupRule | undefined {
  const { chat } = place.to
  if (place.kind === 'group') return directGroupRule(a, chat)
  const entry = channelEntry(a, chat, place.title)
  if (!entry) {
    const { requireMention } = a
    if (a.groupPolicy !== 'open' && Object.keys(a.channels ?? {}).length) return { enabled: false }
    return a.groupPolicy === 'open' && requireMention !== undefined ? { requireMention } : undefined
  }
  const off = entry.enabled === false || entry.allow === false
  return {
    ...(off ? { enabled: false } : {}),
    requireMention: entry.requireMention ?? a.requireMention,
    // A channel that names nobody is open to its members; commands still count for those of allowFrom only.
    ...(entry.users ? { allowFrom: entry.users } : { allowFrom: ['*'], trusted: a.groupAllowFrom ?? listOf(a) ?? [] }),
    systemPrompt: entry.systemPrompt,
    skills: entry.skills,
    tools: entry.tools,
    toolsBySender: entry.toolsBySender,
  }
}

/** Whether what a person said in a place may be shown with what others say there: not where they are not heard. */
export function citable(a: SlackAccount, place: Omit<Place, 'from'>, user: string | undefined): boolean {
  if (place.kind === 'direct') return true
  const rule = groupRule(a, { ...place, from: { id: user ?? '' } })
  const open = a.groupPolicy === 'open' && !rule?.allowFrom
  const heard = rule?.allowFrom ?? a.groupAllowFrom ?? listOf(a)
  return open || heard === undefined || heard.some((id) => id === '*' || id === user)
}

/** An id of Slack as it is written in lower case too; a word is none. */
const id = /^(?:[CDGUW][A-Z0-9]{7,}|(?=[a-z]+\d)[cdguw][a-z0-9]{7,})$/

/**
 * The chat a text names: `channel:<id>`, `user:<id>`, `#name`, `@name` or a bare id, with `:thread:<ts>` for a thread.
 * A person or name is looked up when something is sent there.
 */
export function target(text: string): { chat: string; thread?: string } | undefined {
  const said = text.trim().replace(/^slack:/i, '')
  const [, name = '', thread] = /^(.*?)(?::thread:(\d+\.\d+))?$/.exec(said) ?? []
  const place = thread === undefined ? {} : { thread }
  const mention = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(name)?.[1]
  if (mention) return { chat: mention, ...place }
  const [, prefix, rest = ''] = /^(?:(channel|group|user|chat):)?(.+)$/i.exec(name) ?? []
  if (id.test(rest)) return { chat: rest.toUpperCase(), ...place }
  if (/^[#@][^\s#@:]+$/.test(rest)) return { chat: rest, ...place }
  return prefix?.toLowerCase() === 'channel' && /^[^\s#@:]+$/.test(rest) ? { chat: `#${rest}`, ...place } : undefined
}
