// Files and links of messages are put into words before the agent hears them, in order, within limits, once.
import { expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MediaRef } from '../../src/domain/media.ts'
import { textOf } from '../../src/domain/turn.ts'
import {
  withUnderstood,
  type MediaReader,
  type Topic,
  type TopicRule,
  type UnderstandingRule,
} from '../../src/domain/understanding.ts'
import { engineWorld, until, type EngineWorld } from './fixture.ts'
import { candidateOf } from './scripted.ts'

const reader = (how: MediaReader['how'], more: Partial<MediaReader> = {}): MediaReader => ({
  name: 'reader',
  maxBytes: 1000,
  maxChars: 500,
  timeoutMs: 10_000,
  prompt: 'Say what it is.',
  how,
  ...more,
})

/** A server that says what the bytes are, as text. */
const ears = (read = async (text: string): Promise<string> => text): MediaReader['how'] => ({
  kind: 'server',
  read: ({ bytes }) => read(new TextDecoder().decode(bytes)),
})

const topic = (readers: readonly MediaReader[], more: Partial<TopicRule> = {}): TopicRule => ({
  always: false,
  most: 1,
  fromLast: false,
  readers,
  ...more,
})

const rule = (topics: Partial<Record<Topic, TopicRule>>, more: Partial<UnderstandingRule> = {}) => ({
  understanding: (): UnderstandingRule => ({ atOnce: 2, topics, ...more }),
})

const file = (w: EngineWorld, text: string, mime = 'audio/ogg'): Promise<MediaRef> =>
  w.world.outside.media.save(new TextEncoder().encode(text), { mime })

/** What the model was last told. */
const told = (w: EngineWorld, n = -1) =>
  textOf(w.requests.at(n)?.messages.at(-1)?.parts ?? []).replace(/^\[.*?\] (?=\S)/, '')

const asked = (w: EngineWorld, n: number) => until(`question ${n}`, () => w.requests.length >= n)

test('how words for files stand in a message', () => {
  const audio = { topic: 'audio', text: 'hello' } as const
  const image = { topic: 'image', text: 'a cat' } as const
  expect(withUnderstood('hello', [audio])).toBe('[Audio]\nTranscript:\nhello')
  expect(withUnderstood('look', [image])).toBe('[Image]\nUser text:\nlook\nDescription:\na cat')
  expect(withUnderstood('both', [image, { topic: 'image', text: 'a dog' }, { topic: 'video', text: 'a race' }])).toBe(
    'User text:\nboth\n\n[Image 1/2]\nDescription:\na cat\n\n[Image 2/2]\nDescription:\na dog\n\n[Video]\nDescription:\na race',
  )
  expect(withUnderstood('see https://a.b', [{ topic: 'link', text: 'a page' }])).toBe('see https://a.b\n\na page')
  expect(withUnderstood('nothing', [])).toBe('nothing')
})

test('a voice note is heard as its transcript, which is kept with the message', async () => {
  await using w = engineWorld({ settings: rule({ audio: topic([reader(ears())]) }) })
  await w.receive('', { media: [await file(w, 'what is the time')] })
  await asked(w, 1)
  await w.idle()
  expect(told(w)).toBe('[Audio]\nTranscript:\nwhat is the time')
  expect(w.texts()).toEqual(['Hello.'])
  expect(w.rows("SELECT message ->> '$.text' AS t FROM inbox")).toEqual([{ t: 'what is the time' }])
})

test('messages of a session stay in order though one takes long, and commands wait for nobody', async () => {
  const gate = Promise.withResolvers<string>()
  await using w = engineWorld({ settings: rule({ audio: topic([reader(ears(() => gate.promise))]) }) })
  await w.receive('', { media: [await file(w, 'x')] })
  await w.receive('and then?')
  await w.receive('/whoami')
  await until('the command', () => w.texts().some((t) => t.startsWith('You: 42')))
  expect(w.requests).toHaveLength(0)
  gate.resolve('the spoken one')
  await asked(w, 2)
  await w.idle()
  expect([told(w, 0), told(w, 1)]).toEqual(['[Audio]\nTranscript:\nthe spoken one', 'and then?'])
})

