// Speech of a whole gateway: from the config to a file, and to the agent's tool.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { withMedia } from '../../src/engine/answer/outgoing-media.ts'
import { fakeSpeech } from '../fakes/speech.ts'
import { until } from '../engine/fixture.ts'
import { app } from './app.ts'

const config = (tts: object) => JSON.stringify({ messages: { tts } })

test('tts.convert makes a file, as a voice note where the channel has them', async () => {
  await using fake = fakeSpeech()
  await using s = await app(
    config({
      auto: 'inbound',
      openai: { apiKey: fake.key, baseUrl: fake.url, voice: 'nova' },
      elevenlabs: { apiKey: fake.key, baseUrl: fake.origin },
    }),
  )
  expect(await s.call('tts.status')).toMatchObject({
    enabled: true,
    auto: 'inbound',
    provider: 'openai',
    fallbackProvider: 'elevenlabs',
    hasOpenAIKey: true,
    edgeEnabled: false,
  })
  const made = await s.call('tts.convert', { text: ' Good morning. ', channel: 'telegram' })
  expect(made).toMatchObject({ provider: 'openai', outputFormat: 'opus', voiceCompatible: true })
  expect(readFileSync(made.audioPath, 'utf8')).toBe('OggSGood morning.')
  expect(await s.call('tts.setProvider', { provider: 'elevenlabs' })).toEqual({ provider: 'elevenlabs' })
  expect(await s.call('tts.convert', { text: 'x' })).toMatchObject({ provider: 'elevenlabs', voiceCompatible: false })
  expect(await s.refused('tts.setProvider', { provider: 'edge' })).toMatch(/^UNAVAILABLE edge is not spoken with here/)
  expect(await s.refused('tts.convert', { text: 'x'.repeat(5000) })).toStartWith('TOO_LARGE')
  expect(await s.call('tts.disable')).toEqual({ enabled: false })
  expect(await s.call('tts.status')).toMatchObject({ enabled: false, auto: 'off', provider: 'elevenlabs' })
  const { providers } = await s.call('tts.providers')
  expect(providers.map((p: { id: string; configured: boolean }) => [p.id, p.configured])).toEqual([
    ['openai', true],
    ['elevenlabs', true],
    ['edge', false],
  ])
  await s.gateway.close({ reason: 'done', restart: false, graceMs: 100 })
  await until('the file is gone', () => !existsSync(made.audioPath))
})

test('the agent’s tool keeps the sound, and names it for the answer', async () => {
  await using fake = fakeSpeech()
  await using s = await app(config({ openai: { apiKey: fake.key, baseUrl: fake.url } }))
  const { world } = s.gateway.engine
  const tool = world.tools().find((t) => t.id === 'tts')
  const ctx = { signal: AbortSignal.timeout(4000), workspace: s.top, session: 'agent:main:main', agent: 'main' }
  const said = await tool?.run({ text: 'Good morning.', channel: 'telegram' } as never, ctx as never)
  expect(said?.text).toMatch(/^MEDIA: media:med_\w+\n\[\[audio_as_voice\]\]$/)
  const { text, media } = await withMedia(world, s.top, said?.text.split('\n')[0] ?? '')
  expect(text).toBe('')
  expect(media).toMatchObject([{ mime: 'audio/ogg', name: 'voice.ogg' }])
  expect(await withMedia(world, s.top, 'MEDIA: media:med_nothing')).toMatchObject({ media: [] })
})

test('a config that wants edge is refused with a sentence, and one without keys says what to set', async () => {
  await using edge = await app(config({ provider: 'edge' }))
  expect(await edge.refused('tts.convert', { text: 'x' })).toMatch(/^UNAVAILABLE edge is not spoken with here/)
  await using none = await app()
  expect(await none.refused('tts.convert', { text: 'x' })).toContain(
    'oclaw config set messages.tts.openai.apiKey <key>',
  )
})
