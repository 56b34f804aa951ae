// The tool that changes several files at once by a patch; nothing is written unless all of it fits.
import { unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { defineTool } from '../define/tool.ts'
import { Fault } from '../lib/fault.ts'
import { absolute, openFile, openFolder, readAll, writeInside, type Root } from './paths.ts'

/** A run of lines: what is there, and what stands in its place. */
interface Hunk {
  /** A line that comes somewhere before it, such as a function's head. */
  readonly anchor: string
  readonly old: readonly string[]
  readonly put: readonly string[]
  /** Whether it belongs at the end of the file. */
  readonly atEnd: boolean
}

type Change =
  | { readonly kind: 'add'; readonly path: string; readonly text: string }
  | { readonly kind: 'delete'; readonly path: string }
  | { readonly kind: 'update'; readonly path: string; readonly to?: string; readonly hunks: readonly Hunk[] }

const wrong = (why: string, n?: number) =>
  new Fault(
    'INVALID_REQUEST',
    `the patch is wrong${n === undefined ? '' : ` at line ${n + 1}`}: ${why}; nothing was changed`,
  )

/** Reads the lines of one hunk; answers where the next thing begins. */
function hunkAt(lines: readonly string[], start: number): { hunk: Hunk; next: number } {
  const old: string[] = []
  const put: string[] = []
  let at = start
  let anchor = ''
  let atEnd = false
  const head = /^@@(?: (.*))?$/.exec(lines[at] ?? '')
  if (head) {
    anchor = head[1]?.trim() ?? ''
    at++
  }
  for (; at < lines.length; at++) {
    const line = lines[at] as string
    if (line === '*** End of File') {
      atEnd = true
      at++
      break
    }
    if (line.startsWith('*** ') || line.startsWith('@@')) break
    const mark = line[0] ?? ' '
    if (mark === ' ' || line === '') {
      old.push(line.slice(1))
      put.push(line.slice(1))
    } else if (mark === '-') old.push(line.slice(1))
    else if (mark === '+') put.push(line.slice(1))
    else throw wrong(`lines of a change begin with a space, "-" or "+", not ${JSON.stringify(line.slice(0, 30))}`, at)
  }
  return { hunk: { anchor, old, put, atEnd }, next: at }
}

/** The changes a patch asks for. Throws INVALID_REQUEST with the line that is wrong. */
export function parsePatch(input: string): Change[] {
  const lines = input.replaceAll('\r\n', '\n').trim().split('\n')
  if (lines[0]?.trim() !== '*** Begin Patch' || lines.at(-1)?.trim() !== '*** End Patch')
    throw wrong('it must begin with "*** Begin Patch" and end with "*** End Patch"')
  const body = lines.slice(0, -1)
  const out: Change[] = []
  let at = 1
  while (at < body.length) {
    const line = body[at] as string
    const m = /^\*\*\* (Add|Delete|Update) File: (.+)$/.exec(line.trimEnd())
    if (!m) {
      if (!line.trim()) {
        at++
        continue
      }
      throw wrong(`expected "*** Add|Delete|Update File: <path>", not ${JSON.stringify(line.slice(0, 40))}`, at)
    }
    const path = (m[2] as string).trim()
    at++
    if (m[1] === 'Delete') out.push({ kind: 'delete', path })
    else if (m[1] === 'Add') {
      const text: string[] = []
      for (; at < body.length && !body[at]?.startsWith('*** '); at++) {
        if (!body[at]?.startsWith('+')) throw wrong('lines of a new file begin with "+"', at)
        text.push((body[at] as string).slice(1))
      }
      out.push({ kind: 'add', path, text: text.length ? `${text.join('\n')}\n` : '' })
    } else {
      const move = /^\*\*\* Move to: (.+)$/.exec(body[at]?.trimEnd() ?? '')
      if (move) at++
      const hunks: Hunk[] = []
      while (at < body.length && !/^\*\*\* (Add|Delete|Update) File: /.test(body[at] as string)) {
        const { hunk, next } = hunkAt(body, at)
        if (next === at) throw wrong('a change has no lines', at)
        hunks.push(hunk)
        at = next
      }
      if (!hunks.length && !move) throw wrong(`${path} has no changes`)
      out.push({ kind: 'update', path, hunks, ...(move ? { to: (move[1] as string).trim() } : {}) })
    }
  }
  if (!out.length) throw wrong('it changes nothing')
  return out
}

/** How strictly lines are compared, strictest first. */
const views: readonly ((line: string) => string)[] = [(l) => l, (l) => l.trimEnd(), (l) => l.trim()]

/** Where lines stand at or after `from`; undefined when they do not. */
function find(lines: readonly string[], wanted: readonly string[], from: number, atEnd: boolean): number | undefined {
  if (!wanted.length) return atEnd ? lines.length : from
  for (const view of views) {
    const want = wanted.map(view)
    const last = lines.length - want.length
    const order = atEnd ? [last] : Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i)
    const hit = order.find((at) => at >= 0 && want.every((w, i) => view(lines[at + i] as string) === w))
    if (hit !== undefined) return hit
  }
  return undefined
}

