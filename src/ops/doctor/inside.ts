// The facts as the running gateway knows them.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describeError } from '../../lib/fault.ts'
import { paths } from '../../config/paths.ts'
import { asRecord } from '../../config/section.ts'
import { textOf } from '../../config/write.ts'
import { inspectDb } from '../../store/inspect.ts'
import { unusable } from '../skills.ts'
import type { Services } from '../services.ts'
import type { HostFacts } from './facts.ts'

/** Longest a platform may take to say whether credentials are good, in ms. */
const patienceMs = 3000

/** Facts from the services of the process that asks. */
export async function factsOf(
  s: Pick<Services, 'engine' | 'clock' | 'config' | 'channels' | 'models' | 'gateway'>,
): Promise<HostFacts> {
  const { gateway: g, clock } = s
  const env = { ...process.env, OPENCLAW_STATE_DIR: g.stateDir, OPENCLAW_CONFIG_PATH: g.configPath }
  const snapshot = await s.config.snapshot()
  return {
    clock,
    version: g.version,
    paths: paths(env, {}, { home: homedir(), exists: existsSync }),
    env: process.env,
    deep: false,
    inside: true,
    config: s.config.current(),
    file: {
      exists: snapshot.exists,
      valid: snapshot.valid,
      // As it is: what mends it must not write the marks that stand for secrets.
      raw: await textOf(g.configPath).catch(() => undefined), // config.valid says that it cannot be read
      issues: snapshot.issues,
      warnings: snapshot.warnings,
    },
    schema: async () => asRecord((await s.config.describe()).schema),
    gateway: async () => ({ running: true, port: g.port(), pid: g.pid, version: g.version }),
    channels: () => s.channels.check(patienceMs),
    model: async () => {
      const usable = s.models.list().find((m) => m.available)
      return usable ? { ref: `${usable.provider}/${usable.id}` } : { problem: 'no model can be used; set a key' }
    },
    accounts: () =>
      s.channels
        .status()
        .filter((a) => a.enabled)
        .map(({ channel, accountId, dmPolicy, allowFrom = [] }) => ({
          channel,
          accountId,
          allowFrom,
          ...(dmPolicy === undefined ? {} : { dmPolicy }),
        })),
    box: (rule) => s.engine.world.outside.boxes.kind(rule).then(() => undefined, describeError),
    meaning: () => s.engine.world.settings.memory(s.engine.world.settings.defaultAgent()).embedder !== undefined,
    skills: async () => unusable(s),
    completions: [],
    database: () => inspectDb(join(g.stateDir, 'data', 'state.db'), false),
    listeners: () => [],
    service: async () => undefined,
    otherServices: () => [],
  }
}
