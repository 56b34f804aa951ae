// What goes over sockets and what models say, written down on request: by name, whole, word by word, and never a secret.
import { afterAll, expect, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { fakeOpenai } from '../fakes/openai.ts'
import { modelConfig } from './harness.ts'
import { folder, portOf, run, until, type Folder } from './program.ts'

const homes: Folder[] = []
afterAll(() => homes.forEach((h) => h[Symbol.dispose]()))

/** A gateway with these flags that was asked one thing, and ended; answers its log and its folder. */
async function asked(...flags: string[]) {
  await using model = fakeOpenai({ reply: () => 'Hello there.' })
  const state = folder()
  homes.push(state)
  state.write('openclaw.json', JSON.stringify(modelConfig('openai-completions', model.url)))
  const gateway = run(state.path, ['gateway', '--port', '0', ...flags])
  await until('the gateway', () => portOf(state.path, gateway.pid))
  const said = run(state.path, ['agent', '-m', 'hello'])
  expect(await said.exited).toBe(0)
  const set = { path: 'channels.telegram.botToken', value: '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc' }
  expect(await run(state.path, ['gateway', 'call', 'config.set', '--params', JSON.stringify(set)]).exited).toBe(0)
  gateway.child.kill('SIGTERM')
  expect(await gateway.exited).toBe(0)
  return { state, token: state.read('gateway.token').trim(), log: state.read('logs/gateway.log') }
}

test('compact tells of calls and events by name; --verbose alone does that, too', async () => {
  for (const flags of [['--compact'], ['--verbose']]) {
    const { log } = await asked(...flags)
    expect(log).toMatch(/"0":"call","1":\{"conn":\d+,"method":"agent","ok":true,"ms":\d+\}/)
    expect(log).toMatch(/"0":"event","1":\{"conn":\d+,"event":"agent/)
    expect(log).not.toContain('frame heard')
  }
}, 60_000)

test('full writes every frame without its secrets, and without a wish nothing is written', async () => {
  const { log, token } = await asked('--ws-log', 'full')
  expect(log).toContain('"0":"frame heard"')
  expect(log).toContain('"0":"frame sent"')
  expect(log).toContain('"message":"hello"')
  expect(log).not.toContain(token)
  expect(log).not.toContain('AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc')
  expect((await asked()).log).not.toMatch(/"0":"(frame|call|event)/)
}, 60_000)

test('the words of models go into a file only its owner reads', async () => {
  const { state } = await asked('--raw-stream-path', '~/words.jsonl', '--raw-stream')
  const path = `${state.path}/words.jsonl`
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { event: string; delta?: string; model: string })
  expect(events.map((e) => e.delta ?? '').join('')).toBe('Hello there.')
  expect(events.at(-1)).toMatchObject({ event: 'end', stop: 'end' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
}, 60_000)
