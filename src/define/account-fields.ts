// What an account may say in the config, whatever its channel.
import { z } from 'zod'

/** Ids in allowlists may be written as numbers. */
export const idList = () => z.array(z.union([z.string(), z.number()]).transform(String))

const flag = () => z.boolean().optional()
const autoFlag = () => z.union([z.boolean(), z.literal('auto')]).optional()
const names = () => z.array(z.string()).optional()

/** The tools allowed and denied in one place. */
export const toolPolicy = () => z.strictObject({ allow: names(), alsoAllow: names(), deny: names() })

/** What most channels also may say of an account: spread beside `commonAccount` where the platform has it. */
export const chatAccount = {
  markdown: z
    .strictObject({ tables: z.enum(['off', 'bullets', 'code']).optional() })
    .optional()
    .describe('how tables are shown'),
  dms: z
    .record(z.string(), z.strictObject({ historyLimit: z.number().int().min(0).optional() }))
    .optional()
    .describe('direct chats by person'),
  blockStreamingCoalesce: z
    .strictObject({
      minChars: z.number().int().positive().optional(),
      maxChars: z.number().int().positive().optional(),
      idleMs: z.number().int().min(0).optional(),
    })
    .optional()
    .describe('how finished paragraphs are gathered'),
  heartbeat: z
    .strictObject({ showOk: flag(), showAlerts: flag(), useIndicator: flag() })
    .optional()
    .describe('what of heartbeats is shown'),
} as const

/** Whether our commands are in the platform's menu. */
export const nativeCommands = () =>
  z
    .strictObject({ native: autoFlag(), nativeSkills: autoFlag() })
    .optional()
    .describe('whether our commands are in the menu of the platform')

/** How sending is tried again. */
export const retryRule = () =>
  z
    .strictObject({
      attempts: z.number().int().min(1).optional(),
      minDelayMs: z.number().int().min(0).optional(),
      maxDelayMs: z.number().int().min(0).optional(),
      jitter: z.number().min(0).max(1).optional(),
    })
    .optional()
    .describe('how sending is tried again')

/** What every account of every channel may say in the config; a channel adds its own to it. */
export const commonAccount = {
  enabled: z.boolean().optional().describe('whether the account runs'),
  autoStart: z.boolean().optional().describe('whether it starts with the gateway; else when `channels start` says so'),
  name: z.string().optional().describe('a name for people'),
  dmPolicy: z
    .enum(['pairing', 'allowlist', 'open', 'disabled'])
    .default('pairing')
    .describe('who may write to us directly: paired people, listed people, all, or nobody'),
  allowFrom: idList().optional().describe('people who may write to us directly; "*" means all'),
  groupPolicy: z
    .enum(['open', 'disabled', 'allowlist'])
    .default('allowlist')
    .describe('in which groups we listen: all, none, or those listed'),
  groupAllowFrom: idList().optional().describe('people we hear in groups; allowFrom when absent'),
  historyLimit: z.number().int().min(0).optional().describe('group messages kept as context for the next answer'),
  dmHistoryLimit: z.number().int().min(0).optional().describe('turns of a direct chat shown to the model'),
  textChunkLimit: z.number().int().positive().optional().describe('characters of one outgoing message'),
  chunkMode: z.enum(['length', 'newline']).optional().describe('cut only where needed, or at blank lines first'),
  blockStreaming: z.boolean().optional().describe('send finished paragraphs while the answer is written'),
  mediaMaxMb: z.number().positive().optional().describe('largest file taken or sent, in MB'),
  replyToMode: z.enum(['off', 'first', 'all']).optional().describe('which pieces of an answer are replies'),
  responsePrefix: z.string().optional().describe('text before every answer'),
  ackReaction: z.string().optional().describe('emoji put on a message when work on it starts; empty for none'),
  configWrites: z.boolean().optional().describe('whether chat commands may change the config'),
} as const

/** Where an account's credentials came from. */
export type AccountSource = 'config' | 'env' | 'tokenFile' | 'none'

/** The account fields the engine itself reads. */
export type CommonAccount = z.output<z.ZodObject<typeof commonAccount>> & {
  /** Lines of one outgoing message, where the platform has a custom and the account another one. */
  readonly maxLinesPerMessage?: number | undefined
  /** On which messages the emoji of `ackReaction` is put, where the account says so itself. */
  readonly ackScope?: { readonly direct: boolean; readonly group: 'always' | 'mentions' | 'never' } | undefined
  /** Reply modes by kind of chat, over `replyToMode`. */
  readonly replyToModeByChatType?:
    Readonly<Partial<Record<'direct' | 'group' | 'channel', 'off' | 'first' | 'all' | undefined>>> | undefined
  /** Whether a message in a thread is told what was overheard there only, or in the whole chat; there only when absent. */
  readonly overhears?: 'thread' | 'channel' | undefined
  /** Whether the session of a thread begins with what was said in the chat it is in. */
  readonly threadsInherit?: boolean | undefined
  /** How long more messages are waited for before an answer, in ms; as for the channel when absent or 0. */
  readonly debounceMs?: number | undefined
  /** Limits of direct history by person. */
  readonly dms?: Readonly<Record<string, { readonly historyLimit?: number | undefined }>> | undefined
  /** How finished paragraphs are gathered. */
  readonly blockStreamingCoalesce?:
    | {
        readonly minChars?: number | undefined
        readonly maxChars?: number | undefined
        readonly idleMs?: number | undefined
      }
    | undefined
  /** What of regular turns is shown. */
  readonly heartbeat?:
    | {
        readonly showOk?: boolean | undefined
        readonly showAlerts?: boolean | undefined
        readonly useIndicator?: boolean | undefined
      }
    | undefined
  /** How sending is tried again; waits in ms. */
  readonly retry?: z.output<ReturnType<typeof retryRule>>
  /** What agents may do by themselves: false closes it. */
  readonly actions?: Readonly<Record<string, boolean | undefined>> | undefined
  /** How freely the agent reacts to messages; `off` and `ack`: not at all. */
  readonly reactionLevel?: 'off' | 'ack' | 'minimal' | 'extensive' | undefined
  /** Whether answered questions are deleted instead of marked. */
  readonly cleanupAfterResolve?: boolean | undefined
}

/** A group's own rules, as in `channels.<id>.groups.<chat>`. */
export interface GroupRule {
  readonly enabled?: boolean | undefined
  readonly requireMention?: boolean | undefined
  readonly allowFrom?: readonly string[] | undefined
  /** People whose commands count here; those of `allowFrom` when absent. */
  readonly trusted?: readonly string[] | undefined
  /** Added to the prompt here. */
  readonly systemPrompt?: string | undefined
  /** Names of the skills offered here. */
  readonly skills?: readonly string[] | undefined
  readonly tools?: ToolPolicy | undefined
  /** Tools by who asks: person ids, handles, or `*`. */
  readonly toolsBySender?: Readonly<Record<string, ToolPolicy>> | undefined
}

/** The tools allowed and denied in one place. */
export type ToolPolicy = z.output<ReturnType<typeof toolPolicy>>
