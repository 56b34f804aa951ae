// Reads one section: what is unknown is set aside, what is wrong is replaced, secrets get their values.
import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { z } from 'zod'
import { describeError } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import { expandHome } from './paths.ts'
import type { Env } from './paths.ts'
import { isRecord } from './section.ts'
import type { Flaw, SectionPart, Step } from './section.ts'

/** A section as read: its value, what was wrong with it, and the keys nobody knows. */
export interface ReadSection {
  readonly value: unknown
  readonly flaws: readonly Flaw[]
  readonly unknown: readonly Flaw[]
}

type ZodIssue = z.core.$ZodIssue

const steps = (path: readonly PropertyKey[]): Step[] => path.map((s) => (typeof s === 'number' ? s : String(s)))

/** Issues of a union as those of the branch that came closest, when one did. */
function flat(issue: ZodIssue): ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const below = issue.errors.map((errors) => errors.flatMap((e) => flat({ ...e, path: [...issue.path, ...e.path] })))
  const near = below.find((errors) => errors.length && errors.every((e) => e.code === 'unrecognized_keys'))
  if (near) return near
  const deeper = below.find((errors) => errors.length && errors.every((e) => e.path.length > issue.path.length))
  if (deeper) return deeper
  const wanted = below.flatMap((errors) => errors.flatMap((e) => (e.code === 'invalid_type' ? [e.expected] : [])))
  return [wanted.length ? { ...issue, message: `Invalid input: expected ${[...new Set(wanted)].join(' or ')}` } : issue]
}

function without(value: unknown, path: readonly Step[], keys: readonly string[]): unknown {
  const [head, ...rest] = path
  if (Array.isArray(value)) return value.map((v: unknown, i) => (i === Number(head) ? without(v, rest, keys) : v))
  if (!isRecord(value)) return value
  if (head !== undefined) return { ...value, [head]: without(value[head], rest, keys) }
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))
}

function secretsOf(value: unknown, at: readonly Step[] = []): [Secret, readonly Step[]][] {
  if (value instanceof Secret) return [[value, at]]
  if (Array.isArray(value)) return value.flatMap((v: unknown, i) => secretsOf(v, [...at, i]))
  return isRecord(value) ? Object.entries(value).flatMap(([k, v]) => secretsOf(v, [...at, k])) : []
}

/** Gives a secret that is kept elsewhere its value; answers what was wrong, if anything. */
async function resolveSecret(secret: Secret, env: Env, home: string): Promise<string | undefined> {
  const { ref } = secret
  if (!ref || secret.resolved) return undefined
  if ('env' in ref) {
    const value = env[ref.env]
    if (value) secret.resolve(value)
    if (value) return undefined
    return `the environment variable ${ref.env} is missing or empty; set it or write the value`
  }
  const folder = env['CREDENTIALS_DIRECTORY']
  const relative = !isAbsolute(ref.file) && !ref.file.startsWith('~')
  const path = relative && folder ? join(folder, ref.file) : expandHome(ref.file, home)
  try {
    const value = (await readFile(path, 'utf8')).trim()
    if (value) secret.resolve(value)
    if (value) return undefined
    return `the secret file ${path} is empty; write the secret into it`
  } catch (error) {
    return `the secret file ${path} cannot be read: ${describeError(error)}`
  }
}

/** Reads a section; `early` are flaws found before, such as missing variables. Never throws. */
export async function readSection(
  part: SectionPart,
  input: unknown,
  early: readonly Flaw[],
  place: { readonly env: Env; readonly home: string },
): Promise<ReadSection> {
  const flaws: Flaw[] = []
  const unknown: Flaw[] = []

  async function attempt(value: unknown, early: readonly Flaw[]): Promise<{ value: unknown; broken: Flaw[] }> {
    const result = part.schema.safeParse(value)
    const issues = result.success ? [] : result.error.issues.flatMap(flat)
    const strange = issues.filter((i) => i.code === 'unrecognized_keys')
    if (strange.length) {
      let next = value
      for (const issue of strange) {
        const at = steps(issue.path)
        next = without(next, at, issue.keys)
        for (const key of issue.keys)
          unknown.push({ at: [...at, key], message: 'unknown key; it is kept but does nothing' })
      }
      return attempt(next, early)
    }
    const broken: Flaw[] = [...early, ...issues.map((i) => ({ at: steps(i.path), message: i.message }))]
    for (const [secret, at] of result.success ? secretsOf(result.data) : []) {
      const message = await resolveSecret(secret, place.env, place.home)
      if (message !== undefined) broken.push({ at, message })
    }
    if (!broken.length) return { value: result.data, broken }
    flaws.push(...broken)
    return { value, broken }
  }

  let now = await attempt(input, early)
  for (let tries = 0; now.broken.length && tries < 4; tries++)
    now = await attempt(part.whenInvalid(now.value, now.broken), [])
  if (now.broken.length) now = await attempt(part.whenInvalid(undefined, [{ at: [], message: 'broken' }]), [])
  return { value: now.value, flaws, unknown }
}
