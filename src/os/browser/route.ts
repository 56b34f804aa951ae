// What a control route is, and how its parameters are read from query and body.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { BrowserCall, BrowserProfile } from '../../define/browser.ts'
import type { Browsers } from './control.ts'
import type { Session } from './session.ts'
import type { Tab } from './tab.ts'

/** What a route is given beside its parameters. */
export interface RouteWorld {
  readonly browsers: Browsers
  readonly profile: BrowserProfile
  readonly signal: AbortSignal
  /** The browser of the profile, started when it does not run. */
  session(): Promise<Session>
  /** The tab the call is about. */
  tab(): Promise<Tab>
}

/** A route. What it answers is the body of the answer. */
export interface Route {
  readonly method: BrowserCall['method']
  /** Parts that begin with `:` are parameters. */
  readonly path: string
  run(given: Readonly<Record<string, unknown>>, x: RouteWorld): Promise<unknown>
}

/** Makes a route whose parameters are checked by a schema; others are left out. */
export const route = <P extends z.ZodRawShape>(
  method: Route['method'],
  path: string,
  shape: P,
  run: (p: z.output<z.ZodObject<P>>, x: RouteWorld) => Promise<unknown>,
): Route => ({
  method,
  path,
  async run(given, x) {
    const read = z.object(shape).safeParse(given)
    if (read.success) return run(read.data, x)
    const [issue] = read.error.issues
    const name = issue?.path.join('.') ?? ''
    const missing = issue?.path.length === 1 && (given[name] === undefined || given[name] === '')
    throw new Fault('INVALID_REQUEST', missing ? `${name} is required` : `${name}: ${issue?.message ?? 'wrong'}`)
  },
})

const none = (v: unknown) => (v === '' || v === null ? undefined : v)

/** A text that must be there; numbers count as text. */
export const word = z.coerce.string().trim().min(1)
/** A text that may be missing. */
export const maybeWord = z.preprocess(none, z.coerce.string().trim().optional())
/** A number that may be missing or written as text. */
export const maybeNumber = z.preprocess(none, z.coerce.number().optional())
/** Yes or no, also as text. */
export const flag = z.preprocess(none, z.union([z.boolean(), z.stringbool()]).optional())
/** Texts; one alone counts as a list. */
export const words = z.preprocess((v) => (v === undefined || Array.isArray(v) ? v : [v]), z.array(word).min(1))

/** The parameters in a path, when it is of this form. */
export function matched(form: string, path: string): Record<string, string> | undefined {
  const [want, have] = [form, path].map((p) => p.replace(/\/+$/, '').split('/')) as [string[], string[]]
  if (want.length !== have.length) return undefined
  const out: Record<string, string> = {}
  for (const [i, part] of want.entries()) {
    const said = have[i] as string
    if (part.startsWith(':')) {
      if (!said) return undefined
      out[part.slice(1)] = decodeURIComponent(said)
    } else if (part !== said) return undefined
  }
  return out
}
