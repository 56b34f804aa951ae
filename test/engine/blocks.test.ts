// Answers sent in parts while they are written: cut at kind places, each part once, and the end is only what is left.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { z } from 'zod'
import { blockSettings } from '../../src/app/settings/blocks.ts'
import type { Config } from '../../src/app/catalog.ts'
import { blockEnd } from '../../src/lib/blocks.ts'
import { defineTool } from '../../src/define/tool.ts'
import type { BlockSettings } from '../../src/engine/settings.ts'
import { loaded } from '../config/fixture.ts'
import { engineWorld, until, type WorldWish } from './fixture.ts'

const rule = { min: 20, max: 40, prefer: 'paragraph' as const }

test('a block ends at a paragraph, else at the last kind place before it is too long', () => {
  expect(blockEnd('short\n\n', rule)).toBeUndefined()
  expect(blockEnd('A first paragraph here.\n\nMore', rule)).toBe(25)
  expect(blockEnd('A first paragraph here. And', rule)).toBeUndefined()
  expect(blockEnd('A sentence of its own. And another one that runs', rule)).toBe(23)
  expect(blockEnd('x'.repeat(60), rule)).toBe(40)
  expect(blockEnd('A first sentence is here. And', { ...rule, prefer: 'sentence' })).toBe(26)
  expect(blockEnd('```js\nlet a = 1\n\nlet b', rule)).toBeUndefined() // not inside a fence
})

test('blocks never lose or double a character, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 1, max: 30 }), (text, min) => {
      let rest = text
      let out = ''
      for (let end = blockEnd(rest, { ...rule, min }); end !== undefined; end = blockEnd(rest, { ...rule, min })) {
        expect(end).toBeGreaterThan(0)
        expect(end).toBeLessThanOrEqual(40)
        out += rest.slice(0, end)
        rest = rest.slice(end)
      }
      expect(out + rest).toBe(text)
    }),
  )
})

const settings: BlockSettings = { usual: true, at: 'text_end', ...rule, least: 10, idleMs: 1000 }
const first = 'The first paragraph of it.\n\n'
const second = 'The second paragraph of it.\n\n'

const wish = (more: Partial<BlockSettings> = {}, script?: WorldWish['script']): WorldWish => ({
  script: script ?? (() => `${first}${second}The end.`),
  account: { preview: true },
  settings: { blocks: () => ({ ...settings, ...more }) },
})

test('parts go out as they are finished, the end is what is left, and programs get the whole', async () => {
  await using w = engineWorld(wish())
  await w.receive('go')
  await w.idle()
  expect(w.texts()).toEqual([first.trim(), second.trim(), 'The end.'])
  expect(w.told('finished')[0]?.event).toMatchObject({ text: `${first}${second}The end.` })
  expect(w.chat.edits).toEqual([])
  expect(w.rows("SELECT count(*) AS n FROM kv WHERE space = 'blocks'")).toEqual([{ n: 0 }])
})

test('words before a tool go out by themselves; a silent end says nothing more', async () => {
  const look = defineTool({
    id: 'look',
    summary: 'Looks.',
    params: z.strictObject({}),
    risk: 'read',
    run: () => Promise.resolve({ ok: true, text: 'seen' }),
  })
  const script: WorldWish['script'] = (_r, n) =>
    n === 0 ? { text: 'Let me look.', calls: [{ tool: 'look' }] } : 'NO_REPLY'
  await using w = engineWorld({ ...wish({}, script), tools: [look] })
  await w.receive('go')
  await w.idle()
  expect(w.texts()).toEqual(['Let me look.'])
  await using off = engineWorld({ ...wish({ usual: false }, script), tools: [look] })
  await off.receive('go')
  await off.idle()
  expect(off.texts()).toEqual([])
})

test('an account says for itself, the break may be the end of the message, and other channels must ask for it', async () => {
  await using own = engineWorld({ ...wish(), common: { blockStreaming: false } })
  await own.receive('go')
  await own.idle()
  expect(own.texts()).toHaveLength(1)
  await using late = engineWorld(wish({ at: 'message_end' }))
  await late.receive('go')
  await late.idle()
  expect(late.texts()).toHaveLength(1)
  const of = async (config: object, channel: string) =>
    blockSettings((await loaded(JSON.stringify(config))).config as unknown as Config, 'main', channel)
  const on = { agents: { defaults: { blockStreamingDefault: 'on', humanDelay: { mode: 'natural' } } } }
  expect(await of(on, 'telegram')).toMatchObject({
    usual: true,
    min: 800,
    max: 1200,
    pause: { minMs: 800, maxMs: 2500 },
  })
  expect(await of({}, 'slack')).toMatchObject({ usual: false, min: 1500, max: 1500 })
  expect(await of({}, 'slack')).not.toHaveProperty('pause')
})

test('a model that fails in the middle and starts again: nothing is missing', async () => {
  const { modelFault } = await import('./scripted.ts')
  const script: WorldWish['script'] = (_r, n) =>
    n === 0 ? { text: `${first}broken`, fault: modelFault('timeout') } : `Another answer that is long.\n\nEnd.`
  await using w = engineWorld(wish({}, script))
  await w.receive('go')
  await until('the second try', () => w.requests.length === 2 || (void w.pass(500), false))
  await w.rest(50)
  expect(w.texts()).toEqual([first.trim(), 'Another answer that is long.', 'End.'])
})

test('a pause stands between parts, and a turn cut off after a part says the rest once', async () => {
  await using w = engineWorld(wish({ pause: { minMs: 900, maxMs: 900 } }))
  await w.receive('go')
  await until('the first part', () => w.texts().length === 1)
  expect(w.runs.all()).toHaveLength(1)
  await w.rest(100)
  expect(w.texts()).toEqual([first.trim(), second.trim(), 'The end.'])
  const cut = engineWorld(wish({}, () => ({ text: first, hang: true })))
  await cut.receive('go')
  await until('the first part', () => cut.texts().length === 1)
  await cut.close()
  await using again = engineWorld({ ...wish(), path: cut.path })
  await again.recover()
  await again.idle()
  expect(again.texts()).toEqual([`${second}The end.`])
})

test('what is more than text is left to the end', async () => {
  await using w = engineWorld(wish({}, () => `${first}[[reply_to_current]] ${second}The end.`))
  await w.receive('go', { id: '77' })
  await w.idle()
  expect(w.texts()).toEqual([first.trim(), `${second}The end.`])
  expect(w.chat.sent.map((m) => m.replyTo)).toEqual([undefined, '77'])
})

test('a fence that is cut is closed and opened again', async () => {
  const code = `\`\`\`js\n${Array.from({ length: 6 }, (_, i) => `let v${i} = ${i}`).join('\n')}\n\`\`\`\nDone.`
  await using w = engineWorld(wish({}, () => code))
  await w.receive('go')
  await w.idle()
  for (const text of w.texts()) expect((text.match(/```/g) ?? []).length % 2).toBe(0)
  expect(
    w
      .texts()
      .join('\n')
      .match(/let v\d/g),
  ).toHaveLength(6)
})
