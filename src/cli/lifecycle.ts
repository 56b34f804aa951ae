// Installing, starting and stopping the gateway: by the service manager where it is a service, else by ourselves.
import { readFile } from 'node:fs/promises'
import { Fault } from '../lib/fault.ts'
import { spawner } from '../os/child.ts'
import { alive } from '../os/processes.ts'
import {
  installService,
  serviceState,
  tellService,
  uninstallService,
  type ServiceNeeds,
  type ServiceState,
} from '../os/service/control.ts'
import { startDetached } from '../os/service/detached.ts'
import { unitName, type ServicePlan } from '../os/service/plan.ts'
import type { GatewayView } from '../ops/doctor/facts.ts'
import type { Run } from './context.ts'
import { gatewayView, loadWhole, planOf } from './host-facts.ts'

/** What came of it, for people and for `--json`. */
export interface Done {
  readonly action: 'install' | 'uninstall' | 'start' | 'stop' | 'restart'
  readonly ok: boolean
  readonly result: string
  readonly message: string
  readonly service: {
    readonly label: string
    readonly loaded: boolean
    readonly path: string
    readonly manager: string
  }
  readonly pid?: number
  readonly hints?: readonly string[]
}

/** The installation at hand: its service, and what asks its gateway. */
interface At {
  readonly run: Run
  readonly needs: ServiceNeeds
  readonly plan: ServicePlan
  readonly state: ServiceState
  view(): Promise<GatewayView>
}

/** How long a gateway may take to answer, and to end, in ms. */
const patienceMs = 20_000

const about = ({ state, plan }: Pick<At, 'state' | 'plan'>): Done['service'] => ({
  label: unitName(plan),
  loaded: state.text !== undefined && state.enabled,
  path: state.path,
  manager: state.manager,
})

/** The service of this installation as it stands, and the plan it would have now. */
export async function lookAt(run: Run, port?: number): Promise<At> {
  const host = await run.ctx.host(run.paths)
  const loaded = await loadWhole(run, host)
  const { ctx } = run
  const needs: ServiceNeeds = {
    spawn: spawner(ctx.clock),
    env: ctx.env,
    signal: ctx.signal,
    platform: process.platform,
  }
  const plan = planOf(run, host, port)
  return { run, needs, plan, state: await serviceState(needs, plan), view: () => gatewayView(run, loaded.config) }
}

/** Asks until a gateway answers that `fits`; throws UNAVAILABLE with what it said last. */
async function answering(at: At, fits: (g: GatewayView) => boolean, gone?: Promise<number>): Promise<GatewayView> {
  const { clock, signal } = at.run.ctx
  const end = clock.monotonic() + patienceMs
  let code: number | undefined
  void gone?.then((c) => (code = c))
  for (;;) {
    const seen = await at.view()
    if (seen.running && fits(seen)) return seen
    if (code !== undefined) throw new Fault('UNAVAILABLE', `the gateway ended at once (code ${code})`)
    if (clock.monotonic() > end)
      throw new Fault(
        'UNAVAILABLE',
        `the gateway was started but does not answer: ${seen.error ?? 'no answer'}\nwhat it says: ${at.run.ctx.name} logs --tail 50`,
      )
    await clock.sleep(100, signal)
  }
}

async function ended({ run: { ctx } }: At, pid: number): Promise<void> {
  const end = ctx.clock.monotonic() + patienceMs
  while (alive(pid)) {
    if (ctx.clock.monotonic() > end)
      throw new Fault('TIMEOUT', `the gateway (pid ${pid}) does not end; \`kill -9 ${pid}\` ends it at once`)
    await ctx.clock.sleep(50, ctx.signal)
  }
}

async function inBackground(at: At): Promise<GatewayView> {
  const child = await startDetached(at.plan, at.run.ctx.env)
  try {
    return await answering(at, () => true, child.ended)
  } catch (error) {
    const said = (await readFile(child.errors, 'utf8').catch(() => '')).trim()
    if (!said || !(error instanceof Fault)) throw error
    throw new Fault(error.code, `${error.message}\n${said.split('\n').slice(-5).join('\n')}`, { cause: error })
  }
}

const asService = (s: ServiceState) => s.text !== undefined && s.manager !== 'none'

