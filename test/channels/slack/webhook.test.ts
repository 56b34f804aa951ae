// Calls of Slack to our port: only signed, fresh and new ones, acknowledged only when stored.
import { afterEach, expect, test } from 'bun:test'
import { slack } from '../../../src/channels/slack/index.ts'
import { signatureOf } from '../../../src/channels/slack/webhook.ts'
import { faultOf } from '../../contract/running.ts'
import { rigs } from './rig.ts'

const { bot, end } = rigs()
const secret = '0123456789abcdef0123456789abcdef'

afterEach(end)

interface Call {
  readonly type?: string
  readonly at?: number
  readonly secret?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function hook(more: Readonly<Record<string, unknown>> = {}) {
  const rig = await bot({ mode: 'http', signingSecret: secret, ...more })
  const { going } = rig
  const call = (body: string, how: Call = {}) => {
    const at = String(Math.floor((how.at ?? going.clock.now()) / 1000))
    const headers = {
      'content-type': how.type ?? 'application/json',
      'x-slack-request-timestamp': at,
      'x-slack-signature': signatureOf(how.secret ?? secret, at, body),
      ...how.headers,
    }
    const request = new Request('https://gateway.example/slack/events', { method: 'POST', headers, body })
    return going.connection.webhook?.(request) ?? Promise.reject(new Error('no webhook'))
  }
  let count = 0
  const event = (inner: object) => ({
    type: 'event_callback',
    team_id: rig.it.me.team,
    event_id: `Ev${++count}`,
    event: inner,
  })
  const message = (text: string) => event(rig.it.eventOf(rig.ann, rig.says(text)))
  const form = (fields: Readonly<Record<string, string>>, how: Call = {}) =>
    call(new URLSearchParams(fields).toString(), { type: 'application/x-www-form-urlencoded', ...how })
  return { ...rig, call, event, message, form, bring: (body: object, how?: Call) => call(JSON.stringify(body), how) }
}

test('Slack is heard by its calls, and no socket is opened', async () => {
  const { it, going, bring, message } = await hook()
  expect(going.statuses).toContain('online')
  expect(it.sockets.clients).toEqual([])
  expect((await bring(message('knock knock'))).status).toBe(200)
  expect(going.received).toMatchObject([{ text: 'knock knock', kind: 'direct', from: { name: 'ann' } }])
})

test('the address is confirmed with the challenge, when signed', async () => {
  const { bring } = await hook()
  const challenge = { type: 'url_verification', token: 'legacy', challenge: '3eZbrw1aB1' }
  expect(await (await bring(challenge)).text()).toBe('3eZbrw1aB1')
  const forged = await bring(challenge, { secret: 'guess' })
  expect([forged.status, await forged.text()]).toEqual([401, 'unauthorized'])
})

test('what is unsigned, wrong, old or seen before is refused and heard by nobody', async () => {
  const { going, bring, call, message } = await hook()
  const body = message('let me in')
  const now = going.clock.now()
  const none = { 'x-slack-signature': '', 'x-slack-request-timestamp': '' }
  expect((await bring(body, { headers: none })).status).toBe(401)
  expect((await bring(body, { headers: { 'x-slack-signature': 'v0=00' } })).status).toBe(401)
  expect((await bring(body, { headers: { 'x-slack-request-timestamp': 'soon' } })).status).toBe(401)
  expect((await bring(body, { secret: 'guess' })).status).toBe(401)
  expect((await bring(body, { at: now - 301_000 })).status).toBe(401)
  expect((await bring(body, { at: now + 302_000 })).status).toBe(401)
  const moved = signatureOf(secret, String(Math.floor(now / 1000)), '{}')
  expect((await bring(body, { headers: { 'x-slack-signature': moved } })).status).toBe(401)
  expect(going.received).toEqual([])
  expect((await bring(body)).status).toBe(200)
  expect((await bring(body)).status).toBe(401)
  expect(going.received).toHaveLength(1)
  expect((await call('not json')).status).toBe(400)
  expect((await call('{"no":"type"}')).status).toBe(400)
})

test('what could not be stored is told as such, comes again, and is missed by nobody', async () => {
  const { going, bring, message } = await hook()
  const body = message('precious')
  going.broken = true
  expect((await bring(body)).status).toBe(500)
  going.broken = false
  expect((await bring(body)).status).toBe(200)
  expect(going.received.map((m) => m.text)).toEqual(['precious'])
})

test('what Slack does not bring again is read from the chat', async () => {
  const { going, bring, message } = await hook()
  going.broken = 'lost'
  expect((await bring(message('lost'))).status).toBe(500)
  going.broken = false
  await going.until('the message', () => going.received.length === 1)
  expect(going.received[0]?.text).toBe('lost')
})

test('a slash command is heard, and answered to its caller alone', async () => {
  const { it, going, form, ann, at } = await hook({ slashCommand: { enabled: true, name: 'oclaw' } })
  const fields = {
    command: '/oclaw',
    text: 'what is new?',
    user_id: it.user('ann').id,
    user_name: 'ann',
    channel_id: ann.id,
    channel_name: 'directmessage',
    team_id: it.me.team,
    response_url: it.responseUrl(),
    trigger_id: '1.2.3',
  }
  const answer = await form(fields)
  expect([answer.status, await answer.text()]).toEqual([200, ''])
  expect(going.received).toMatchObject([
    { id: 'caller:U0ANN00000:1.2.3', text: 'what is new?', native: true, kind: 'direct' },
  ])
  const reply = { id: 'out_1', to: at(ann.id), text: '**nothing**', media: [], replyTo: 'caller:U0ANN00000:1.2.3' }
  const sent = await going.connection.send(reply, new AbortController().signal)
  expect(sent.platformId).toBe('ephemeral:out_1')
  expect(it.answers.map((a) => a.body)).toMatchObject([{ response_type: 'ephemeral', text: '*nothing*' }])
  expect(it.sent).toEqual([])
  for (let n = 0; n < 5; n++) await going.connection.send(reply, new AbortController().signal)
  expect(it.answers).toHaveLength(5)
  expect(it.whispers).toMatchObject([{ channel: ann.id, user: 'U0ANN00000', text: '*nothing*' }])
  expect(it.sent).toEqual([])
})

test('who may not use a command is told, and so is who uses one that is off', async () => {
  const { it, going, form, ann } = await hook({ slashCommand: { enabled: true, name: 'oclaw' } })
  const fields = { text: '', user_id: it.user('ann').id, channel_id: ann.id, team_id: it.me.team }
  going.verdict = 'refused'
  const refused = await form({ ...fields, command: '/oclaw', trigger_id: '1' })
  expect(await refused.json()).toMatchObject({
    response_type: 'ephemeral',
    text: expect.stringContaining('not allowed'),
  })
  const off = await form({ ...fields, command: '/status', trigger_id: '2' })
  expect(await off.json()).toMatchObject({ text: expect.stringContaining('not switched on') })
  expect(going.received.map((m) => m.text)).toEqual(['/help'])
})

test('an address for answers that is not Slack’s is never called', async () => {
  const { it, going, form, ann, at } = await hook({ slashCommand: { enabled: true, name: 'oclaw' } })
  await form({
    command: '/oclaw',
    text: 'hi',
    user_id: it.user('ann').id,
    channel_id: ann.id,
    trigger_id: '7',
    response_url: 'https://evil.example/hook',
  })
  const reply = { id: 'out_1', to: at(ann.id), text: 'hi', media: [], replyTo: 'caller:U0ANN00000:7' }
  await going.connection.send(reply, new AbortController().signal)
  expect(it.whispers.map((w) => w['text'])).toEqual(['hi'])
})

test('where all may see the answers they are plain messages once the address is used up', async () => {
  const { it, going, ann, at } = await hook({ slashCommand: { enabled: true, ephemeral: false } })
  const reply = { id: 'out_1', to: at(ann.id), text: 'hi', media: [], replyTo: 'caller:U0ANN00000:7' }
  await going.connection.send(reply, new AbortController().signal)
  expect([it.sent.length, it.whispers.length]).toEqual([1, 0])
})

test('a pressed button is heard', async () => {
  const { it, going, form, ann } = await hook()
  const payload = {
    type: 'block_actions',
    user: { id: it.user('ann').id, username: 'ann', team_id: it.me.team },
    team: { id: it.me.team },
    channel: { id: ann.id, name: 'directmessage' },
    container: { type: 'message', message_ts: '1790000001.000100', channel_id: ann.id },
    message: { ts: '1790000001.000100' },
    actions: [
      { action_id: 'button:0:0', action_ts: '1790000002.000100', type: 'button', value: '/approve x allow-once' },
    ],
  }
  expect((await form({ payload: JSON.stringify(payload) })).status).toBe(200)
  expect(going.received.map((m) => m.text)).toEqual(['/approve x allow-once'])
  expect((await form({ payload: JSON.stringify({ type: 'view_closed' }) })).status).toBe(200)
  expect((await form({ payload: '{' })).status).toBe(400)
})

test('a quiet account still says whether Slack is there', async () => {
  const { it, going } = await hook()
  await it.down()
  await going.until('the outage', () => going.statuses.at(-1) === 'offline')
  await it.up()
  await going.until('the return', () => going.statuses.at(-1) === 'online')
  it.fail({ method: 'auth.test', error: 'account_inactive' })
  await going.until('the end', () => going.failures.length > 0)
  await going.scope.close()
  expect(going.scope.open).toEqual([])
})

test('without its signing secret an account does not start', async () => {
  const a = slack.account.parse({ botToken: 'xoxb-1', mode: 'http' })
  expect(slack.missing(a)).toContain('channels.slack.signingSecret')
  expect((await faultOf(bot({ mode: 'http' }))).message).toContain('channels.slack.signingSecret')
})
