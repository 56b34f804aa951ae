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

/** Starts one; `more` is laid over the config by top-level key. */
export async function gateway(
  o: { reply?: Reply; more?: Record<string, unknown>; gateway?: Record<string, unknown> } = {},
): Promise<Running> {
  const model = fakeOpenai(o.reply ? { reply: o.reply } : {})
  const stateDir = mkdtempSync(join(tmpdir(), 'oclaw-http-'))
  const on = { chatCompletions: { enabled: true }, responses: { enabled: true } }
  const known = (id: string) => ({ id, name: id, input: ['text', 'image'] })
  const config = {
    gateway: { auth: { token }, http: { endpoints: on }, reload: { mode: 'off' }, ...o.gateway },
    agents: { defaults: { model: { primary: 'fake/gpt-x' } } },
    models: {
      providers: {
        fake: {
          baseUrl: model.url,
          apiKey: 'sk-test',
          api: 'openai-completions',
          models: [known('gpt-x'), known('gpt-y')],
        },
      },
    },
    ...o.more,
  }
  writeFileSync(join(stateDir, 'openclaw.json'), JSON.stringify(config))
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

/** The messages a model was shown in its `nth` request. */
export const shown = (model: FakeModel, nth: number): { role: string; content: unknown; tool_call_id?: string }[] =>
  (model.requests.at(nth)?.body['messages'] ?? []) as { role: string; content: unknown; tool_call_id?: string }[]
