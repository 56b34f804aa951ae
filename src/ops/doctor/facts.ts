// What the doctor's checks look at, and how they mend: the same whether the gateway runs or not.
import type { Clock } from '../../lib/clock.ts'
import type { Check, CheckResult } from '../../define/check.ts'
import type { ContainerRule } from '../../define/box.ts'
import type { JsonSchema } from '../../config/describe.ts'
import { getPath, parsePath } from '../../config/path.ts'
import type { Env, Paths } from '../../config/paths.ts'
import type { DbReport } from '../../store/inspect.ts'
import type { ServiceState } from '../../os/service/control.ts'
import type { ChannelProblem, ConfigIssue } from '../services.ts'
import type { Journal } from './journal.ts'

/** The gateway as a caller finds it. */
export interface GatewayView {
  readonly running: boolean
  readonly port: number
  readonly pid?: number
  readonly version?: string
  /** When it was started, in ms. */
  readonly startedAt?: number
  /** Why nobody answers. */
  readonly error?: string
}

/** Which model would answer, or why none can. */
export interface ModelView {
  readonly ref?: string
  readonly problem?: string
  /** What its server said when it was asked, with `deep` only. */
  readonly asked?: { readonly ok: boolean; readonly text: string }
}

/** An account of a channel that is switched on, and whom it hears. */
export interface HeardView {
  readonly channel: string
  readonly accountId: string
  readonly dmPolicy?: string
  readonly allowFrom: readonly string[]
}

/** Everything a check may look at; what costs time is asked for when it is needed. */
export interface HostFacts {
  readonly clock: Clock
  readonly version: string
  readonly paths: Paths
  readonly env: Env
  /** Whether servers elsewhere may be asked. */
  readonly deep: boolean
  /** Whether the running gateway looks, which sees neither its service nor itself from outside. */
  readonly inside: boolean
  /** The config in force, defaults included; secrets are `Secret`. */
  readonly config: Readonly<Record<string, unknown>>
  readonly file: {
    readonly exists: boolean
    readonly valid: boolean
    readonly raw: string | undefined
    readonly issues: readonly ConfigIssue[]
    readonly warnings: readonly ConfigIssue[]
  }
  /** The JSON schema of the config file. */
  schema(): Promise<JsonSchema>
  gateway(): Promise<GatewayView>
  channels(): Promise<readonly ChannelProblem[]>
  model(): Promise<ModelView>
  accounts(): readonly HeardView[]
  /** Why programs cannot be kept apart on this machine; undefined where they can. */
  box(rule: ContainerRule): Promise<string | undefined>
  /** Whether a server makes vectors, so that notes are searched by meaning, too. */
  meaning(): boolean
  /** Skills that did not come with the program and lack something; undefined while nobody can tell. */
  skills(): Promise<readonly { readonly name: string; readonly lacks: string }[] | undefined>
  /** The scripts of shells, where they are kept and as they should be. */
  readonly completions: readonly { readonly path: string; readonly wanted: string }[]
  database(): DbReport | undefined
  /** Processes that listen on a port; empty where that cannot be told. */
  listeners(port: number): readonly { readonly pid: number; readonly command: string }[]
  /** The service and the definition it should have; undefined where there are none to look at. */
  service(): Promise<{ readonly state: ServiceState; readonly wanted: string } | undefined>
  /** Definitions of other gateway services on this machine. */
  otherServices(): readonly string[]
}

/** A check of this machine. `mend` changes things through the journal only, and says in a sentence what it did. */
export interface HostCheck extends Check {
  /** Whether only a program beside the gateway can tell. */
  readonly outside?: boolean
  run(ctx: { readonly signal: AbortSignal; readonly facts: Readonly<Record<string, unknown>> }): Promise<CheckResult>
  mend?(facts: HostFacts, journal: Journal): Promise<string | undefined>
}

/** Makes a check whose facts are those of the machine. */
export const hostCheck = (c: {
  readonly id: string
  readonly summary: string
  readonly severity: Check['severity']
  readonly after?: readonly string[]
  readonly outside?: boolean
  look(facts: HostFacts): CheckResult | Promise<CheckResult>
  mend?(facts: HostFacts, journal: Journal): Promise<string | undefined>
}): HostCheck => {
  const { look, ...rest } = c
  return { ...rest, run: async ({ facts }) => look(facts as unknown as HostFacts) }
}

/** A result that is well. */
export const well = (text?: string): CheckResult => (text === undefined ? { ok: true } : { ok: true, text })

/** A result that is not, with the command that mends it. */
export const wrong = (text: string, command?: string): CheckResult =>
  command === undefined ? { ok: false, text } : { ok: false, text, fix: { command } }

/** A value of the config in force. */
export const said = (facts: Pick<HostFacts, 'config'>, path: string): unknown => getPath(facts.config, parsePath(path))
