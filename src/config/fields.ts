// Short words for config fields, each with the sentence that explains it to people.
import { z } from 'zod'
import type { Secret } from '../lib/secret.ts'
import { secret } from '../lib/secret.ts'

/** A text that may be left out. */
export const text = (about: string) => z.string().optional().describe(about)

/** A text with a value of its own when left out. */
export const textOr = (value: string, about: string) => z.string().default(value).describe(about)

/** A list of texts that may be left out; left out and empty differ. */
export const texts = (about: string) => z.array(z.string()).optional().describe(about)

/** A list of texts, empty when left out. */
export const textList = (about: string, value: string[] = []) => z.array(z.string()).default(value).describe(about)

/** Yes or no, or nothing said. */
export const flag = (about: string) => z.boolean().optional().describe(about)

/** Yes unless the config says no. */
export const yes = (about: string) => z.boolean().default(true).describe(about)

/** No unless the config says yes. */
export const no = (about: string) => z.boolean().default(false).describe(about)

const whole = (min: number, max?: number) =>
  max === undefined ? z.number().int().min(min) : z.number().int().min(min).max(max)
const real = (min: number, max?: number) => (max === undefined ? z.number().min(min) : z.number().min(min).max(max))

/** A whole number of at least `min` that may be left out. */
export const int = (min: number, about: string, max?: number) => whole(min, max).optional().describe(about)

/** A whole number of at least `min`, `value` when left out. */
export const intOr = (value: number, min: number, about: string, max?: number) =>
  whole(min, max).default(value).describe(about)

/** A number of at least `min` that may be left out. */
export const num = (min: number, about: string, max?: number) => real(min, max).optional().describe(about)

/** A number of at least `min`, `value` when left out. */
export const numOr = (value: number, min: number, about: string, max?: number) =>
  real(min, max).default(value).describe(about)

/** A number above zero, `value` when left out. */
export const aboveZeroOr = (value: number, about: string) => z.number().positive().default(value).describe(about)

/** One of the words, or nothing said. */
export const word = <const W extends readonly [string, ...string[]]>(words: W, about: string) =>
  z.enum(words).optional().describe(about)

/** One of the words, `value` when left out. */
export const wordOr = <const W extends readonly [string, ...string[]]>(value: W[number], words: W, about: string) =>
  z
    .enum(words)
    .default(value as never)
    .describe(about)

/** A group of fields, there with its defaults even when left out. */
export const group = <const S extends z.ZodRawShape>(about: string, shape: S) =>
  z
    .strictObject(shape)
    .prefault({} as never)
    .describe(about)

/** A group of fields that is only there when written. */
export const maybe = <const S extends z.ZodRawShape>(about: string, shape: S) =>
  z.strictObject(shape).optional().describe(about)

/** Values by a name the user chose; empty when left out. */
export const byName = <S extends z.ZodType>(about: string, value: S) =>
  z
    .record(z.string(), value)
    .default({} as never)
    .describe(about)

/** A list of things; empty when left out. */
export const list = <S extends z.ZodType>(about: string, item: S) =>
  z
    .array(item)
    .default([] as never)
    .describe(about)

/** A secret that may be left out: text, or where to find it. */
export const hidden = (about: string) => secret().optional().describe(about)

/** Ids that may be written as numbers; left out and empty differ. */
export const ids = (about: string) =>
  z
    .array(z.union([z.string(), z.number()]).transform(String))
    .optional()
    .describe(about)

/** A model: `provider/model`, or a first choice and what to fall back to; a text names the first choice only. */
export const modelChoice = () =>
  z
    .union([z.string(), z.strictObject({ primary: z.string().optional(), fallbacks: z.array(z.string()).optional() })])
    .transform((m) => (typeof m === 'string' ? { primary: m } : m))
    .pipe(z.object({ primary: z.string().optional(), fallbacks: z.array(z.string()).optional() }))

/** Where something applies: rules in order, by channel, kind of chat or session key. */
export const scopeRules = (about: string) =>
  maybe(about, {
    default: word(['allow', 'deny'], 'what holds when no rule matches'),
    rules: list(
      'rules, the first that matches decides',
      z.strictObject({
        action: z.enum(['allow', 'deny']).describe('what the rule says'),
        match: maybe('what it applies to; all given fields must match', {
          channel: text('a channel id'),
          chatType: word(['direct', 'group', 'channel', 'dm'], 'the kind of chat'),
          keyPrefix: text('how the session key begins, without its agent part'),
          rawKeyPrefix: text('how the whole session key begins'),
        }),
      }),
    ),
  })

/** A duration such as `30m` or `1h30m`, or a number in the unit the field names. */
export const span = (about: string) => z.union([z.string(), z.number()]).optional().describe(about)

/** A value in which everything may be left out, as an override of one that has it all. */
export type Bare<T> = T extends Secret | readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: Bare<T[K]> | undefined }
    : T

function strip(schema: z.ZodType): z.ZodType {
  const about = schema.description
  const stripped = withoutDefaults(schema)
  return about === undefined ? stripped : stripped.describe(about)
}

function withoutDefaults(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return strip(schema.unwrap() as z.ZodType).optional()
  if (!(schema instanceof z.ZodObject)) return schema
  const shape = Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, value]) => [key, strip(value)])
  const checks = (schema.def.checks ?? []) as z.core.$ZodCheck<Record<string, unknown>>[]
  return z.strictObject(Object.fromEntries(shape)).check(...checks)
}

/** The same schema without its defaults, for overrides: what is left out stays out. */
export const bare = <S extends z.ZodType>(schema: S) =>
  strip(schema.optional()) as z.ZodOptional<z.ZodType<Bare<NonNullable<z.output<S>>>, z.input<S>>>
