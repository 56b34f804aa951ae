// Albums and long pasted texts: one message each, and safe while they are awaited.
import { afterEach, expect, test } from 'bun:test'
import { telegram } from '../../../src/channels/telegram/index.ts'
import { planParts, type Part } from '../../../src/channels/telegram/join.ts'
import { run } from '../../contract/running.ts'
import { fakeTelegram } from '../../fakes/telegram.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function bot() {
  const tg = await fakeTelegram()
  open.push(tg)
  const going = await run(telegram, { botToken: tg.token, apiRoot: tg.url })
  open.push(going)
  await going.until('a poll', () => tg.polled)
  return { tg, going }
}

const part = (
  update: number,
  text: string,
  more: { album?: string; chat?: string; id?: string; at?: number } = {},
): Part => ({
  update,
  inbound: {
    message: {
      id: more.id ?? String(update),
      at: more.at ?? 0,
      to: { channel: 'telegram', account: 'default', chat: more.chat ?? '1' },
      kind: 'direct',
      from: { id: '1' },
      text,
      media: [],
      addressed: false,
    },
    files: more.album ? [{ id: `f${update}`, mime: 'image/jpeg', kind: 'image', bytes: 1 }] : [],
    ...(more.album ? { album: more.album } : {}),
  },
})
const texts = (parts: readonly Part[], before: ReadonlyMap<string, number> = new Map()) =>
  planParts(parts, before).ready.map((r) => r.inbound.message.text)
const long = (mark: string, n = 4050) => mark.repeat(n)

test('ordinary messages do not wait', () => {
  const plan = planParts([part(1, 'a'), part(2, 'b')], new Map())
  expect(plan).toMatchObject({ heldFrom: undefined, waitMs: 0 })
  expect(plan.ready).toHaveLength(2)
})

test('an album waits until it is quiet, its chat with it, others do not', () => {
  const parts = [
    part(1, 'look', { album: 'x' }),
    part(2, '', { album: 'x' }),
    part(3, 'nice?'),
    part(4, 'hi', { chat: '2' }),
  ]
  const first = planParts(parts, new Map())
  expect(first.ready.map((r) => r.inbound.message.text)).toEqual(['hi'])
  expect(first).toMatchObject({ heldFrom: 1, waitMs: 500 })
  const more = [...parts, part(5, '', { album: 'x' })]
  const second = planParts(more, first.held)
  expect(second.heldFrom).toBe(1)
  const third = planParts(more, second.held)
  expect(third.heldFrom).toBeUndefined()
  expect(third.ready[0]).toMatchObject({ updates: [1, 2, 5], inbound: { message: { id: '1', text: 'look' } } })
  expect(third.ready[0]?.inbound.files.map((f) => f.id)).toEqual(['f1', 'f2', 'f5'])
})

test('a long text and what goes on from it are one', () => {
  expect(texts([part(1, long('a')), part(2, 'end')])).toEqual([`${long('a')}\nend`])
  expect(texts([part(1, long('a', 4096)), part(2, 'end')])).toEqual([`${long('a', 4096)}end`])
  expect(planParts([part(1, long('a'))], new Map())).toMatchObject({ ready: [], heldFrom: 1, waitMs: 1500 })
})

test('what only looks like the rest of a long text is not', () => {
  const wait = planParts([part(1, long('a'))], new Map()).held
  const apart: Part[] = [
    part(3, 'gap in ids'),
    part(2, 'too late', { at: 9000 }),
    part(2, '/stop'),
    part(2, 'elsewhere', { chat: '2' }),
  ]
  for (const next of apart) expect(texts([part(1, long('a')), next], wait)).toHaveLength(2)
})

test('a text does not grow without end', () => {
  const parts = Array.from({ length: 14 }, (_, i) => part(i + 1, long('a')))
  const joined = planParts(parts, new Map()).ready[0]
  expect(joined?.updates.length).toBe(12)
})

test('an album over two batches arrives as one message', async () => {
  const { tg, going } = await bot()
  const photo = () => [{ ...tg.file('p.jpg', new Uint8Array(9)), width: 1, height: 1 }]
  tg.user('ann').says('', { photo: photo(), media_group_id: 'g', caption: 'two cats' })
  tg.user('ann').says('', { photo: photo(), media_group_id: 'g' })
  tg.user('ann').says('which one?')
  await going.until('all', () => going.received.length === 2)
  expect(going.received.map((m) => [m.text, m.media.length])).toEqual([
    ['two cats', 2],
    ['which one?', 0],
  ])
  await going.until('the confirmation', () => tg.pending.length === 0)
})

test('what waits for its rest is not lost in a crash', async () => {
  const tg = await fakeTelegram()
  open.push(tg)
  tg.user('ann').says(long('a'))
  tg.user('bob').says('short')
  const going = await run(telegram, { botToken: tg.token, apiRoot: tg.url })
  open.push(going)
  await going.until('the short one', () => going.received.length === 1)
  expect(going.received[0]?.text).toBe('short')
  await going.scope.close()
  const next = await run(telegram, { botToken: tg.token, apiRoot: tg.url }, { state: going.state })
  open.push(next)
  await next.until('the long one', () => next.received.some((m) => m.text.length > 4000))
  expect(next.received.filter((m) => m.text.length > 4000)).toHaveLength(1)
})
