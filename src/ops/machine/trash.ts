// Nothing is deleted: what is in the way is moved beside the state folder, where a person finds it.
import { existsSync } from 'node:fs'
import { cp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import type { Paths } from '../../config/paths.ts'
import { makeDir } from '../../os/files.ts'

/** Where things go that are taken away at this moment. */
export const trashFolder = (paths: Pick<Paths, 'stateDir'>, clock: Clock): string =>
  join(`${paths.stateDir}.trash`, new Date(clock.now()).toISOString().replaceAll(':', '-'))

async function move(from: string, to: string): Promise<void> {
  await makeDir(dirname(to))
  try {
    await rename(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    await cp(from, to, { recursive: true })
    await rm(from, { recursive: true })
  }
}

/** Moves files and folders into the trash; answers where they are, or nothing when none was there. */
export async function trash(
  paths: Pick<Paths, 'stateDir'>,
  clock: Clock,
  what: readonly string[],
): Promise<string | undefined> {
  const folder = trashFolder(paths, clock)
  const there = what.filter((path) => existsSync(path))
  for (const path of there) {
    const inside = path.startsWith(`${paths.stateDir}${sep}`)
    await move(path, join(folder, inside ? relative(paths.stateDir, path) : basename(path)))
  }
  return there.length ? folder : undefined
}