test('stop also drops what is still being listened to', async () => {
  const gate = Promise.withResolvers<string>()
  await using w = engineWorld({ settings: rule({ audio: topic([reader(ears(() => gate.promise))]) }) })
  await w.receive('', { media: [await file(w, 'x')], id: 'v1' })
  await w.receive('typed', { id: 't1' })
  await w.receive('/stop')
  await until('the stop', () => w.texts().length === 1)
  gate.resolve('too late')
  const dropped = () =>
    w.rows("SELECT platform_id AS id FROM inbox WHERE state = 'dropped' AND reason = 'stopped' ORDER BY inbox.id")
  await until('both to be dropped', () => dropped().length === 2)
  await w.receive('next')
  await asked(w, 1)
  expect(told(w)).toBe('next')
  expect(dropped()).toEqual([{ id: 'v1' }, { id: 't1' }])
})

test('a spoken command is a command', async () => {
  const gate = Promise.withResolvers<void>()
  await using w = engineWorld({
    settings: rule({ audio: topic([reader(ears())]) }),
    script: () => ({ text: 'long', wait: gate.promise }),
  })
  await w.receive('work')
  await asked(w, 1)
  await w.receive('', { media: [await file(w, 'Stop.')] })
  await until('the stop', () => w.texts().some((t) => t.startsWith('⏹')))
  expect(w.requests).toHaveLength(1)
  gate.resolve()
})

test('in a group a voice note that names the agent is answered, another is context', async () => {
  const agent = {
    id: 'main',
    workspace: '/nonexistent',
    tools: { profile: 'full', deny: [], execSecurity: 'full', execAsk: 'off', confined: true },
    mentionPatterns: ['\\bmolly\\b'],
  } as const
  await using w = engineWorld({
    common: { groupPolicy: 'open' },
    settings: { ...rule({ audio: topic([reader(ears())]) }), agent: (id) => (id === 'main' ? agent : undefined) },
  })
  const there = {
    kind: 'group',
    addressed: false,
    to: { channel: 'telegram', account: 'default', chat: '-7' },
  } as const
  expect(await w.receive('', { ...there, media: [await file(w, 'nothing for you')] })).toBe('context')
  await until('the context', () => w.rows("SELECT 1 FROM inbox WHERE reason = 'context'").length === 1)
  expect(await w.receive('', { ...there, media: [await file(w, 'Molly, hello')] })).toBe('context')
  await asked(w, 1)
  await w.idle()
  expect(told(w)).toContain('Transcript:\nMolly, hello')
  expect(told(w)).toContain('Ann: nothing for you')
})

test('what was held or waited when the process ended is heard after the start', async () => {
  const never = Promise.withResolvers<string>()
  const w = engineWorld({ settings: rule({ audio: topic([reader(ears(() => never.promise))]) }) })
  await w.receive('', { media: [await file(w, 'x')] })
  await w.scope.close(new Error('the end'))
  w.db.flush()
  w.db.close()
  await using again = engineWorld({
    path: w.path,
    settings: rule({ audio: topic([reader(ears(async () => 'later'))]) }),
  })
  await again.recover()
  await asked(again, 1)
  await again.idle()
  expect(told(again)).toBe('[Audio]\nTranscript:\nlater')
})

test('the next reader is asked when one fails, takes too long, or the file is too large for it; none leaves the file', async () => {
  const fails = reader(
    ears(() => Promise.reject(new Error('down'))),
    { name: 'one' },
  )
  const small = reader(ears(), { name: 'two', maxBytes: 2 })
  const good = reader(ears(), { name: 'three', maxChars: 4 })
  await using w = engineWorld({ settings: rule({ audio: topic([fails, small, good]) }) })
  await w.receive('', { media: [await file(w, 'long words')] })
  await asked(w, 1)
  expect(told(w)).toBe('[Audio]\nTranscript:\nlong…')
  expect(w.lines.join('\n')).toMatch(/one[\s\S]*down[\s\S]*two[\s\S]*10 bytes; at most 2/)
  await using none = engineWorld({ settings: rule({ audio: topic([fails]) }) })
  await none.receive('', { media: [await file(none, 'x')] })
  await asked(none, 1)
  const named = { type: 'text', text: expect.stringMatching(/^\[.*, message_id: m\d+\]$/) }
  expect(none.requests[0]?.messages[0]?.parts).toMatchObject([named, { type: 'media' }])
})

