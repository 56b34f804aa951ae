// Checks of what is on the disk: the state folder, the database, the workspace, and the room there is.
import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { approvalsFile, ExecApprovals } from '../../domain/exec-approvals.ts'
import { expandHome } from '../../config/paths.ts'
import { startWorkspace, workspaceFiles } from '../../engine/prompt/workspace.ts'
import { hostCheck, said, well, wrong, type HostFacts } from './facts.ts'

/** Folders only their owner may read, and files that hold secrets; those that are there. */
function privates({ paths }: HostFacts): { path: string; mode: number }[] {
  const folders = [paths.stateDir, paths.credentialsDir, join(paths.stateDir, 'data'), paths.logsDir]
  const credentials = existsSync(paths.credentialsDir)
    ? readdirSync(paths.credentialsDir).map((n) => join(paths.credentialsDir, n))
    : []
  const files = [
    paths.configPath,
    paths.lastGoodPath,
    join(paths.stateDir, 'gateway.token'),
    join(paths.stateDir, '.env'),
    approvalsFile(paths.stateDir),
    join(paths.stateDir, 'data', 'state.db'),
    ...credentials,
  ]
  return [...folders, ...files].flatMap((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (!stat || stat.isSymbolicLink()) return []
    return [{ path, mode: stat.mode & 0o7777 }]
  })
}

const tooOpen = (facts: HostFacts) => privates(facts).filter((f) => f.mode & 0o077)

function writable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const statePermissions = hostCheck({
  id: 'state.permissions',
  summary: 'The state folder can be written, and read by nobody else.',
  severity: 'broken',
  look(facts) {
    const { stateDir } = facts.paths
    if (!existsSync(stateDir)) return well(`${stateDir} is made at the first start`)
    if (!writable(stateDir))
      return wrong(`this user may not write into ${stateDir}`, `sudo chown -R "$(id -un)" ${stateDir}`)
    const open = tooOpen(facts)
    if (!open.length) return well(stateDir)
    const names = open.map((f) => `${f.path} (${f.mode.toString(8)})`).join(', ')
    return wrong(`others may read or change ${names}`, 'oclaw doctor --fix')
  },
  async mend(facts, journal) {
    const open = tooOpen(facts)
    for (const f of open) await journal.chmod(f.path, f.mode & 0o7700)
    return open.length ? `took the rights of others from ${open.map((f) => f.path).join(', ')}` : undefined
  },
})

export const stateSynced = hostCheck({
  id: 'state.synced',
  summary: 'The state folder is not in a folder that a cloud synchronises.',
  severity: 'warn',
  look({ paths }) {
    const found = /(Dropbox|OneDrive|Google ?Drive|iCloud|Mobile Documents|Nextcloud|Syncthing)/i.exec(paths.stateDir)
    return found
      ? wrong(
          `${paths.stateDir} is in ${found[1]}, which copies a database while it is written; move it`,
          'OPENCLAW_STATE_DIR=~/.openclaw oclaw gateway',
        )
      : well()
  },
})

export const sessionsIntegrity = hostCheck({
  id: 'sessions.integrity',
  summary: 'The database is sound, and every row in it belongs to something.',
  severity: 'broken',
  look(facts) {
    const report = facts.database()
    if (!report) return well('there is no database yet')
    if (report.problems.length)
      return wrong(
        `${report.path}: ${report.problems.join('; ')}`,
        'oclaw gateway stop, then oclaw backup restore <file>',
      )
    if (report.orphans) return wrong(`${report.orphans} entries of ${report.path} have lost their turn`)
    return well(`${report.sessions} sessions, ${report.entries} entries`)
  },
})

export const messagesUndelivered = hostCheck({
  id: 'messages.undelivered',
  summary: 'Every answer reached its chat.',
  severity: 'note',
  after: ['sessions.integrity'],
  look(facts) {
    const n = facts.database()?.undelivered ?? 0
    return n ? wrong(`${n} messages failed or may not have arrived`, 'oclaw messages undelivered') : well()
  },
})

