// A problem we know how to find: shown by `oclaw doctor`, in health, and as a banner in the Control UI.
import type { Def } from './registry.ts'

/** What mends a problem: the command a person types. */
export interface Fix {
  readonly command: string
}

/** What a check may look at; each check takes what it needs from `facts`. */
export interface CheckContext {
  readonly signal: AbortSignal
  readonly facts: Readonly<Record<string, unknown>>
}

export type CheckResult =
  { readonly ok: true; readonly text?: string } | { readonly ok: false; readonly text: string; readonly fix?: Fix }

/** A check. `after` names checks whose failure makes this one's meaningless. */
export interface Check extends Def {
  readonly severity: 'note' | 'warn' | 'broken'
  readonly after?: readonly string[]
  run(ctx: CheckContext): Promise<CheckResult>
}
