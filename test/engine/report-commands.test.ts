// Commands that report on a chat or change what goes out of it.
import { expect, test } from 'bun:test'
import { engineWorld, until, type WorldWish } from './fixture.ts'

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
  expect(await said(w, '/usage cost')).toContain('20 tokens in, 10 out, of unknown price.')
})

test('prices are told where they are known', async () => {
  const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0 }
  const script: WorldWish['script'] = (_r, n) => ({ text: 'Hi.', usage: n < 2 ? { ...usage, cost: 0.002 } : usage })
  await using w = engineWorld({ script })
  expect(await said(w, '/usage cost')).toContain('0 tokens in, 0 out. ')
  await said(w, '/usage full')
  expect(await said(w, 'hello')).toBe('Hi.\n\na/one: 10 in / 5 out, 0 cached, $0.0020')
  await w.pass(86_400_000)
  await said(w, 'hello again')
  expect(await said(w, '/usage cost')).toContain('20 tokens in, 10 out, $0.0040 (today $0.0020). ')
  expect(await said(w, 'hello then')).toBe('Hi.\n\na/one: 10 in / 5 out, 0 cached')
  expect(await said(w, '/usage cost')).toContain('$0.0040 (today $0.0020), and 1 answer(s) of unknown price. ')
})

test('models are listed with numbers and chosen by number, alias or name', async () => {
  const models = ['a/one', 'b/two', 'b/three'].map((ref) => ({ ref, ...(ref === 'b/two' ? { alias: 'small' } : {}) }))
  await using w = engineWorld({ settings: { modelChoices: () => models } })
  expect(await said(w, '/model list')).toBe(
    '1. a/one ← now\n2. b/two (small)\n3. b/three\nPage 1 of 1. Choose with /model <number>.',
  )
  expect(await said(w, '/models')).toBe(await said(w, '/model list'))
  expect(await said(w, '/models b')).toContain('2. b/two (small)\n3. b/three')
  expect(await said(w, '/model 3')).toBe('Model: b/three')
  expect(await said(w, '/model 4')).toContain('there is no model 4')
  expect(await said(w, '/model small')).toBe('Model: b/two')
  expect(await said(w, '/model default')).toContain('a/one')
  expect(await said(w, '/small')).toBe('Model: b/two')
  await said(w, '/model default')
  await said(w, '/small hello')
  await said(w, 'hello')
  expect(w.requests.map((r) => r.model.id)).toEqual(['two', 'one'])
})

test('a new session may begin with a model, and with its first message', async () => {
  const models = [{ ref: 'a/one' }, { ref: 'b/two', alias: 'small' }]
  await using w = engineWorld({ settings: { modelChoices: () => models } })
  await said(w, 'hello')
  expect(await said(w, '/new b')).toContain('with b/two')
  expect(await said(w, '/new small')).toContain('with b/two')
  await said(w, '/reset a/one tell me')
  await said(w, '/new b/nobody is here')
  const asked = w.requests.slice(1).map((r) => [r.model.id, JSON.stringify(r.messages).includes('hello')])
  expect(asked).toEqual([
    ['one', false],
    ['one', false],
  ])
  expect(JSON.stringify(w.requests[1]?.messages)).toContain('] tell me')
  expect(JSON.stringify(w.requests[2]?.messages)).toContain('b/nobody is here')
})

test('/think takes other words for its levels, and says what is usual for the model', async () => {
  await using w = engineWorld()
  expect(await said(w, '/think')).toContain('off (default)')
  expect(await said(w, '/think highest')).toBe('thinkingLevel is now high.')
  expect(await said(w, '/t extra-high')).toBe('thinkingLevel is now xhigh.')
  expect(await said(w, '/thinking lots')).toContain('use off|minimal|low')
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
