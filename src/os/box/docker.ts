// Programs kept apart by Docker: a container for each box, made when it is first needed and made anew when its rules change.
import { mkdirSync } from 'node:fs'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { sha256 } from '../../lib/ids.ts'
import type { Container, ContainerAge } from '../../define/box.ts'
import type { Spawn } from '../../define/tool.ts'
import { insideFolder, refuseEscape, type Box, type Boxed, type BoxSpec } from './spec.ts'

/** What a container was made of, as a label. */
const label = 'oclaw.sandbox'
/** A container whose rules changed is left alone this long after its last use, in ms. */
const idleMs = 300_000

/** What it works with. */
export interface DockerParts {
  readonly program: string
  readonly spawn: Spawn
  readonly env: Readonly<Record<string, string>>
  readonly clock: Clock
}

const ulimit = (value: string | number | { readonly soft: number; readonly hard: number }): string =>
  typeof value === 'object' ? `${value.soft}:${value.hard}` : String(value)

/** The arguments of `docker create`. Throws FORBIDDEN for what would lead out. */
export function createArgs(spec: BoxSpec, name: string, hash: string): string[] {
  refuseEscape(spec)
  const { container: c } = spec
  const flag = (key: string, value: string | number | undefined) => (value === undefined ? [] : [key, String(value)])
  return [
    'create',
    '--name',
    name,
    '--label',
    `${label}=${hash}`,
    '--hostname',
    'sandbox',
    '--workdir',
    c.workdir,
    '--security-opt',
    'no-new-privileges',
    '--network',
    c.network,
    ...(c.readOnlyRoot ? ['--read-only'] : []),
    ...c.tmpfs.flatMap((path) => ['--tmpfs', path]),
    ...c.capDrop.flatMap((cap) => ['--cap-drop', cap]),
    ...Object.entries(c.env).flatMap(([k, v]) => ['--env', `${k}=${v}`]),
    ...Object.entries(c.ulimits).flatMap(([k, v]) => ['--ulimit', `${k}=${ulimit(v)}`]),
    ...(c.dns ?? []).flatMap((server) => ['--dns', server]),
    ...(c.extraHosts ?? []).flatMap((host) => ['--add-host', host]),
    ...(c.binds ?? []).flatMap((bind) => ['--volume', bind]),
    ...flag('--user', c.user),
    ...flag('--pids-limit', c.pidsLimit),
    ...flag('--memory', c.memory),
    ...flag('--memory-swap', c.memorySwap),
    ...flag('--cpus', c.cpus),
    ...(c.seccompProfile ? ['--security-opt', `seccomp=${c.seccompProfile}`] : []),
    ...(c.apparmorProfile ? ['--security-opt', `apparmor=${c.apparmorProfile}`] : []),
    '--volume',
    `${spec.folder}:${c.workdir}${spec.readOnly ? ':ro' : ''}`,
    c.image,
    'sleep',
    'infinity',
  ]
}

/** Boxes of Docker, and what is done about their containers. */
export interface DockerBox extends Box {
  list(): Promise<readonly Container[]>
  /** Takes containers away; they are made anew when they are needed. */
  remove(names: readonly string[]): Promise<void>
  /** Takes away those nobody has used for long, and those of old age that rest; answers their names. */
  prune(age: ContainerAge): Promise<readonly string[]>
}

/** `2026-11-26 10:00:00 +0000 UTC`, as `docker ps` writes it; podman's has parts of a second. */
const madeAt = (text: string): number | undefined =>
  Date.parse(text.replace(/^(\S+) (\S+) ([+-]\d\d)(\d\d).*$/, '$1T$2$3:$4').replace(/(\.\d{3})\d+/, '$1')) || undefined

/** Runs Docker's command line. */
export function dockerBox(p: DockerParts): DockerBox {
  const used = new Map<string, number>()
  const making = new Map<string, Promise<void>>()
  /** What was used before this is not known: it counts as used now. */
  const bornAt = p.clock.now()

  async function docker(args: readonly string[], timeoutMs = 60_000) {
    const signal = new AbortController().signal
    const done = await p.spawn([p.program, ...args], { cwd: '/', env: p.env, signal, timeoutMs, maxBytes: 100_000 })
    return { ok: done.code === 0, out: done.output.trim() }
  }

  async function must(args: readonly string[], timeoutMs?: number): Promise<string> {
    const done = await docker(args, timeoutMs)
    if (!done.ok) throw new Fault('UNAVAILABLE', `docker ${args[0]} failed: ${done.out.slice(-400)}`)
    return done.out
  }

  async function list(): Promise<Container[]> {
    const format = `{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Status}}\t{{.Label "${label}"}}\t{{.CreatedAt}}`
    const out = await must(['ps', '--all', '--filter', `label=${label}`, '--format', format])
    return out.split('\n').flatMap((line) => {
      const [name = '', image = '', state = '', status = '', hash = '', made = ''] = line.split('\t')
      return name ? [{ name, image, running: state === 'running', status, hash, createdAt: madeAt(made) }] : []
    })
  }

  async function make(spec: BoxSpec, name: string): Promise<void> {
    const hash = (await sha256(JSON.stringify([spec.folder, spec.readOnly, spec.container]))).slice(0, 16)
    let found = (await list()).find((c) => c.name === name)
    const busy = p.clock.now() - (used.get(name) ?? -Infinity) < idleMs
    if (found && found.hash !== hash && !(busy && found.running)) {
      await must(['rm', '--force', name])
      found = undefined
    }
    if (!found) {
      mkdirSync(spec.folder, { recursive: true, mode: 0o700 })
      await must(createArgs(spec, name, hash), 600_000)
    }
    if (!found?.running) await must(['start', name])
    const { setupCommand } = spec.container
    if (!found && setupCommand) await must(['exec', name, '/bin/sh', '-lc', setupCommand], 600_000)
  }

  return {
    kind: 'docker',
    list,
    async remove(names) {
      if (names.length) await must(['rm', '--force', ...names])
    },
    async prune({ idleMs: idle, maxMs }) {
      const now = p.clock.now()
      const old = (await list()).filter(({ name, createdAt = bornAt }) => {
        const rests = now - Math.max(used.get(name) ?? bornAt, createdAt)
        return (idle > 0 && rests > idle) || (maxMs > 0 && now - createdAt > maxMs && rests > idleMs)
      })
      const names = old.map((c) => c.name)
      if (names.length) await must(['rm', '--force', ...names])
      return names
    },
    async wrap(spec, run): Promise<Boxed> {
      const name = `${spec.container.containerPrefix}${spec.name}`
      const cwd = insideFolder(spec, run.cwd)
      refuseEscape(spec)
      const ready = making.get(name) ?? make(spec, name).finally(() => making.delete(name))
      making.set(name, ready)
      await ready
      used.set(name, p.clock.now())
      const env = Object.entries(run.env).flatMap(([k, v]) => ['--env', `${k}=${v}`])
      const shape = run.pty ? ['--interactive', '--tty'] : ['--interactive']
      // Docker leaves a program running when its own command line is ended: the program ends itself.
      const inner = ['timeout', '--kill-after=5', String(run.seconds), ...run.argv]
      return { argv: [p.program, 'exec', ...shape, '--workdir', cwd, ...env, name, ...inner], cwd: '/', env: p.env }
    },
  }
}
