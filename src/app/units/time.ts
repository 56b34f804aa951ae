// Units that act by themselves: jobs and the regular turns of agents when their time has come, hooks when something happens.
import type { Unit } from '../../lib/supervisor.ts'
import type { Cron } from '../../engine/cron/index.ts'
import type { Engine } from '../../engine/engine.ts'
import { runHooks } from '../../engine/hooks/run.ts'

/** The units that act by themselves, as the config says now: none for regular turns unless an agent takes some. */
export function timeUnits(e: Engine, jobs: Cron): Unit[] {
  const { settings } = e.world
  const rules = settings.agents().flatMap((id) => {
    const rule = settings.heartbeat(id)
    return rule ? [{ id, rule }] : []
  })
  return [
    ...(settings.hooks().enabled
      ? [
          {
            key: 'hooks',
            fingerprint: '1',
            start: async (scope: Parameters<Cron['start']>[0]) => runHooks(e, e.hooks, scope),
          },
        ]
      : []),
    ...(settings.cron().enabled
      ? [{ key: 'cron', fingerprint: '1', start: async (scope: Parameters<Cron['start']>[0]) => jobs.start(scope) }]
      : []),
    ...(rules.length
      ? [
          {
            key: 'heartbeat',
            fingerprint: JSON.stringify(rules),
            start: (scope: Parameters<Cron['start']>[0]) => e.heartbeat.start(scope),
          },
        ]
      : []),
  ]
}
