// Reading answers aloud: what is set, and which voices there could be. No voice is built in.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { setSwitch, switchOf } from '../engine/switches.ts'
import type { Services } from './services.ts'

const providers = ['openai', 'elevenlabs', 'edge'] as const
const names = { openai: 'OpenAI', elevenlabs: 'ElevenLabs', edge: 'Edge TTS' } as const

type Needed = Pick<Services, 'engine'>
const none = z.strictObject({})
const enabled = ({ engine: e }: Needed) => switchOf(e.world.db, 'tts.enabled', 'false') === 'true'
const active = ({ engine: e }: Needed) => switchOf(e.world.db, 'tts.provider', 'edge')

const status = defineOp({
  id: 'tts.status',
  summary: 'Says whether answers are read aloud, and by whom.',
  scope: 'read',
  params: none,
  result: z.object({
    enabled: z.boolean(),
    auto: z.string(),
    provider: z.string(),
    fallbackProvider: z.string().nullable(),
    fallbackProviders: z.array(z.string()),
    prefsPath: z.string(),
    hasOpenAIKey: z.boolean(),
    hasElevenLabsKey: z.boolean(),
    edgeEnabled: z.boolean(),
  }),
  examples: [{ params: {} }],
  handler: (_call, s: Needed) => ({
    enabled: enabled(s),
    auto: enabled(s) ? 'always' : 'off',
    provider: active(s),
    fallbackProvider: null,
    fallbackProviders: [],
    prefsPath: s.engine.world.db.path,
    hasOpenAIKey: false,
    hasElevenLabsKey: false,
    edgeEnabled: false,
  }),
})

const list = defineOp({
  id: 'tts.providers',
  summary: 'Lists who could read answers aloud.',
  scope: 'read',
  params: none,
  result: z.object({
    providers: z.array(
      z.object({ id: z.string(), name: z.string(), configured: z.boolean(), models: z.array(z.string()) }),
    ),
    active: z.string(),
  }),
  examples: [{ params: {} }],
  handler: (_call, s: Needed) => ({
    providers: providers.map((id) => ({ id, name: names[id], configured: false, models: [] })),
    active: active(s),
  }),
})

const turned = (id: 'tts.enable' | 'tts.disable', on: boolean) =>
  defineOp({
    id,
    summary: on ? 'Has answers read aloud.' : 'Has answers no longer read aloud.',
    scope: 'write',
    params: none,
    result: z.object({ enabled: z.boolean() }),
    examples: [{ params: {} }],
    handler: async (_call, { engine: e }: Needed) => {
      await setSwitch(e.world, 'tts.enabled', String(on))
      return { enabled: on }
    },
  })

const setProvider = defineOp({
  id: 'tts.setProvider',
  summary: 'Chooses who reads answers aloud.',
  scope: 'write',
  params: z.strictObject({ provider: z.string().describe('openai, elevenlabs or edge') }),
  result: z.object({ provider: z.string() }),
  examples: [{ params: { provider: 'openai' } }],
  handler: async ({ params: p }, { engine: e }: Needed) => {
    if (!providers.some((id) => id === p.provider))
      throw new Fault('INVALID_REQUEST', 'Invalid provider. Use openai, elevenlabs, or edge.')
    await setSwitch(e.world, 'tts.provider', p.provider)
    return { provider: p.provider }
  },
})

const convert = defineOp({
  id: 'tts.convert',
  summary: 'Makes speech of a text.',
  scope: 'write',
  params: z.strictObject({
    text: z.string().trim().min(1).describe('what to say'),
    channel: z.string().optional().describe('the channel it is for'),
  }),
  result: z.object({
    audioPath: z.string(),
    provider: z.string(),
    outputFormat: z.string(),
    voiceCompatible: z.boolean(),
  }),
  examples: [{ params: { text: 'Good morning.' }, note: 'a voice that is set up' }],
  handler: (): never => {
    throw new Fault('UNAVAILABLE', 'no voice provider is set up in this build, so no speech can be made')
  },
})

export const ttsOps = [
  status,
  list,
  turned('tts.enable', true),
  turned('tts.disable', false),
  setProvider,
  convert,
] as const
