// A hook: what runs when something happens in the gateway, and what it is told.
import type { SkillNeeds, SkillRoot, SkillSource } from './skill.ts'

/** Something that happened; hooks are given it as JSON. `timestamp` in ms. */
export interface HookEvent {
  readonly type: 'command' | 'session' | 'message' | 'gateway' | 'agent'
  readonly action: string
  readonly sessionKey: string
  readonly timestamp: number
  readonly context: Readonly<Record<string, unknown>>
}

/** What a HOOK.md says of its hook. */
export interface HookHead {
  readonly name: string
  readonly description: string
  readonly key: string
  readonly emoji?: string | undefined
  readonly homepage?: string | undefined
  readonly always: boolean
  /** The events it hears: `command`, or `command:new`. */
  readonly events: readonly string[]
  /** The file it runs, when it names one. */
  readonly run?: string | undefined
  /** The address it is posted to instead. */
  readonly url?: string | undefined
  readonly needs: SkillNeeds
}

/** A hook, and whether it runs. */
export interface Hook extends HookHead {
  readonly source: SkillSource
  readonly bundled: boolean
  readonly file: string
  readonly dir: string
  /** What it runs or is posted to; undefined when it has nothing. */
  readonly handler: string | undefined
  readonly enabled: boolean
  readonly missing: SkillNeeds
  /** Its files are not those that were looked at when it was switched on. */
  readonly changed: boolean
  /** Whether everything it needs is there. */
  readonly eligible: boolean
}

/** What the config says of hooks. */
export interface HookRule {
  readonly enabled: boolean
  /** The state folder: programs run in it, for a hook that writes into its own folder would be another one. */
  readonly stateDir: string
  readonly roots: readonly SkillRoot[]
  /** Whether a hook is switched on, and the variables its program gets; undefined when nothing is said. */
  entry(name: string):
    | {
        readonly enabled: boolean | undefined
        readonly env: Readonly<Record<string, string>>
        /** Files it is told of, as patterns below the workspace. */
        readonly paths?: readonly string[]
      }
    | undefined
  /** Programs and addresses by event, without a HOOK.md. */
  readonly handlers: readonly { readonly event: string; readonly run: string }[]
  truthy(path: string): boolean
  hasEnv(name: string): boolean
}

const aboutMessage = ['channelId', 'accountId', 'content']

/** Every event there is: its kind with its action, when it happens, and what its context holds. */
export const hookEventList: readonly {
  readonly event: `${HookEvent['type']}:${string}`
  readonly when: string
  readonly context: readonly string[]
}[] = [
  {
    event: 'command:<name>',
    when: 'somebody gave a command in a chat, such as /new',
    context: ['commandSource', 'senderId', 'args', 'sessionId'],
  },
  ...(
    [
      ['created', 'a session was begun'],
      ['updated', 'its settings were changed'],
      ['reset', 'it was begun anew'],
      ['deleted', 'it was deleted'],
      ['pruned', 'its history was made shorter'],
    ] as const
  ).map(([action, when]) => ({
    event: `session:${action}` as const,
    when,
    context: ['sessionId', 'agentId', 'fields'],
  })),
  {
    event: 'message:received',
    when: 'a message came in that an agent is to answer',
    context: [...aboutMessage, 'from', 'senderName', 'conversationId', 'messageId', 'timestamp'],
  },
  {
    event: 'message:sent',
    when: 'an answer was sent, or could not be',
    context: [...aboutMessage, 'to', 'success', 'error'],
  },
  { event: 'gateway:startup', when: 'the gateway has started', context: [] },
  { event: 'gateway:shutdown', when: 'it is ending; there are five seconds', context: [] },
  {
    event: 'agent:bootstrap',
    when: 'a turn is about to begin',
    context: ['agentId', 'workspaceDir', 'sessionId', 'bootstrapFiles'],
  },
]

/** The kinds of events there are. */
export const hookEvents: readonly HookEvent['type'][] = ['command', 'session', 'message', 'gateway', 'agent']

/** Whether a hook that hears these events hears this one. */
export const hears = (events: readonly string[], e: Pick<HookEvent, 'type' | 'action'>): boolean =>
  events.includes(e.type) || events.includes(`${e.type}:${e.action}`)

/** Whether a file is code of the original's, which is not loaded into this process. */
export const isScript = (file: string): boolean => /\.([cm]?[jt]s)$/i.test(file)
