// People in the browser: each sends one message after the other, again and again until the gateway says it has it.
import type { Platform } from './platforms.ts'
import type { Client } from './socket.ts'

interface Told {
  readonly role: string
  readonly content: string | readonly { readonly text?: string }[]
}

/** People who use the browser; `connect` opens a socket, or fails while the gateway is away. */
export function webchat(
  n: number,
  connect: () => Promise<Client>,
): Platform & { read(): Promise<void>; sent(): Promise<unknown> } {
  const keyOf = (i: number) => `agent:main:web${i}`
  const tails = Array.from({ length: n }, () => Promise.resolve())
  const heard: string[][] = tails.map(() => [])
  let count = 0
  let line: Promise<Client> | undefined

  async function call<T>(method: string, params: object): Promise<T> {
    const mine = (line ??= connect())
    try {
      return await (await mine).call<T>(method, params)
    } catch (error) {
      if (line === mine) line = undefined
      throw error
    }
  }

  async function send(i: number, message: string, idempotencyKey: string) {
    for (;;) {
      const done = await call('chat.send', { sessionKey: keyOf(i), message, idempotencyKey }).then(
        () => true,
        () => false,
      )
      if (done) return
      await Bun.sleep(20)
    }
  }

  return {
    name: 'webchat',
    account: ['webchat', 'default'],
    config: () => ({}),
    says(i, text) {
      const id = `web-${++count}`
      tails[i] = tails[i]?.then(() => send(i, text, id)) ?? Promise.resolve()
    },
    said: (i) => heard[i] ?? [],
    faults: [],
    refused: () => [],
    sent: () => Promise.all(tails),
    /** Reads what everybody was told. */
    async read() {
      for (let i = 0; i < n; i++) {
        const { messages } = await call<{ messages: Told[] }>('chat.history', { sessionKey: keyOf(i), limit: 1000 })
        heard[i] = messages
          .filter((m) => m.role === 'assistant')
          .map((m) => (typeof m.content === 'string' ? m.content : m.content.map((p) => p.text ?? '').join('')))
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
