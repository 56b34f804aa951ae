// Asking without a gateway: the command is one until the answer is there, and leaves the state as a gateway does.
import { expect, test } from 'bun:test'
import { fakeTelegram } from '../fakes/telegram.ts'
import { folder, portOf, run, until } from './program.ts'

test('one question at a time, remembered, with no channel started; beside a gateway it asks that one', async () => {
  await using tg = await fakeTelegram()
  using at = folder()
  const telegram = { botToken: tg.token, apiRoot: tg.url, dmPolicy: 'open', allowFrom: ['*'] }
  at.write('openclaw.json', JSON.stringify({ gateway: { mode: 'local' }, channels: { telegram } }))
  const ask = async (...words: string[]) => {
    const asked = run(at.path, ['agent', '--local', '-m', ...words])
    return { code: await asked.exited, out: asked.output }
  }
  expect(await ask('hello')).toMatchObject({ code: 0, out: expect.stringContaining('You said: hello') })
  expect(JSON.parse((await ask('and again', '--json')).out)).toMatchObject({
    status: 'ok',
    sessionKey: 'agent:main:main',
  })
  expect(tg.calls).toEqual([])
  const there = run(at.path, ['gateway', '--port', '0'])
  await until('the gateway', () => portOf(at.path, there.pid))
  expect((await ask('beside it')).out).toContain('You said: beside it')
  const history = run(at.path, ['gateway', 'call', 'chat.history', '--params', '{"sessionKey":"main"}'])
  await history.exited
  const { messages } = JSON.parse(history.output) as { messages: { role: string }[] }
  expect(messages.filter((m) => m.role === 'user')).toHaveLength(3)
  there.child.kill()
  await there.exited
})
