// Answers that are spoken: which, by whom, how long, and what the model marks in them.
import { expect, test } from 'bun:test'
import { speechMarks, type SpeechRule } from '../../src/domain/speech.ts'
import { Secret } from '../../src/lib/secret.ts'
import { elevenlabsSpeaker, openaiSpeaker } from '../../src/providers/speech.ts'
import { fakeSpeech } from '../fakes/speech.ts'
import { engineWorld, until, type EngineWorld, type WorldWish } from './fixture.ts'
import { noSpeech } from './tool-settings.ts'

/** An engine whose answers can be spoken by servers on loopback. */
async function speaking(rule: Partial<SpeechRule>, wish: WorldWish = {}) {
  const fake = fakeSpeech()
  const key = new Secret(fake.key)
  const speakers = {
    openai: openaiSpeaker({ baseUrl: fake.url, key, usual: {}, fetch }),
    elevenlabs: elevenlabsSpeaker({ baseUrl: fake.origin, key, usual: {}, fetch }),
  }
  const speech = (): SpeechRule => ({ ...noSpeech, speakers, ...rule })
  const w = engineWorld({ script: () => 'A **fine** answer.', ...wish, settings: { ...wish.settings, speech } })
  return {
    w,
    fake,
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
    },
  }
}

const answered = async (w: EngineWorld, text: string, media: { mime: string }[] = []) => {
  await w.receive(text, { media: media.map((m, i) => ({ id: `f${i}`, bytes: 1, ...m })) })
  await w.idle()
  return w.chat.sent.at(-1)
}

/** Has a command answered. */
const asked = async (w: EngineWorld, text: string) => {
  const before = w.chat.sent.length
  await w.receive(text)
  await until('the answer', () => w.chat.sent.length > before)
  return w.chat.sent.at(-1)
}

test('marks: taken out of the text, read within bounds and rights', () => {
  const { may } = noSpeech
  expect(speechMarks('Plain.', may)).toEqual({ text: 'Plain.', marked: false, wish: {} })
  expect(speechMarks('Hi. [[tts]]', may)).toEqual({ text: 'Hi.', marked: true, wish: {} })
  expect(
    speechMarks('[[tts:provider=ElevenLabs voiceId=v1 stability=0.2 speed=9 nonsense=1 seed=4]] Read this.', may),
  ).toEqual({
    text: 'Read this.',
    marked: true,
    provider: 'elevenlabs',
    wish: { voice: 'v1', stability: 0.2, seed: 4 },
  })
  expect(speechMarks('Seen.\n[[tts:text]]Heard,\nall of it.[[/tts:text]]', may)).toMatchObject({
    text: 'Seen.',
    spoken: 'Heard,\nall of it.',
  })
  expect(speechMarks('[[tts:text]]Only heard.[[/tts:text]]', may).text).toBe('Only heard.')
  const none = { ...may, text: false, provider: false, voice: false }
  expect(speechMarks('a [[tts:voice=x provider=openai]] [[tts:text]]b[[/tts:text]]', none)).toEqual({
    text: 'a',
    marked: true,
    wish: {},
  })
})

test('off: nothing is spoken, and marks are not shown', async () => {
  await using s = await speaking({}, { script: () => 'Well, yes. [[tts:voice=nova]]' })
  expect(await answered(s.w, 'hi')).toMatchObject({ text: 'Well, yes.', media: [] })
  expect(s.fake.asked).toEqual([])
})

test('always: the answer goes out with a voice note of it, without its Markdown', async () => {
  await using s = await speaking({ auto: 'always' })
  const sent = await answered(s.w, 'hi')
  expect(sent).toMatchObject({
    text: 'A **fine** answer.',
    media: [{ kind: 'voice', mime: 'audio/ogg', name: 'voice.ogg' }],
  })
  expect(s.fake.asked).toMatchObject([{ by: 'openai', text: 'A fine answer.', format: 'opus' }])
  expect(s.w.requests[0]?.system).toContain('Your answers are also spoken.')
})

test('a channel without voice notes gets a file', async () => {
  await using s = await speaking({ auto: 'always', hasVoice: () => false })
  expect((await answered(s.w, 'hi'))?.media).toMatchObject([{ kind: 'audio', mime: 'audio/mpeg' }])
})

