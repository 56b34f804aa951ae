// Each change of a repair, with what was there before: one file per repair, from which everything can be put back.
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rename, rmdir, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { randomHex } from '../../lib/ids.ts'
import { makeDir, saveText } from '../../os/files.ts'

const Image = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('folder'), mode: z.number() }),
  z.object({ kind: z.literal('file'), mode: z.number(), base64: z.string() }),
])
type Image = z.output<typeof Image>

const Entry = z.object({ path: z.string(), before: Image, after: Image })
const File = z.object({
  version: z.literal(1),
  at: z.string(),
  undone: z.string().optional(),
  changes: z.array(Entry),
})
type File = z.output<typeof File>

/** What a repair may do. There is no delete. */
export interface Journal {
  /** Puts a text in place of a file in one step; a file that is new is readable by its owner only. */
  write(path: string, text: string): Promise<void>
  chmod(path: string, mode: number): Promise<void>
  /** Makes a folder for its owner only, and those above it that are missing. */
  folder(path: string): Promise<void>
  /** Where it is written down; undefined while nothing was changed. */
  readonly path: string | undefined
}

const folderOf = (stateDir: string) => join(stateDir, 'doctor')

function imageOf(path: string): Image {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return { kind: 'absent' }
  const mode = stat.mode & 0o7777
  if (stat.isDirectory()) return { kind: 'folder', mode }
  if (stat.isFile()) return { kind: 'file', mode, base64: readFileSync(path).toString('base64') }
  throw new Fault('INVALID_REQUEST', `${path} is no plain file or folder; mend it by hand`)
}

const same = (a: Image, b: Image) => Bun.deepEquals(a, b, true)

/** A journal of one repair; its file is there before the first change is made. */
export function journal(stateDir: string, clock: Clock): Journal {
  const at = new Date(clock.now()).toISOString()
  const path = join(folderOf(stateDir), `${at.replaceAll(':', '-')}.json`)
  const file: File = { version: 1, at, changes: [] }

  let tail: Promise<unknown> = Promise.resolve()

  /** One change after the other, each written down before it is made. */
  function change(target: string, after: Image, act: () => Promise<unknown>): Promise<void> {
    const done = tail.then(async () => {
      const before = imageOf(target)
      if (same(before, after)) return
      file.changes.push({ path: target, before, after })
      await saveText(path, `${JSON.stringify(file, undefined, 2)}\n`)
      await act()
    })
    tail = done.catch(() => undefined)
    return done
  }

  return {
    get path() {
      return file.changes.length ? path : undefined
    },
    async write(target, text) {
      const now = imageOf(target)
      const mode = now.kind === 'file' ? now.mode : 0o600
      const base64 = Buffer.from(text).toString('base64')
      await change(target, { kind: 'file', mode, base64 }, () => put(target, Buffer.from(text), mode))
    },
    async chmod(target, mode) {
      const now = imageOf(target)
      if (now.kind !== 'absent') await change(target, { ...now, mode }, () => chmod(target, mode))
    },
    async folder(target) {
      if (existsSync(target)) return
      if (!existsSync(dirname(target))) await this.folder(dirname(target))
      await change(target, { kind: 'folder', mode: 0o700 }, () => mkdir(target, { mode: 0o700 }))
    },
  }
}

async function put(path: string, bytes: Uint8Array, mode: number) {
  const temporary = `${path}.${process.pid}.${randomHex(6)}.tmp`
  await writeFile(temporary, bytes, { mode })
  await chmod(temporary, mode)
  await rename(temporary, path)
}

async function restore(path: string, before: Image) {
  if (before.kind === 'file') return put(path, Buffer.from(before.base64, 'base64'), before.mode)
  if (before.kind === 'folder') return chmod(path, before.mode)
  return lstatSync(path).isDirectory() ? rmdir(path) : unlink(path)
}

/** What an undo did, and what it left alone because somebody changed it since. */
export interface Undone {
  readonly journal: string
  readonly restored: readonly string[]
  readonly left: readonly string[]
}

/** Undoes the newest repair that was not undone yet. Throws NOT_FOUND when there is none. */
export async function undo(stateDir: string, clock: Clock): Promise<Undone> {
  const folder = folderOf(stateDir)
  await makeDir(folder)
  for (const name of (await readdir(folder))
    .filter((n) => n.endsWith('.json'))
    .sort()
    .reverse()) {
    const path = join(folder, name)
    const file = File.parse(JSON.parse(await readFile(path, 'utf8')))
    if (file.undone !== undefined) continue
    const restored: string[] = []
    const left: string[] = []
    for (const { path: target, before, after } of file.changes.toReversed()) {
      const now = imageOf(target)
      if (same(now, before)) continue // the repair was cut off before this
      if (same(now, after)) {
        await restore(target, before)
        restored.push(target)
      } else left.push(target)
    }
    await saveText(path, `${JSON.stringify({ ...file, undone: new Date(clock.now()).toISOString() }, undefined, 2)}\n`)
    return { journal: path, restored, left }
  }
  throw new Fault('NOT_FOUND', `there is no repair to undo; \`oclaw doctor --fix\` writes them into ${folder}`)
}
