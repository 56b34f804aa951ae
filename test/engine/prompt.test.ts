// What the model is told of where it is and what it can name there, the same from turn to turn.
import { expect, test } from 'bun:test'
import type { BoxRule } from '../../src/engine/tool-rule.ts'
import { defineTool } from '../../src/define/tool.ts'
import { z } from 'zod'
import type { inbound } from './fixture.ts'
import { engineWorld, type WorldWish } from './fixture.ts'

/** Answers the system prompt and the last words of two turns in one chat. */
async function asked(wish: WorldWish, more: Parameters<typeof inbound>[1] = {}) {
  await using w = engineWorld(wish)
  await w.receive('hello', { id: '71', ...more })
  await w.idle()
  await w.pass(3_600_000)
  await w.receive('again', { id: '72', ...more })
  await w.idle()
  expect(w.requests).toHaveLength(2)
  expect(w.requests[1]?.system).toBe(w.requests[0]?.system as string)
  expect(w.requests[1]?.messages[0]).toEqual(w.requests[0]?.messages[0] as never)
  return { system: w.requests[0]?.system ?? '', last: w.requests[1]?.messages.at(-1)?.parts ?? [] }
}

const message = defineTool({
  id: 'message',
  summary: 'Acts in chats.',
  params: z.strictObject({}),
  risk: 'read',
  run: () => Promise.resolve({ ok: true, text: '' }),
})

test('each message of a platform stands with the id it can be named by, files too, and the message it answers', async () => {
  const { last } = await asked({})
  expect(last).toEqual([{ type: 'text', text: '[Mon 2026-09-21 15:13 UTC, message_id: 72] again' }])
  const { last: reply } = await asked({}, { replyTo: { id: '60', text: 'one or two?', byUs: true } })
  expect(JSON.stringify(reply)).toContain('the message this replies to, message_id 60')
  await using w = engineWorld({})
  await w.submit('run-1', 'hello')
  await w.idle()
  expect(w.requests[0]?.messages[0]?.parts).toEqual([{ type: 'text', text: '[Mon 2026-09-21 14:13 UTC] hello' }])
  expect(w.requests[0]?.system).not.toContain('message_id')
})

test('the prompt tells of reply tags, other names of models, reactions and the sandbox, where there are such', async () => {
  const plain = (await asked({ tools: [message] })).system
  expect(plain).toContain('[[reply_to_current]]')
  for (const word of ['# Model aliases', '# Reactions', '# Sandbox']) expect(plain).not.toContain(word)
  const box = { name: 'main', folder: '/boxes/main', readOnly: false, container: {}, tools: {} } as unknown as BoxRule
  const full = await asked({
    tools: [message],
    common: { reactionLevel: 'minimal' },
    settings: { modelChoices: () => [{ ref: 'a/one', alias: 'uno' }, { ref: 'b/two' }], box: () => box },
  })
  expect(full.system).toContain('- uno: a/one\n')
  expect(full.system).not.toContain('b/two')
  expect(full.system).toContain('sparingly')
  expect(full.system).toContain('/boxes/main')
  const free = await asked({ tools: [message], common: { reactionLevel: 'extensive' } })
  expect(free.system).toContain('freely')
  const none = await asked({ tools: [message], common: { reactionLevel: 'ack' } })
  expect(none.system).not.toContain('# Reactions')
})
