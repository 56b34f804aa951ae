// Every channel under the contract of channels.
import { discord } from '../../src/channels/discord/index.ts'
import { slack } from '../../src/channels/slack/index.ts'
import { telegram } from '../../src/channels/telegram/index.ts'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
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
