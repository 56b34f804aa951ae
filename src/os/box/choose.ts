// Which of the two keeps programs apart on this machine, or why nothing does.
import { Fault } from '../../lib/fault.ts'
import { bubblewrap } from './bubblewrap.ts'
import { dockerBox, type DockerBox, type DockerParts } from './docker.ts'
import type { Box, ContainerRule } from './spec.ts'

/** What is looked for, and how. */
export type BoxParts = Omit<DockerParts, 'program'> & { which(program: string): string | null }

/** What this machine has. */
export interface Boxes {
  /** Docker where it runs and has the image, else bubblewrap. Throws UNAVAILABLE with what to install. */
  choose(rule: ContainerRule): Promise<Box>
  /** Docker, where it runs. */
  docker(): Promise<DockerBox | undefined>
}

/** How long an answer about Docker is good for, in ms. */
const keepMs = 60_000

/** Looks at the machine when it is first asked. */
export function boxes(p: BoxParts): Boxes {
  const asked = new Map<string, { readonly at: number; readonly ok: Promise<boolean> }>()
  let made: DockerBox | undefined

  function succeeds(program: string, args: readonly string[]): Promise<boolean> {
    const key = [program, ...args].join(' ')
    const before = asked.get(key)
    if (before && p.clock.now() - before.at < keepMs) return before.ok
    const how = { cwd: '/', env: p.env, signal: new AbortController().signal, timeoutMs: 5000, maxBytes: 1000 }
    const ok = p.spawn([program, ...args], how).then(
      (r) => r.code === 0,
      () => false,
    )
    asked.set(key, { at: p.clock.now(), ok })
    return ok
  }

  async function docker(): Promise<DockerBox | undefined> {
    const program = p.which('docker') ?? p.which('podman')
    if (program === null || !(await succeeds(program, ['info']))) return undefined
    return (made ??= dockerBox({ ...p, program }))
  }

  return {
    docker,
    async choose(rule) {
      const container = await docker()
      const program = p.which('docker') ?? p.which('podman')
      if (container && program !== null && (await succeeds(program, ['image', 'inspect', rule.image]))) return container
      const bwrap = p.which('bwrap')
      if (bwrap !== null && (await succeeds(bwrap, ['--unshare-all', '--ro-bind', '/', '/', '/bin/true'])))
        return bubblewrap(bwrap)
      const why = container
        ? `Docker has no image ${rule.image} (sandbox.docker.image)`
        : bwrap === null
          ? 'neither bubblewrap nor Docker is here'
          : 'bubblewrap may not make namespaces here'
      throw new Fault(
        'UNAVAILABLE',
        `programs of this session are kept apart, and ${why}; install one: apt install bubblewrap`,
      )
    },
  }
}
