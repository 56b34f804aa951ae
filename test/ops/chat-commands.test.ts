// Slash commands that reach beyond a chat, tried by an owner and by everybody else, on a real gateway.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeTelegram } from '../fakes/telegram.ts'
import { startGatewayServer } from '../../src/gateway.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { stateFolder } from '../server/gateway.ts'

async function stage(commands: object, account: object = {}) {
  const tg = await fakeTelegram()
  const model = fakeOpenai({ reply: () => 'Hello.' })
  const owner = tg.user('ann').id
  const stateDir = stateFolder(model.url, {
    more: {
      commands,
      channels: {
        telegram: {
          botToken: tg.token,
          apiRoot: tg.url,
          dmPolicy: 'open',
          allowFrom: ['*', owner],
          streamMode: 'off',
          ...account,
        },
      },
    },
  })
  const server = await startGatewayServer(0, { stateDir })
  return {
    tg,
    config: () => readFileSync(join(stateDir, 'openclaw.json'), 'utf8'),
    async ask(who: string, text: string, want: string | RegExp) {
      tg.user(who).says(text)
      return tg.chat(who).sees(want)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await model[Symbol.asyncDispose]()
      await tg[Symbol.asyncDispose]()
    },
  }
}

test('an owner changes the config from a chat, once the config lets owners', async () => {
  await using s = await stage({ config: true })
  await s.ask('ann', '/config set messages.ackReaction "🔥"', 'messages.ackReaction is changed')
  expect(s.config()).toContain('🔥')
  await s.ask('ann', '/config get messages.ackReaction', '"🔥"')
  await s.ask('ann', '/config unset messages.ackReaction', 'back at its default')
  await s.ask('ann', '/config set no.such.key 1', '⚠️')
  await s.ask('ann', '/allowlist add dm 777', '777')
  expect(s.config()).toContain('777')
  await s.ask('ann', '/allowlist remove dm 777', 'allowFrom')
  expect(s.config()).not.toContain('777')
  await s.ask('ann', '/config get gateway.auth', /__OPENCLAW_REDACTED__|•••/)
})

test('nobody else changes anything, and nobody at all where the config says no', async () => {
  await using s = await stage({ config: true })
  const before = s.config()
  for (const command of [
    '/config set messages.ackReaction x',
    '/config show',
    '/allowlist add dm 1',
    '/restart',
    '/send off',
    '/approve apr_1 allow-once',
  ])
    await s.ask('eve', command, 'only')
  expect(s.config()).toBe(before)
  await using closed = await stage({})
  await closed.ask('ann', '/config set messages.ackReaction x', 'chats may not change the config')
})

test('models are listed, and a session is exported as a page that runs nothing', async () => {
  await using s = await stage({})
  await s.ask('ann', '/models', /fake\/gpt-x[\s\S]*Page 1 of/)
  await s.ask('ann', '<script>alert(1)</script>', 'Hello.')
  await s.ask('ann', '/export', /session-ses_.*\.html/)
  const file = s.tg.sent.find((m) => m.file)
  expect(file?.file?.name).toMatch(/^session-.*\.html$/)
})

test('an owner lays values over the config for a while, and the file stays as it is', async () => {
  await using s = await stage({ debug: true })
  const before = s.config()
  await s.ask('ann', '/debug show', 'Nothing is laid over')
  await s.ask('ann', '/debug set messages.responsePrefix "[test]"', 'messages.responsePrefix = "[test]"')
  await s.ask('ann', 'hello', '[test] Hello.')
  await s.ask('ann', '/debug set messages.queue.cap many', '⚠️ messages.queue.cap')
  await s.ask('ann', '/debug unset messages.responsePrefix', 'Nothing is laid over')
  await s.ask('ann', '/debug set talk.apiKey 12345:abc', '•••')
  await s.ask('ann', '/debug reset', 'Nothing is laid over')
  await s.ask('bob', '/debug show', 'only an owner')
  expect(s.config()).toBe(before)
  await using off = await stage({})
  await off.ask('ann', '/debug show', 'commands.debug')
})

test('menus hold what `commands` of the config says, and an account’s own word counts more', async () => {
  const menu = async (commands: object, account: object = {}) => {
    await using s = await stage(commands, account)
    await s.ask('ann', '/whoami', 'You: ')
    const names = s.tg.state.commands.map((c) => c.command)
    return [names.includes('status'), names.includes('weather')]
  }
  expect(await menu({})).toEqual([true, true])
  expect(await menu({ native: false })).toEqual([false, false])
  expect(await menu({ native: false }, { commands: { native: true } })).toEqual([true, true])
  expect(await menu({ nativeSkills: false })).toEqual([true, false])
  expect(await menu({ nativeSkills: false }, { commands: { nativeSkills: true } })).toEqual([true, true])
  expect(await menu({}, { commands: { nativeSkills: false } })).toEqual([true, false])
})
