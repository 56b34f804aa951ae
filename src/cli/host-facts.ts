// What this command line finds out about the installation and its gateway, for checks and for setting it up.
import { Fault, describeError } from '../lib/fault.ts'
import { configSchema } from '../config/describe.ts'
import { loadConfig, type Loaded } from '../config/load.ts'
import { servicePlan, type ServicePlan } from '../os/service/plan.ts'
import type { GatewayView } from '../ops/doctor/facts.ts'
import type { OutsideParts } from '../ops/doctor/outside.ts'
import { unusableOf } from '../ops/skills.ts'
import { completionPath, completionScript, shells } from './complete.ts'
import type { HostParts, Run } from './context.ts'
import { runningLock } from './target.ts'

/** The config of this installation, whole. */
export const loadWhole = async (run: Run, host: HostParts): Promise<Loaded<Readonly<Record<string, unknown>>>> =>
  loadConfig(await run.ctx.configParts(), run.paths, host.env)

/** The gateway, by a handshake: what a process list or a service manager says does not count. */
export async function gatewayView(run: Run, config: Readonly<Record<string, unknown>>): Promise<GatewayView> {
  const lock = await runningLock(run.paths)
  const wish = (config['gateway'] as { port?: number } | undefined)?.port ?? 18_789
  const env = Number(run.ctx.env['OPENCLAW_GATEWAY_PORT'])
  const port = lock?.port ?? (env > 0 ? env : wish === 18_789 ? run.paths.defaultPort : wish)
  try {
    const info = (await run.call('gateway.info', {}, run.globals.timeout ?? 3000, false)) as {
      pid: number
      version: string
      port: number
      startedAt: number
    }
    const { pid, version, startedAt } = info
    return { running: true, port: info.port, pid, version, startedAt }
  } catch (error) {
    const text = error instanceof Fault ? error.message.split('\n')[0] : describeError(error)
    return { running: false, port, ...(lock ? { pid: lock.pid } : {}), ...(text === undefined ? {} : { error: text }) }
  }
}

/** The service as it would be installed now. */
export const planOf = (run: Run, host: HostParts, port?: number): ServicePlan =>
  servicePlan({
    kind: 'gateway',
    argv: [...host.program, 'gateway', ...(port === undefined ? [] : ['--port', String(port)])],
    paths: run.paths,
    env: run.ctx.env,
  })

/** What the doctor's facts are made from. */
export async function outsideParts(run: Run, deep: boolean): Promise<OutsideParts> {
  const { ctx, paths } = run
  const host = await ctx.host(paths)
  const loaded = await loadWhole(run, host)
  return {
    clock: ctx.clock,
    version: ctx.version,
    paths,
    env: host.env,
    deep,
    signal: ctx.signal,
    loaded,
    plan: planOf(run, host),
    schema: async () => configSchema(await ctx.configParts()),
    gateway: () => gatewayView(run, loaded.config),
    accounts: () =>
      host
        .accounts(loaded.config, loaded.env)
        .filter((a) => a.account['enabled'] !== false)
        .map(({ channel, accountId, account: { dmPolicy, allowFrom } }) => ({
          channel,
          accountId,
          allowFrom: Array.isArray(allowFrom) ? allowFrom.map(String) : [],
          ...(typeof dmPolicy === 'string' ? { dmPolicy } : {}),
        })),
    completions: shells.map((shell) => ({
      path: completionPath(paths, shell, ctx.name),
      wanted: completionScript(shell, ctx.name),
    })),
    meaning: () => host.meaning(loaded.config, loaded.env),
    async skills() {
      if (!(await gatewayView(run, loaded.config)).running) return undefined
      const told = (await run.call('skills.status', {})) as { skills: Parameters<typeof unusableOf>[0] }
      return unusableOf(told.skills)
    },
    channels: () => host.channelProblems(loaded.config, loaded.env, ctx.signal),
    async model() {
      const seen = host.model(loaded.config, loaded.env)
      if (!deep || seen.ref === undefined) return seen
      const asked = await host.ask(loaded.config, loaded.env, undefined, 'Say hello.', ctx.signal).then(
        (a) => ({ ok: true, text: a.text }),
        (error: unknown) => ({ ok: false, text: error instanceof Fault ? error.message : describeError(error) }),
      )
      return { ...seen, asked }
    },
  }
}
