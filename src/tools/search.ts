// The tool that finds files by name and text by pattern.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Glob } from 'bun'
import { z } from 'zod'
import { defineTool, type ToolContext } from '../define/tool.ts'
import { Fault } from '../lib/fault.ts'
import { nextTick } from '../lib/clock.ts'
import { openFile, openFolder } from './paths.ts'

const skipped = new Set(['.git', 'node_modules'])
const maxFiles = 50_000
const maxBytes = 2_000_000
const maxLine = 500

/** A repeated group that repeats or chooses inside, and references back: patterns whose matching time explodes. */
const explosive = /\([^()]*[+*}|][^()]*\)[+*{]|\)[+*{?]*\)[+*{]|\\[1-9]|\\k</
/** Repetitions without a limit that a pattern may have; each one more multiplies the worst matching time. */
const maxRepeats = 4

function compile(pattern: string, ignoreCase: boolean): RegExp {
  const repeats = pattern.match(/[*+]|,\}/g)?.length ?? 0
  if (pattern.length > 300 || repeats > maxRepeats || explosive.test(pattern))
    throw new Fault('INVALID_REQUEST', 'the pattern repeats too much or refers back; search for something simpler')
  try {
    return new RegExp(pattern, ignoreCase ? 'iu' : 'u')
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `the pattern is not a regular expression: ${String(error)}`, { cause: error })
  }
}

/** Paths of files below a folder, in order, each folder held open while it is listed. Links are never followed. */
async function* filesBelow(ctx: ToolContext, top: string, below = ''): AsyncIterable<string> {
  ctx.signal.throwIfAborted()
  await using folder = await openFolder(ctx, join(top, below))
  const entries = await readdir(folder.at, { withFileTypes: true })
  for (const e of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below ? `${below}/${e.name}` : e.name
    if (e.isDirectory() && !skipped.has(e.name)) yield* filesBelow(ctx, top, path)
    else if (e.isFile()) yield path
  }
}

/** Matching lines of one file; nothing of a binary or very large one. */
async function linesIn(ctx: ToolContext, path: string, shown: string, find: RegExp): Promise<string[]> {
  await using file = await openFile(ctx, path)
  if ((await file.handle.stat()).size > maxBytes) return []
  const bytes = await file.handle.readFile()
  if (bytes.subarray(0, 8000).includes(0)) return []
  return bytes
    .toString()
    .split('\n')
    .flatMap((line, i) =>
      find.test(line.slice(0, maxLine)) ? [`${shown}:${i + 1}: ${line.trim().slice(0, 300)}`] : [],
    )
}

/** The tool `search`. */
export const search = defineTool({
  id: 'search',
  summary: 'Finds files by name (glob), or lines of files by regular expression (pattern), or both.',
  risk: 'read',
  timeoutMs: 60_000,
  params: z.strictObject({
    pattern: z.string().min(1).optional().describe('regular expression that lines must match'),
    glob: z.string().min(1).optional().describe('which files, such as **/*.ts; a bare name matches in any folder'),
    path: z.string().default('.').describe('folder or file to search, relative to the workspace'),
    ignoreCase: z.boolean().default(false).describe('whether upper and lower case are the same'),
    limit: z.number().int().min(1).max(1000).default(200).describe('at most this many results'),
  }),
  async run(input, ctx) {
    const find = input.pattern === undefined ? undefined : compile(input.pattern, input.ignoreCase)
    const glob =
      input.glob === undefined ? undefined : new Glob(input.glob.includes('/') ? input.glob : `**/${input.glob}`)
    const out: string[] = []
    let seen = 0
    const look = async (path: string, shown: string) => {
      if (find) out.push(...(await linesIn(ctx, path, shown, find)))
      else out.push(shown)
    }
    const isFile = await openFolder(ctx, input.path).then(
      (f) => f[Symbol.asyncDispose]().then(() => false),
      (error: unknown) => {
        if (error instanceof Fault && error.code === 'INVALID_REQUEST') return true
        throw error
      },
    )
    if (isFile) await look(input.path, input.path)
    else
      for await (const path of filesBelow(ctx, input.path)) {
        if (++seen > maxFiles || out.length > input.limit) break
        if (seen % 200 === 0) await nextTick()
        // A file that vanished or cannot be read is no result.
        if (!glob || glob.match(path)) await look(join(input.path, path), path).catch(ignoreFault)
      }
    const more = out.length > input.limit ? `\n[only the first ${input.limit}; narrow the search]` : ''
    const partial = seen > maxFiles ? `\n[stopped after ${maxFiles} files]` : ''
    return {
      ok: true,
      text: out.length ? out.slice(0, input.limit).join('\n') + more + partial : `nothing found${partial}`,
    }
  },
})

function ignoreFault(error: unknown): void {
  if (!(error instanceof Fault)) throw error
}
