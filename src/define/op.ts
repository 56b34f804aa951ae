// An operation: at once an RPC method, a CLI command, a slash command, an agent tool and a function of the typed client.
import type { z } from 'zod'
import type { Def } from './registry.ts'

/** What a caller must be allowed to do. `public` needs nothing. */
export type OpScope = 'public' | 'read' | 'write' | 'approvals' | 'pairing' | 'admin'

/** Who calls. `device` is set for paired devices, `connection` for sockets. */
export interface Caller {
  readonly kind: 'operator' | 'node' | 'cli' | 'agent' | 'chat' | 'http'
  readonly id: string
  readonly scopes: ReadonlySet<OpScope>
  readonly connection?: string
  /** Declared abilities of a connection, such as `tool-events`. */
  readonly caps?: readonly string[]
}

/** One call of an operation. */
export interface Call<P> {
  readonly params: P
  readonly caller: Caller
  /** Aborts when the caller went away or gave up. */
  readonly signal: AbortSignal
  /** Answers a first time, before the result; only for operations with `accepts`. */
  accepted(value: unknown): void
}

/** How the operation looks on the command line. */
export interface OpCli<P, R> {
  /** The words after `oclaw`, such as `sessions list`. */
  readonly path: string
  /** Parameters taken by position, in order. */
  readonly args?: readonly (keyof P & string)[]
  /** Single-letter flags by parameter name. */
  readonly short?: Readonly<Partial<Record<keyof P & string, string>>>
  /** Other names of flags by parameter name: `target` for `to`. */
  readonly also?: Readonly<Partial<Record<keyof P & string, readonly string[]>>>
  /** Other words for the same command. */
  readonly aliases?: readonly string[]
  /** What a person sees; without it, the result as JSON. */
  print?(result: R, params: P): string
  /** The exit code when the command itself worked; 0 unless it says otherwise. */
  exitCode?(result: R): number
}

/** An operation. `params` is a strict object; the result is checked and stray fields fall away. */
export interface Op<Id extends string, P extends z.ZodObject, R extends z.ZodType, S> extends Def<Id> {
  readonly scope: OpScope
  readonly params: P
  readonly result: R
  /** Where it runs: in the gateway (default), in the CLI process, or in whichever is there. */
  readonly where?: 'gateway' | 'local' | 'either'
  readonly cli?: OpCli<z.output<P>, z.output<R>>
  /** Also a slash command, for owners: `/status`. */
  readonly chat?: `/${string}`
  /** Also a tool of the agent, under this name. */
  readonly tool?: string
  /** The first answer of an operation that answers twice. */
  readonly accepts?: z.ZodType
  /** Parameters only the simple dialect may send; the strict dialect calls them unexpected. */
  readonly simpleOnly?: readonly (keyof z.input<P> & string)[]
  /** Calls that work; they are tests and documentation. */
  readonly examples: readonly { readonly params: z.input<P>; readonly note?: string }[]
  handler(call: Call<z.output<P>>, services: S): z.input<R> | Promise<z.input<R>>
}

/** Freezes an operation and keeps its exact types. */
export const defineOp = <const Id extends string, P extends z.ZodObject, R extends z.ZodType, S>(
  op: Op<Id, P, R, S>,
): Op<Id, P, R, S> => Object.freeze(op)

/** Any operation, seen from transports. */
export interface AnyOp extends Def {
  readonly scope: OpScope
  readonly params: z.ZodObject
  readonly result: z.ZodType
  readonly where?: 'gateway' | 'local' | 'either'
  readonly cli?: OpCli<never, never>
  readonly chat?: `/${string}`
  readonly tool?: string
  readonly accepts?: z.ZodType
  readonly simpleOnly?: readonly string[]
  readonly examples: readonly { readonly params: unknown; readonly note?: string }[]
  handler(call: Call<never>, services: never): unknown
}

/** The typed client of a list of operations. */
export type Client<Ops extends readonly { id: string; params: z.ZodType; result: z.ZodType }[]> = {
  [O in Ops[number] as O['id']]: (params: z.input<O['params']>, signal?: AbortSignal) => Promise<z.output<O['result']>>
}
