// Commands that report on a chat or change what goes out of it.
import { expect, test } from 'bun:test'
import { engineWorld, until } from './fixture.ts'

async function said(w: ReturnType<typeof engineWorld>, text: string) {
  const before = w.chat.sent.length
  await w.receive(text, { id: `m${before}-${text}` })
  await until(`an answer to ${text}`, () => w.chat.sent.length > before)
  await w.idle()
  return w.texts().at(-1) as string
}

test('context says what the next prompt is made of', async () => {
  await using w = engineWorld()
  await said(w, 'hello')
  expect(await said(w, '/context')).toMatch(
    /About \d+ of 200000 tokens .*\n- instructions: \d+\n- tools: \d+\n- history: \d+ in 2 entries/,
  )
  expect(await said(w, '/context detail')).toContain('  - Safety: ')
  expect(JSON.parse((await said(w, '/context json')).replaceAll(/```(json)?/g, ''))).toMatchObject({ model: 'a/one' })
})

test('usage is shown under answers when it is wanted', async () => {
  await using w = engineWorld()
  expect(await said(w, '/usage tokens')).toContain('tokens')
  expect(await said(w, 'hello')).toBe('Hello.\n\n10 in / 5 out')
  await said(w, '/usage off')
  expect(await said(w, 'hello')).toBe('Hello.')
  expect(await said(w, '/usage nonsense')).toContain('invalid usage')
  expect(await said(w, '/usage cost')).toContain('20 tokens in, 10 out')
})

test('send off keeps answers in, for owners only', async () => {
  await using w = engineWorld()
  expect(await said(w, '/send off')).toBe('Send policy: off.')
  await w.receive('hello', { id: 'x' })
  await w.idle()
  expect(w.texts()).toHaveLength(1)
  await said(w, '/send on')
  expect(await said(w, 'hello')).toBe('Hello.')
  await using other = engineWorld({ settings: { owners: () => ['someone else'] } })
  expect(await said(other, '/send off')).toContain('only an owner')
})

test('help names every command, page by page when asked', async () => {
  await using w = engineWorld()
  const all = await said(w, '/help')
  for (const name of ['status', 'context', 'usage', 'send', 'approve']) expect(all).toContain(`/${name} - `)
  expect((await said(w, '/help 2')).split('\n').at(-1)).toMatch(/^Page 2 of \d$/)
})
