// Every channel under the contract of channels.
import { discord } from '../../src/channels/discord/index.ts'
import { slack } from '../../src/channels/slack/index.ts'
import { telegram } from '../../src/channels/telegram/index.ts'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { whatsapp } from '../../src/channels/whatsapp/index.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'
import { fakeCloud } from '../fakes/whatsapp-cloud.ts'
import type { Running } from './running.ts'
import { channelContract } from './channel.ts'

channelContract(telegram, async () => {
  const tg = await fakeTelegram()
  const ann = tg.chat('ann')
  return {
    account: { botToken: tg.token, apiRoot: tg.url },
    chat: { channel: 'telegram', account: 'default', chat: ann.id },
    says: (text) => void tg.user('ann').says(text),
    redeliver: () => tg.repeat(),
    echo: (text) => void tg.write(ann.chat, tg.me, text),
    listening: () => tg.polled,
    requests: () => tg.calls.length,
    said: () => tg.sent.map((s) => s.text),
    next: (trouble) =>
      ({
        limited: () => tg.fail({ method: 'sendMessage', status: 429, retryAfter: 7 }),
        refused: () =>
          tg.fail({ method: 'sendMessage', status: 403, description: 'Forbidden: bot was blocked by the user' }),
        failed: () => tg.fail({ method: 'sendMessage', status: 502, description: 'Bad Gateway' }),
        cut: () => tg.cut({ method: 'sendMessage', after: true }),
      })[trouble](),
    down: () => tg.down(),
    up: () => tg.up(),
    [Symbol.asyncDispose]: () => tg[Symbol.asyncDispose](),
  }
})

channelContract(discord, async () => {
  const dc = await fakeDiscord()
  const ann = dc.direct('Ann')
  const send = 'POST /channels/:channel/messages'
  return {
    account: { token: dc.token, apiRoot: dc.url },
    chat: { channel: 'discord', account: 'default', chat: ann.id },
    says: (text) => void dc.says(ann, 'Ann', text),
    redeliver: () => dc.repeat(),
    echo: (text) => void dc.world.write(ann, dc.me, text, { extra: { echo: true } }),
    listening: () => dc.gateway.listening,
    requests: () => dc.calls.length + dc.gateway.seen.frames,
    said: () => dc.sent.map((s) => s.content),
    next: (trouble) =>
      ({
        limited: () => dc.fail({ route: send, status: 429, message: 'You are being rate limited.', retryAfter: 7.2 }),
        refused: () =>
          dc.fail({ route: send, status: 403, code: 50_007, message: 'Cannot send messages to this user' }),
        failed: () => dc.fail({ route: send, status: 502, body: '<html>Bad Gateway</html>' }),
        cut: () => dc.cut({ route: send }),
      })[trouble](),
    down: () => dc.down(),
    up: () => dc.up(),
    [Symbol.asyncDispose]: () => dc[Symbol.asyncDispose](),
  }
})

channelContract(slack, async () => {
  const it = await fakeSlack()
  const ann = it.direct('ann')
  return {
    account: { botToken: it.tokens.bot, appToken: it.tokens.app, apiRoot: it.url },
    chat: { channel: 'slack', account: 'default', chat: ann.id },
    says: (text) => void it.write(ann, it.user('ann').id, text),
    redeliver: () => it.repeat(),
    echo: (text) => void it.write(ann, it.me.user, text, { bot_id: it.me.bot }),
    listening: () => it.sockets.clients.length > 0,
    requests: () => it.requests(),
    said: () => it.sent.map((s) => s.text),
    next: (trouble) =>
      ({
        limited: () => it.fail({ method: 'chat.postMessage', status: 429, retryAfter: 7 }),
        refused: () => it.fail({ method: 'chat.postMessage', error: 'is_archived' }),
        failed: () => it.fail({ method: 'chat.postMessage', error: 'service_unavailable' }),
        cut: () => it.cut({ method: 'chat.postMessage', after: true }),
      })[trouble](),
    down: () => it.down(),
    up: () => it.up(),
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  }
})

channelContract(whatsapp, async () => {
  const wa = await fakeWhatsApp()
  const ann = wa.user('ann')
  return {
    account: { webSocketUrl: wa.url },
    state: wa.link(),
    chat: { channel: 'whatsapp', account: 'default', chat: `+${ann.number}` },
    says: (text) => void wa.says('ann', text),
    redeliver() {
      wa.mail.repeat()
      wa.mail.redeliver()
    },
    echo: (text) => wa.echo(text, 'ann'),
    listening: () => wa.online,
    requests: () => wa.stanzas.length,
    said: () => wa.sent.flatMap((s) => s.message.extendedTextMessage?.text ?? []),
    next: (trouble) =>
      wa.next(
        { limited: { error: 429 }, refused: { error: 403 }, failed: { error: 503 }, cut: { cut: 'after' as const } }[
          trouble
        ],
      ),
    down: () => wa.down(),
    up: () => wa.up(),
    [Symbol.asyncDispose]: () => wa[Symbol.asyncDispose](),
  }
})

channelContract(
  whatsapp,
  async () => {
    const wa = await fakeCloud()
    const ann = wa.numberOf('ann')
    let current: Running | undefined
    return {
      account: wa.account,
      chat: { channel: 'whatsapp', account: 'default', chat: `+${ann}` },
      attach(going) {
        current = going
        wa.listen((request) => going.connection.webhook?.(request))
      },
      says: (text) => void wa.says('ann', text),
      redeliver: () => wa.redeliver(),
      echo(text) {
        wa.tell({ statuses: [{ id: 'wamid.OUT1', status: 'sent', timestamp: '1790000000', recipient_id: ann }] })
        const own = { from: wa.number, id: 'wamid.ECHO', timestamp: '1790000000', type: 'text', text: { body: text } }
        wa.tell({ messages: [own] })
      },
      listening: () => current !== undefined && !current.scope.signal.aborted,
      requests: () => wa.requests.length + wa.answers.length,
      said: () => wa.sent.flatMap((s) => (s.content as { body?: string }).body ?? []),
      next: (trouble) =>
        wa.next(
          {
            limited: { status: 429, code: 130429, text: 'Rate limit hit' },
            refused: { status: 400, code: 131026, text: 'Message undeliverable' },
            failed: { status: 502 },
            cut: 'cut' as const,
          }[trouble],
        ),
      down: () => wa.down(),
      up: () => wa.up(),
      [Symbol.asyncDispose]: () => wa[Symbol.asyncDispose](),
    }
  },
  'whatsapp (Cloud API)',
)
