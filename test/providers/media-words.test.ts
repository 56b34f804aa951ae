// Sound, film and pictures put into words by servers that refuse what the real ones refuse.
import { expect, test } from 'bun:test'
import { Secret } from '../../src/lib/secret.ts'
import { mediaWords, type MediaServer } from '../../src/providers/media-words.ts'
import { fakeMediaWords } from '../fakes/media-words.ts'

const voice = { bytes: new TextEncoder().encode('good morning'), name: 'voice', mime: 'audio/ogg; codecs=opus' }
const quiet = new AbortController().signal

const server = (url: string, more: Partial<MediaServer> = {}): MediaServer => ({
  provider: 'openai',
  model: 'gpt-4o-mini-transcribe',
  baseUrl: `${url}/`,
  key: new Secret('k-good'),
  fetch,
  ...more,
})

test('OpenAI and those like it get a form with a name they know, the language and further fields', async () => {
  await using fake = fakeMediaWords()
  const more = { language: 'en', prompt: 'names', options: { temperature: 0 } }
  expect(await mediaWords(server(fake.url, more), voice, quiet)).toBe('good morning')
  expect(fake.asked).toMatchObject([
    {
      way: 'openai',
      model: 'gpt-4o-mini-transcribe',
      fields: { language: 'en', prompt: 'names', temperature: '0' },
      file: { name: 'voice.ogg' },
    },
  ])
})

test('Deepgram gets the bytes and its options in the address', async () => {
  await using fake = fakeMediaWords()
  const more = { provider: 'deepgram', model: 'nova-3', options: { smart_format: true } }
  expect(await mediaWords(server(fake.url, more), voice, quiet)).toBe('good morning')
  expect(fake.asked).toMatchObject([{ way: 'deepgram', model: 'nova-3', fields: { smart_format: 'true' } }])
})

test('Google takes film too, and is asked in words', async () => {
  await using fake = fakeMediaWords()
  const more = { provider: 'google', model: 'gemini-3-flash-preview', baseUrl: fake.googleUrl, prompt: 'Describe.' }
  expect(await mediaWords(server(fake.url, more), { ...voice, mime: 'video/mp4' }, quiet)).toBe('good morning')
  expect(fake.asked).toMatchObject([{ way: 'google', fields: { prompt: 'Describe.' }, file: { mime: 'video/mp4' } }])
})

test('what goes wrong is said without the key', async () => {
  await using fake = fakeMediaWords()
  const wrong = await mediaWords(server(fake.url, { key: new Secret('k-wrong-one') }), voice, quiet).catch(String)
  expect(wrong).toMatch(/openai answered 401: .*Incorrect API key provided/)
  expect(wrong).not.toContain('k-wrong-one')
  fake.state.broken = true
  expect(await mediaWords(server(fake.url), voice, quiet).catch(String)).toContain('answered 503')
  const nowhere = server('http://127.0.0.1:1/v1')
  expect(await mediaWords(nowhere, voice, quiet).catch(String)).toContain('cannot be reached at http://127.0.0.1:1')
  expect(await mediaWords(server('', { provider: 'acme', baseUrl: undefined }), voice, quiet).catch(String)).toContain(
    'give it a baseUrl',
  )
})
