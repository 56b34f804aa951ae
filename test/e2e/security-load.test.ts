// Strangers who try to use the executable up: half-open sockets, large frames, large and endless bodies.
import { expect, test } from 'bun:test'
import { gateway } from './harness.ts'
import { memoryOf, until } from './program.ts'
import { raw, simple } from './socket.ts'

const slow = 120_000
const on = { chatCompletions: { enabled: true }, responses: { enabled: true } }

/** A TCP connection that says these words and keeps what it hears. */
async function dial(port: number, words: string) {
  let heard = ''
  const gone = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      data: (_, bytes) => void (heard += bytes.toString()),
      close: () => gone.resolve(),
      error: () => gone.resolve(),
    },
  })
  socket.write(words)
  return {
    socket,
    gone: gone.promise,
    get heard() {
      return heard
    },
  }
}

const upgrade =
  'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
  'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'

const honest = async (port: number, token: string) => {
  const start = performance.now()
  using client = await simple(port, token)
  expect((await client.call('health'))['ok']).toBe(true)
  return performance.now() - start
}

test(
  'SEC-08: crowds that do not sign in cost little, and an honest client comes in',
  async () => {
    await using gw = await gateway()
    await honest(gw.port, gw.token)
    const before = memoryOf(gw.pid).rss
    const crowd: Awaited<ReturnType<typeof dial>>[] = []
    for (let i = 0; i < 5000; i += 50)
      crowd.push(...(await Promise.all(Array.from({ length: 50 }, () => dial(gw.port, upgrade)))))
    const loris = await Promise.all(
      Array.from({ length: 200 }, () => dial(gw.port, 'POST /v1/responses HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: ')),
    )
    await until('the crowd to be greeted', () => crowd.every((c) => c.heard.includes('connect.challenge')))
    expect(await honest(gw.port, gw.token)).toBeLessThan(1000)
    await until('the memory of the crowd to be small', () => memoryOf(gw.pid).rss - before < 20, 5000)
    for (const c of [...crowd, ...loris]) c.socket.terminate()
    expect(await honest(gw.port, gw.token)).toBeLessThan(1000)
  },
  slow,
)

test(
  'SEC-08: a large first frame ends its connection and leaves no memory behind',
  async () => {
    await using gw = await gateway()
    await honest(gw.port, gw.token)
    const before = memoryOf(gw.pid).rss
    const frame = `{"method":"auth","params":{"token":"${'x'.repeat(10_000_000)}"}}`
    for (let i = 0; i < 5; i++) {
      const client = await raw(gw.port)
      client.ws.send(frame)
      expect([1006, 1009]).toContain((await client.closed).code)
    }
    expect(await honest(gw.port, gw.token)).toBeLessThan(1000)
    await until('the memory to be given back', () => memoryOf(gw.pid).rss - before < 20, 60_000)
  },
  slow,
)

test(
  'SEC-08: a stranger is refused before the body is read',
  async () => {
    await using gw = await gateway({ config: { gateway: { http: { endpoints: on } } } })
    await honest(gw.port, gw.token)
    const before = memoryOf(gw.pid).rss
    const head = (path: string, rest: string) =>
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer wrong\r\n${rest}\r\n\r\n`
    for (const path of ['/v1/chat/completions', '/v1/responses', '/tools/invoke'])
      for (const rest of ['content-length: 1000000', 'transfer-encoding: chunked']) {
        const c = await dial(gw.port, head(path, rest))
        await until(`an answer to ${path} with ${rest}`, () => c.heard.includes('\r\n\r\n'), 5000)
        expect([path, rest, c.heard.slice(0, 12)]).toEqual([path, rest, 'HTTP/1.1 401'])
        c.socket.terminate()
      }
    const huge = await dial(gw.port, head('/v1/responses', 'content-length: 1073741824'))
    await until('an answer to a gigabyte', () => huge.heard.includes('\r\n\r\n'), 5000)
    expect(huge.heard).toMatch(/^HTTP\/1\.1 4(01|13)/)
    huge.socket.terminate()
    expect(await honest(gw.port, gw.token)).toBeLessThan(1000)
    expect(memoryOf(gw.pid).rss - before).toBeLessThan(20)
  },
  slow,
)
