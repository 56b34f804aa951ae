// Reading the log, `oclaw logs`: through the gateway, from the file, by level, and on and on.
import { expect, test } from 'bun:test'
import { appendFileSync, truncateSync } from 'node:fs'
import { parseLogLine, readLog } from '../../src/cli/commands/logs.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { cliHome, deadPort, fakeGateway } from './fixture.ts'

const line = (level: string, message: string) =>
  JSON.stringify({ '@timestamp': '2026-02-19T00:00:00.000Z', level, message, logger: 'oclaw.gateway', properties: {} })
const file = [line('INFO', 'one'), line('WARN', 'two'), 'not json', line('ERROR', 'three'), ''].join('\n')

const down = { OPENCLAW_GATEWAY_PORT: String(await deadPort()) }

test('from the file when the gateway is down', async () => {
  const at = cliHome({ 'logs/gateway.log': file }, { env: down })
  const { code, out, err } = await at.run('logs')
  expect(code).toBe(0)
  expect(err).toContain(at.path('logs/gateway.log'))
  expect(out.split('\n')).toEqual([
    '2026-02-19T00:00:00.000Z info [gateway] one',
    '2026-02-19T00:00:00.000Z warn [gateway] two',
    'not json',
    '2026-02-19T00:00:00.000Z error [gateway] three',
    '',
  ])
  expect((await at.run('logs', '--tail', '1')).out).toBe('2026-02-19T00:00:00.000Z error [gateway] three\n')
  expect((await at.run('logs', '--level', 'warn', '--tail', '2')).out).toMatch(/two\n.*three\n$/)
  const json = (await at.run('logs', '--json', '--level', 'error')).out.trim().split('\n')
  expect(json.map((l) => JSON.parse(l) as unknown)).toEqual([
    expect.objectContaining({ type: 'meta', cursor: Buffer.byteLength(file) }),
    expect.objectContaining({ type: 'log', level: 'error', subsystem: 'gateway', message: 'three' }),
  ])
  expect((await cliHome({}, { env: down }).run('logs')).err).toContain('there is no log yet')
})

test('through the gateway when it runs', async () => {
  const page = { file: 'f', cursor: 9, size: 9, lines: [line('INFO', 'remote')], truncated: false, reset: false }
  await using gateway = fakeGateway('t', { 'logs.tail': () => page })
  const lock = JSON.stringify({ pid: process.pid, port: gateway.port })
  const at = cliHome({ '.gateway.lock': lock, 'gateway.token': 't' })
  expect(await at.run('logs', '--tail', '3')).toMatchObject({ code: 0, err: '' })
  expect(gateway.calls[0]?.params).toEqual({ limit: 3, maxBytes: 250_000 })
})

test('follow tells what comes, each line once, until Ctrl-C', async () => {
  const stop = new AbortController()
  let rounds = 0
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => {
      if (ms !== 777) return systemClock.sleep(ms, signal)
      if (++rounds === 1) appendFileSync(at.path('logs/gateway.log'), `${line('INFO', 'four')}\nhalf`)
      if (rounds === 2) appendFileSync(at.path('logs/gateway.log'), ' a line\n')
      if (rounds === 3) truncateSync(at.path('logs/gateway.log'))
      if (rounds === 5) stop.abort(new Error('SIGINT'))
      return signal?.aborted ? Promise.reject(new Error('SIGINT')) : Promise.resolve()
    },
  }
  const at = cliHome({ 'logs/gateway.log': file }, { clock, signal: stop.signal, env: down })
  const { code, out, err } = await at.run('logs', '--follow', '--interval', '777', '--tail', '1')
  expect(code).toBe(130)
  expect(out.split('\n').map((l) => l.replace(/.*\] /, ''))).toEqual(['three', 'four', 'half a line', ''])
  expect(err).toContain('begun anew')
})

test('a file is read from its end in whole lines', async () => {
  const path = cliHome().put('x.log', 'aaaa\nbbbb\ncccc\ndd')
  expect(await readLog(path, { limit: 10, maxBytes: 9 })).toMatchObject({
    lines: ['cccc'],
    cursor: 15,
    truncated: true,
  })
  expect(await readLog(path, { limit: 1, maxBytes: 100 })).toMatchObject({ lines: ['cccc'], truncated: true })
  expect(await readLog(path, { cursor: 15, limit: 5, maxBytes: 100 })).toMatchObject({ lines: [], cursor: 15 })
  expect(await readLog(path, { cursor: 5, limit: 5, maxBytes: 100 })).toMatchObject({ lines: ['bbbb', 'cccc'] })
  expect(await readLog(path, { cursor: 99, limit: 5, maxBytes: 100 })).toMatchObject({ reset: true })
})

test('lines of other programs are none of ours', () => {
  expect(parseLogLine('plain')).toBeUndefined()
  expect(parseLogLine('{"a":1}')).toBeUndefined()
  expect(parseLogLine('{"level":"WARNING","logger":["oclaw","store"],"message":"m"}')).toMatchObject({
    level: 'warn',
    subsystem: 'store',
    message: 'm',
  })
})
