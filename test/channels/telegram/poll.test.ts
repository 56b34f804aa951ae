// How updates are asked for: offsets, conflicts, wrong tokens, stalls, files.
import { afterEach, expect, test } from 'bun:test'
import { telegram } from '../../../src/channels/telegram/index.ts'
import { faultOf, run } from '../../contract/running.ts'
import { fakeTelegram } from '../../fakes/telegram.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function fake() {
  const tg = await fakeTelegram()
  open.push(tg)
  return { tg, account: { botToken: tg.token, apiRoot: tg.url } }
}

async function bot(more: Readonly<Record<string, unknown>> = {}) {
  const { tg, account } = await fake()
  const going = await run(telegram, { ...account, ...more })
  open.push(going)
  await going.until('a poll', () => tg.polled)
  return { tg, going }
}

test('the offset stands behind what is stored and survives the connection', async () => {
  const { tg, going } = await bot()
  const last = [1, 2, 3].map((n) => tg.user('ann').says(`m${n}`)).at(-1)
  await going.until('all', () => going.received.length === 3 && tg.pending.length === 0)
  expect([...going.state]).toEqual([[`offset:${tg.me.id}`, String((last?.update_id ?? 0) + 1)]])
  await going.scope.close()
  const next = await run(telegram, { botToken: tg.token, apiRoot: tg.url }, { state: going.state })
  open.push(next)
  tg.user('ann').says('m4')
  await next.until('the fourth', () => next.received.length > 0)
  expect(next.received.map((m) => m.text)).toEqual(['m4'])
})

test('updates that say nothing move the offset too', async () => {
  const { tg, going } = await bot()
  tg.write(tg.chat('ann').chat, tg.me, 'our own')
  await going.until('the offset', () => going.state.size > 0 && tg.pending.length === 0)
  expect(going.received).toEqual([])
})

test('updates out of order lose none', async () => {
  const { tg, going } = await bot()
  tg.reorder()
  for (let n = 0; n < 20; n++) tg.user('ann').says(`m${n}`)
  await going.until('all', () => going.received.length === 20)
  expect(tg.pending.length).toBeLessThanOrEqual(20)
  expect(new Set(going.received.map((m) => m.text)).size).toBe(20)
})

test('a second poller is waited for, without giving up', async () => {
  const { tg, going } = await bot()
  tg.fail({ method: 'getUpdates', times: 8, status: 409, description: 'Conflict: terminated by other getUpdates' })
  tg.user('ann').says('wake the poll')
  await going.until(
    'the return',
    () => tg.polled && going.statuses.lastIndexOf('online') > going.statuses.indexOf('offline'),
  )
  tg.user('ann').says('after the conflict')
  await going.until('the message', () => going.received.some((m) => m.text === 'after the conflict'))
  expect(going.statuses.filter((s) => s === 'offline').length).toBeGreaterThanOrEqual(8)
  expect(going.failures).toEqual([])
})

test('a limit on polling is kept to', async () => {
  const { tg, going } = await bot()
  tg.fail({ method: 'getUpdates', status: 429, retryAfter: 90 })
  tg.user('ann').says('first')
  await going.until('the limit', () => going.statuses.includes('offline'))
  const before = tg.calls.length
  await going.clock.advance(80_000)
  expect(tg.calls.length).toBe(before)
  await going.clock.advance(12_000)
  await tg.until('the next poll', () => tg.calls.length > before)
})

test('a token that is revoked ends the connection and names the fix', async () => {
  const { tg, going } = await bot()
  tg.fail({ method: 'getUpdates', status: 401, description: 'Unauthorized' })
  tg.user('ann').says('last words')
  await going.until('the failure', () => going.failures.length === 1)
  expect(String(going.failures[0])).toContain('oclaw config set channels.telegram.botToken')
})

test('a wrong token is told when connecting', async () => {
  const { account } = await fake()
  const fault = await faultOf(run(telegram, { ...account, botToken: '100001:wrong' }))
  expect(fault.code).toBe('UNAUTHORIZED')
  expect(fault.message).toContain('@BotFather')
})

test('a poll that is never answered is noticed within 45 s and replaced', async () => {
  const { tg, going } = await bot()
  tg.hang({ method: 'getUpdates' })
  tg.user('ann').says('one')
  await tg.until(
    'the hanging poll',
    () => going.received.length === 1 && !tg.polled && tg.calls.at(-1)?.method === 'getupdates',
  )
  await going.clock.advance(45_000)
  await going.until('the news', () => going.statuses.includes('offline'))
  tg.user('ann').says('two')
  await going.until('the second', () => going.received.length === 2)
})

test('a webhook left behind is removed', async () => {
  const { tg, account } = await fake()
  tg.state.webhook = 'https://elsewhere.example/hook'
  const going = await run(telegram, account)
  open.push(going)
  await going.until('a poll', () => tg.polled)
  expect(tg.state.webhook).toBe('')
})

test('files come with their message, and their chat keeps its order', async () => {
  const { tg, going } = await bot()
  const bytes = new TextEncoder().encode('%PDF plan')
  const document = { ...tg.file('plan.pdf', bytes), file_name: 'plan.pdf', mime_type: 'application/pdf' }
  tg.user('ann').says('', { caption: 'read this', document })
  tg.user('ann').says('done?')
  await going.until('both', () => going.received.length === 2)
  expect(going.received.map((m) => m.text)).toEqual(['read this', 'done?'])
  const ref = going.received[0]?.media[0]
  expect(ref).toMatchObject({ mime: 'application/pdf', name: 'plan.pdf', bytes: 9, kind: 'document' })
  expect(going.files.get(ref?.id ?? '')).toEqual(bytes)
})

test('a file that cannot be had leaves a note in its message', async () => {
  const { tg, going } = await bot({ mediaMaxMb: 0.001 })
  const big = { ...tg.file('big.bin', new Uint8Array(5000)), file_name: 'big.bin' }
  const liar = { ...tg.file('liar.bin', new Uint8Array(5000)), file_name: 'liar.bin', file_size: 10 }
  const gone = { file_id: 'gone', file_unique_id: 'g', file_name: 'gone.bin' }
  for (const document of [big, liar, gone]) tg.user('ann').says('', { caption: 'here', document })
  await going.until('all', () => going.received.length === 3)
  expect(going.received.map((m) => m.media.length)).toEqual([0, 0, 0])
  for (const [i, name] of ['big', 'liar', 'gone'].entries())
    expect(going.received[i]?.text).toMatch(new RegExp(`^here\n\\[${name}.bin not received: .+\\]$`))
})

test('groups, topics and channels arrive with their address', async () => {
  const { tg, going } = await bot()
  tg.group(-1007, { title: 'Plans', forum: true })
    .user('bob')
    .says('hey @test_bot', { message_thread_id: 5, is_topic_message: true })
  tg.channel(-1008, 'News').user('bob').says('extra')
  await going.until('both', () => going.received.length === 2)
  expect(going.received[0]).toMatchObject({
    kind: 'group',
    addressed: true,
    title: 'Plans',
    to: { chat: '-1007', thread: '5' },
  })
  expect(going.received[1]).toMatchObject({ kind: 'channel', addressed: false, title: 'News' })
})
