// Every channel under the contract of channels.
import { telegram } from '../../src/channels/telegram/index.ts'
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
