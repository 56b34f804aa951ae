// The facts as a program beside the gateway finds them: from the disk, from the machine, and by a handshake.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { describeError } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import type { Loaded } from '../../config/load.ts'
import type { Env, Paths } from '../../config/paths.ts'
import { boxes } from '../../os/box/choose.ts'
import { childEnv, spawner } from '../../os/child.ts'
import { listenersOf } from '../../os/processes.ts'
import { definition, serviceState } from '../../os/service/control.ts'
import { otherServices } from '../../os/service/extra.ts'
import type { ServicePlan } from '../../os/service/plan.ts'
import { inspectDb } from '../../store/inspect.ts'
import type { GatewayView, HeardView, HostFacts, ModelView } from './facts.ts'
import type { ChannelProblem } from '../services.ts'

/** What only the caller knows. */
export interface OutsideParts {
  readonly clock: Clock
  readonly version: string
  readonly paths: Paths
  readonly env: Env
  readonly deep: boolean
  readonly signal: AbortSignal
  readonly loaded: Loaded<Readonly<Record<string, unknown>>>
  readonly plan: ServicePlan
  schema: HostFacts['schema']
  gateway(): Promise<GatewayView>
  channels(): Promise<readonly ChannelProblem[]>
  model(): Promise<ModelView>
  accounts(): readonly HeardView[]
  readonly completions: HostFacts['completions']
  skills: HostFacts['skills']
  meaning: HostFacts['meaning']
}

/** The command line of a process, as far as the system says it. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ').slice(0, 120)
  } catch {
    return 'unknown' // another user's, or not Linux
  }
}

/** Facts of this machine; each is found out once. */
export function outsideFacts(p: OutsideParts): HostFacts {
  const { loaded } = p
  return {
    clock: p.clock,
    version: p.version,
    paths: p.paths,
    env: { ...loaded.env, ...p.env },
    deep: p.deep,
    inside: false,
    config: loaded.config,
    file: {
      exists: loaded.exists,
      valid: loaded.valid,
      raw: loaded.raw,
      issues: loaded.issues,
      warnings: loaded.warnings,
    },
    schema: p.schema,
    gateway: once(p.gateway),
    channels: once(p.channels),
    model: once(p.model),
    accounts: p.accounts,
    box(rule) {
      const { clock, env } = p
      const which = (program: string) => Bun.which(program, { PATH: env['PATH'] ?? '' })
      return boxes({ spawn: spawner(clock), env: childEnv(env), clock, which })
        .choose(rule)
        .then(() => undefined, describeError)
    },
    skills: once(p.skills),
    meaning: p.meaning,
    completions: p.completions,
    database: once(() => inspectDb(join(p.paths.stateDir, 'data', 'state.db'))),
    listeners: (port) => listenersOf(port).map((pid) => ({ pid, command: commandOf(pid) })),
    service: once(async () => {
      const needs = { spawn: spawner(p.clock), env: p.env, signal: p.signal, platform: process.platform }
      return { state: await serviceState(needs, p.plan), wanted: definition(p.plan, process.platform).text }
    }),
    otherServices: () => otherServices(p.plan, process.platform),
  }
}