/** Starts the gateway; one that runs already is left alone. */
export async function start(at: At): Promise<Done> {
  const before = await at.view()
  const done = { action: 'start' as const, ok: true, service: about(at) }
  if (before.running)
    return {
      ...done,
      result: 'already-running',
      message: `The gateway runs already (pid ${before.pid}).`,
      ...pidOf(before),
    }
  if (asService(at.state)) {
    await tellService(at.needs, at.plan, 'start')
    const g = await answering(at, () => true)
    return { ...done, result: 'started', message: `Started the service (pid ${g.pid}, port ${g.port}).`, ...pidOf(g) }
  }
  const g = await inBackground(at)
  return {
    ...done,
    result: 'started',
    message: `Started the gateway in the background (pid ${g.pid}, port ${g.port}).`,
    ...pidOf(g),
    hints: [`To have it start at boot: ${at.run.ctx.name} gateway install`],
  }
}

const pidOf = (g: GatewayView) => (g.pid === undefined ? {} : { pid: g.pid })

/** Stops the gateway, and waits until it has ended. Throws as a call does when there is none. */
export async function stop(at: At, reason: string | undefined): Promise<Done> {
  const done = { action: 'stop' as const, ok: true, service: about(at) }
  if (asService(at.state) && at.state.active) {
    await tellService(at.needs, at.plan, 'stop')
    if (at.state.pid !== undefined) await ended(at, at.state.pid)
    return { ...done, result: 'stopped', message: 'Stopped the service.' }
  }
  const { pid } = (await at.run.call('gateway.stop', reason === undefined ? {} : { reason })) as { pid: number }
  await ended(at, pid)
  return { ...done, result: 'stopped', message: `Stopped the gateway (pid ${pid}).`, pid }
}

/** Starts the gateway anew, and waits until the new one answers. */
export async function restart(at: At, reason: string | undefined): Promise<Done> {
  const done = { action: 'restart' as const, ok: true, service: about(at) }
  const before = await at.view()
  if (asService(at.state) && (at.state.active || !before.running)) {
    await tellService(at.needs, at.plan, 'restart')
    const g = await answering(at, (now) => now.pid !== before.pid)
    return { ...done, result: 'restarted', message: `Restarted the service (pid ${g.pid}).`, ...pidOf(g) }
  }
  if (!before.running) return { ...(await start(at)), action: 'restart' }
  const asked = at.run.ctx.clock.now()
  await at.run.call('gateway.restart', reason === undefined ? {} : { reason })
  const g = await answering(at, (now) => (now.startedAt ?? asked) >= asked)
  return { ...done, result: 'restarted', message: `Restarted the gateway (pid ${g.pid}).`, ...pidOf(g) }
}

/** Makes the gateway a service; one that is there stays, unless `force`. */
export async function install(at: At, force: boolean): Promise<Done> {
  const { run, state } = at
  const done = { action: 'install' as const, ok: true }
  if (run.ctx.env['OPENCLAW_NIX_MODE'] === '1')
    throw new Fault('INVALID_REQUEST', 'OPENCLAW_NIX_MODE is set: the service is made by Nix, not by this command')
  if (state.text !== undefined && state.enabled && !force)
    return {
      ...done,
      service: about(at),
      result: 'already-installed',
      message: `The service is installed already (${state.path}); --force writes it anew.`,
    }
  const before = await at.view()
  if (before.running && !state.active && before.pid !== undefined) {
    await run.call('gateway.stop', { reason: 'it becomes a service' })
    await ended(at, before.pid)
  }
  const { path, linger } = await installService(at.needs, at.plan)
  const g = await answering(at, () => true)
  return {
    ...done,
    service: { ...about(at), loaded: true, path },
    result: 'installed',
    message: `Installed ${path}; the gateway runs (pid ${g.pid}, port ${g.port}) and starts at boot.`,
    ...pidOf(g),
    ...(linger ? {} : { hints: ['It ends when you log out, until: sudo loginctl enable-linger "$USER"'] }),
  }
}

/** Takes the service away; what it wrote stays. */
export async function uninstall(at: At): Promise<Done> {
  const had = await uninstallService(at.needs, at.plan)
  return {
    action: 'uninstall',
    ok: true,
    service: { ...about(at), loaded: false },
    result: had ? 'uninstalled' : 'not-installed',
    message: had ? `Removed ${at.state.path}. The state folder stays.` : 'No service is installed.',
  }
}
