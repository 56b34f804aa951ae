// A whole gateway for a test: the executable on a free port, its state in a folder of its own.
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { folder, portOf, run, statusOf, until, type Folder, type Program, type RunOptions } from './program.ts'
import { device, simple, strict, type Client, type Device } from './socket.ts'

const token = 'e2e-token-0123456789'

/** What a config says when a test does not care. */
export const base = {
  gateway: { auth: { mode: 'token', token } },
  session: { dmScope: 'per-channel-peer' },
  messages: { queue: { mode: 'followup' } },
} as const

type Plain = { readonly [key: string]: unknown }

/** The settings of `more` over those of `first`, section by section. */
export function merged(first: Plain, more: Plain): Plain {
  const isPlain = (x: unknown): x is Plain => typeof x === 'object' && x !== null && !Array.isArray(x)
  const out: Record<string, unknown> = { ...first }
  for (const [key, value] of Object.entries(more)) {
    const old = out[key]
    out[key] = isPlain(old) && isPlain(value) ? merged(old, value) : value
  }
  return out
}

/** The part of a config that makes a fake model the one in use. */
export function modelConfig(
  api: 'anthropic-messages' | 'openai-completions' | 'openai-responses',
  baseUrl: string,
  apiKey = api === 'anthropic-messages' ? 'sk-ant-test' : 'sk-test',
) {
  const model = { id: 'm', name: 'M', contextWindow: 200_000, maxTokens: 8192 }
  return {
    models: { providers: { fake: { baseUrl, apiKey, api, models: [model] } } },
    agents: { defaults: { model: { primary: 'fake/m' }, maxConcurrent: 32 } },
  }
}

/** The part of a config that connects to a fake Telegram, open to everyone. */
export const telegramConfig = (botToken: string, apiRoot: string) => ({
  channels: { telegram: { enabled: true, botToken, apiRoot, dmPolicy: 'open', allowFrom: ['*'] } },
})

/** How a gateway is started. */
export interface GatewayOptions extends RunOptions {
  /** Laid over `base`; a text is written as it is. */
  readonly config?: Plain | string
  readonly args?: readonly string[]
  /** Things to do in the state directory before the start. */
  prepare?(state: Folder): void | Promise<void>
  /** Time it may take to be ready, in ms. */
  readonly readyMs?: number
}

/** Starts a gateway and waits until it is ready. Use with `await using`. */
export async function gateway(options: GatewayOptions = {}) {
  const state = folder()
  const { config } = options
  state.write('openclaw.json', typeof config === 'string' ? config : JSON.stringify(merged(base, config ?? {})))
  await options.prepare?.(state)
  const args = ['gateway', '--port', '0', ...(options.args ?? [])]
  let program = run(state.path, args, options)
  let port = 0
  let self: Device | undefined
  const sockets: Client[] = []

  async function ready() {
    port = await until('the gateway to be ready', () => isReady(program, state), options.readyMs)
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    for (const s of sockets.splice(0)) s.ws.close()
    program.child.kill(signal)
    return program.exited
  }

  async function ws(dialect: 'simple' | 'strict' = 'simple', events?: readonly string[]): Promise<Client> {
    const client =
      dialect === 'strict'
        ? await strict(port, token, (self ??= await device()))
        : await simple(port, token, events ? { events } : {})
    sockets.push(client)
    return client
  }

  let shared: Promise<Client> | undefined
  const gw = {
    state,
    token,
    ws,
    get port() {
      return port
    },
    get pid() {
      return program.pid
    },
    get url() {
      return `http://127.0.0.1:${port}`
    },
    get output() {
      return program.output
    },
    get exited() {
      return program.exited
    },
    /** One call over one shared socket. */
    async call<T = Record<string, unknown>>(method: string, params: object = {}): Promise<T> {
      shared ??= ws()
      return (await shared).call<T>(method, params)
    },
    /** Asks the agent and answers its text. */
    async ask(message: string, sessionKey = 'main'): Promise<string> {
      return (await gw.call<{ text: string }>('agent', { message, sessionKey, wait: true })).text
    },
    log: () => (state.has('logs/gateway.log') ? state.read('logs/gateway.log') : ''),
    /** Reads rows of the database from outside. */
    rows<T>(sql: string): T[] {
      using db = new Database(join(state.path, 'data', 'state.db'))
      return db.query<T, []>(sql).all()
    },
    /** Ends it politely; answers the exit code. */
    stop() {
      shared = undefined
      return end('SIGTERM')
    },
    async kill9() {
      shared = undefined
      await end('SIGKILL')
    },
    /** Starts it again, on the same state; `wait` false does not wait until it is ready. */
    async start(how: { readonly wait?: boolean } = {}) {
      program = run(state.path, args, options)
      if (how.wait !== false) await ready()
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      state[Symbol.dispose]()
    },
  }
  try {
    await ready()
  } catch (error) {
    await end('SIGKILL')
    const log = gw.log().slice(-4000)
    state[Symbol.dispose]()
    throw new Error(`${String(error)}\n${program.output}\n${log}`, { cause: error })
  }
  return gw
}

export type Gateway = Awaited<ReturnType<typeof gateway>>

/** The port of a program that takes work; throws when it has ended. */
async function isReady(program: Program, state: Folder): Promise<number | undefined> {
  if (program.child.exitCode !== null || program.child.signalCode !== null)
    throw new Error(`the gateway ended with ${program.child.exitCode ?? program.child.signalCode}`)
  const port = portOf(state.path, program.pid)
  return port && (await statusOf(`http://127.0.0.1:${port}/readyz`)) === 200 ? port : undefined
}
