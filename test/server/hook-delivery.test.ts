// The answer of a hook goes to a chat: the last one of the main session, or the one it names.
import { expect, test } from 'bun:test'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, shown } from './gateway.ts'

const hookToken = 'hook-token-0123456789'

test('a hook answers in the last chat, in a named one, or in none', async () => {
  await using tg = await fakeTelegram()
  const channel = { botToken: tg.token, apiRoot: tg.url, dmPolicy: 'open', allowFrom: ['*'], streamMode: 'off' }
  await using g = await gateway({
    reply: (body) => (JSON.stringify(body['messages']).includes('quiet') ? 'whisper' : 'loud answer'),
    more: {
      channels: { telegram: channel },
      hooks: {
        enabled: true,
        token: hookToken,
        webhooks: [{ id: 'door', message: '{{body.what}}', deliver: true, channel: 'telegram', to: '{{body.who}}' }],
      },
    },
  })
  const hook = async (json: object, path = '/hooks/agent') => {
    const headers = { authorization: `Bearer ${hookToken}` }
    const r = await g.send(path, { json, headers })
    return [r.status, await r.json()] as const
  }
  const [ann, bob] = [tg.user('ann'), tg.user('bob')]
  tg.chat('bob')
  expect((await hook({ message: 'nobody spoke yet' }))[0]).toBe(202)
  await tg.until('a poll', () => tg.polled)
  ann.says('hello')
  await tg.until('an answer', () => tg.sent.length === 1)
  await hook({ message: 'quiet', deliver: false })
  await hook({ message: 'the door bell rang' })
  await tg.until('the hook', () => tg.sent.length === 2)
  await hook({ message: 'for bob', channel: 'telegram', to: bob.id })
  await tg.until('bob', () => tg.sent.length === 3)
  expect((await hook({ what: 'somebody rang', who: bob.id }, '/webhook/door'))[0]).toBe(202)
  await tg.until('bob again', () => tg.sent.length === 4)
  expect(tg.sent.map((s) => [String(s.chat), s.text])).toEqual([
    [ann.id, 'loud answer'],
    [ann.id, 'loud answer'],
    [bob.id, 'loud answer'],
    [bob.id, 'loud answer'],
  ])
  expect((await hook({ message: 'x', channel: 'whatsapp' }))[1]).toMatchObject({
    error: 'channel must be last|telegram',
  })
  expect(shown(g.model, -1).length).toBe(2)
})

test('wake: the main session answers in its chat', async () => {
  await using tg = await fakeTelegram()
  const channel = { botToken: tg.token, apiRoot: tg.url, dmPolicy: 'open', allowFrom: ['*'], streamMode: 'off' }
  await using g = await gateway({
    reply: (body) => (JSON.stringify(body['messages']).includes('kettle') ? 'Tea!' : 'hi'),
    more: { channels: { telegram: channel }, hooks: { enabled: true, token: hookToken } },
  })
  await tg.until('a poll', () => tg.polled)
  const ann = tg.user('ann')
  ann.says('hello')
  await tg.until('an answer', () => tg.sent.length === 1)
  const headers = { authorization: `Bearer ${hookToken}` }
  await g.send('/hooks/wake', { json: { text: 'the kettle boils' }, headers })
  await tg.until('the word', () => tg.sent.length === 2)
  expect([String(tg.sent[1]?.chat), tg.sent[1]?.text]).toEqual([ann.id, 'Tea!'])
})
