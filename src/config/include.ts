// Parts of the config in files of their own (`$include`), merged in the order they are named.
import { readFile, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { describeError } from '../lib/fault.ts'
import { isForbiddenKey } from './path.ts'
import { isRecord } from './section.ts'
import type { Flaw, Step } from './section.ts'
import { parseJson5 } from './tree.ts'

const maxDepth = 10

/** What reading a config with its includes gave: the value, what went wrong where, and the files read. */
export interface Included {
  readonly value: unknown
  readonly flaws: readonly Flaw[]
  readonly files: readonly string[]
}

/** Two values as one: objects together, lists one after the other, else the later. */
export function mergeDeep(a: unknown, b: unknown): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return [...(a as unknown[]), ...(b as unknown[])]
  if (!isRecord(a) || !isRecord(b)) return b
  const out = { ...a }
  for (const [key, value] of Object.entries(b)) out[key] = Object.hasOwn(out, key) ? mergeDeep(out[key], value) : value
  return out
}

const outside = (dir: string, path: string) => {
  const way = relative(dir, path)
  return way.startsWith('..') || isAbsolute(way)
}

/** Replaces every `$include` of a parsed config. Never throws: what cannot be included is a flaw at its place. */
export async function expandIncludes(value: unknown, configPath: string): Promise<Included> {
  const flaws: Flaw[] = []
  const files: string[] = []
  const top = dirname(configPath)
  const realTop = await realpath(top).catch(() => top)

  async function read(name: string, from: string, at: readonly Step[], chain: readonly string[]): Promise<unknown> {
    const path = isAbsolute(name) ? name : join(dirname(from), name)
    const fail = (why: string) => void flaws.push({ at, message: `$include ${JSON.stringify(name)}: ${why}` })
    if (chain.includes(path)) return fail(`it includes itself: ${[...chain, path].join(' -> ')}`)
    if (chain.length > maxDepth) return fail(`more than ${maxDepth} levels deep`)
    if (outside(top, path)) return fail(`it must be inside ${top}`)
    let parsed: unknown
    try {
      if (outside(realTop, await realpath(path))) return fail(`it leads out of ${top} by a link`)
      files.push(path)
      parsed = parseJson5(await readFile(path, 'utf8'), path)
    } catch (error) {
      return fail(describeError(error))
    }
    return walk(parsed, path, at, [...chain, path])
  }

  async function walk(value: unknown, from: string, at: readonly Step[], chain: readonly string[]): Promise<unknown> {
    if (Array.isArray(value)) {
      const out: unknown[] = []
      for (const [i, item] of (value as unknown[]).entries()) out.push(await walk(item, from, [...at, i], chain))
      return out
    }
    if (!isRecord(value)) return value
    const own: Record<string, unknown> = {}
    for (const [key, child] of Object.entries(value)) {
      if (isForbiddenKey(key)) flaws.push({ at: [...at, key], message: `the key ${key} is not allowed` })
      else if (key !== '$include') own[key] = await walk(child, from, [...at, key], chain)
    }
    if (!Object.hasOwn(value, '$include')) return own
    const wanted = value['$include']
    const names: unknown[] = Array.isArray(wanted) ? (wanted as unknown[]) : [wanted]
    let whole: unknown
    for (const name of names) {
      if (typeof name !== 'string' || !name) {
        flaws.push({ at, message: '$include must be a file name or a list of them' })
        continue
      }
      const part = await read(name, from, at, chain)
      if (part !== undefined) whole = whole === undefined ? part : mergeDeep(whole, part)
    }
    if (whole === undefined) return own
    if (!Object.keys(own).length) return whole
    if (isRecord(whole)) return mergeDeep(whole, own)
    flaws.push({ at, message: '$include beside other keys needs a file with an object' })
    return own
  }

  return { value: await walk(value, configPath, [], [configPath]), flaws, files }
}
