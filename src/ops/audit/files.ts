// Who may read and change what is on the disk.
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loginFiles } from '../login-files.ts'
import { finding, said, type AuditFacts, type Finding, type Look } from './facts.ts'

interface Target {
  readonly path: string
  /** How its ids begin, such as `fs.config`. */
  readonly id: string
  readonly name: string
  readonly folder: boolean
}

const modeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.mode

/** Everything that is to be private; what is not there is left out. */
function targets(f: AuditFacts): Target[] {
  const { paths } = f
  const file = (id: string, name: string, path: string): Target => ({ id, name, path, folder: false })
  const inside = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((n) => join(folder, n)) : [])
  const log = said(f, 'logging.file')
  return [
    { id: 'fs.state_dir', name: 'state folder', path: paths.stateDir, folder: true },
    file('fs.config', 'config', paths.configPath),
    ...f.files.filter((p) => p !== paths.configPath).map((p) => file('fs.config_include', 'included config', p)),
    { id: 'fs.credentials_dir', name: 'credentials folder', path: paths.credentialsDir, folder: true },
    ...inside(paths.credentialsDir).map((p) => file('fs.credentials_dir', 'credentials', p)),
    ...[
      join(paths.stateDir, 'gateway.token'),
      join(paths.stateDir, '.env'),
      ...loginFiles(said(f, 'agents.list'), paths),
    ].map((p) => file('fs.auth_profiles', 'secrets', p)),
    file('fs.sessions_store', 'sessions', join(paths.stateDir, 'data', 'state.db')),
    file('fs.log_file', 'log', typeof log === 'string' ? log : join(paths.logsDir, 'gateway.log')),
  ].filter((t) => modeOf(t.path) !== undefined)
}

/** The ids of what is wrong with a mode, worst first; as the original names them. */
function wrongs(t: Target, mode: number): [suffix: string, severity: Finding['severity'], what: string][] {
  if (t.id === 'fs.state_dir') {
    if (mode & 0o002) return [['perms_world_writable', 'critical', 'everybody can change it']]
    if (mode & 0o020) return [['perms_group_writable', 'warn', 'its group can change it']]
    return mode & 0o055 ? [['perms_readable', 'warn', 'others can look into it']] : []
  }
  if (t.id === 'fs.sessions_store' || t.id === 'fs.log_file')
    return mode & 0o044 ? [['perms_readable', 'warn', 'others can read it']] : []
  if (mode & 0o022) {
    return [['perms_writable', 'critical', 'others can change it']]
  }
  const split = t.id === 'fs.config' || t.id === 'fs.config_include'
  if (mode & 0o004) return [[split ? 'perms_world_readable' : 'perms_readable', 'critical', 'everybody can read it']]
  return mode & 0o040 ? [[split ? 'perms_group_readable' : 'perms_readable', 'warn', 'its group can read it']] : []
}

export const permissions: Look = (f) =>
  targets(f).flatMap((t) => {
    const mode = (modeOf(t.path) ?? 0) & 0o777
    const wanted = t.folder ? '700' : '600'
    return wrongs(t, mode).map(([suffix, severity, what]) =>
      finding(
        severity,
        `${t.id}.${suffix}`,
        `The ${t.name} is too open`,
        `${t.path} has mode ${mode.toString(8)}: ${what}`,
        `chmod ${wanted} ${t.path}`,
      ),
    )
  })

export const links: Look = ({ paths }) =>
  [
    ['fs.state_dir.symlink', paths.stateDir],
    ['fs.config.symlink', paths.configPath],
  ].flatMap(([id = '', path = '']) =>
    lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
      ? [finding('warn', id, 'A link leads elsewhere', `${path} is a link; who owns its target owns the assistant`)]
      : [],
  )

export const synced: Look = ({ paths }) =>
  /(Dropbox|OneDrive|Google ?Drive|iCloud|Mobile Documents|Nextcloud|Syncthing)/i.test(paths.stateDir)
    ? [
        finding(
          'warn',
          'fs.synced_dir',
          'The state folder is synchronised',
          `${paths.stateDir} is copied to a cloud, with every secret in it`,
          'keep it elsewhere: OPENCLAW_STATE_DIR',
        ),
      ]
    : []

/** What `chmod` mends, and the mode each should have. */
export const chmods = (f: AuditFacts): { readonly path: string; readonly mode: number; readonly is: number }[] =>
  targets(f).flatMap((t) => {
    if (lstatSync(t.path).isSymbolicLink()) return []
    const is = (modeOf(t.path) ?? 0) & 0o777
    const wide = is & 0o077
    const folder = lstatSync(t.path).isDirectory()
    return [{ path: t.path, is, mode: wide ? (folder ? 0o700 : 0o600) : is }]
  })
