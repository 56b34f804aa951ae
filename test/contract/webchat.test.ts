// WebChat under the contract of channels, as far as a platform inside the gateway can break it.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { say } from '../../src/engine/say.ts'
import { FailingDb } from '../engine/failing-db.ts'
import { engineWorld, until } from '../engine/fixture.ts'

const main = 'agent:main:main'
const chat = { channel: 'webchat', account: 'default', chat: main }

const said = (w: ReturnType<typeof engineWorld>) =>
  w
    .rows(
      `SELECT e.role, e.parts FROM entries e JOIN sessions s ON s.id = e.session WHERE s.key = '${main}' ORDER BY e.id`,
    )
    .map(
      (r) =>
        `${String(r['role'])}: ${(JSON.parse(String(r['parts'])) as { text?: string }[]).map((p) => p.text).join()}`,
    )

test('a message is taken once, though it is told twice', async () => {
  await using w = engineWorld()
  expect(await w.submit('r1', 'hello')).toEqual({ state: 'runs' })
  expect(await w.submit('r1', 'hello')).toEqual({ state: 'known' })
  await w.idle()
  expect(said(w)).toEqual(['user: hello', 'assistant: Hello.'])
})

test('messages keep their order', async () => {
  const queue = { mode: 'followup', debounceMs: 0, cap: 100, drop: 'old' } as const
  await using w = engineWorld({ settings: { queue: () => queue } })
  const texts = Array.from({ length: 50 }, (_, i) => `number ${i}`)
  await Promise.all(texts.map((text, i) => w.submit(`r${i}`, text)))
  await w.idle()
  expect(said(w).filter((line) => line.startsWith('user'))).toEqual(texts.map((t) => `user: ${t}`))
})

test('what could not be stored is refused, and taken when it is told again', async () => {
  const disk: { db?: FailingDb } = {}
  await using w = engineWorld({ open: (path) => (disk.db = new FailingDb(path)) })
  Object.assign(disk.db as FailingDb, { full: true, at: 0, count: 0 })
  const refusal = await w.submit('r1', 'precious').catch((error: unknown) => String(error))
  expect(refusal).toContain('full')
  Object.assign(disk.db as FailingDb, { full: false, at: -1 })
  await w.submit('r1', 'precious')
  await w.idle()
  expect(said(w)).toEqual(['user: precious', 'assistant: Hello.'])
})

test('what was accepted before a crash is answered after it, once', async () => {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-webchat-'))
  const path = join(top, 'oclaw.db')
  try {
    const first = engineWorld({ path, script: () => ({ hang: true }) })
    await first.submit('r1', 'are you there?')
    await first.close()
    const w = engineWorld({ path })
    await w.recover()
    await until('the answer', () => said(w).length === 2)
    expect(said(w)).toEqual(['user: are you there?', 'assistant: Hello.'])
    await w.close()
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
})

test('what is sent there is in the session and told to those who listen, once though it is sent twice', async () => {
  await using w = engineWorld()
  await w.db.write(() => void say(w.world, chat, 'The backup is **done**.', { key: 'k' }))
  await w.idle()
  const row = w.rows("SELECT id, message, state FROM outbox WHERE channel = 'webchat'")[0]
  expect(row?.['state']).toBe('sent')
  const connection = w.world.connection(chat)
  const message = JSON.parse(String(row?.['message'])) as Parameters<NonNullable<typeof connection>['send']>[0]
  await connection?.send(message, new AbortController().signal)
  expect(said(w)).toEqual(['assistant: The backup is **done**.'])
  expect(w.heard.filter((n) => n.type === 'chat')).toHaveLength(1)
  await w.submit('r1', 'what did you say?')
  await w.idle()
  expect(JSON.stringify(w.requests[0]?.messages)).toContain('The backup is **done**.')
})

test('what is sent during a turn waits for its end', async () => {
  let go: () => void = () => undefined
  const wait = new Promise<void>((resolve) => (go = resolve))
  await using w = engineWorld({ script: () => ({ text: 'Done.', wait }) })
  await w.submit('r1', 'work')
  await until('the model to be asked', () => w.requests.length === 1)
  await w.db.write(() => void say(w.world, chat, 'News.', { key: 'k' }))
  expect(said(w)).toEqual(['user: work'])
  go()
  await w.idle()
  await until('both', () => said(w).length === 3)
  expect(said(w)).toEqual(['user: work', 'assistant: Done.', 'assistant: News.'])
})

test('a long text is one piece, and a text that is nothing is not sent', async () => {
  await using w = engineWorld()
  const long = 'word '.repeat(20_000)
  await w.db.write(() => {
    expect(say(w.world, chat, long, { key: 'long' })).toHaveLength(1)
    expect(say(w.world, chat, '  \n', { key: 'none' })).toHaveLength(0)
  })
  await w.idle()
  expect(said(w)).toHaveLength(1)
})
