// Takes an installation of the original over: shows what would be done, or does it; the source is only read.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { Paths } from '../../config/paths.ts'
import { makeDir, saveText } from '../../os/files.ts'
import { loginsPath } from '../../os/logins.ts'
import { Db } from '../../store/db.ts'
import { migrate } from '../../store/migrate.ts'
import { takeLock } from '../../store/lock.ts'
import { copyAll, planCopies } from './files.ts'
import { importLinks, type Adopter } from './links.ts'
import { importDevices, importJobs, importPeople, readDevices, readJobs } from './people.ts'
import { pictures } from './pictures.ts'
import { Tally, type Item } from './report.ts'
import { importSessions } from './sessions.ts'

/** What is imported into what. */
export interface ImportParts {
  readonly clock: Clock
  readonly paths: Paths
  /** The original's state folder; may be ours, which the original had before. */
  readonly from: string
  readonly apply: boolean
  readonly defaultAgent: string
  readonly channels: readonly Adopter[]
}

/** What was found and, with `applied`, done. */
export interface ImportReport {
  readonly from: string
  readonly applied: boolean
  readonly changes: number
  readonly items: readonly Item[]
}

/** Thrown to undo what a dry run has written. */
class Dry extends Error {}

const configNames = ['openclaw.json', 'clawdbot.json', 'moldbot.json', 'moltbot.json']

/** The database rows: written in one transaction, which a dry run undoes. */
async function rows(p: ImportParts, path: string, config: string): Promise<Tally[]> {
  const now = p.clock.now()
  const [known, work] = [new Tally('devices'), new Tally('jobs')]
  const [devices, jobs] = [await readDevices(p.from, known), await readJobs(p.from, now, work)]
  const db = new Db(p.apply || existsSync(path) ? path : ':memory:')
  let out: Tally[] = []
  try {
    migrate(db)
    await db.write(() => {
      const taken = pictures(db, p.clock, p.from, p.apply ? join(p.paths.stateDir, 'media') : undefined)
      const chats = importSessions(db, p.from, p.defaultAgent, taken)
      importDevices(db, devices, known)
      importJobs(db, jobs, work)
      const people = importPeople(db, join(p.from, 'credentials'), now)
      out = [
        chats.sessions,
        chats.entries,
        taken.tally,
        people,
        importLinks(db, p.from, config, p.channels),
        known,
        work,
      ]
      if (!p.apply) throw new Dry()
    })
  } catch (error) {
    if (!(error instanceof Dry)) throw error
  } finally {
    db.close()
  }
  return out
}

/** What cannot be taken over and has to be done again by hand. */
function byHand(from: string): Tally {
  const tally = new Tally('to be done by hand')
  if (existsSync(join(from, 'memory'))) tally.leave('memory index', 'it is made anew from the files', 0)
  if (existsSync(join(from, 'state', 'openclaw.sqlite')))
    tally.leave('state/openclaw.sqlite', 'people, devices and jobs of this newer release are paired and set anew', 0)
  const agents = existsSync(join(from, 'agents')) ? readdirSync(join(from, 'agents')) : []
  for (const agent of agents)
    if (
      existsSync(join(from, 'agents', agent, 'agent', 'openclaw-agent.sqlite')) &&
      !existsSync(loginsPath(join(from, 'agents', agent, 'agent')))
    )
      tally.leave(`logins of ${agent}`, 'they are in its database: oclaw models auth add', 0)
  return tally
}

/** Imports, or says what an import would do. Throws NOT_FOUND without a source, CONFLICT while the gateway runs. */
export async function runImport(p: ImportParts): Promise<ImportReport> {
  const { paths, from } = p
  const config = configNames.map((n) => join(from, n)).find((path) => existsSync(path)) ?? join(from, 'openclaw.json')
  if (![config, join(from, 'agents'), join(from, 'cron'), join(from, 'credentials')].some((path) => existsSync(path)))
    throw new Fault('NOT_FOUND', `${from} holds nothing of OpenClaw; name its folder: oclaw import --from ~/.openclaw`)
  const data = join(paths.stateDir, 'data')
  if (p.apply) await makeDir(data)
  const held = existsSync(paths.stateDir) && p.apply ? takeLock(`${paths.lockPath}.held`) : undefined
  if (p.apply && !held)
    throw new Fault('CONFLICT', 'the gateway runs; end it first, so that nobody else writes: oclaw gateway stop')
  try {
    const { copies, tallies } = planCopies(from, paths, config)
    const written = await rows(p, join(data, 'state.db'), config)
    if (p.apply) await copyAll(copies)
    const items = [...tallies, ...written, byHand(from)].map((t) => t.item())
    const changes = items.reduce((n, i) => n + i.added, 0)
    const report = { from, applied: p.apply, changes, items }
    if (p.apply && changes)
      await saveText(join(paths.stateDir, 'import.json'), `${JSON.stringify(report, undefined, 2)}\n`)
    return report
  } finally {
    held?.release()
  }
}
