// Reading answers aloud: what is set, who could speak, and a text spoken now.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { speechModels, speechProviders } from '../domain/speech.ts'
import { setSpeech, speak, speechProvider, speechState } from '../engine/answer/speech.ts'
import type { Services } from './services.ts'

const names = { openai: 'OpenAI', elevenlabs: 'ElevenLabs', edge: 'Edge TTS' } as const

type Needed = Pick<Services, 'engine'>
const none = z.strictObject({})

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
  handler: (_call, { engine: { world } }: Needed) => {
    const { auto, provider, fallbacks } = speechState(world)
    const { speakers } = world.settings.speech()
    return {
      enabled: auto !== 'off',
      auto,
      provider,
      fallbackProvider: fallbacks[0] ?? null,
      fallbackProviders: [...fallbacks],
      prefsPath: world.db.path,
      hasOpenAIKey: speakers.openai !== undefined,
      hasElevenLabsKey: speakers.elevenlabs !== undefined,
      edgeEnabled: false,
    }
  },
})

const list = defineOp({
  id: 'tts.providers',
  summary: 'Lists who could read answers aloud.',
  scope: 'read',
  params: none,
  result: z.object({
    providers: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        configured: z.boolean(),
        models: z.array(z.string()),
        voices: z.array(z.string()).optional(),
      }),
    ),
    active: z.string(),
  }),
  examples: [{ params: {} }],
  handler: (_call, { engine: { world } }: Needed) => {
    const { speakers } = world.settings.speech()
    return {
      providers: speechProviders.map((id) => ({
        id,
        name: names[id],
        configured: speakers[id] !== undefined,
        models: [...speechModels[id].models],
        ...(speechModels[id].voices.length ? { voices: [...speechModels[id].voices] } : {}),
      })),
      active: speechState(world).provider,
    }
  },
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
      await setSpeech(e.world, 'auto', on ? 'always' : 'off')
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
    const provider = speechProvider(p.provider)
    await setSpeech(e.world, 'provider', provider)
    return { provider }
  },
})

/** How long a file of speech is kept for who asked for it, in ms. */
const keptMs = 300_000

const convert = defineOp({
  id: 'tts.convert',
  summary: 'Makes speech of a text: a file that is there for five minutes.',
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
  handler: async ({ params: p, signal }, { engine: { world } }: Needed) => {
    const said = await speak(world, { text: p.text, channel: p.channel }, signal)
    const file = await world.outside.temporaryFile(`voice.${said.ending}`, said.bytes)
    void world.clock
      .sleep(keptMs, world.scope.signal)
      .catch(() => undefined)
      .finally(() => void file[Symbol.asyncDispose]())
    return { audioPath: file.path, provider: said.provider, outputFormat: said.format, voiceCompatible: said.voice }
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
