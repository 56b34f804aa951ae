// A command line with a home of its own, and a gateway that speaks the simple dialect and refuses what the real one does.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ServerWebSocket } from 'bun'
import { systemClock } from '../../src/lib/clock.ts'
import type { CliContext, StartFlags } from '../../src/cli/context.ts'
import { runCli } from '../../src/cli/run.ts'
import { sections } from '../../src/config/sections/index.ts'
import { hostParts } from '../../src/app/host.ts'
import { reference } from '../../src/docs/reference.ts'
import { ops } from '../../src/ops/index.ts'

/** What the fake gateway does with a method; throw `{code, message}` to refuse. */
export type Methods = Record<string, (params: Record<string, unknown>, socket: Peer) => unknown>

export interface Peer {
  event(event: string, data: unknown): void
  drop(): void
}

/** A gateway on loopback: challenge, sign-in by token, replies by id, events. */
export function fakeGateway(token: string, methods: Methods = {}) {
  const calls: { method: string; params: Record<string, unknown> }[] = []
  const sockets = new Set<ServerWebSocket<{ in: boolean }>>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, server) =>
      server.upgrade(request, { data: { in: false } }) ? undefined : new Response('upgrade', { status: 426 }),
    websocket: {
      data: {} as { in: boolean },
      open(ws) {
        sockets.add(ws)
        ws.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } }))
      },
      close: (ws) => void sockets.delete(ws),
      async message(ws, text) {
        const {
          id,
          method,
          params = {},
        } = JSON.parse(String(text)) as {
          id: string
          method: string
          params?: Record<string, unknown>
        }
        const reply = (body: Record<string, unknown>) => ws.send(JSON.stringify({ method, id, ...body }))
        const refuse = (code: string, message: string) => reply({ ok: false, error: { code, message } })
        if (method === 'auth') {
          if ((params['token'] ?? params['password']) !== token) {
            refuse('UNAUTHORIZED', 'unauthorized: gateway token mismatch')
            return ws.close(1008, 'unauthorized')
          }
          ws.data.in = true
          return void reply({ ok: true, result: { authenticated: true } })
        }
        if (!ws.data.in) return void refuse('UNAUTHORIZED', 'sign in first')
        calls.push({ method, params })
        const run = methods[method]
        if (!run) return void refuse('UNKNOWN_METHOD', `unknown method: ${method}`)
        const peer: Peer = {
          event: (event, data) => void ws.send(JSON.stringify({ event, data })),
          drop: () => ws.terminate(),
        }
        try {
          reply({ ok: true, result: await run(params, peer) })
        } catch (error) {
          reply({ ok: false, error })
        }
      },
    },
  })
  return {
    url: `ws://127.0.0.1:${server.port}`,
    port: server.port as number,
    calls,
    dropAll: () => sockets.forEach((ws) => ws.terminate()),
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

/** A port of this host that nothing listens on. */
export async function deadPort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const port = server.port as number
  await server.stop(true)
  return port
}

/** A home with files, and `oclaw` run in it. */
export function cliHome(files: Readonly<Record<string, string>> = {}, more: Partial<CliContext> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'oclaw-cli-'))
  const put = (name: string, text: string) => {
    const path = join(home, '.openclaw', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  return {
    home,
    put,
    path: (name: string) => join(home, '.openclaw', name),
    async run(...argv: string[]) {
      let [out, err] = ['', '']
      const started: StartFlags[] = []
      const code = await runCli(argv, {
        name: 'oclaw',
        version: '2026.2.19',
        env: { HOME: home, ...more.env },
        home,
        clock: systemClock,
        signal: new AbortController().signal,
        ops,
        stdout: (text) => (out += text),
        stderr: (text) => (err += text),
        isTTY: false,
        stdinTTY: false,
        columns: 100,
        ownGateway: () => Promise.reject(new Error('no gateway of its own')),
        stdin: () => Promise.resolve(''),
        askSecret: (question) => Promise.reject(new Error(`nobody is there to be asked: ${question}`)),
        ask: (question) => Promise.reject(new Error(`nobody is there to be asked: ${question}`)),
        configParts: () => Promise.resolve(sections),
        reference: () => reference({ version: '2026.2.19', ops, parts: sections }),
        host: async (paths) => hostParts(paths, { HOME: home, ...more.env }, systemClock),
        startGateway: (flags) => {
          started.push(flags)
          return Promise.resolve(0)
        },
        ...more,
        ...(more.env ? { env: { HOME: home, ...more.env } } : {}),
      })
      return { code, out, err, started }
    },
  }
}