/** The text with the hunks applied in order. Throws INVALID_REQUEST when one does not fit. */
export function applyHunks(text: string, hunks: readonly Hunk[], path: string): string {
  const crlf = text.includes('\r\n')
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const ended = lines.at(-1) === ''
  if (ended) lines.pop()
  let at = 0
  for (const h of hunks) {
    if (h.anchor) {
      const found = find(lines, [h.anchor], at, false)
      if (found === undefined) throw wrong(`${path} has no line ${JSON.stringify(h.anchor)}; read the file first`)
      at = found + (h.old.length ? 0 : 1)
    }
    const found = find(lines, h.old, h.old.length || h.anchor ? at : lines.length, h.atEnd)
    if (found === undefined)
      throw wrong(`${path} does not hold these lines; read the file first:\n${h.old.slice(0, 8).join('\n')}`)
    lines.splice(found, h.old.length, ...h.put)
    at = found + h.put.length
  }
  const out = `${lines.join('\n')}${(ended || !text) && lines.length ? '\n' : ''}`
  return crlf ? out.replaceAll('\n', '\r\n') : out
}

async function textOf(root: Root, path: string): Promise<string> {
  await using file = await openFile(root, path)
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readAll(file, path))
  if (text.includes('\uFFFD')) throw wrong(`${path} is not a text file in UTF-8`)
  return text
}

const exists = (root: Root, path: string) =>
  textOf(root, path).then(
    () => true,
    (error: unknown) => !(error instanceof Fault && error.code === 'NOT_FOUND'),
  )

/** Removes a file from its folder, which is held open: nothing can lead elsewhere in between. */
async function removeFile(root: Root, path: string) {
  const target = absolute(root, path)
  await using folder = await openFolder(root, dirname(target))
  await unlink(join(folder.at, basename(target)))
}

/** The tool `apply_patch`. */
export const applyPatch = defineTool({
  id: 'apply_patch',
  summary:
    'Changes files by a patch: *** Begin Patch, then *** Add|Update|Delete File: <path> with lines marked " ", "-", "+", then *** End Patch.',
  risk: 'write',
  params: z.strictObject({
    input: z.string().min(1).describe('the whole patch, from *** Begin Patch to *** End Patch'),
  }),
  async run({ input }, ctx) {
    const changes = parsePatch(input)
    const texts = new Map<string, string>()
    const twice = changes.map((c) => c.path).find((p, i, all) => all.indexOf(p) !== i)
    if (twice !== undefined) throw wrong(`${twice} is named twice`)
    for (const c of changes) {
      if (c.kind === 'add' && (await exists(ctx, c.path))) throw wrong(`${c.path} is there already`)
      if (c.kind === 'update') texts.set(c.path, applyHunks(await textOf(ctx, c.path), c.hunks, c.path))
      if (c.kind === 'update' && c.to !== undefined && (await exists(ctx, c.to)))
        throw wrong(`${c.to} is there already`)
      if (c.kind === 'delete') await textOf(ctx, c.path)
    }
    const done: string[] = []
    for (const c of changes) {
      if (c.kind === 'delete') await removeFile(ctx, c.path)
      else
        await writeInside(
          ctx,
          (c.kind === 'update' && c.to) || c.path,
          c.kind === 'add' ? c.text : (texts.get(c.path) ?? ''),
        )
      if (c.kind === 'update' && c.to !== undefined) await removeFile(ctx, c.path)
      done.push(
        `${{ add: 'A', delete: 'D', update: 'M' }[c.kind]} ${c.path}${c.kind === 'update' && c.to ? ` -> ${c.to}` : ''}`,
      )
    }
    return { ok: true, text: done.join('\n') }
  },
})
