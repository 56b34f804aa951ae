// What belongs together: a program, its database and its config. An update notes those of before, a rollback brings all back.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Paths } from '../../config/paths.ts'
import { replaceFile, textOf } from '../../config/write.ts'
import { saveText } from '../../os/files.ts'
import { goBack } from '../../store/carry-back.ts'
import { formatOf, rollback } from './update.ts'

const Note = z.looseObject({
  from: z.string(),
  to: z.string(),
  /** The form of the database before. */
  format: z.number(),
  /** The text of the config before; null when there was none. */
  config: z.string().nullish(),
})
/** What was before the last update, or the last rollback. */
export type Generation = z.output<typeof Note>

const notePath = ({ stateDir }: Pick<Paths, 'stateDir'>) => join(stateDir, 'update.json')
const databasePath = ({ stateDir }: Pick<Paths, 'stateDir'>) => join(stateDir, 'data', 'state.db')

/** The note of the last update; undefined when there is none. */
export function noted(paths: Pick<Paths, 'stateDir'>): Generation | undefined {
  const path = notePath(paths)
  return existsSync(path) ? Note.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}

/** Notes what is here now, before it becomes another version. */
export async function note(paths: Paths, from: string, to: string): Promise<void> {
  const config = (await textOf(paths.configPath)) ?? null
  const made: Generation = { from, to, format: formatOf(databasePath(paths)), config }
  await saveText(notePath(paths), `${JSON.stringify(made)}\n`)
}

/** What a rollback would have to change besides the program. Throws CONFLICT when the database cannot go back. */
export async function wayBack(paths: Paths): Promise<{ readonly database: boolean; readonly config: boolean }> {
  const before = noted(paths)
  if (!before) return { database: false, config: false }
  const database = databasePath(paths)
  const now = formatOf(database)
  const backup = `${database}.backup-${before.format}`
  if (now > before.format && !existsSync(backup))
    throw new Fault(
      'CONFLICT',
      `the database has format ${now} since the update, and the program of before knows ${before.format}, but its copy ${backup} is not there; put a backup back (\`oclaw backup restore\`), then roll back`,
    )
  const { config } = before
  const text = (await textOf(paths.configPath)) ?? null
  return { database: now > before.format, config: config !== undefined && config !== null && config !== text }
}

/** What came of a rollback. */
export interface WentBack {
  /** Whether what came since the update is in the database of before; undefined when the database stayed. */
  readonly carried?: boolean
  /** Where the config of after the update is kept. */
  readonly config?: string
}

/**
 * Brings program, database and config of before the last update back; nobody may have the database open. Each step can be
 * done again, and the program comes last: killed in between, the newer one still starts. Throws NOT_FOUND and CONFLICT.
 */
export async function bringBack(paths: Paths, clock: Clock, program: string): Promise<WentBack> {
  const before = noted(paths)
  const way = await wayBack(paths)
  const database = databasePath(paths)
  const now = formatOf(database)
  const text = (await textOf(paths.configPath)) ?? null
  let out: WentBack = {}
  if (!existsSync(`${program}.previous`))
    throw new Fault('NOT_FOUND', `there is no program of before: ${program}.previous`)
  if (way.database && before) out = { ...out, carried: goBack(database, `${database}.backup-${before.format}`, now) }
  if (way.config && before?.config) {
    const kept = `${paths.configPath}.rejected.${new Date(clock.now()).toISOString().replaceAll(':', '-')}`
    if (text !== null) await replaceFile(kept, text)
    await replaceFile(paths.configPath, before.config)
    out = { ...out, config: kept }
  }
  await rollback(program)
  if (before) {
    const ahead: Generation = { from: before.to, to: before.from, format: now, config: text }
    await saveText(notePath(paths), `${JSON.stringify(ahead)}\n`)
  }
  return out
}
