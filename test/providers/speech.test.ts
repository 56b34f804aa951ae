// Speech by servers that refuse what the real ones refuse.
import { expect, test } from 'bun:test'
import { Secret } from '../../src/lib/secret.ts'
import { elevenlabsSpeaker, openaiSpeaker } from '../../src/providers/speech.ts'
import { fakeSpeech } from '../fakes/speech.ts'

const quiet = new AbortController().signal
const key = new Secret('k-good')

test('OpenAI: a voice note is Opus, anything else MP3, and what a text wishes goes before the config', async () => {
  await using fake = fakeSpeech()
  const say = openaiSpeaker({ baseUrl: `${fake.url}/`, key, usual: { voice: 'nova' }, fetch })
  const note = await say('good morning', { voice: true, wish: {} }, quiet)
  expect({ ...note, bytes: new TextDecoder().decode(note.bytes) }).toEqual({
    bytes: 'OggSgood morning',
    mime: 'audio/ogg',
    ending: 'ogg',
    format: 'opus',
    voice: true,
  })
  const file = await say('again', { voice: false, wish: { voice: 'onyx', model: 'tts-1', speed: 1.2 } }, quiet)
  expect(file).toMatchObject({ mime: 'audio/mpeg', ending: 'mp3', format: 'mp3', voice: false })
  expect(fake.asked.map((a) => [a.voice, a.model, a.more])).toEqual([
    ['nova', 'gpt-4o-mini-tts', {}],
    ['onyx', 'tts-1', { speed: 1.2 }],
  ])
})

test('ElevenLabs: voice in the path, format in the address, settings as it names them', async () => {
  await using fake = fakeSpeech()
  const usual = { voice: 'v1', stability: 0.4, useSpeakerBoost: false, language: 'de' }
  const say = elevenlabsSpeaker({ baseUrl: fake.origin, key, usual, fetch })
  const note = await say('hallo', { voice: true, wish: { seed: 7, normalization: 'off' } }, quiet)
  expect(note).toMatchObject({ mime: 'audio/ogg', format: 'opus_48000_64', voice: true })
  await elevenlabsSpeaker({ baseUrl: fake.origin, key, usual: {}, fetch })('x', { voice: false, wish: {} }, quiet)
  expect(fake.asked).toMatchObject([
    {
      voice: 'v1',
      model: 'eleven_multilingual_v2',
      format: 'opus_48000_64',
      more: {
        seed: 7,
        apply_text_normalization: 'off',
        language_code: 'de',
        voice_settings: { stability: 0.4, use_speaker_boost: false },
      },
    },
    { format: 'mp3_44100_128', more: {} },
  ])
})

test('what goes wrong is said without the key', async () => {
  await using fake = fakeSpeech()
  const wrong = openaiSpeaker({ baseUrl: fake.url, key: new Secret('k-wrong-one'), usual: {}, fetch })
  const said = await wrong('x', { voice: false, wish: {} }, quiet).catch(String)
  expect(said).toMatch(/OpenAI makes no speech: it answered 401 .*Incorrect API key/)
  expect(said).not.toContain('k-wrong-one')
  const nowhere = elevenlabsSpeaker({ baseUrl: 'http://127.0.0.1:1', key, usual: {}, fetch })
  expect(await nowhere('x', { voice: false, wish: {} }, quiet).catch(String)).toContain('ElevenLabs cannot be reached')
})
