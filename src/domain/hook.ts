// A hook: what runs when something happens in the gateway, and what it is told.
import type { SkillNeeds, SkillRoot, SkillSource } from './skill.ts'

/** Something that happened; hooks are given it as JSON. `timestamp` in ms. */
export interface HookEvent {
  readonly type: 'command' | 'session' | 'message' | 'gateway'
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
  entry(
    name: string,
  ): { readonly enabled: boolean | undefined; readonly env: Readonly<Record<string, string>> } | undefined
  /** Programs and addresses by event, without a HOOK.md. */
  readonly handlers: readonly { readonly event: string; readonly run: string }[]
  truthy(path: string): boolean
  hasEnv(name: string): boolean
}

/** The kinds of events there are. */
export const hookEvents: readonly HookEvent['type'][] = ['command', 'session', 'message', 'gateway']

/** Whether a hook that hears these events hears this one. */
export const hears = (events: readonly string[], e: Pick<HookEvent, 'type' | 'action'>): boolean =>
  events.includes(e.type) || events.includes(`${e.type}:${e.action}`)

/** Whether a file is code of the original's, which is not loaded into this process. */
export const isScript = (file: string): boolean => /\.([cm]?[jt]s)$/i.test(file)
