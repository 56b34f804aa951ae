// From the words of a command line to checked parameters, and clear sentences when that fails.
import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { Globals } from './context.ts'
import { globalFields, kebab, type Field } from './fields.ts'

/** What a command line said, before the schema has checked it. */
export interface Said {
  readonly input: Readonly<Record<string, unknown>>
  readonly globals: Globals
}

const bad = (sentence: string) => new Fault('INVALID_REQUEST', sentence)

/** How many letters differ: https://en.wikipedia.org/wiki/Levenshtein_distance */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
      )
    row = next
  }
  return row[b.length] as number
}

/** The known word most like this one; undefined when none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map((k) => ({ k, d: k.startsWith(word) ? 1 : distance(word, k) })).sort((a, b) => a.d - b.d)
  const best = scored[0]
  return best && best.d <= Math.max(2, Math.floor(word.length / 3)) ? best.k : undefined
}

/** The flag a field is written as, with dashes. */
export const dashed = (f: Field): string => `--${f.flag}`

function truth(f: Field, text: string): boolean {
  if (['true', 'yes', '1', 'on'].includes(text)) return true
  if (['false', 'no', '0', 'off'].includes(text)) return false
  throw bad(`${dashed(f)} is yes or no: ${dashed(f)}, or ${dashed(f)}=false`)
}

/** The flag of every command that this one of a command is when it stands alone: `--verbose`, beside `--verbose on`. */
const alone = (f: Field): Field | undefined =>
  f.words && globalFields.find((g) => g.flag === f.flag && g.kind === 'boolean')

/** One written value as its field wants it. */
function valueOf(f: Field, text: string, label: string): unknown {
  if (f.words && !text.split(',').every((w) => f.words?.includes(w))) {
    const like = nearest(text, f.words)
    throw bad(`${label} is one of ${f.words.join(', ')}, not "${text}"${like ? `; did you mean ${like}?` : ''}`)
  }
  switch (f.kind) {
    case 'boolean':
      return truth(f, text)
    case 'number': {
      const n = Number(text)
      if (!text.trim() || Number.isNaN(n)) throw bad(`${label} needs a number, not "${text}"`)
      return n
    }
    case 'list':
      return text
        .split(',')
        .map((t) => t.trim())
        .filter(Boolean)
    case 'json':
      try {
        return JSON.parse(text) as unknown
      } catch {
        throw bad(`${label} needs JSON, such as ${label} '{"key": "value"}'; ${JSON.stringify(text)} is none`)
      }
    default:
      return text
  }
}

/** Reads the words after a command. `args` names the fields taken by position. Throws INVALID_REQUEST. */
export function parseFlags(
  words: readonly string[],
  own: readonly Field[],
  args: readonly string[],
  command: string,
): Said {
  const taken = new Set(own.flatMap((f) => [f.flag, ...(f.also ?? [])]))
  const fields = [...own, ...globalFields.filter((g) => !taken.has(g.flag))]
  const byFlag = new Map(fields.flatMap((f) => [f.flag, ...(f.also ?? [])].map((flag) => [flag, f] as const)))
  const shorts = new Map(fields.flatMap((f) => (f.short === undefined ? [] : [[f.short, f] as const])))
  const options = Object.fromEntries(
    fields.flatMap((f) => {
      const option = {
        type: f.kind === 'boolean' || alone(f) ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(f.short === undefined ? {} : { short: f.short }),
      }
      return [...new Set([f.flag, f.name, ...(f.also ?? [])])].map((flag) => [flag, option] as const)
    }),
  )
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true })
  const values = new Map<Field, unknown>()
  const places: string[] = []

  function put(f: Field, value: unknown) {
    const before = values.get(f)
    values.set(
      f,
      Array.isArray(before) && Array.isArray(value) ? [...(before as unknown[]), ...(value as unknown[])] : value,
    )
  }

  function option(name: string, raw: string, value: string | undefined, inline: boolean) {
    const flag = kebab(name)
    const f = byFlag.get(flag) ?? (raw.startsWith('--') ? undefined : shorts.get(name))
    const not = flag.startsWith('no-') ? byFlag.get(flag.slice(3)) : undefined
    if (!f && not?.kind === 'boolean' && value === undefined) return put(not, false)
    if (!f) {
      const like = nearest(flag, [...byFlag.keys()])
      const hint = like ? `; did you mean --${like}?` : ''
      throw bad(`${command} has no flag ${raw}${hint}\nAll of its flags: ${command} --help`)
    }
    if (f.kind === 'boolean') return put(f, value === undefined ? true : truth(f, value))
    const common = value === undefined ? alone(f) : undefined
    if (common) return put(common, true)
    const missing = value === undefined || (!inline && /^-[^\d]/.test(value))
    if (missing) throw bad(`${raw} needs a value: ${f.about}`)
    put(f, valueOf(f, value, raw))
  }

  for (const t of tokens) {
    if (t.kind === 'positional') places.push(t.value)
    if (t.kind === 'option') option(t.name, t.rawName, t.value, t.inlineValue === true)
  }
  const ownByName = new Map(own.map((f) => [f.name, f]))
  places.forEach((text, i) => {
    const last = ownByName.get(args.at(-1) ?? '')
    const f = i < args.length ? ownByName.get(args[i] as string) : last?.kind === 'list' ? last : undefined
    if (!f) throw bad(`${command} does not know what to do with "${text}"\nHow it is used: ${command} --help`)
    put(f, valueOf(f, text, `<${f.flag}>`))
  })
  const named = (list: readonly Field[]) =>
    Object.fromEntries(list.flatMap((f) => (values.has(f) ? [[f.name, values.get(f)]] : [])))
  const defaults = Object.fromEntries(globalFields.map((f) => [f.name, f.fallback]))
  // The fields above make exactly these names.
  const globals = { ...defaults, ...named(globalFields) } as unknown as Globals
  return { input: named(own), globals }
}

/** The parameters a schema makes of what was said. Throws INVALID_REQUEST naming flags as people write them. */
export function checked(
  params: z.ZodObject,
  input: Readonly<Record<string, unknown>>,
  own: readonly Field[],
  args: readonly string[],
  command: string,
): Record<string, unknown> {
  const parsed = params.safeParse(input)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => {
    const f = own.find((x) => x.name === issue.path[0])
    if (!f) return issue.message
    const label = args.includes(f.name) ? `<${f.flag}>` : dashed(f)
    return input[f.name] === undefined ? `${label} is missing: ${f.about}` : `${label}: ${issue.message}`
  })
  throw bad(`${lines.join('\n')}\nHow it is used: ${command} --help`)
}
