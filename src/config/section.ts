// A section of the config: its key, its schema, and what takes its place when the file has it wrong.
import type { z } from 'zod'

/** One step of a path: a key, or an index of a list. */
export type Step = string | number

/** Something wrong inside a section; `at` is the path from the section. */
export interface Flaw {
  readonly at: readonly Step[]
  readonly message: string
}

/** Something wrong in the config, for people and the wire; `path` is dotted. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** A section. `whenInvalid` answers an input the schema accepts, closed where the flaws touch security. */
export interface SectionPart<K extends string = string, S extends z.ZodType = z.ZodType> {
  readonly key: K
  readonly schema: S
  whenInvalid(value: unknown, flaws: readonly Flaw[]): unknown
}

/** A section whose schema is loaded only when the file has something to say about it. */
export interface LazySection<K extends string = string, S extends z.ZodType = z.ZodType> {
  readonly key: K
  /** What an absent section is: the defaults. */
  readonly absent: unknown
  load(): Promise<SectionPart<K, S>>
}

/** A section, loaded or still to be. */
export type AnySection = SectionPart | LazySection

/** The schema of a section. */
type SchemaOf<Q extends AnySection> =
  Q extends SectionPart<string, infer S> ? S : Q extends LazySection<string, infer S> ? S : never

/** The config that a list of sections makes. */
export type ConfigOf<P extends readonly AnySection[]> = {
  readonly [Q in P[number] as Q['key']]: z.output<SchemaOf<Q>>
}

/** Whether a value is an object with keys. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as an object with keys; an empty one when it is something else. */
export const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})

const gone = Symbol('gone')

function cut(value: unknown, paths: readonly (readonly Step[])[]): unknown {
  if (paths.some((p) => p.length === 0)) return gone
  const below = new Map<string, (readonly Step[])[]>()
  for (const [head, ...rest] of paths) below.set(String(head), [...(below.get(String(head)) ?? []), rest])
  const children: [string, unknown][] | undefined = Array.isArray(value)
    ? value.map((v, i) => [String(i), v])
    : isRecord(value)
      ? Object.entries(value)
      : undefined
  if (!children || [...below.keys()].some((key) => !children.some(([k]) => k === key))) return gone
  const kept = children
    .map(([key, child]) => [key, below.has(key) ? cut(child, below.get(key) ?? []) : child] as const)
    .filter(([, child]) => child !== gone)
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept)
}

/** The value without its flawed parts; where something needed is missing, what needs it goes. */
export function salvage(value: unknown, flaws: readonly Flaw[]): unknown {
  const kept = cut(
    value,
    flaws.map((f) => f.at),
  )
  return kept === gone ? undefined : kept
}

/** A section that keeps what is right in it. */
export const section = <const K extends string, S extends z.ZodType>(
  key: K,
  schema: S,
  whenInvalid: (value: unknown, flaws: readonly Flaw[]) => unknown = salvage,
): SectionPart<K, S> => Object.freeze({ key, schema, whenInvalid })

/** A section that is off as a whole when something in it is wrong. */
export const offWhenInvalid = () => ({ enabled: false })

/** For `channels`: a flawed account is off; flaws elsewhere in a channel turn that channel off. */
export function channelsOff(value: unknown, flaws: readonly Flaw[]): unknown {
  if (flaws.some((f) => f.at.length === 0)) return {}
  const next: Record<string, unknown> = { ...asRecord(value) }
  for (const { at } of flaws) {
    const [channel, part, account] = at.map(String)
    if (channel === undefined) continue
    const now = asRecord(next[channel])
    const accounts = asRecord(now['accounts'])
    if (channel === 'defaults') next[channel] = { groupPolicy: 'disabled' }
    else if (part === 'accounts' && account !== undefined && accounts[account] !== undefined)
      next[channel] = { ...now, accounts: { ...accounts, [account]: { enabled: false } } }
    else next[channel] = { enabled: false }
  }
  return next
}