/** What the original left in this folder that nobody has taken over. */
function leftovers({ paths }: HostFacts): string[] {
  const agents = existsSync(paths.agentsDir) ? readdirSync(paths.agentsDir) : []
  const stores = agents.map((a) => join(paths.agentsDir, a, 'sessions', 'sessions.json'))
  return [...stores, join(paths.stateDir, 'cron', 'jobs.json')].filter((path) => existsSync(path))
}

export const sessionsMigration = hostCheck({
  id: 'sessions.migration',
  summary: 'The database has the form this program knows, and nothing older waits to be taken over.',
  severity: 'warn',
  look(facts) {
    const report = facts.database()
    if (report && report.version > report.known)
      return wrong(
        `${report.path} was written by a newer oclaw (format ${report.version}, this one knows ${report.known})`,
        'oclaw update',
      )
    const old = leftovers(facts)
    if (old.length && !existsSync(join(facts.paths.stateDir, 'import.json')))
      return wrong(`sessions or jobs of the original are not taken over: ${old.join(', ')}`, 'oclaw import')
    if (report && report.version < report.known)
      return well(`format ${report.version}; the next start brings it to ${report.known}, with a copy beside it`)
    return well(report ? `format ${report.version}` : undefined)
  },
})

const mb = 1024 * 1024

export const diskSpace = hostCheck({
  id: 'disk.space',
  summary: 'There is room on the disk.',
  severity: 'warn',
  look({ paths }) {
    const at = existsSync(paths.stateDir) ? paths.stateDir : paths.home
    if (!existsSync(at)) return well()
    const { bavail, bsize } = statfsSync(at)
    const free = Math.floor((bavail * bsize) / mb)
    return free < 500 ? wrong(`only ${free} MB are free on the disk of ${at}`, `du -xh ${at} | sort -h`) : well()
  },
})

export const clockSkew = hostCheck({
  id: 'clock.skew',
  summary: 'The clock goes right.',
  severity: 'warn',
  after: ['sessions.integrity'],
  look(facts) {
    const now = facts.clock.now()
    const behind = (facts.database()?.newestAt ?? 0) - now
    if (now < Date.UTC(2026, 0, 1) || behind > 60_000)
      return wrong(
        `the clock says ${new Date(now).toISOString()}, which is before what was already written down`,
        'sudo timedatectl set-ntp true',
      )
    return well()
  },
})

/** The folder of the default agent. */
const workspaceOf = (facts: HostFacts) => {
  const chosen = said(facts, 'agents.defaults.workspace')
  const usual = typeof chosen !== 'string' || chosen === '~/.openclaw/workspace'
  return usual ? facts.paths.workspaceDir : expandHome(chosen, facts.paths.home)
}

export const workspace = hostCheck({
  id: 'workspace.files',
  summary: 'The agent’s folder and its files are there.',
  severity: 'note',
  look(facts) {
    const folder = workspaceOf(facts)
    if (!existsSync(folder)) return well(`${folder} is made at the first message`)
    return workspaceFiles.some((f) => existsSync(join(folder, f)))
      ? well(folder)
      : wrong(`${folder} has none of its files`, 'oclaw doctor --fix')
  },
  async mend(facts, journal) {
    const folder = workspaceOf(facts)
    const made = await startWorkspace(
      {
        readText: async (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
        saveText: (path, text) => journal.write(path, text),
      },
      folder,
    )
    return made ? `wrote the files an agent begins with into ${folder}` : undefined
  },
})

export const approvalsReadable = hostCheck({
  id: 'approvals.readable',
  summary: 'The file of standing permissions can be understood.',
  severity: 'broken',
  look({ paths }) {
    const path = approvalsFile(paths.stateDir)
    if (!existsSync(path)) return well()
    try {
      ExecApprovals.parse(JSON.parse(readFileSync(path, 'utf8')))
      return well()
    } catch {
      return wrong(`${path} cannot be understood, so no program may be run at all`, 'oclaw approvals get')
    }
  },
})
