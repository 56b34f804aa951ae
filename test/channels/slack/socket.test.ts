// The socket: kept open through refreshes, outages and dead lines, and each event acknowledged only when stored.
import { afterEach, expect, test } from 'bun:test'
import { slack } from '../../../src/channels/slack/index.ts'
import { faultOf, run } from '../../contract/running.ts'
import { fakeSlack } from '../../fakes/slack.ts'
import { rigs } from './rig.ts'

const { bot, end } = rigs()

afterEach(end)

test('an event is acknowledged when it is stored, and not before', async () => {
  const { it, going, says } = await bot()
  going.broken = true
  says('precious')
  await going.until('a refusal', () => going.refusals > 0)
  expect(it.sockets.told.map((t) => t.acknowledged)).toEqual([false])
  going.broken = false
  await going.until('the acknowledgement', () => it.sockets.told.every((t) => t.acknowledged))
  expect(going.received.map((m) => m.text)).toEqual(['precious'])
  expect(it.sockets.wrong).toEqual([])
})

test('a message in another chat does not wait for one that cannot be stored', async () => {
  const { going, says, general, texts } = await bot()
  going.broken = 'stuck'
  says('stuck')
  says('free', general)
  await going.until('the other message', () => texts().includes('free'))
  expect(texts()).toEqual(['free'])
})

test('the mention of a message and the message are one', async () => {
  const { it, going, says, general } = await bot()
  says(`<@${it.me.user}> hello`, general)
  await going.until('both events', () => it.sockets.told.length === 2 && it.sockets.told.every((t) => t.acknowledged))
  expect(going.received).toMatchObject([{ text: 'hello', addressed: true, kind: 'channel', title: 'general' }])
})

test('a refresh opens the new socket before the old one ends, and nothing is lost', async () => {
  const { it, going, says, texts } = await bot()
  const [old] = it.sockets.clients
  it.sockets.disconnect('warning')
  await going.until('the second socket', () => it.sockets.clients.length === 2 || !it.sockets.clients.includes(old!))
  says('over the new one')
  await going.until('the message', () => texts().includes('over the new one'))
  old?.close(1000)
  await going.until('one socket', () => it.sockets.clients.length === 1)
  says('still there')
  await going.until('the message', () => texts().includes('still there'))
  expect(going.statuses).not.toContain('offline')
  expect(it.calls.some((c) => c.method === 'conversations.history')).toBe(false)
})

test('an old socket that does not end is ended', async () => {
  const { it, going } = await bot()
  const [old] = it.sockets.clients
  it.sockets.disconnect('refresh_requested')
  await going.until('one new socket', () => it.sockets.clients.length === 1 && it.sockets.clients[0] !== old)
  expect(going.statuses).not.toContain('offline')
})

test('a socket that Slack ends is opened again', async () => {
  const { it, going, says, texts } = await bot()
  it.sockets.disconnect('link_disabled')
  await going.until('the news', () => going.statuses.includes('offline'))
  await going.until('the return', () => going.statuses.at(-1) === 'online' && it.sockets.clients.length === 1)
  says('back')
  await going.until('the message', () => texts().includes('back'))
  expect(going.failures).toEqual([])
})

test('a dead line is noticed within 90 s and healed within 30 s of its return', async () => {
  const { it, going, says, texts } = await bot()
  const before = going.clock.now()
  it.sockets.line.freeze()
  await going.until('the news', () => going.statuses.at(-1) === 'offline')
  expect(going.clock.now() - before).toBeLessThanOrEqual(90_000)
  await going.clock.advance(60_000)
  it.sockets.line.thaw()
  const back = going.clock.now()
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  expect(going.clock.now() - back).toBeLessThanOrEqual(30_000)
  says('hello again')
  await going.until('the message', () => texts().includes('hello again'))
  expect(going.failures).toEqual([])
})

test('a quiet line shows signs of life at least every minute', async () => {
  const { it, going } = await bot()
  const start = going.clock.now()
  const seen = going.statuses.length
  await going.until('pings', () => it.sockets.pings >= 4)
  expect((going.clock.now() - start) / it.sockets.pings).toBeLessThanOrEqual(60_000)
  await going.until('pongs', () => going.statuses.length >= seen + 3)
  expect(going.statuses).not.toContain('offline')
})

test('a socket that never says hello is given up', async () => {
  const { it, going } = await bot()
  it.sockets.mute = true
  it.sockets.line.cut()
  const opened = () => it.calls.filter((c) => c.method === 'apps.connections.open').length
  await going.until('more tries', () => opened() >= 4)
  expect(going.statuses.at(-1)).toBe('offline')
  it.sockets.mute = false
  await going.until('the return', () => going.statuses.at(-1) === 'online')
})

test('a call for a socket that hangs is given up, a limit is heeded', async () => {
  const { it, going } = await bot()
  it.hang({ method: 'apps.connections.open' })
  it.fail({ method: 'apps.connections.open', status: 429, retryAfter: 20 })
  const before = going.clock.now()
  it.sockets.line.cut()
  await going.until('the outage', () => going.statuses.at(-1) === 'offline')
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  expect(going.clock.now() - before).toBeGreaterThanOrEqual(20_000)
})

