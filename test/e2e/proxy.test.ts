// Behind nginx with the config that `oclaw docs network` prints: sockets, answers as they come, and who really calls.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway, modelConfig } from './harness.ts'
import { folder, run, until } from './program.ts'

const nginx = Bun.which('nginx')
const site = 'assistant.example.org'

/** Bun’s WebSocket takes headers, which the web’s own type does not know. */
const HeaderSocket = WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => WebSocket

/** A free port of this host. */
async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = server.port as number
  await server.stop(true)
  return port
}

/** The server block of the guide, on plain HTTP, before the gateway at this port. */
async function block(state: string, listen: number, port: number): Promise<string> {
  const printed = run(state, ['docs', 'network'])
  expect(await printed.exited).toBe(0)
  const text = /```nginx\n([^]*?)```/.exec(printed.output)?.[1] ?? ''
  return text
    .replace('listen 443 ssl;', `listen 127.0.0.1:${listen};`)
    .replaceAll(/^ *ssl_certificate.*$/gm, '')
    .replace('127.0.0.1:18789', `127.0.0.1:${port}`)
}

test.if(nginx !== null)(
  'the guide’s nginx passes sockets, streams and the caller’s address',
  async () => {
    await using model = fakeOpenai({ reply: () => 'Hello there.' })
    const on = { chatCompletions: { enabled: true } }
    const net = { trustedProxies: ['127.0.0.1'], controlUi: { allowedOrigins: [`https://${site}`] } }
    await using gw = await gateway({
      config: {
        ...modelConfig('openai-completions', model.url),
        gateway: { ...net, auth: { rateLimit: { maxAttempts: 1 } }, http: { endpoints: on } },
      },
    })
    using state = folder()
    const listen = await freePort()
    const servers = await block(state.path, listen, gw.port)
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${state.path}/${n};`)
    const events = 'daemon off; master_process off; worker_processes 1; events {}'
    const main = `pid ${state.path}/pid; ${events} http { access_log off; ${temp.join(' ')}\n${servers} }`
    state.write('nginx.conf', main)
    const proxy = Bun.spawn([nginx ?? '', '-c', join(state.path, 'nginx.conf'), '-e', join(state.path, 'error.log')], {
      stdout: 'ignore',
      stderr: 'ignore',
    })
    try {
      const at = `http://127.0.0.1:${listen}`
      const headers: Record<string, string> = {
        host: site,
        origin: `https://${site}`,
        'x-forwarded-for': '203.0.113.7',
      }
      await until('nginx', () =>
        fetch(`${at}/health`, { headers }).then(
          (r) => r.ok,
          () => false,
        ),
      )
      const socket = new HeaderSocket(`ws://127.0.0.1:${listen}/`, { headers })
      const frames: { id?: string; ok?: boolean; result?: unknown }[] = []
      socket.addEventListener('message', (e) => frames.push(JSON.parse(String(e.data))))
      await until('the challenge', () => frames.length > 0)
      socket.send(JSON.stringify({ id: '1', method: 'auth', params: { token: gw.token } }))
      const signed = await until('the sign-in', () => frames.find((f) => f.id === '1'))
      expect(signed).toMatchObject({ ok: true })
      socket.close()
      const answer = await fetch(`${at}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${gw.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'openclaw', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toContain('data: [DONE]')
      const guess = (from: string) =>
        fetch(`${at}/v1/chat/completions`, {
          method: 'POST',
          headers: { ...headers, 'x-forwarded-for': from, authorization: 'Bearer wrong' },
          body: '{}',
        }).then((r) => r.status)
      expect([await guess('203.0.113.9'), await guess('203.0.113.9')]).toEqual([401, 429])
      expect(await guess('203.0.113.8')).toBe(401)
    } finally {
      proxy.kill()
      await proxy.exited
    }
  },
  60_000,
)
