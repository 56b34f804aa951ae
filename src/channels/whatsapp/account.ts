// What a WhatsApp account may say in the config, and the rules that follow from it.
import { z } from 'zod'
import {
  chatAccount,
  commonAccount,
  toolPolicy,
  type CommonAccount,
  type GroupRule,
} from '../../define/account-fields.ts'
import type { Place } from '../../define/channel.ts'
import { once } from '../../lib/once.ts'
import { secret } from '../../lib/secret.ts'
import { target } from './jid.ts'

const flag = () => z.boolean().optional()

/** An account of WhatsApp's Cloud API: https://developers.facebook.com/docs/whatsapp/cloud-api. */
/** The schemas of an account, made when a config speaks of one. */
const schemas = once(() => {
  const cloud = z.strictObject({
    phoneNumberId: z.string().min(1).optional().describe('id of the phone number, as in the app dashboard'),
    accessToken: secret().optional().describe('access token of a system user'),
    appSecret: secret().optional().describe('app secret, with which WhatsApp signs what it sends us'),
    verifyToken: secret().optional().describe('any text; given in the app dashboard beside the webhook address'),
    apiRoot: z.url().optional().describe('another Graph API server than https://graph.facebook.com/v23.0'),
    webhookPath: z.string().startsWith('/').optional().describe('path of the webhook; /whatsapp/webhook when absent'),
  })

  const group = z.strictObject({
    requireMention: flag().describe('answer only when mentioned'),
    tools: toolPolicy().optional().describe('tools allowed and denied here'),
    toolsBySender: z.record(z.string(), toolPolicy()).optional().describe('tools by who asks'),
  })

  /** How the link of a device is kept up: `web` of the config. */
  const web = z.strictObject({
    enabled: flag().describe('whether devices are linked at all'),
    heartbeatSeconds: z.number().optional().describe('a link this old was a good one, in seconds'),
    reconnect: z
      .strictObject({
        initialMs: z.number().default(2000),
        maxMs: z.number().default(30_000),
        factor: z.number().default(1.8),
        jitter: z.number().default(0.25),
        maxAttempts: z.number().default(12),
      })
      .optional()
      .describe('waits while WhatsApp turns us away, and how often in a row it may; 0 for no end'),
  })

  /** One WhatsApp account: a device linked to a phone, or a number of the Cloud API. */
  const account = z.strictObject({
    ...commonAccount,
    ...chatAccount,
    capabilities: z.array(z.string()).optional().describe('what the account may use of WhatsApp'),
    sendReadReceipts: flag().describe('whether people see that their messages were read; true when absent'),
    messagePrefix: z.string().optional().describe('text put before every message we hear, commands excepted'),
    selfChatMode: flag().describe('hear what the owner writes in the chat with themselves'),
    groups: z.record(z.string(), group).optional().describe('groups by their id (…@g.us); "*" is for all others'),
    ackReaction: z
      .strictObject({
        emoji: z.string().optional().describe('the emoji; empty for none'),
        direct: z.boolean().default(true).describe('whether in direct chats'),
        group: z.enum(['always', 'mentions', 'never']).default('mentions').describe('on which messages in groups'),
      })
      .optional()
      .describe('emoji put on a message when work on it starts'),
    debounceMs: z.number().int().min(0).default(0).describe('time to wait for more messages before answering, in ms'),
    mediaMaxMb: z.number().int().positive().default(50).describe('largest file taken or sent, in MB'),
    actions: z
      .strictObject({ reactions: flag(), sendMessage: flag(), polls: flag() })
      .optional()
      .describe('what the agent may do by itself'),
    streaming: z
      .boolean()
      .default(false)
      .describe('show the answer while it is written, by editing one message; people see that it was edited'),
    web: web.optional().describe('how the link is kept up; as `web` of the config says when absent'),
    authDir: z
      .string()
      .optional()
      .describe('where the original keeps the credentials; `oclaw import` takes them into the database'),
    cloud: cloud.optional().describe('use the Cloud API instead of a linked device'),
    webSocketUrl: z.url().optional().describe('another server than WhatsApp’s, for tests'),
    mediaUrl: z.url().optional().describe('another file server than https://mmg.whatsapp.net, for tests'),
    version: z
      .tuple([z.number().int(), z.number().int(), z.number().int()])
      .optional()
      .describe('version of WhatsApp Web to pose as, when WhatsApp refuses ours'),
  })

  return { account }
})

/** The schema of one account. */
export const account = () => schemas().account

/** WhatsApp's limits; a text could be longer, but apps fold it away. */
export const limits = { text: 4000, caption: 1024, media: 100_000_000 } as const

export type WhatsAppAccount = z.output<ReturnType<typeof schemas>['account']>

/** What the Cloud API needs, and the sentence that asks for it. */
const needed = {
  phoneNumberId: 'the id of the phone number',
  accessToken: 'an access token',
  appSecret: 'the app secret, without which anybody could write to us',
  verifyToken: 'a verify token',
} as const

/** What is missing for the account to run. A linked device needs nothing here; it says itself when it is not linked. */
export function missing(a: WhatsAppAccount): string | undefined {
  const { cloud: c } = a
  if (!c) return a.web?.enabled === false ? 'disabled by web.enabled; `oclaw config set web.enabled true`' : undefined
  for (const [key, what] of Object.entries(needed))
    if (c[key as keyof typeof needed] === undefined)
      return `not configured: ${what} is missing; \`oclaw config set channels.whatsapp.cloud.${key} <text>\``
  return undefined
}

/** The account's rule for a group; `*` stands for groups not listed. */
export function groupRule(a: WhatsAppAccount, { to }: Place): GroupRule | undefined {
  const own = a.groups?.[to.chat] ?? a.groups?.['*']
  if (own) return own
  return Object.keys(a.groups ?? {}).length ? { enabled: false } : undefined
}

/** People as messages name them: +49…, however the config writes their numbers. */
const people = (list: readonly string[] | undefined) => list?.map((entry) => target(entry)?.chat ?? entry)

/** The fields the engine reads, in its words. */
export function common(a: WhatsAppAccount): CommonAccount {
  const { ackReaction, allowFrom, groupAllowFrom, ...rest } = a
  const [direct, groups] = [people(allowFrom), people(groupAllowFrom)]
  return {
    ...rest,
    ...(direct ? { allowFrom: direct } : {}),
    ...(groups ? { groupAllowFrom: groups } : {}),
    ...(ackReaction?.emoji === undefined ? {} : { ackReaction: ackReaction.emoji }),
    ...(ackReaction ? { ackScope: { direct: ackReaction.direct, group: ackReaction.group } } : {}),
  }
}