test('a token that is taken away ends the account, with what mends it', async () => {
  const { it, going } = await bot()
  it.fail({ method: 'apps.connections.open', error: 'token_revoked' })
  it.sockets.line.cut()
  await going.until('the end', () => going.failures.length > 0)
  expect(String(going.failures[0])).toContain('oclaw config set channels.slack.appToken')
  await going.scope.close()
  expect(going.scope.open).toEqual([])
})

test('an app that is removed ends the account', async () => {
  const { it, going } = await bot()
  it.tell({ type: 'tokens_revoked', tokens: { bot: [it.me.user] } })
  await going.until('the end', () => going.failures.length > 0)
  expect(String(going.failures[0])).toContain('channels.slack.botToken')
})

test('a wrong token at the start says which one', async () => {
  await using it = await fakeSlack()
  const wrong = (config: object) => faultOf(run(slack, { apiRoot: it.url, ...config }))
  const noBot = await wrong({ botToken: 'xoxb-wrong', appToken: it.tokens.app })
  expect([noBot.code, noBot.message]).toEqual(['UNAUTHORIZED', expect.stringContaining('channels.slack.botToken')])
  const noApp = await wrong({ botToken: it.tokens.bot, appToken: 'xapp-wrong' })
  expect([noApp.code, noApp.message]).toEqual(['UNAUTHORIZED', expect.stringContaining('channels.slack.appToken')])
  const swapped = await wrong({ botToken: it.tokens.bot, appToken: it.tokens.bot })
  expect(swapped.code).toBe('UNAUTHORIZED')
  expect(Bun.inspect([noBot, noApp])).not.toMatch(/xoxb-wrong|xapp-wrong/)
})

test('rubbish through the socket harms nothing', async () => {
  const { it, going, says, texts } = await bot()
  const [client] = it.sockets.clients
  client?.send('not json')
  client?.send('[]')
  client?.send('{"type":7}')
  it.sockets.tell('events_api', { event: { type: 'message', text: 'nowhere' } })
  it.sockets.tell('events_api', { nothing: true })
  it.sockets.tell('something_new', { a: 1 })
  it.sockets.tell('interactive', { type: 'view_submission' })
  it.sockets.tell('slash_commands', { rubbish: true })
  says('a good one')
  await going.until('the message', () => texts().includes('a good one'))
  await going.until('acknowledgements', () => it.sockets.told.every((t) => t.acknowledged))
  expect(going.failures).toEqual([])
})

test('events of another workspace are not heard', async () => {
  const { it, going, says, texts } = await bot()
  const event = {
    type: 'message',
    user: 'U0EVE00001',
    text: 'let me in',
    channel: 'D0EVE00001',
    ts: '1790000500.000100',
  }
  it.sockets.tell('events_api', { team_id: 'T0OTHER001', event: { ...event, channel_type: 'im' } })
  says('from home')
  await going.until('the message', () => texts().includes('from home'))
  expect(texts()).toEqual(['from home'])
})

test('people are looked up once, and messages do not wait for those who cannot be', async () => {
  const { it, going, says, general } = await bot()
  it.fail({ method: 'users.info', error: 'internal_error' })
  says('first', general)
  says('second', general)
  await going.until('both', () => going.received.length === 2)
  expect(it.calls.filter((c) => c.method === 'users.info')).toHaveLength(1)
  expect(going.received[0]?.from).toEqual({ id: it.user('ann').id })
})

test('other bots are heard only where that is said', async () => {
  const { it, going, general, says } = await bot({ channels: { C0GENERAL1: { allowBots: true } } })
  const random = it.open('channel', 'C0RANDOM01', 'random', [it.me.user])
  it.write(random, 'U0CIBOT001', 'not here', { bot_id: 'B0CI000001' })
  it.write(general, 'U0CIBOT001', 'here', { bot_id: 'B0CI000001' })
  says('end', random)
  await going.until('two messages', () => going.received.length === 2)
  expect(going.received.map((m) => m.text).sort()).toEqual(['end', 'here'])
})

test('edits, reactions and the like are told as what happened', async () => {
  const { it, going, says, general } = await bot({ reactionNotifications: 'all' })
  const message = says('lunch at 12', general)
  const user = it.user('ann').id
  it.tell({
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    channel: general.id,
    channel_type: 'channel',
    ts: '1790000400.000100',
    message: { ...message, text: 'lunch at 1', edited: { user, ts: '1790000400.000000' } },
    previous_message: message,
  })
  const item = { type: 'message', channel: general.id, ts: message.ts }
  it.tell({ type: 'reaction_added', user, reaction: 'eyes', item, item_user: user, event_ts: '1790000401.000100' })
  await going.until('both', () => going.happenings.length === 2)
  expect(going.happenings.map((h) => h.text)).toEqual([
    `message edited by ann, msg ${message.ts}: lunch at 1`,
    `reaction added: 👀 by ann on msg ${message.ts}`,
  ])
  expect(going.received.map((m) => m.text)).toEqual(['lunch at 12'])
})
