// What a Telegram account may say in the config, and the rules that follow from it.
import { z } from 'zod'
import {
  chatAccount,
  commonAccount,
  idList,
  nativeCommands,
  retryRule,
  toolPolicy,
  type GroupRule,
} from '../../define/account-fields.ts'
import type { Place } from '../../define/channel.ts'
import { once } from '../../lib/once.ts'
import { secret } from '../../lib/secret.ts'

const names = () => z.array(z.string()).optional()
const groupPolicy = () => z.enum(['open', 'disabled', 'allowlist']).optional()
const flag = () => z.boolean().optional()

/** The schemas of an account, made when a config speaks of one. */
const schemas = once(() => {
  /** What a forum topic may say; what it leaves out is its group's. */
  const topic = {
    requireMention: flag().describe('answer only when mentioned'),
    groupPolicy: groupPolicy().describe('who is heard here: all, nobody, or those listed'),
    skills: names().describe('skills offered here'),
    enabled: flag().describe('whether we listen here at all'),
    allowFrom: idList().optional().describe('people who are heard here'),
    systemPrompt: z.string().optional().describe('added to the prompt here'),
  }

  const group = z.strictObject({
    ...topic,
    tools: toolPolicy().optional().describe('tools allowed and denied here'),
    toolsBySender: z.record(z.string(), toolPolicy()).optional().describe('tools by who asks'),
    topics: z.record(z.string(), z.strictObject(topic)).optional().describe('forum topics by their number'),
  })

  const draftSizes = {
    minChars: z.number().int().positive().optional(),
    maxChars: z.number().int().positive().optional(),
  }

  /** One Telegram account: https://core.telegram.org/bots. */
  const account = z.strictObject({
    ...commonAccount,
    ...chatAccount,
    botToken: secret().optional().describe('the token @BotFather gave'),
    tokenFile: z.string().optional().describe('a file that holds the token'),
    apiRoot: z.url().optional().describe('another Bot API server than https://api.telegram.org'),
    capabilities: z
      .union([
        names().unwrap(),
        z.strictObject({ inlineButtons: z.enum(['off', 'dm', 'group', 'all', 'allowlist']).optional() }),
      ])
      .optional()
      .describe('what the bot may use of Telegram'),
    commands: nativeCommands(),
    customCommands: z
      .array(z.strictObject({ command: z.string(), description: z.string() }))
      .optional()
      .describe('more entries of the menu'),
    groups: z.record(z.string(), group).optional().describe('groups by chat id; "*" is for all others'),
    draftChunk: z
      .strictObject({ ...draftSizes, breakPreference: z.enum(['paragraph', 'newline', 'sentence']).optional() })
      .optional()
      .describe('how a growing draft is cut'),
    streamMode: z
      .enum(['off', 'partial', 'block'])
      .default('partial')
      .describe('show the answer while it is written: not at all, as it grows, or in blocks'),
    timeoutSeconds: z.number().int().positive().optional().describe('longest time of one request'),
    retry: retryRule(),
    network: z.strictObject({ autoSelectFamily: flag() }).optional().describe('how connections are made'),
    proxy: z.string().optional().describe('proxy for all requests'),
    webhookUrl: z.string().optional().describe('public address Telegram sends updates to, instead of polling'),
    webhookSecret: secret().optional().describe('what Telegram proves itself with; needed with webhookUrl'),
    webhookPath: z.string().optional().describe('path of the webhook; /telegram-webhook when absent'),
    webhookHost: z
      .string()
      .optional()
      .describe('address the webhook listens on, besides the gateway’s; 127.0.0.1 when absent'),
    webhookPort: z.number().int().min(1).max(65_535).optional().describe('port of the webhook there; 8787 when absent'),
    actions: z
      .strictObject({ reactions: flag(), sendMessage: flag(), deleteMessage: flag(), sticker: flag() })
      .optional()
      .describe('what the agent may do by itself'),
    reactionNotifications: z.enum(['off', 'own', 'all']).optional().describe('which reactions the agent hears of'),
    reactionLevel: z
      .enum(['off', 'ack', 'minimal', 'extensive'])
      .default('minimal')
      .describe('how freely the agent reacts to messages; off and ack: not at all'),
    linkPreview: flag().describe('whether links show a preview'),
  })

  return { group, account }
})

/** The schema of one account. */
export const account = () => schemas().account

export type TelegramAccount = z.output<ReturnType<typeof schemas>['account']>

/** What is missing for the account to run. */
export function missing(a: TelegramAccount): string | undefined {
  if (!a.botToken && !a.tokenFile)
    return 'not configured: no bot token; set one with `oclaw config set channels.telegram.botToken <token>`'
  if (a.webhookUrl && !a.webhookSecret)
    return 'not configured: webhookUrl needs webhookSecret; `oclaw config set channels.telegram.webhookSecret <text>`'
  return undefined
}

/** One account or topic rule as the engine knows it: its policy becomes who is allowed. */
function toRule(rule: z.output<ReturnType<typeof schemas>['group']>): GroupRule {
  const off = rule.enabled === false || rule.groupPolicy === 'disabled'
  return {
    ...(off ? { enabled: false } : rule.enabled === undefined ? {} : { enabled: rule.enabled }),
    ...(rule.requireMention === undefined ? {} : { requireMention: rule.requireMention }),
    ...(rule.groupPolicy === 'open'
      ? { allowFrom: ['*'] }
      : rule.allowFrom === undefined
        ? {}
        : { allowFrom: rule.allowFrom }),
    systemPrompt: rule.systemPrompt,
    skills: rule.skills,
    tools: rule.tools,
    toolsBySender: rule.toolsBySender,
  }
}

/** The account's rule for a group, its topic's own words first; `*` stands for groups and topics not listed. */
export function groupRule(a: TelegramAccount, { to: { chat, thread } }: Place): GroupRule | undefined {
  const own = a.groups?.[chat] ?? a.groups?.['*']
  if (!own) return Object.keys(a.groups ?? {}).length ? { enabled: false } : undefined
  const topics = own.topics ?? {}
  const inner = thread === undefined ? undefined : (topics[thread] ?? topics['*'])
  const here = Object.fromEntries(Object.entries(inner ?? {}).filter(([, value]) => value !== undefined))
  return toRule({ ...own, ...here })
}

/** The chat a text names: a numeric id or `@name`, with `:topic:<n>` for a topic. */
export function target(text: string): { chat: string; thread?: string } | undefined {
  const m = /^(?:(?:telegram|tg|group|user|chat):)?(-?\d+|@[A-Za-z]\w{3,31})(?::topic:(\d+))?$/.exec(text.trim())
  if (!m?.[1]) return undefined
  return { chat: m[1], ...(m[2] === undefined ? {} : { thread: m[2] }) }
}

/** Where buttons may be shown: in direct chats, in groups. */
export function buttonsOf(a: TelegramAccount): { readonly direct: boolean; readonly group: boolean } {
  const said = Array.isArray(a.capabilities) ? undefined : a.capabilities?.inlineButtons
  if (said === 'off') return { direct: false, group: false }
  return { direct: said !== 'group', group: said !== 'dm' }
}
