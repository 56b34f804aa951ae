// What the command line is given, and what a command is.
import type { z } from 'zod'
import type { Clock } from '../lib/clock.ts'
import type { AnyChannel } from '../define/channel.ts'
import type { AnyOp } from '../define/op.ts'
import type { Registry } from '../define/registry.ts'
import type { Env, Paths } from '../config/paths.ts'
import type { SectionPart } from '../config/section.ts'
import type { ChannelProblem, ListedModel } from '../ops/services.ts'
import type { GatewayClient } from '../client/client.ts'
import type { Field } from './fields.ts'
import type { Paint } from './print.ts'

/** What the composition root gives. */
export interface CliContext {
  /** The name it was called by: `oclaw` or `openclaw`. */
  readonly name: string
  readonly version: string
  readonly env: Env
  /** The system's home folder. */
  readonly home: string
  readonly clock: Clock
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
  readonly ops: Registry<AnyOp>
  stdout(text: string): void
  stderr(text: string): void
  /** Whether stdout, and whether stdin, is a terminal. */
  readonly isTTY: boolean
  readonly stdinTTY: boolean
  readonly columns: number
  /** What is piped in, whole. */
  stdin(): Promise<string>
  /** Asks the person one line. Only called when `stdinTTY`. */
  ask(question: string): Promise<string>
  /** Asks for a secret, which is not shown. Only called when `stdinTTY`. */
  askSecret(question: string): Promise<string>
  /** Every section of the config, those of the channels too; loaded when it is needed. */
  configParts(): Promise<readonly SectionPart[]>
  /** The reference of all definitions; loaded when it is needed. */
  reference(): Promise<ReferenceText>
  /** What setting this machine up needs of the whole program; loaded when it is needed. */
  host(paths: Paths): Promise<HostParts>
  /** A gateway in this process for one command: no channels, jobs or announcements. Throws CONFLICT beside another. */
  ownGateway(paths: Paths): Promise<{ readonly url: string; readonly token: string; close(): Promise<void> }>
  /** Runs the gateway until it ends; answers the exit code. */
  startGateway(flags: StartFlags, paths: Paths): Promise<number>
}

/** Channels, models and the environment, for commands that set this machine up. Configs are whole ones, as loaded. */
export interface HostParts {
  /** How this program is started, without its arguments. */
  readonly program: readonly string[]
  /** The environment with the state folder's `.env` under it. */
  readonly env: Env
  readonly channels: readonly AnyChannel[]
  /** Known providers of models and the variables their keys may be in. */
  readonly providers: readonly {
    readonly id: string
    readonly env: readonly string[]
    readonly local: boolean
    /** The model that is used when none is named. */
    readonly usual?: string
  }[]
  /** Every account the config and the environment name. */
  accounts(
    config: unknown,
    more: Env,
  ): readonly {
    readonly channel: string
    readonly accountId: string
    readonly account: Readonly<Record<string, unknown>>
  }[]
  /** What is wrong with the accounts; `more` are variables the config sets. */
  channelProblems(config: unknown, more: Env, signal: AbortSignal): Promise<readonly ChannelProblem[]>
  /** The models that are known, and whether they can be used. */
  models(config: unknown, more: Env): readonly ListedModel[]
  /** The program a provider is asked through, by its path; empty when it is not there, undefined for a server. */
  modelProgram(config: unknown, provider: string): string | undefined
  /** The model that would answer, or why none can. */
  model(config: unknown, more: Env): { readonly ref?: string; readonly problem?: string }
  /** Whether a server makes vectors for the default agent’s notes. */
  meaning(config: unknown, more: Env): boolean
  /** Asks a model once, the usual one when none is named. Throws a Fault with what its server said. */
  ask(
    config: unknown,
    more: Env,
    ref: string | undefined,
    text: string,
    signal: AbortSignal,
    /** A tool without parameters it may call, and how long its answer may be. */
    extra?: { readonly tool?: string; readonly maxTokens?: number },
  ): Promise<{ readonly ref: string; readonly text: string; readonly calls: number }>
  /** Model servers that run on this machine. */
  localServers(
    signal: AbortSignal,
  ): Promise<readonly { readonly id: string; readonly baseUrl: string; readonly models: readonly string[] }[]>
}

