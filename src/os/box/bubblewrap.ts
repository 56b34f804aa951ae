// Programs kept apart by bubblewrap: namespaces of their own, the system's programs to read, one folder to write.
import { existsSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import { insideFolder, insidePath, refuseEscape, type Box, type Boxed, type BoxRun, type BoxSpec } from './spec.ts'

/** Folders of the system that hold programs; on most systems some are links into /usr. */
const system = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store']
/** What programs need to know of the system and gives nothing away. */
const facts = ['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime', 'ssl', 'ca-certificates']

/** The system's programs, to be read. */
function programs(): string[] {
  return system.flatMap((path) => {
    const info = lstatSync(path, { throwIfNoEntry: false })
    if (!info) return []
    return info.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
  })
}

/** A list of people with nobody in it but who runs the program. */
function people(folder: string): readonly string[] {
  const at = join(dirname(folder), '.people')
  const [passwd, group] = [join(at, 'passwd'), join(at, 'group')]
  if (!existsSync(group)) {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
    mkdirSync(at, { recursive: true, mode: 0o700 })
    writeFileSync(passwd, `agent:x:${uid}:${gid}::/workspace:/bin/sh\n`)
    writeFileSync(group, `agent:x:${gid}:\n`)
  }
  return ['--ro-bind', passwd, '/etc/passwd', '--ro-bind', group, '/etc/group']
}

/** Binds of the config: `host:inside[:ro]`. */
function binds(spec: BoxSpec): string[] {
  return (spec.container.binds ?? []).flatMap((bind) => {
    const [source = '', target = source, mode] = bind.split(':')
    return [mode?.split(',').includes('ro') ? '--ro-bind' : '--bind', source, target]
  })
}

/** Kilobytes of `512m`, `2g`, or a number of bytes. */
function kilobytes(size: string | number): number | undefined {
  const m = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(String(size).trim())
  const unit = { '': 1 / 1024, b: 1 / 1024, k: 1, m: 1024, g: 1024 * 1024 }[m?.[2]?.toLowerCase() ?? '']
  return m && unit ? Math.floor(Number(m[1]) * unit) : undefined
}

/** Limits a shell can set: those of the config that bubblewrap itself knows nothing of. */
function limits({ container: c }: BoxSpec): string[] {
  const flags: Readonly<Record<string, string>> = { nofile: '-n', fsize: '-f', core: '-c', cpu: '-t', stack: '-s' }
  const memory = c.memory === undefined ? undefined : kilobytes(c.memory)
  return [
    ...(memory === undefined ? [] : [`ulimit -v ${memory}`]),
    ...Object.entries(c.ulimits).flatMap(([name, value]) => {
      const most = typeof value === 'object' ? value.hard : Number(String(value).split(':').at(-1))
      return flags[name] && Number.isFinite(most) ? [`ulimit ${flags[name]} ${most}`] : []
    }),
  ]
}

/** The command line of bubblewrap for one program. Throws FORBIDDEN for a folder outside, UNAVAILABLE for a network. */
export function bubblewrapArgs(program: string, spec: BoxSpec, run: BoxRun): string[] {
  const { container: c } = spec
  refuseEscape(spec)
  if (c.network !== 'none')
    throw new Fault(
      'UNAVAILABLE',
      `bubblewrap has no network "${c.network}"; take none (sandbox.docker.network), or install Docker`,
    )
  const env = {
    ...c.env,
    PATH: insidePath,
    HOME: c.workdir,
    ...(run.pty ? { TERM: 'xterm-256color' } : {}),
    ...run.env,
  }
  const set = limits(spec)
  const inner = set.length ? ['/bin/sh', '-c', `${set.join('; ')}; exec "$0" "$@"`, ...run.argv] : run.argv
  return [
    program,
    '--unshare-all',
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    '--hostname',
    'sandbox',
    ...programs(),
    ...facts.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...people(spec.folder),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...c.tmpfs.flatMap((path) => ['--tmpfs', path]),
    ...binds(spec),
    spec.readOnly ? '--ro-bind' : '--bind',
    spec.folder,
    c.workdir,
    '--chdir',
    insideFolder(spec, run.cwd),
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    '--',
    ...inner,
  ]
}

/** Keeps programs apart with the bubblewrap at this path; its own environment is empty. */
export const bubblewrap = (program: string): Box => ({
  kind: 'bubblewrap',
  wrap(spec, run): Promise<Boxed> {
    mkdirSync(spec.folder, { recursive: true, mode: 0o700 })
    return Promise.resolve({ argv: bubblewrapArgs(program, spec, run), cwd: '/', env: {} })
  },
})
