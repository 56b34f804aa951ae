// Talking by voice: its settings, its state, and the words that wake it.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { Secret } from '../lib/secret.ts'
import { defineOp } from '../define/op.ts'
import { setWakeWords, wakeWords } from '../engine/switches.ts'
import { getPath } from '../config/path.ts'
import type { Services } from './services.ts'

const config = defineOp({
  id: 'talk.config',
  summary: 'Shows how voice clients are to talk.',
  scope: 'read',
  params: z.strictObject({
    includeSecrets: z.boolean().default(false).describe('also the key of the voice; for owners'),
  }),
  result: z.object({ config: z.record(z.string(), z.unknown()) }),
  examples: [{ params: {} }],
  handler: async ({ params: p, caller }, s: Pick<Services, 'config'>) => {
    if (p.includeSecrets && !caller.scopes.has('admin'))
      throw new Fault('FORBIDDEN', 'missing scope: operator.talk.secrets')
    const { parsed } = await s.config.snapshot()
    const at = (...path: string[]) => getPath(parsed, path)
    const talk = at('talk')
    const key = p.includeSecrets ? getPath(s.config.current(), ['talk', 'apiKey']) : undefined
    const [main, color] = [at('session', 'mainKey'), at('ui', 'seamColor')]
    return {
      config: {
        ...(talk ? { talk: { ...talk, ...(key instanceof Secret ? { apiKey: key.reveal() } : {}) } } : {}),
        ...(main ? { session: { mainKey: main } } : {}),
        ...(color ? { ui: { seamColor: color } } : {}),
      },
    }
  },
})

const mode = defineOp({
  id: 'talk.mode',
  summary: 'Tells all clients that someone talks by voice, or stopped.',
  scope: 'write',
  params: z.strictObject({
    enabled: z.boolean().describe('whether someone talks'),
    phase: z.string().optional().describe('what is going on: listening, thinking, speaking'),
  }),
  result: z.object({ enabled: z.boolean(), phase: z.string().nullable(), ts: z.number() }),
  examples: [{ params: { enabled: true, phase: 'listening' } }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const [phase, ts] = [p.phase ?? null, clock.now()]
    e.world.news.publish({ type: 'talk', enabled: p.enabled, phase, at: ts })
    return { enabled: p.enabled, phase, ts }
  },
})

const Words = z.object({ triggers: z.array(z.string()).readonly() })

const wordsGet = defineOp({
  id: 'voicewake.get',
  summary: 'Lists the words that wake voice clients.',
  scope: 'read',
  params: z.strictObject({}),
  result: Words,
  examples: [{ params: {} }],
  handler: (_call, { engine: e }: Pick<Services, 'engine'>) => ({ triggers: wakeWords(e.world.db) }),
})

const wordsSet = defineOp({
  id: 'voicewake.set',
  summary: 'Sets the words that wake voice clients.',
  scope: 'write',
  params: z.strictObject({ triggers: z.array(z.string()).describe('the words; none for the usual ones') }),
  result: Words,
  examples: [{ params: { triggers: ['molly'] } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => ({
    triggers: await setWakeWords(e.world, p.triggers),
  }),
})

export const talkOps = [config, mode, wordsGet, wordsSet] as const