/** What the reference has a text of. */
export type ReferenceTopic = 'protocol' | 'config' | 'cli' | 'hooks' | 'nodes' | 'browser' | 'network'

/** The reference as the command line prints it: topics as Markdown or as data, and a search. */
export interface ReferenceText {
  text(topic: ReferenceTopic): string
  data(topic: ReferenceTopic): unknown
  /** `undefined` when nothing is found. */
  find(words: readonly string[]): string | undefined
}

/** Flags of `oclaw gateway`, checked. */
export interface StartFlags {
  readonly port?: number | undefined
  readonly bind?: 'auto' | 'lan' | 'loopback' | 'custom' | 'tailnet' | undefined
  readonly auth?: 'none' | 'token' | 'password' | 'trusted-proxy' | undefined
  readonly token?: string | undefined
  readonly password?: string | undefined
  readonly tailscale?: 'off' | 'serve' | 'funnel' | undefined
  readonly tailscaleResetOnExit?: boolean | undefined
  readonly allowUnconfigured: boolean
  readonly reset: boolean
  readonly force: boolean
  readonly verbose: boolean
  readonly foreground: boolean
  readonly wsLog: 'auto' | 'full' | 'compact'
  readonly rawStream: boolean
  readonly rawStreamPath?: string | undefined
  readonly dev: boolean
}

/** Flags every command has. `timeout` in ms. */
export interface Globals {
  readonly json: boolean
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly password?: string | undefined
  readonly timeout?: number | undefined
  readonly profile?: string | undefined
  readonly dev: boolean
  readonly color: boolean
  /** Whether to tell, on stderr, what the gateway is asked. */
  readonly verbose: boolean
  /** Whether to wait for the last answer of a method that answers twice. */
  readonly expectFinal: boolean
  readonly help: boolean
}

/** One thing that can be typed, as completion sees it. */
export interface Typed {
  readonly path: string
  readonly summary: string
  fields(): Field[]
}

/** One run of a command. */
export interface Run {
  readonly ctx: CliContext
  readonly globals: Globals
  readonly paths: Paths
  readonly paint: Paint
  /** Everything that can be typed. */
  typed(): Promise<readonly Typed[]>
  /** Connects to the gateway. Throws a Fault that says what was tried and what mends it. */
  connect(): Promise<GatewayClient>
  /**
   * Connects, calls one method and closes. Throws as `connect` does, the gateway's Faults, and TIMEOUT after `ms`, or
   * what `--timeout` says. With `ask` false nobody is asked for a secret that was not found.
   */
  call(method: string, params: unknown, ms?: number, ask?: boolean): Promise<unknown>
  /** There when the gateway itself runs this, for a client that answers questions over the wire. */
  readonly within?: {
    /** Changes the config in force. Answers the paths that changed. */
    patchConfig(patch: object): Promise<readonly string[]>
  }
}

/** A command that is more than one operation, or none. */
export interface Command {
  readonly path: string
  readonly aliases?: readonly string[]
  /** The operation this is the command-line form of: summary, flags and examples are that one’s. */
  readonly of?: string
  readonly summary?: string
  /** Flags taken by position, in order. */
  readonly args?: readonly string[]
  readonly short?: Readonly<Record<string, string>>
  readonly flags: z.ZodObject
  /** Command lines that work, without the name of the program. */
  readonly examples?: readonly string[]
  /** Runs with checked flags; answers the exit code. */
  run(input: never, run: Run): Promise<number>
}

/** Keeps the types of a command’s flags; operations’ flags come as they are. */
export const defineCommand = <F extends z.ZodObject>(
  c: Omit<Command, 'run' | 'flags'> & { readonly flags: F; run(input: z.output<F>, run: Run): Promise<number> },
): Command => c
