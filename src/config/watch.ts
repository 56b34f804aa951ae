// Notices changes of the config file and its includes, also when an editor replaces the file.
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import type { Scope } from '../lib/scope.ts'

/** What is watched, and who hears of it. The first of `files` is the config; its folder must exist. */
export interface WatchParts {
  readonly scope: Scope
  readonly clock: Clock
  /** Every file the config was read from, asked anew after each change. */
  files(): readonly string[]
  /** How long the files must be quiet, in ms. */
  debounceMs(): number
  /** Hears the new text of the config; undefined when it is gone. Must not throw. */
  changed(raw: string | undefined): void | Promise<void>
  /** Hears what went wrong while watching; the watch goes on. */
  broken(error: unknown): void
}

const textOf = (path: string) => readFile(path, 'utf8').catch(() => undefined)

/** Watches until the scope closes; resolves when it has begun. Throws when the folder cannot be watched. */
export async function watchConfig(parts: WatchParts): Promise<void> {
  const { scope, clock } = parts
  const folders = new Map<string, () => void>()
  const seen = new Map<string, string | undefined>()
  let wait = new AbortController()
  let looking = Promise.resolve()

  function follow() {
    const wanted = new Set(parts.files().map((path) => dirname(path)))
    for (const [folder, stop] of folders) if (!wanted.has(folder)) stop()
    for (const folder of wanted) {
      if (folders.has(folder)) continue
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || parts.files().some((path) => basename(path) === name)) soon()
      })
      watcher.on('error', (error) => parts.broken(error))
      const forget = scope.defer(`watch ${folder}`, () => watcher.close())
      folders.set(folder, () => {
        folders.delete(folder)
        forget()
        watcher.close()
      })
    }
  }

  function soon() {
    wait.abort(new Error('changed again'))
    const mine = (wait = new AbortController())
    clock.sleep(parts.debounceMs(), AbortSignal.any([mine.signal, scope.signal])).then(
      () => void (looking = looking.then(look).catch((error: unknown) => parts.broken(error))),
      () => undefined, // another change came, or the scope closed
    )
  }

  /** Takes note of the files; whether one that was known has changed. */
  async function note() {
    let changed = false
    for (const path of parts.files()) {
      const now = await textOf(path)
      if (seen.has(path) && seen.get(path) !== now) changed = true
      seen.set(path, now)
    }
    return changed
  }

  async function look() {
    while (!scope.signal.aborted && (await note())) {
      await parts.changed(seen.get(parts.files()[0] ?? ''))
      follow()
    }
  }

  follow()
  await note()
}
