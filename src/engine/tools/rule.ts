// Which tools an agent has, how its programs run, and what keeps a session apart.
import type { ContainerRule } from '../../define/box.ts'
import type { LoopRule } from './loop-guard.ts'

/** Lists a tool has to pass: a ready-made set and a list, what is added to both, and what is never there. */
export interface ToolStep {
  readonly profile?: 'minimal' | 'coding' | 'messaging' | 'full' | undefined
  readonly allow?: readonly string[] | undefined
  readonly alsoAllow?: readonly string[] | undefined
  readonly deny?: readonly string[] | undefined
}

/** Which tools an agent has, and how exec is guarded. A tool has to pass every step. */
export interface ToolRule extends ToolStep {
  /** Further steps. */
  readonly steps?: readonly ToolStep[]
  /** Steps for models by `provider` or `provider/model`, in lower case: those of all agents, those of this one. */
  readonly byModel?: readonly Readonly<Record<string, ToolStep>>[]
  /** The models that get the patch tool; all when absent. */
  readonly patchModels?: readonly string[] | undefined
  readonly execSecurity: 'deny' | 'allowlist' | 'full'
  readonly execAsk: 'off' | 'on-miss' | 'always'
  /** Where programs run, and how; the usual when absent. */
  readonly exec?: ExecDefaults
  /** Whether file tools stay inside the workspace. */
  readonly confined: boolean
  /** When it goes in circles; the usual when absent. */
  readonly circles?: LoopRule
}

/** Where and how an agent's programs run unless its session says otherwise. */
export interface ExecDefaults {
  readonly host: 'sandbox' | 'gateway' | 'node'
  readonly node?: string | undefined
  readonly pathPrepend: readonly string[]
  readonly seconds: number
  /** What counts as elevated until a person says otherwise. */
  readonly elevated: 'off' | 'on' | 'ask' | 'full'
}

/** A session whose tools are kept apart from the machine. */
export interface BoxRule {
  /** Who shares it. */
  readonly name: string
  /** The folder its file tools work in instead of the workspace. */
  readonly folder?: string | undefined
  readonly readOnly: boolean
  /** What its programs run in. */
  readonly container: ContainerRule
  readonly tools: ToolStep
}
