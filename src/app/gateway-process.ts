// The process as operations see it: what it is, where it listens, who is connected, and its end.
import { hostname } from 'node:os'
import { soon } from '../lib/clock.ts'
import type { GatewayProcess } from '../ops/services.ts'
import type { Listening } from '../server/listen.ts'
import { noNodes } from '../server/nodes.ts'
import type { Config } from './catalog.ts'
import type { Paths } from '../config/paths.ts'
import { commit, version } from './version.ts'

/** What it is made of. */
interface ProcessParts {
  readonly paths: Pick<Paths, 'configPath' | 'stateDir'>
  readonly startedAt: number
  config(): Config
  http(): Listening | undefined
  stop(how: { readonly reason: string; readonly restart: boolean }): void
}

/** Describes the process; every answer is that of the moment. */
export const gatewayProcess = (p: ProcessParts): GatewayProcess => ({
  version,
  commit,
  startedAt: p.startedAt,
  pid: process.pid,
  host: hostname(),
  port: () => p.http()?.port ?? p.config().gateway.port,
  bind: () => p.config().gateway.bind,
  bindHost: () => p.http()?.host ?? '',
  authMode: () => p.config().gateway.auth.mode,
  configPath: p.paths.configPath,
  stateDir: p.paths.stateDir,
  clients: () => [...(p.http()?.sockets.all ?? [])].filter((c) => c.caller).length,
  presence: () => p.http()?.sockets.presence() ?? [],
  notePresence: (entry) => p.http()?.sockets.notePresence(entry),
  get nodes() {
    return p.http()?.sockets.nodes ?? noNodes
  },
  stop: (how) => soon(() => soon(() => p.stop(how))), // the caller hears the answer first
})