test('pictures are described for a model that cannot see, and for one that can when the config says so', async () => {
  const look = topic([reader({ kind: 'model', ref: 'b/sees' })])
  const script = (req: { messages: readonly unknown[]; system: string }) =>
    req.system.startsWith('Look') ? 'a red kite' : 'Nice.'
  await using w = engineWorld({ script, settings: rule({ image: look }) })
  await w.receive('see', { media: [await file(w, 'png', 'image/png')] })
  await asked(w, 2)
  expect(told(w)).toBe('[Image]\nUser text:\nsee\nDescription:\na red kite')
  expect(w.requests[0]?.messages[0]?.parts).toMatchObject([{ text: 'Say what it is.' }, { type: 'media' }])
  for (const [always, questions] of [
    [false, 1],
    [true, 2],
  ] as const) {
    const made: { w?: EngineWorld } = {}
    await using seeing = engineWorld({
      script,
      settings: {
        ...rule({ image: { ...look, always } }),
        candidates: () => [candidateOf('a/one', (made.w as EngineWorld).provider, { input: ['text', 'image'] })],
      },
    })
    made.w = seeing
    await seeing.receive('see', { media: [await file(seeing, 'png', 'image/png')] })
    await asked(seeing, questions)
    await seeing.idle()
    expect(seeing.requests).toHaveLength(questions)
  }
})

test('the first file of a kind, or several, from either end', async () => {
  for (const [more, heard] of [
    [{}, '[Audio]\nTranscript:\none'],
    [{ fromLast: true }, '[Audio]\nTranscript:\nthree'],
    [{ most: 2 }, '[Audio 1/2]\nTranscript:\none\n\n[Audio 2/2]\nTranscript:\ntwo'],
  ] as const) {
    await using w = engineWorld({ settings: rule({ audio: topic([reader(ears())], more) }) })
    await w.receive('', { media: await Promise.all(['one', 'two', 'three'].map((t) => file(w, t))) })
    await asked(w, 1)
    expect(told(w)).toBe(heard)
  }
})

test('programs get the file by name, and say it on their output or in a file beside it', async () => {
  const w = engineWorld()
  await using _ = w
  const program = (name: string, text: string) => {
    const path = join(w.top, name)
    writeFileSync(path, `#!/bin/sh\n${text}\n`)
    chmodSync(path, 0o755)
    return path
  }
  const loud = program('loud', 'echo noise >&2; printf "%s: " "$2"; cat "$1"')
  const aside = program('aside', 'tr a-z A-Z < "$1" > "$2.txt"')
  const bad = program('bad', 'echo broken >&2; exit 3')
  const run = (command: string, args: string[]) => reader({ kind: 'program', command, args }, { name: command })
  for (const [readers, heard] of [
    [[run(bad, []), run(loud, ['{{MediaPath}}', '{{MaxChars}}'])], '500: hello'],
    [[run(aside, ['{{MediaPath}}', '{{OutputBase}}'])], 'HELLO'],
  ] as const) {
    await using v = engineWorld({ settings: rule({ audio: topic(readers) }) })
    await v.receive('', { media: [await file(v, 'hello')] })
    await asked(v, 1)
    expect(told(v)).toBe(`[Audio]\nTranscript:\n${heard}`)
    if (readers.length > 1) expect(v.lines.join('\n')).toContain('ended with 3: broken')
  }
})

test('links are read by a program, marked as somebody else’s words, at most so many and each once', async () => {
  const links = { most: 2, programs: [{ command: '/bin/echo', args: ['page of', '{{LinkUrl}}'], timeoutMs: 10_000 }] }
  await using w = engineWorld({ settings: rule({}, { links }) })
  await w.receive('http://127.0.0.1/admin')
  await asked(w, 1)
  await w.idle()
  expect(told(w)).toBe('http://127.0.0.1/admin')
  await w.receive('see https://a.example/x, https://a.example/x and (https://b.example/y). Also https://c.example')
  await asked(w, 2)
  const text = told(w)
  expect(text).toStartWith('see https://a.example/x,')
  expect([...text.matchAll(/^page of (\S+)$/gm)].map((m) => m[1])).toEqual([
    'https://a.example/x',
    'https://b.example/y',
  ])
  expect(text).toMatch(/<untrusted id="\w+" what="what https:\/\/a.example\/x holds">\npage of/)
})
