// A voice note to the executable: written down, answered in words and by voice; a picture described for a model without eyes.
import { expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { fakeMediaWords } from '../fakes/media-words.ts'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { fakeSpeech } from '../fakes/speech.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, merged, modelConfig, telegramConfig } from './harness.ts'
import { folder, until } from './program.ts'

/** A voice note at Telegram whose bytes are these words. */
const voiceNote = (tg: Awaited<ReturnType<typeof fakeTelegram>>, text: string) => ({
  ...tg.file('v.oga', new TextEncoder().encode(text)),
  duration: 1,
  mime_type: 'audio/ogg',
})

test('spoken to, it hears, answers, and speaks', async () => {
  await using tg = await fakeTelegram()
  await using words = fakeMediaWords()
  await using voices = fakeSpeech()
  await using model = fakeOpenai({ reply: (body) => `You said: ${lastUserText(body).split('Transcript:\n').at(-1)}` })
  const own = {
    tools: { media: { audio: { models: [{ provider: 'openai', baseUrl: words.url }] } } },
    messages: {
      tts: { auto: 'inbound', openai: { apiKey: voices.key, baseUrl: voices.url } },
      responsePrefix: '[{model}]',
    },
  }
  const config = [modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url)].reduce(merged, own)
  await using gw = await gateway({ config, env: { OPENAI_API_KEY: words.key } })
  tg.user('ann').says('', { voice: voiceNote(tg, 'good morning to you') })
  await until('the voice', () => tg.calls.some((c) => c.method.toLowerCase() === 'sendvoice'))
  expect(words.asked).toMatchObject([
    { way: 'openai', model: 'gpt-4o-mini-transcribe', file: { text: 'good morning to you' } },
  ])
  expect(voices.asked).toMatchObject([{ text: 'You said: good morning to you', format: 'opus' }])
  expect(tg.sent.map((m) => m.text).join('\n')).toContain('[m] You said: good morning to you')
  tg.user('ann').says('typed')
  await until('the next answer', () => tg.sent.some((m) => m.text.includes('typed')))
  expect(voices.asked).toHaveLength(1)
  expect(gw.rows('SELECT DISTINCT state FROM inbox')).toEqual([{ state: 'done' }])
})

test('killed while it listens, it listens again after the start and answers once', async () => {
  await using tg = await fakeTelegram()
  await using words = fakeMediaWords()
  await using model = fakeOpenai({ reply: (body) => `You said: ${lastUserText(body).split('Transcript:\n').at(-1)}` })
  const own = { tools: { media: { audio: { models: [{ provider: 'openai', baseUrl: words.url }] } } } }
  const config = [modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url)].reduce(merged, own)
  await using gw = await gateway({ config, env: { OPENAI_API_KEY: words.key } })
  const gate = Promise.withResolvers<void>()
  words.state.gate = gate.promise
  tg.user('ann').says('', { voice: voiceNote(tg, 'once') })
  await until('the message', () => gw.rows("SELECT 1 FROM inbox WHERE state = 'new'").length === 1)
  await gw.kill9()
  words.state.gate = undefined
  gate.resolve()
  await gw.start()
  await until('the answer', () => tg.sent.some((m) => m.text.includes('You said: once')))
  expect(tg.sent.filter((m) => m.text.includes('You said'))).toHaveLength(1)
})

test('a program of the config reads sound, and the file it was given is gone afterwards', async () => {
  await using tg = await fakeTelegram()
  await using model = fakeOpenai({ reply: (body) => `heard ${lastUserText(body)}` })
  using dir = folder()
  dir.write('ears', '#!/bin/sh\necho "noise" >&2\necho "path $1: $(cat "$1")"\n')
  chmodSync(`${dir.path}/ears`, 0o755)
  const own = {
    tools: { media: { audio: { models: [{ type: 'cli', command: `${dir.path}/ears`, args: ['{{MediaPath}}'] }] } } },
  }
  const config = [modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url)].reduce(merged, own)
  await using gw = await gateway({ config })
  tg.user('ann').says('', { voice: voiceNote(tg, 'hi') })
  const sent = await until('the answer', () => tg.sent.find((m) => m.text.includes('path ')))
  const path = /path (\S+): hi/.exec(sent.text)?.[1] ?? ''
  expect(path).toMatch(/\.(oga|ogg)$/)
  expect(await Bun.file(path).exists()).toBe(false)
  expect(gw.log()).not.toContain('noise')
})
