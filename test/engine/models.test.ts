// Which model is asked: second tries, fallbacks, and who rests for how long.
import { expect, test } from 'bun:test'
import type { FailureClass, ModelRequest } from '../../src/define/provider.ts'
import { cooldowns } from '../../src/engine/ask.ts'
import type { Candidate } from '../../src/engine/settings.ts'
import { engineWorld } from './fixture.ts'
import { candidateOf, modelFault, scripted, type Line } from './scripted.ts'

const hour = 3_600_000
const rule = { billingMs: 5 * hour, billingMaxMs: 24 * hour, forgetMs: 24 * hour }

/** An engine with models `a/one` and `b/two`; `say` answers for each by name. */
function two(say: (model: string, nth: number) => Line | string) {
  const nth = new Map<string, number>()
  const script = (req: ModelRequest) => {
    const n = nth.get(req.model.id) ?? 0
    nth.set(req.model.id, n + 1)
    return say(req.model.id, n)
  }
  const { provider } = scripted(script)
  return {
    nth,
    w: engineWorld({
      settings: { candidates: () => [candidateOf('a/one', provider), candidateOf('b/two', provider)] },
    }),
  }
}

test('a busy model is tried again soon, without anybody resting', async () => {
  const { w, nth } = two((_m, n) => (n === 0 ? { text: 'half an ans', fault: modelFault('timeout') } : 'whole'))
  await using _ = w
  await w.receive('go')
  await w.rest()
  expect([w.texts(), nth.get('one'), nth.get('two')]).toEqual([['whole'], 2, undefined])
})

test('a model that limits us rests while another answers, then is asked again', async () => {
  const { w, nth } = two((m) => (m === 'one' && nth.get('one') === 1 ? { fault: modelFault('rate_limit') } : m))
  await using _ = w
  await w.receive('1')
  await w.idle()
  await w.receive('2')
  await w.idle()
  expect([w.texts(), nth.get('one')]).toEqual([['two', 'two'], 1])
  await w.pass(61_000)
  await w.receive('3')
  await w.idle()
  expect(w.texts().at(-1)).toBe('one')
})

test('a request the model does not accept never makes it rest', async () => {
  for (const kind of ['format', 'overflow'] as const) {
    const { w } = two((m, n) => (m === 'one' && n === 0 ? { fault: modelFault(kind) } : `${m} ${n}`))
    await using _ = w
    await w.receive('1')
    await w.idle()
    await w.receive('2')
    await w.idle()
    expect(w.texts()[1]).toStartWith('one')
  }
})

test('a failure three times in a row rests once', async () => {
  const { w, nth } = two((m, n) => (m === 'one' && n < 3 ? { fault: modelFault('timeout') } : m))
  await using _ = w
  await w.receive('1')
  await w.rest()
  expect([w.texts(), nth.get('one')]).toEqual([['two'], 3])
  await w.pass(61_000)
  await w.receive('2')
  await w.idle()
  expect(w.texts().at(-1)).toBe('one')
})

test('when every model fails, the answer names each and says what to do', async () => {
  const { w } = two(() => ({ fault: modelFault('auth') }))
  await using _ = w
  await w.receive('1')
  await w.idle()
  expect(w.texts()).toEqual(['⚠️ every model failed: a/one: the model says auth; b/two: the model says auth'])
  expect(w.told('failed')).toHaveLength(1)
})

test('a prompt that is too long is tried once more, cut', async () => {
  const { w } = two((_m, n) => (n === 0 ? { fault: modelFault('overflow') } : 'short enough'))
  await using _ = w
  await w.receive(`start ${'long '.repeat(9000)} end`)
  await w.idle()
  expect(w.texts()).toEqual(['short enough'])
})

test('who rests: by endpoint for keys and bills, by model for the rest, longer each time', () => {
  const { provider } = scripted(() => '')
  const [one, two, other] = [
    candidateOf('a/one', provider),
    candidateOf('a/two', provider),
    candidateOf('b/one', provider),
  ]
  const table: [FailureClass, boolean, boolean][] = [
    ['auth', true, true],
    ['billing', true, true],
    ['rate_limit', true, false],
    ['timeout', true, false],
    ['format', false, false],
    ['overflow', false, false],
    ['unknown', false, false],
  ]
  for (const [kind, same, sibling] of table) {
    const rest = cooldowns(() => rule)
    rest.failed(one, kind, 0)
    expect([kind, rest.resting(one, 1), rest.resting(two, 1), rest.resting(other, 1)]).toEqual([
      kind,
      same,
      sibling,
      false,
    ])
    rest.succeeded(one)
    expect(rest.resting(one, 1)).toBe(false)
  }
  const rest = cooldowns(() => rule)
  const until = (at: number) => [59_999, 60_001, 299_999, 300_001].map((ms) => rest.resting(one, at + ms))
  rest.failed(one, 'rate_limit', 0)
  expect(until(0)).toEqual([true, false, false, false])
  rest.failed(one, 'rate_limit', 1_000_000)
  expect(until(1_000_000)).toEqual([true, true, true, false])
  rest.failed(one, 'timeout', 9_000_000, 5000)
  expect([rest.resting(one, 9_004_000), rest.resting(one, 9_006_000)]).toEqual([true, false])
})

test('logins rest one by one, as the config says, and old failures are forgotten', () => {
  const { provider } = scripted(() => 'hi')
  const [work, home] = ['a:work', 'a:home'].map((login) => {
    const c = candidateOf('a/one', provider)
    return { ...c, endpoint: { ...c.endpoint, login } }
  }) as [Candidate, Candidate]
  const rest = cooldowns(() => ({ billingMs: hour, billingMaxMs: 3 * hour, forgetMs: 10 * hour }))
  const rests = (at: number) => [hour - 1, 2 * hour - 1, 3 * hour - 1].map((ms) => rest.resting(work, at + ms))
  rest.failed(work, 'billing', 0)
  expect([rests(0), rest.resting(home, 1)]).toEqual([[true, false, false], false])
  rest.failed(work, 'billing', 2 * hour)
  rest.failed(work, 'billing', 4 * hour)
  expect(rests(4 * hour)).toEqual([true, true, true])
  rest.failed(work, 'billing', 20 * hour)
  expect(rests(20 * hour)).toEqual([true, false, false])
})
