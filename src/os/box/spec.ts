// What a program that is kept apart may see and use, whatever keeps it apart.
import { relative, sep } from 'node:path'
import { Fault } from '../../lib/fault.ts'
import type { Boxed, BoxRun, BoxSpec } from '../../define/box.ts'

export type { Boxed, BoxRun, BoxSpec, ContainerRule } from '../../define/box.ts'

/** What keeps programs apart. */
export interface Box {
  readonly kind: 'bubblewrap' | 'docker'
  /** Makes ready what a program needs, and says what runs it. Throws UNAVAILABLE with what is missing. */
  wrap(spec: BoxSpec, run: BoxRun): Promise<Boxed>
}

/** The search path inside. */
export const insidePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Where a folder of the host is inside. Throws FORBIDDEN for one outside the shared folder. */
export function insideFolder(spec: BoxSpec, cwd: string): string {
  const rest = relative(spec.folder, cwd)
  if (rest === '..' || rest.startsWith(`..${sep}`) || rest.startsWith('/'))
    throw new Fault('FORBIDDEN', `${cwd} cannot be seen from the sandbox; only ${spec.folder} can`)
  const { workdir } = spec.container
  return rest ? `${workdir}/${rest.split(sep).join('/')}` : workdir
}

/** Folders and sockets that would lead out, and networks that are not one's own. */
const leadsOut =
  /^\/?$|^\/(boot|dev|etc|proc|root|run|sys|usr|var|var\/run|lib|bin|sbin|home)$|[^/]*(docker|containerd|podman|crio)[^/]*\.sock$/

/** Throws FORBIDDEN for what the config should not have let through: the same is asked again before every program. */
export function refuseEscape({ container: c }: BoxSpec): void {
  for (const bind of c.binds ?? []) {
    const source = (bind.split(':')[0] ?? '').replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1')
    if (!source.startsWith('/') || /(^|\/)\.\.?(\/|$)/.test(source) || leadsOut.test(source))
      throw new Fault('FORBIDDEN', `the bind ${bind} leads out of the sandbox (sandbox.docker.binds)`)
  }
  if (/^(host$|container:)/i.test(c.network.trim()))
    throw new Fault('FORBIDDEN', `the network ${c.network} leads out of the sandbox (sandbox.docker.network)`)
  for (const profile of [c.seccompProfile, c.apparmorProfile])
    if (profile?.trim().toLowerCase() === 'unconfined')
      throw new Fault('FORBIDDEN', 'an unconfined profile leads out of the sandbox')
}
