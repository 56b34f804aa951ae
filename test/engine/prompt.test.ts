// What the model is told of where it is and what it can name there, the same from turn to turn.
import { expect, test } from 'bun:test'
import type { BoxRule } from '../../src/engine/tools/rule.ts'
import { defineTool } from '../../src/define/tool.ts'
import { z } from 'zod'
import { headOf } from '../../src/engine/prompt/index.ts'
import { engineWorld, inbound, type WorldWish } from './fixture.ts'

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
  expect(last).toEqual([{ type: 'text', text: '[+1h Mon 2026-09-21 15:13 UTC, message_id: 72] again' }])
  const { last: reply } = await asked({}, { replyTo: { id: '60', text: 'one or two?', byUs: true } })
  expect(JSON.stringify(reply)).toContain('the message this replies to, message_id 60')
  await using w = engineWorld({})
  await w.submit('run-1', 'hello')
  await w.idle()
  expect(w.requests[0]?.messages[0]?.parts).toEqual([{ type: 'text', text: '[Mon 2026-09-21 14:13 UTC] hello' }])
  expect(w.requests[0]?.system).not.toContain('message_id')
  await using pressed = engineWorld({})
  await pressed.receive('/noted yes', { id: 'callback:5' })
  await pressed.idle()
  expect(JSON.stringify(pressed.requests[0]?.messages)).not.toContain('callback:5')
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

test('the head of a message says as much as the config wants', async () => {
  const head = async (rule: object) => {
    const { last } = await asked({
      settings: { envelope: () => ({ zone: 'Asia/Tokyo', time: true, elapsed: true, hours: 24, ...rule }) },
    })
    return last[0]?.type === 'text' ? last[0].text : ''
  }
  expect(await head({})).toBe('[+1h Tue 2026-09-22 00:13 Asia/Tokyo, message_id: 72] again')
  expect(await head({ hours: 12, elapsed: false })).toBe('[Tue 2026-09-22 12:13 AM Asia/Tokyo, message_id: 72] again')
  expect(await head({ time: false })).toBe('[+1h, message_id: 72] again')
  expect(await head({ time: false, elapsed: false })).toBe('[message_id: 72] again')
  expect([headOf({ zone: 'UTC', time: false, elapsed: true, hours: 24 })(90_000, 0)]).toEqual(['+1m'])
})

test('an agent’s own number of group messages counts, and the account’s before it', async () => {
  await using plain = engineWorld()
  const main = plain.world.settings.agent('main')
  const agent = () => main && { ...main, historyLimit: 1, repo: '/' }
  const at = { kind: 'group' as const, to: { ...inbound('').to, chat: '-7' } }
  const heard = async (common: object) => {
    await using w = engineWorld({ settings: { agent }, common: { groupPolicy: 'open', ...common } })
    for (const text of ['one', 'two']) await w.receive(text, { ...at, addressed: false })
    await w.receive('and?', at)
    await w.idle()
    expect(w.requests[0]?.system).toContain('| repo=/ |')
    const said = JSON.stringify(w.requests[0]?.messages)
    return [said.includes('one'), said.includes('two')]
  }
  expect(await heard({})).toEqual([false, true])
  expect(await heard({ historyLimit: 2 })).toEqual([true, true])
})
