// Units that act by themselves when their time has come: jobs, and the regular turns of agents.
import type { Unit } from './lib/supervisor.ts'
import type { Cron } from './engine/cron.ts'
import type { Engine } from './engine/engine.ts'

/** The units that run by time, as the config says now: none for regular turns unless an agent takes some. */
export function timeUnits(e: Engine, jobs: Cron): Unit[] {
  const { settings } = e.world
  const rules = settings.agents().flatMap((id) => {
    const rule = settings.heartbeat(id)
    return rule ? [{ id, rule }] : []
  })
  return [
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
