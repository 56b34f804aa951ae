// Agents, standing permissions and a talk in the terminal, against a gateway that runs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { startGatewayServer } from '../../src/gateway.ts'
import type { CliContext } from '../../src/cli/context.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { stateFolder, token } from '../server/gateway.ts'
import { cliHome } from './fixture.ts'

/** A command line at a gateway; `lines` are what a person types. */
async function at(more: Partial<CliContext> = {}, lines: string[] = []) {
  const model = fakeOpenai({ reply: (_body, nth) => `Answer ${nth + 1}` })
  const stateDir = stateFolder(model.url)
  const server = await startGatewayServer(0, { stateDir })
  const ask = () => {
    const line = lines.shift()
    return line === undefined ? Promise.reject(new Error('the input has ended')) : Promise.resolve(line)
  }
  const home = cliHome({}, { ...(lines.length ? { stdinTTY: true, ask } : {}), ...more })
  const run = (...argv: string[]) => home.run(...argv, '--url', `ws://127.0.0.1:${server.port}`, '--token', token)
  return {
    run,
    stateDir,
    async [Symbol.asyncDispose]() {
      await server.close()
      await model[Symbol.asyncDispose]()
    },
  }
}

test('an agent is made with a model and chats, told who it is, listed and ended', async () => {
  await using here = await at()
  const { run, stateDir } = here
  const made = await run(
    'agents',
    'add',
    'Librarian',
    '--model',
    'fake/gpt-y',
    '--bind',
    'telegram:work',
    '--bind',
    'slack',
  )
  expect([made.err, made.code]).toEqual(['', 0])
  expect(made.out).toContain('Agent librarian is ready')
  expect(made.out).toContain('It answers telegram:work, slack.')
  expect((await run('agents', 'add', 'x', '--bind', 'not a chat')).err).toContain('--bind takes a channel')
  const list = JSON.parse((await run('agents', 'list', '--bindings', '--json')).out) as { bindings: object[] }
  expect(list.bindings).toEqual([
    { agentId: 'librarian', match: { channel: 'telegram', accountId: 'work' } },
    { agentId: 'librarian', match: { channel: 'slack' } },
  ])
  writeFileSync(join(stateDir, 'who.md'), '# Who\n\n- **Name:** Molly\n- **Vibe:** calm\n- **Emoji:** 🦞\n')
  const told = await run(
    'agents',
    'set-identity',
    '--agent',
    'librarian',
    '--identity-file',
    join(stateDir, 'who.md'),
    '--theme',
    'witty',
  )
  expect(told.out).toBe('librarian: name Molly, theme witty, emoji 🦞\n')
  expect((await run('agents')).out).toContain('Molly')
  expect((await run('agents', 'set-identity', '--agent', 'librarian')).err).toContain('say who it is')
  expect((await run('agents', 'delete', 'librarian')).err).toContain('say --force')
  expect((await run('agents', 'delete', 'librarian', '--force')).out).toContain('is gone')
  expect((await run('agents', 'list', '--bindings')).out).not.toContain('librarian')
})

test('standing permissions are shown, extended, replaced and taken back', async () => {
  await using here = await at({ stdin: () => Promise.resolve('{ version: 1, defaults: { security: "allowlist" } }') })
  const { run } = here
  expect((await run('approvals', 'get')).out).toContain('is not there yet')
  expect((await run('approvals', 'allowlist', 'add', '/usr/bin/git')).out).toContain('every agent:\n  /usr/bin/git\n')
  await run('approvals', 'allowlist', 'add', '/usr/bin/git')
  const both = await run('approvals', 'allowlist', 'add', '/usr/bin/ls', '--agent', 'main', '--json')
  expect(JSON.parse(both.out).file.agents).toMatchObject({
    '*': { allowlist: [{ pattern: '/usr/bin/git' }] },
    main: { allowlist: [{ pattern: '/usr/bin/ls' }] },
  })
  expect((await run('approvals', 'allowlist', 'remove', '/usr/bin/vi')).err).toContain('/usr/bin/vi is not in the list')
  expect((await run('approvals', 'allowlist', 'remove', '/usr/bin/git')).out).not.toContain('/usr/bin/git')
  expect((await run('approvals', 'set')).err).toContain('say one of --file')
  expect((await run('approvals', 'set', '--stdin')).out).toContain('allowlist, ask as the config says')
  expect((await run('approvals', 'get', '--node', 'nobody')).code).toBe(1)
})

test('a talk in the terminal shows what was said and goes on line by line', async () => {
  await using here = await at({ isTTY: true }, ['', 'and now?', '/exit'])
  const { out, code } = await here.run('tui', '--message', 'hello', '--no-color')
  expect([code, out]).toEqual([0, 'Answer 1\n\nAnswer 2\n\n'])
  const again = await here.run('tui', '--no-color')
  expect(again.out).toBe('> hello\nAnswer 1\n\n> and now?\nAnswer 2\n\n')
})
