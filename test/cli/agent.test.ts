// Asking the agent, `oclaw agent`: streamed or whole, tools told, questions asked, stopped by Ctrl-C.
import { expect, test } from 'bun:test'
import type { CliContext } from '../../src/cli/context.ts'
import { cliHome, fakeGateway, type Methods, type Peer } from './fixture.ts'

const final = (p: Record<string, unknown>, text: string, status = 'ok') => ({
  runId: p['idempotencyKey'],
  sessionKey: p['sessionKey'] ?? 'main',
  status,
  summary: 'completed',
  result: { payloads: [{ text, mediaUrl: null }] },
})

const says = (p: Record<string, unknown>, s: Peer, ...texts: string[]) =>
  texts.forEach((text) => s.event('agent.text', { runId: p['idempotencyKey'], sessionKey: 'main', text }))

async function asking(methods: Methods, more: Partial<CliContext>, ...argv: string[]) {
  const gateway = fakeGateway('t', methods)
  const lock = JSON.stringify({ pid: process.pid, port: gateway.port })
  const done = await cliHome({ '.gateway.lock': lock, 'gateway.token': 't' }, more).run('agent', ...argv)
  await gateway[Symbol.asyncDispose]()
  return { ...done, calls: gateway.calls }
}

test('on a terminal the answer is written as it comes, each word once', async () => {
  const methods: Methods = {
    agent(p, s) {
      says(p, s, 'Let me', 'Let me look.')
      s.event('agent.tool.start', { runId: p['idempotencyKey'], name: 'exec', args: { command: 'ls' } })
      s.event('agent.tool.result', { runId: p['idempotencyKey'], name: 'exec', isError: true, result: 'no' })
      says(p, s, 'It is', 'It is empty')
      return final(p, 'It is empty')
    },
  }
  const env = { NO_COLOR: '1' }
  const { code, out, err } = await asking(methods, { isTTY: true, env }, '-m', 'what is here?')
  expect([code, out]).toEqual([0, 'Let me look.\n\nIt is empty\n'])
  expect(err).toBe('· exec {"command":"ls"}\n· exec failed: no\n')
})

test('what was not streamed is added at the end', async () => {
  const methods: Methods = {
    agent(p, s) {
      says(p, s, 'one')
      return final(p, 'one two')
    },
  }
  expect((await asking(methods, { isTTY: true }, 'hello')).out).toBe('one two\n')
})

test('elsewhere it is printed at the end; --json prints the payload and nothing else', async () => {
  const methods: Methods = {
    agent(p, s) {
      says(p, s, 'Hi')
      return final(p, 'Hi there')
    },
  }
  const { out, calls } = await asking(
    methods,
    {},
    '-m',
    'hello',
    '--session-key',
    'work',
    '--timeout',
    '600',
    '--agent',
    'a',
  )
  expect(out).toBe('Hi there\n')
  expect(calls[0]?.params).toMatchObject({
    message: 'hello',
    sessionKey: 'work',
    timeout: 600,
    agentId: 'a',
    wait: true,
  })
  const json = await asking(methods, { isTTY: true }, '-m', 'hello', '--json')
  expect(JSON.parse(json.out)).toMatchObject({ status: 'ok', result: { payloads: [{ text: 'Hi there' }] } })
})

test('--verbose takes a level, and alone says what is asked; an account for the answer goes along', async () => {
  const methods: Methods = { agent: (p) => final(p, 'Hi') }
  const words = ['-m', 'hi', '--verbose', 'on', '--reply-account', 'work']
  const { calls, err } = await asking(methods, {}, ...words)
  expect(calls[0]?.params).toMatchObject({ message: 'hi', verbose: 'on', replyAccountId: 'work' })
  expect(err).toBe('')
  expect((await asking(methods, {}, 'hi', '--verbose=full')).calls[0]?.params).toMatchObject({ verbose: 'full' })
  const between = await asking(methods, {}, '--verbose', 'off', 'hi')
  expect(between.calls[0]?.params).toMatchObject({ message: 'hi', verbose: 'off' })
  const bare = await asking(methods, {}, '--verbose', '-m', 'hi')
  expect(bare.code).toBe(0)
  expect(bare.calls[0]?.params).not.toHaveProperty('verbose')
  expect((await asking(methods, {}, '-m', 'hi', '--verbose=loud')).err).toContain('--verbose is one of on, off, full')
})

test('a run that failed is exit 1', async () => {
  expect((await asking({ agent: (p) => final(p, 'no key', 'error') }, {}, 'x')).code).toBe(1)
  expect((await asking({}, {})).err).toContain('<message> is missing: what to say')
})

const needsApproval = (session: string): Methods => {
  const decided = Promise.withResolvers<unknown>()
  return {
    async agent(p, s) {
      s.event('agent.tool.start', { runId: p['idempotencyKey'], sessionKey: 'main', name: 'exec', args: {} })
      s.event('exec.approval.requested', { id: 'apr_0', request: { command: 'rm x', sessionKey: 'agent:main:other' } })
      s.event('exec.approval.requested', { id: 'apr_1', request: { command: 'rm y', cwd: '/w', sessionKey: session } })
      return final(p, String(await decided.promise))
    },
    'exec.approval.resolve'(p) {
      decided.resolve(`${String(p['id'])} ${String(p['decision'])}`)
      return { ok: true }
    },
    health: () => decided.resolve('elsewhere'),
  }
}

test.each([
  ['y', 'allow-once'],
  ['always', 'allow-always'],
  ['', 'deny'],
])('a question is answered at the terminal: %j', async (typed, decision) => {
  const asked: string[] = []
  const ask = (question: string) => {
    asked.push(question)
    return Promise.resolve(typed)
  }
  const { out } = await asking(needsApproval('agent:main:main'), { stdinTTY: true, ask }, 'x')
  expect(out).toBe(`apr_1 ${decision}\n`)
  expect(asked).toEqual([expect.stringContaining('rm y  (in /w)\nRun it? [y/N/always]')])
})

test('without a terminal it says how to answer', async () => {
  const told = Promise.withResolvers<string>()
  let err = ''
  const stderr = (text: string) => {
    err += text
    if (err.includes('allow-once')) told.resolve(err)
  }
  const methods = needsApproval('agent:main:main')
  const running = asking(methods, { stderr }, 'x')
  expect(await told.promise).toContain('oclaw approvals resolve apr_1 allow-once')
  await methods['health']?.({}, { event: () => undefined, drop: () => undefined })
  expect((await running).out).toBe('elsewhere\n')
})

test('Ctrl-C stops the run and ends with 130', async () => {
  const stop = new AbortController()
  const methods: Methods = {
    agent(p, s) {
      s.event('agent.text', { runId: p['idempotencyKey'], sessionKey: 'work', text: 'Well' })
      stop.abort(new Error('SIGINT'))
      return new Promise(() => undefined)
    },
    'chat.abort': () => ({ ok: true, aborted: true, runIds: [] }),
  }
  const { code, calls, err } = await asking(methods, { signal: stop.signal }, 'x', '--session-key', 'work')
  expect(code).toBe(130)
  expect(err).toContain('Stopped.')
  const runId = calls[0]?.params['idempotencyKey']
  expect(calls[1]).toEqual({ method: 'chat.abort', params: { sessionKey: 'work', runId } })
})
