// Makes vectors of texts by servers that speak OpenAI's embeddings protocol.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import type { Embedder } from '../domain/memory.ts'

/** Texts and characters of one request. */
const maxTexts = 96
const maxChars = 200_000

/** The servers known by name: address, model, and the variables their key may be in. */
export const embeddingServers = {
  openai: { baseUrl: 'https://api.openai.com/v1', model: 'text-embedding-3-small', env: ['OPENAI_API_KEY'] },
  gemini: {
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    model: 'gemini-embedding-001',
    env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  },
  voyage: { baseUrl: 'https://api.voyageai.com/v1', model: 'voyage-4-large', env: ['VOYAGE_API_KEY'] },
} as const

const Answer = z.object({ data: z.array(z.object({ index: z.number().optional(), embedding: z.array(z.number()) })) })

/** Where and how vectors are made. */
export interface EmbeddingServer {
  readonly provider: string
  readonly baseUrl: string
  readonly model: string
  readonly key?: Secret | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly fetch: typeof globalThis.fetch
}

/** Groups texts so that each request stays small. */
function batches(texts: readonly string[]): string[][] {
  const out: string[][] = []
  let size = 0
  for (const text of texts) {
    const last = out.at(-1)
    if (!last || last.length >= maxTexts || size + text.length > maxChars) {
      out.push([text])
      size = text.length
    } else {
      last.push(text)
      size += text.length
    }
  }
  return out
}

/** An embedder over one server. */
export function embedder(s: EmbeddingServer): Embedder {
  const url = `${s.baseUrl.replace(/\/$/, '')}/embeddings`

  async function ask(input: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const headers = {
      'content-type': 'application/json',
      ...(s.key ? { authorization: `Bearer ${s.key.reveal()}` } : {}),
      ...s.headers,
    }
    const body = JSON.stringify({ model: s.model, input, encoding_format: 'float' })
    const answer = await s.fetch(url, { method: 'POST', headers, body, signal }).catch((error: unknown) => {
      if (signal.aborted) throw error
      throw new Fault('UNAVAILABLE', `${s.provider} makes no embeddings: ${url} cannot be reached`, { cause: error })
    })
    const text = await answer.text()
    if (!answer.ok) {
      const why = (s.key?.hiddenIn(text) ?? text).replaceAll(/\s+/g, ' ').slice(0, 200)
      throw new Fault('UNAVAILABLE', `${s.provider} makes no embeddings: it answered ${answer.status} ${why}`)
    }
    const read = Answer.safeParse(JSON.parse(text))
    if (!read.success || read.data.data.length !== input.length)
      throw new Fault('UNAVAILABLE', `${s.provider} makes no embeddings: its answer cannot be understood`)
    const rows = [...read.data.data].sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
    return rows.map((r) => Float32Array.from(r.embedding))
  }

  return {
    provider: s.provider,
    model: s.model,
    key: JSON.stringify([s.provider, s.model, s.baseUrl]),
    async embed(texts, signal) {
      const out: Float32Array[] = []
      for (const batch of batches(texts)) out.push(...(await ask(batch, signal)))
      return out
    },
  }
}
