// A real gateway on loopback with a fake model server behind it.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGatewayServer } from '../../src/gateway.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import type { FakeModel, Reply } from '../fakes/model-script.ts'

export const token = 'gateway-token-0123456789'

/** A gateway whose model answers by `reply`; it echoes without one. */
export interface Running extends AsyncDisposable {
  readonly url: string
  readonly model: FakeModel
  /** Sends a request with the gateway's token unless the headers say otherwise. */
  send(path: string, init?: Omit<RequestInit, 'body'> & { json?: unknown; body?: BodyInit }): Promise<Response>
}

/** What the config says beyond the usual, by top-level key, and of the gateway. */
export interface Said {
  readonly more?: Record<string, unknown>
  readonly gateway?: Record<string, unknown>
}

/** A state folder with a config that asks the model server at `baseUrl`. */
export function stateFolder(baseUrl: string, o: Said = {}): string {
  const stateDir = mkdtempSync(join(tmpdir(), 'oclaw-http-'))
  const on = { chatCompletions: { enabled: true }, responses: { enabled: true } }
  const known = (id: string) => ({ id, name: id, input: ['text', 'image'] })
  const config = {
    gateway: { auth: { token }, http: { endpoints: on }, reload: { mode: 'off' }, ...o.gateway },
    agents: { defaults: { model: { primary: 'fake/gpt-x' } } },
    models: {
      providers: {
        fake: {
          baseUrl,
          apiKey: 'sk-test',
          api: 'openai-completions',
          models: [known('gpt-x'), known('gpt-y')],
        },
      },
    },
    ...o.more,
  }
  writeFileSync(join(stateDir, 'openclaw.json'), JSON.stringify(config))
  return stateDir
}

/** Starts one; with `stateDir` on that folder. */
export async function gateway(
  o: Said & { reply?: Reply; model?: FakeModel; stateDir?: string } = {},
): Promise<Running> {
  const model = o.model ?? fakeOpenai(o.reply ? { reply: o.reply } : {})
  const stateDir = o.stateDir ?? stateFolder(model.url, o)
  const server = await startGatewayServer(0, { stateDir })
  const url = `http://127.0.0.1:${server.port}`
  return {
    url,
    model,
    send(path, { json, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
      const body = json === undefined ? init.body : JSON.stringify(json)
      const method = init.method ?? (body === undefined ? 'GET' : 'POST')
      return fetch(url + path, { ...init, method, headers, ...(body === undefined ? {} : { body }) })
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await model[Symbol.asyncDispose]()
    },
  }
}

/** The events of a stream, by name (empty for plain data) and data. */
export async function eventsOf(response: Response): Promise<{ event: string; data: unknown }[]> {
  const text = await response.text()
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => {
      const data = /^data: (.*)$/m.exec(block)?.[1] ?? ''
      return {
        event: /^event: (.*)$/m.exec(block)?.[1] ?? '',
        data: data === '[DONE]' ? data : (JSON.parse(data) as unknown),
      }
    })
}

/** Resolves once the model was asked `n` times in all; meanwhile the gateway is asked how it is. */
export async function asked(g: Running, n: number): Promise<void> {
  while (g.model.requests.length < n) await g.send('/healthz')
}

/** The messages a model was shown in its `nth` request. */
export const shown = (model: FakeModel, nth: number): { role: string; content: unknown; tool_call_id?: string }[] =>
  (model.requests.at(nth)?.body['messages'] ?? []) as { role: string; content: unknown; tool_call_id?: string }[]
