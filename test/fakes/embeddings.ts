// A server that makes vectors by a table of meanings: the same every time, and strict about what it is asked.
import { meanings } from '../memory/corpus.ts'

const dims = 64

/** The vector of a text: one place per meaning, and a little of every word by its hash. */
export function vectorOf(text: string): number[] {
  const v = Array<number>(dims).fill(0)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? []) {
    const meaning = meanings.findIndex((m) => m.includes(word))
    if (meaning >= 0) v[meaning] = (v[meaning] ?? 0) + 1
    const at = meanings.length + (Number(Bun.hash(word) % BigInt(dims - meanings.length)) | 0)
    v[at] = (v[at] ?? 0) + 0.15
  }
  return v
}

/** Starts the server; `asked` holds the texts of each request. */
export function fakeEmbeddings(o: { readonly key?: string } = {}) {
  const asked: string[][] = []
  const state = { broken: false }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req) {
      if (new URL(req.url).pathname !== '/v1/embeddings' || req.method !== 'POST')
        return new Response('no', { status: 404 })
      if (o.key !== undefined && req.headers.get('authorization') !== `Bearer ${o.key}`)
        return Response.json(
          { error: { message: `Incorrect API key provided: ${req.headers.get('authorization')}` } },
          { status: 401 },
        )
      if (state.broken) return Response.json({ error: { message: 'overloaded' } }, { status: 503 })
      const body = (await req.json()) as { model?: string; input?: string[] }
      if (!body.model || !Array.isArray(body.input) || !body.input.length || body.input.some((t) => !t))
        return Response.json({ error: { message: 'bad input' } }, { status: 400 })
      asked.push(body.input)
      const data = body.input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }))
      return Response.json({ object: 'list', model: body.model, data: data.reverse() })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked,
    state,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
