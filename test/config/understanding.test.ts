// What the config means for putting files and links into words: who is asked, where, within which limits.
import { expect, test } from 'bun:test'
import { wholeParts } from '../../src/app/catalog.ts'
import { loadText } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import type { MediaReader, Topic } from '../../src/domain/understanding.ts'
import { modelsOf } from '../../src/app/models/index.ts'
import { understandingSettings } from '../../src/app/settings/understanding.ts'
import { fakeMediaWords } from '../fakes/media-words.ts'

const direct = { session: 'agent:main:main', channel: 'telegram', kind: 'direct' } as const
const group = { session: 'agent:main:telegram:group:-7', channel: 'telegram', kind: 'group' } as const

/** The rule of a config and an environment. */
async function rules(config: object, env: Record<string, string> = {}) {
  const at = paths({ HOME: '/nonexistent' }, {}, { home: '/nonexistent', exists: () => false })
  const { config: read, issues } = await loadText(await wholeParts(), JSON.stringify(config), at, env)
  expect(issues).toEqual([])
  const place = { ...at, clock: { now: () => 0 } }
  const models = modelsOf(
    () => read,
    () => env,
    place,
  )
  return understandingSettings(
    () => read,
    () => env,
    models,
  )
}

const names = (rule: ReturnType<Awaited<ReturnType<typeof rules>>>, topic: Topic) =>
  rule?.topics[topic]?.readers.map((r) => r.name)

const listen = (reader: MediaReader | undefined) =>
  reader?.how.kind === 'server'
    ? reader.how.read(
        { bytes: new TextEncoder().encode('hi'), name: 'a.ogg', mime: 'audio/ogg' },
        AbortSignal.timeout(4000),
      )
    : Promise.reject(new Error('no server'))

test('without a key and without a word in the config nothing is put into words', async () => {
  const of = await rules({})
  expect(of('main', direct)).toBeUndefined()
})

test('what there is a key for is used by itself, in order, unless it is switched off', async () => {
  const env = { GROQ_API_KEY: 'g', OPENAI_API_KEY: 'o', GEMINI_API_KEY: 'x', DEEPGRAM_API_KEY: 'd' }
  const of = await rules({}, env)
  expect(names(of('main', direct), 'audio')).toEqual(['openai', 'groq', 'deepgram', 'google'])
  expect(names(of('main', direct), 'image')).toEqual(['openai', 'google'])
  expect(names(of('main', direct), 'video')).toEqual(['google'])
  const off = await rules({ tools: { media: { audio: { enabled: false } } } }, env)
  expect(names(off('main', direct), 'audio')).toBeUndefined()
})

test('named models take their place: those of the kind, those for all kinds, and the older program', async () => {
  const media = {
    models: [
      { provider: 'groq' },
      { type: 'cli', command: 'all', capabilities: ['audio', 'video'] },
      { type: 'cli', command: 'unsaid' },
    ],
    audio: {
      models: [
        { provider: 'openai', model: 'whisper-1', maxChars: 7, timeoutSeconds: 3 },
        { provider: 'acme', model: 'x' },
      ],
    },
  }
  const older = { audio: { transcription: { command: ['whisper', '{{MediaPath}}'], timeoutSeconds: 9 } } }
  const of = await rules({ tools: { media }, ...older }, { OPENAI_API_KEY: 'o', GROQ_API_KEY: 'g' })
  expect(names(of('main', direct), 'audio')).toEqual(['openai/whisper-1', 'groq', 'all', 'whisper'])
  expect(names(of('main', direct), 'video')).toEqual(['all'])
  const readers = of('main', direct)?.topics.audio?.readers ?? []
  expect(readers[0]).toMatchObject({ maxChars: 7, timeoutMs: 3000, maxBytes: 20_971_520 })
  expect(readers[3]).toMatchObject({
    timeoutMs: 9000,
    how: { kind: 'program', command: 'whisper', args: ['{{MediaPath}}'] },
  })
})

test('address, headers, language and the options of a provider reach it', async () => {
  await using fake = fakeMediaWords()
  const audio = {
    language: 'de',
    baseUrl: fake.url,
    deepgram: { smartFormat: true },
    providerOptions: { openai: { temperature: 0 } },
    models: [{ provider: 'openai' }, { provider: 'deepgram', deepgram: { punctuate: false } }],
  }
  const of = await rules({ tools: { media: { audio } } }, { OPENAI_API_KEY: fake.key, DEEPGRAM_API_KEY: fake.key })
  for (const reader of of('main', direct)?.topics.audio?.readers ?? []) expect(await listen(reader)).toBe('hi')
  expect(fake.asked.map((a) => [a.way, a.model, a.fields])).toEqual([
    ['openai', 'gpt-4o-mini-transcribe', { language: 'de', temperature: '0' }],
    ['deepgram', 'nova-3', { language: 'de', smart_format: 'true', punctuate: 'false' }],
  ])
})

test('scopes: the first rule that applies decides, then the default', async () => {
  const cli = [{ type: 'cli', command: 'x' }]
  const scope = { default: 'deny', rules: [{ action: 'allow', match: { chatType: 'dm' } }] }
  const links = { enabled: true, maxLinks: 2, models: [{ command: 'curl', args: ['{{LinkUrl}}'] }], scope }
  const of = await rules({ tools: { media: { audio: { models: cli, scope } }, links } })
  expect(names(of('main', direct), 'audio')).toEqual(['x'])
  expect(of('main', direct)?.links).toEqual({
    most: 2,
    programs: [{ command: 'curl', args: ['{{LinkUrl}}'], timeoutMs: 30_000 }],
  })
  expect(of('main', group)).toBeUndefined()
})

test('which files, and whether also for models that see', async () => {
  const image = {
    enabled: true,
    models: [{ provider: 'openai', model: 'gpt-5-mini' }],
    attachments: { mode: 'all', maxAttachments: 4, prefer: 'last' },
  }
  const of = await rules({ tools: { media: { image, concurrency: 3 } } })
  expect(of('main', direct)).toMatchObject({
    atOnce: 3,
    topics: {
      image: { always: true, most: 4, fromLast: true, readers: [{ how: { kind: 'model', ref: 'openai/gpt-5-mini' } }] },
    },
  })
})
