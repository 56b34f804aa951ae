// The node of this machine as a service: installed, asked after, started, stopped, taken away.
import { Fault } from '../lib/fault.ts'
import type { NodeOptions } from '../node/run.ts'
import { joinOnce } from '../node/run.ts'
import { placeOf } from '../node/settings.ts'
import { spawner } from '../os/child.ts'
import {
  installService,
  serviceState,
  tellService,
  uninstallService,
  type ServiceNeeds,
} from '../os/service/control.ts'
import { servicePlan, unitName, type ServicePlan } from '../os/service/plan.ts'
import type { Run } from './context.ts'

/** What came of it, for people and for `--json`. */
export interface NodeDone {
  readonly action: string
  readonly ok: boolean
  readonly result: string
  readonly message: string
  readonly service: {
    readonly label: string
    readonly loaded: boolean
    readonly path: string
    readonly manager: string
    readonly active: boolean
    readonly pid?: number
  }
  readonly gateway?: string
}

const needsOf = ({ ctx }: Run): ServiceNeeds => ({
  spawn: spawner(ctx.clock),
  env: ctx.env,
  signal: ctx.signal,
  platform: process.platform,
})

/** The plan: where the gateway is stands in the node's own file, so the command line says no more than what runs. */
async function planOf(run: Run): Promise<ServicePlan> {
  const { program } = await run.ctx.host(run.paths)
  return servicePlan({ kind: 'node', argv: [...program, 'node', 'run'], paths: run.paths, env: run.ctx.env })
}

async function about(needs: ServiceNeeds, plan: ServicePlan): Promise<NodeDone['service']> {
  const s = await serviceState(needs, plan)
  return {
    label: unitName(plan),
    loaded: s.text !== undefined && s.enabled,
    path: s.path,
    manager: s.manager,
    active: s.active,
    ...(s.pid === undefined ? {} : { pid: s.pid }),
  }
}

/** Makes the node a service; one that is there stays, unless `force`. Throws UNAVAILABLE where there can be none. */
export async function installNode(run: Run, o: NodeOptions, force: boolean): Promise<NodeDone> {
  const needs = needsOf(run)
  const plan = await planOf(run)
  const before = await about(needs, plan)
  const done = { action: 'install', ok: true, gateway: `${o.place.host}:${o.place.port}` }
  if (before.loaded && !force)
    return {
      ...done,
      service: before,
      result: 'already-installed',
      message: `The node is installed already (${before.path}); --force writes it anew.`,
    }
  const rest = o.secret ? await joinOnce(o) : undefined
  const { path } = await installService(needs, plan)
  const lines = [`Installed ${path}; the node runs for ${done.gateway} and starts at boot.`, ...(rest ? [rest] : [])]
  return { ...done, service: await about(needs, plan), result: 'installed', message: lines.join('\n') }
}

/** Looks after the service. Throws NOT_FOUND when there is none to start, stop or restart. */
export async function nodeService(
  run: Run,
  action: 'status' | 'uninstall' | 'stop' | 'start' | 'restart',
): Promise<NodeDone> {
  const needs = needsOf(run)
  const plan = await planOf(run)
  const before = await about(needs, plan)
  const name = run.ctx.name
  const none = `The node is no service here; \`${name} node install\` makes it one, \`${name} node run\` runs it once.`
  if (action === 'status') {
    const place = placeOf(run.paths.stateDir, {}, { host: '127.0.0.1', port: run.paths.defaultPort, tls: false })
    const gateway = `${place.host}:${place.port}`
    const state = before.active ? `running${before.pid === undefined ? '' : ` (pid ${before.pid})`}` : 'stopped'
    const message = before.loaded ? `The node is a service (${before.path}), ${state}, for ${gateway}.` : none
    return { action, ok: true, service: before, gateway, result: before.active ? 'running' : 'stopped', message }
  }
  if (action === 'uninstall') {
    const had = await uninstallService(needs, plan)
    const message = had ? `Removed ${before.path}. The node’s key stays.` : 'No service is installed.'
    const result = had ? 'uninstalled' : 'not-installed'
    return { action, ok: true, service: { ...before, loaded: false, active: false }, result, message }
  }
  if (!before.loaded) throw new Fault('NOT_FOUND', none)
  await tellService(needs, plan, action)
  const result = { stop: 'stopped', start: 'started', restart: 'restarted' }[action]
  return { action, ok: true, service: await about(needs, plan), result, message: `The node’s service is ${result}.` }
}
