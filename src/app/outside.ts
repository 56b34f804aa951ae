// The ways out of the process that the engine is given.
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { openFile, readAll } from '../tools/paths.ts'
import type { Clock } from '../lib/clock.ts'
import { addressOf, checkedUrl, guardedFetch } from '../lib/fetch.ts'
import type { MediaStore } from '../define/tool.ts'
import type { Outside } from '../engine/world.ts'
import { background } from '../os/background.ts'
import { childEnv, spawner } from '../os/child.ts'
import { once } from '../lib/once.ts'
import { boxes } from '../os/box/choose.ts'
import { codeHash } from '../os/code-files.ts'
import { lookupAll, pinnedFetch } from '../os/dns.ts'
import { appendLine, makeDir, readText, saveText, textsLike } from '../os/files.ts'
import { memoryFiles } from '../os/memory-files.ts'
import { pictures } from '../os/picture.ts'
import { skillFiles, skillHash } from '../os/skill-folders.ts'
import { temporaryFile } from '../os/temporary-file.ts'

/** Limits on what a model asks to fetch: 2 MB, 30 s, three redirects, nothing inside our own network. */
const limits = { maxBytes: 2_000_000, timeoutMs: 30_000, maxRedirects: 3, allowPrivate: false }

/** The same for what is installed: 200 MB, 15 min. */
const downloads = { ...limits, maxBytes: 200_000_000, timeoutMs: 900_000, maxRedirects: 8 }

/** The bytes, name and MIME type of a file inside `root`. Throws a Fault when it lies outside or is not there. */
export async function readInside(path: string, root: string) {
  await using file = await openFile({ workspace: root, confined: true }, path)
  const name = basename(path)
  return {
    bytes: await readAll(file, path),
    name,
    mime: Bun.file(name).type.split(';')[0] || 'application/octet-stream',
  }
}

/** What keeps programs apart on this machine, looked for when it is first wanted. */
const boxesOf = (clock: Clock) =>
  once(() =>
    boxes({ clock, spawn: spawner(clock), env: childEnv(process.env), which: (program) => Bun.which(program) }),
  )

/** The real ways out. */
export function outside(clock: Clock, media: MediaStore): Outside {
  const box = boxesOf(clock)
  const guard = { lookup: lookupAll, fetch: pinnedFetch, clock }
  const guarded = { ...guard, allowPrivate: false }
  return {
    guardedFetch: (how) => guardedFetch({ ...guard, ...limits, ...how }),
    download: guardedFetch({ ...guard, ...downloads }),
    publicUrl: async (url, signal) => void (await addressOf(checkedUrl(url, guarded), guarded, signal)),
    fetch: globalThis.fetch,
    spawn: spawner(clock),
    background: (how) => background(clock, how),
    childEnv: childEnv(process.env),
    media,
    pictures: pictures((id) => media.read(id)),
    boxes: {
      kind: async (rule) => (await box().choose(rule)).kind,
      list: async () => (await (await box().docker())?.list()) ?? [],
      prune: async (age) => (await (await box().docker())?.prune(age)) ?? [],
      remove: async (names) => (await box().docker())?.remove(names),
    },
    boxed: async (spec, run) => (await box().choose(spec.container)).wrap(spec, run),
    which: (program, cwd, path) => Bun.which(program, { PATH: path ?? process.env['PATH'] ?? '', cwd }) ?? undefined,
    codeHash,
    readText,
    textsLike,
    saveText,
    appendLine,
    readFile: readInside,
    temporaryFile,
    makeDir,
    skillFiles,
    skillHash,
    memoryFiles,
    exists: existsSync,
    platform: process.platform,
  }
}