test('inbound: only what was spoken is answered by speech; tagged: only what the model marks', async () => {
  await using s = await speaking({ auto: 'inbound' })
  expect((await answered(s.w, 'typed'))?.media).toEqual([])
  expect((await answered(s.w, 'x', [{ mime: 'audio/ogg' }]))?.media).toHaveLength(1)
  await using t = await speaking(
    { auto: 'tagged' },
    {
      script: (_r, n) =>
        n === 0 ? 'Not this one.' : 'Seen. [[tts:voice=onyx]][[tts:text]]Heard instead.[[/tts:text]]',
    },
  )
  expect((await answered(t.w, 'one'))?.media).toEqual([])
  expect(await answered(t.w, 'two')).toMatchObject({ text: 'Seen.', media: [{ kind: 'voice' }] })
  expect(t.fake.asked).toMatchObject([{ text: 'Heard instead.', voice: 'onyx' }])
})

test('silent, short and failed answers, and those with files, are not spoken', async () => {
  const texts = ['NO_REPLY', 'Short.', 'MEDIA: nothing.png']
  await using s = await speaking({ auto: 'always' }, { script: (_r, n) => texts[n] ?? '' })
  for (const _ of texts) await answered(s.w, 'hi')
  expect(s.fake.asked).toEqual([])
})

test('one who fails is stood in for; when all fail the text goes alone', async () => {
  await using s = await speaking({ auto: 'always' })
  s.fake.state.broken = 'openai'
  expect((await answered(s.w, 'hi'))?.media).toHaveLength(1)
  expect(s.fake.asked).toMatchObject([{ by: 'elevenlabs' }])
  s.fake.state.broken = 'both'
  expect(await answered(s.w, 'hi')).toMatchObject({ text: 'A **fine** answer.', media: [] })
  expect(s.w.lines.join('\n')).toMatch(/could not be spoken[\s\S]*OpenAI[\s\S]*ElevenLabs/)
})

test('a long answer is summed up by a model, or cut where a person wants that', async () => {
  const long = 'A long story. '.repeat(30)
  await using s = await speaking(
    { auto: 'always', summaryModel: 'a/short' },
    { script: (r) => (r.system.startsWith('Say the text') ? 'In short: a story.' : long) },
  )
  await asked(s.w, '/tts limit 120')
  await answered(s.w, 'tell')
  expect(s.fake.asked.at(-1)?.text).toBe('In short: a story.')
  expect(s.w.requests.at(-1)?.model.id).toBe('short')
  await asked(s.w, '/tts summary off')
  await answered(s.w, 'tell')
  expect(s.fake.asked.at(-1)?.text).toHaveLength(120)
})

test('parts of an answer are spoken each, where the config says all', async () => {
  const paragraph = `${'One word after another. '.repeat(45)}\n\n`
  for (const parts of [true, false]) {
    await using s = await speaking(
      { auto: 'always', parts, maxChars: 4096 },
      { common: { blockStreaming: true }, script: () => `${paragraph}And the end of it.` },
    )
    await asked(s.w, '/tts limit 4000')
    await answered(s.w, 'go')
    const spoken = s.fake.asked.map((a) => a.text)
    expect(spoken.length).toBe(parts ? 2 : 1)
    expect(spoken.at(-1)?.endsWith('And the end of it.')).toBe(true)
    expect(s.w.chat.sent.slice(1).map((m) => m.media.length)).toEqual(parts ? [1, 1] : [0, 1])
  }
})

test('/tts shows and sets, and speaks a text', async () => {
  await using s = await speaking({})
  const say = async (text: string) => (await asked(s.w, text))?.text
  expect(await say('/tts')).toBe(
    'Spoken answers: off\nWho speaks: openai, else elevenlabs\nLimit: 1500 characters, longer ones are summed up',
  )
  expect(await say('/tts always')).toBe('Spoken answers: always')
  expect(await say('/tts provider elevenlabs')).toBe('Who speaks: elevenlabs')
  expect(await say('/tts provider edge')).toContain('edge is not spoken with here')
  expect(await say('/tts provider nobody')).toContain('Invalid provider.')
  expect(await say('/tts limit 5')).toContain('a number of characters from 100 to 4096')
  expect(await say('/tts summary maybe')).toContain('/tts summary on')
  expect(await say('/tts sometimes')).toContain('"sometimes" is none of status, off, always')
  const sent = await asked(s.w, '/tts audio Good Morning to you')
  expect(sent).toMatchObject({ text: '', media: [{ kind: 'voice' }] })
  expect(s.fake.asked.at(-1)).toMatchObject({ by: 'elevenlabs', text: 'Good Morning to you' })
  expect((await answered(s.w, 'hi'))?.media).toHaveLength(1)
})

test('without a key the command says what to set', async () => {
  await using w = engineWorld()
  expect((await asked(w, '/tts audio hello there'))?.text).toContain('oclaw config set messages.tts.openai.apiKey')
})
