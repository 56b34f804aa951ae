// What a chat is shown of the work behind an answer, when it asks: what was thought, and the calls of tools.
import { expect, test } from 'bun:test'
import { engineWorld, until } from './fixture.ts'

const thinker = () => ({ thinking: 'They greet me; I greet them.', text: 'Hello Ann.' })
const thought = 'Reasoning:\nThey greet me; I greet them.'

test('`/reasoning on` has what was thought said before the answer, by itself, and the model is not told of it', async () => {
  await using w = engineWorld({ script: thinker, account: { preview: true } })
  await w.receive('hello')
  await w.idle()
  expect(w.texts()).toEqual(['Hello Ann.'])
  await w.receive('/reasoning on')
  await w.receive('hello again')
  await w.idle()
  expect(w.texts().slice(1)).toEqual(['reasoningLevel is now on.', thought, 'Hello Ann.'])
  await w.receive('and again')
  await w.idle()
  expect(JSON.stringify(w.requests.at(-1)?.messages)).not.toContain('Reasoning:')
  await w.receive('/reasoning off')
  await w.receive('once more')
  await w.idle()
  expect(w.texts().slice(-2)).toEqual(['reasoningLevel is now off.', 'Hello Ann.'])
})

test('one message may ask for it; a silent answer shows nothing of it', async () => {
  await using w = engineWorld({
    script: (_r, n) => (n === 0 ? { thinking: 'Nothing to say.', text: 'NO_REPLY' } : thinker()),
  })
  await w.receive('hello /reasoning on')
  await w.idle()
  expect(w.texts()).toEqual([])
  await w.receive('hello /reasoning on there')
  await w.receive('hello')
  await w.idle()
  expect(w.texts()).toEqual([thought, 'Hello Ann.', 'Hello Ann.'])
})

test('`/reasoning stream` shows it in the draft, which the answer replaces, or which goes when there is none', async () => {
  const long = 'They greet me in the morning, so I greet them, and I wish them a good one.'
  for (const text of ['Good morning.', 'NO_REPLY']) {
    const gate = Promise.withResolvers<void>()
    await using w = engineWorld({
      script: () => ({ thinking: long, text, later: gate.promise }),
      account: { preview: true },
    })
    await w.receive('/reasoning stream')
    await w.receive('hello')
    await until('the model to be asked', () => w.requests.length === 1)
    await w.pass(5000)
    await until('a draft', () => w.texts().length === 2)
    expect(w.texts()[1]).toBe(`Reasoning:\n${long} …`)
    gate.resolve()
    await w.idle()
    expect(w.texts()).toHaveLength(2)
    const said = text === 'NO_REPLY' ? [] : [{ platformId: 'p2', text }]
    expect(w.chat.edits).toEqual(said)
    expect(w.chat.removed).toEqual(said.length ? [] : ['p2'])
  }
})

test('where no draft is shown, `/reasoning stream` is as on', async () => {
  await using w = engineWorld({ script: thinker })
  await w.receive('hello /reasoning stream')
  await w.idle()
  expect(w.texts()).toEqual([thought, 'Hello Ann.'])
})
