// Messages from the command line, through a gateway, to a bot server that keeps what it is sent.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { startGatewayServer } from '../../src/gateway.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { stateFolder, token } from '../server/gateway.ts'
import { until } from '../e2e/program.ts'
import { cliHome } from './fixture.ts'

test('files, many chats, polls and what else a bot can do', async () => {
  await using model = fakeOpenai()
  await using tg = await fakeTelegram()
  const ann = tg.chat('ann')
  const forum = tg.group(-1002, { forum: true })
  tg.group(-1003)
  const channels = { telegram: { botToken: tg.token, apiRoot: tg.url, dmPolicy: 'open', allowFrom: ['*'] } }
  const stateDir = stateFolder(model.url, { more: { channels } })
  const server = await startGatewayServer(0, { stateDir })
  try {
    const home = cliHome()
    const run = (...line: string[]) =>
      home.run('message', ...line, '--url', `ws://127.0.0.1:${server.port}`, '--token', token)
    const file = join(stateDir, 'list.txt')
    writeFileSync(file, 'milk, bread')
    const sent = await run('send', '-t', ann.id, '-m', 'The list', '--media', file)
    expect([sent.code, sent.err]).toEqual([0, ''])
    expect(tg.calls.find((c) => c.method === 'senddocument')?.params).toMatchObject({ caption: 'The list' })
    expect((await run('send', '-t', ann.id, '--media', '/nowhere.png')).err).toContain('cannot be read')
    const all = await run('broadcast', '--targets', `${ann.id},-1003`, '--targets', '-999', '-m', 'Dinner')
    expect(all.code).toBe(1)
    expect(all.out).toContain('-1003: sent.')
    expect(all.out).toMatch(/-999: .*chat not found/)
    await run('poll', '-t', '-1003', '-m', 'Vote!', '--question', 'When?', '--options', '7,8,9', '--poll-multi')
    expect(tg.calls.find((c) => c.method === 'sendpoll')?.params).toMatchObject({ allows_multiple_answers: true })
    expect(tg.sent.filter((s) => s.chat === -1003).map((s) => s.text)).toEqual(['Dinner', 'Vote!', ''])
    const made = await run('thread', 'create', '-t', forum.id, '--thread-name', 'Plans', '--json')
    expect(JSON.parse(made.out)).toMatchObject({ channel: 'telegram', result: { name: 'Plans' } })
    expect((await run('channel', 'info', '-t', forum.id)).out).toContain('-1002')
    expect(JSON.parse((await run('kick', '--user-id', '7', '--dry-run')).out)).toEqual({
      action: 'kick',
      params: { userId: '7' },
      dryRun: true,
    })
    const reply = ['--deliver', '--reply-channel', 'telegram', '--reply-account', 'default']
    const asked = (...line: string[]) =>
      home.run('agent', '-m', 'tell Ann', ...line, '--url', `ws://127.0.0.1:${server.port}`, '--token', token)
    expect(await asked(...reply, '--reply-to', ann.id)).toMatchObject({ code: 0, err: '' })
    await until('the answer', () => tg.sent.some((s) => s.chat === Number(ann.id) && s.text.includes('tell Ann')))
    expect((await asked(...reply, '--reply-to', 'nobody at all')).err).toContain('Unknown target "nobody at all"')
    const calls = tg.calls.length
    const dry = async (...line: string[]) => JSON.parse((await run(...line, '-t', ann.id, '--dry-run')).out)
    for (const name of ['delete', 'pin', 'unpin', 'reactions'])
      expect(await dry(name, '--message-id', '7')).toMatchObject({ action: name, params: { messageId: '7' } })
    expect(await dry('edit', '--message-id', '7', '-m', 'so')).toEqual({
      action: 'edit',
      params: { to: ann.id, messageId: '7', message: 'so' },
      dryRun: true,
    })
    const whose = ['--participant', '49170', '--from-me']
    expect(await dry('react', '--message-id', '7', '--emoji', '👍', ...whose)).toMatchObject({
      params: { emoji: '👍', participant: '49170', fromMe: true },
    })
    for (const name of ['read', 'pins']) expect(await dry(name)).toMatchObject({ action: name, dryRun: true })
    expect(tg.calls.slice(calls).filter((c) => c.method !== 'getupdates')).toEqual([])
    expect((await run('channel', 'list', '--verbose')).err).toMatch(/^message\.action: \d+ ms$/m)
    expect((await run('kick', '--user-id', '7')).err).toContain('telegram has no action "kick"')
    expect((await run('sticker', 'send', '-t', '1')).err).toContain('--sticker-id is missing')
  } finally {
    await server.close()
  }
})
