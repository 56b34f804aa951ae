// Puts sound, film and pictures into words by servers: OpenAI's transcriptions and those like it, Deepgram, Google.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { Secret } from '../lib/secret.ts'
import type { HeardFile, Topic } from '../domain/understanding.ts'

/** What each provider understands, and the model that is used when none is named; in the order they are looked for. */
export const mediaProviders: Readonly<Record<string, Readonly<Partial<Record<Topic, string>>>>> = {
  openai: { audio: 'gpt-4o-mini-transcribe', image: 'gpt-5-mini' },
  groq: { audio: 'whisper-large-v3-turbo' },
  deepgram: { audio: 'nova-3' },
  anthropic: { image: 'claude-opus-4-6' },
  google: { audio: 'gemini-3-flash-preview', image: 'gemini-3-flash-preview', video: 'gemini-3-flash-preview' },
}

/** The addresses of those that are no servers of chat models, or that hear elsewhere than they talk. */
const addresses: Readonly<Record<string, string>> = {
  deepgram: 'https://api.deepgram.com/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
}

/** A server and what it is asked for. */
export interface MediaServer {
  readonly provider: string
  readonly model: string
  /** Undefined for the provider's own. */
  readonly baseUrl?: string | undefined
  readonly key?: Secret | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly prompt?: string | undefined
  readonly language?: string | undefined
  /** Further fields of the request, as the provider names them. */
  readonly options?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly fetch: typeof globalThis.fetch
}

const Transcript = z.object({ text: z.string() })
const Heard = z.object({
  results: z.object({
    channels: z.array(z.object({ alternatives: z.array(z.object({ transcript: z.string() })) })),
  }),
})
const Generated = z.object({
  candidates: z.array(z.object({ content: z.object({ parts: z.array(z.object({ text: z.string().optional() })) }) })),
})

/** Sends a request and reads its JSON by `schema`. Throws UNAVAILABLE with what the server said, never with its key. */
async function asked<S extends z.ZodType>(
  s: MediaServer,
  request: { url: string; headers: Record<string, string>; body: FormData | Uint8Array<ArrayBuffer> | string },
  schema: S,
  signal: AbortSignal,
): Promise<z.output<S>> {
  const { url, body } = request
  const headers = { ...request.headers, ...s.headers }
  const answer = await s.fetch(url, { method: 'POST', headers, body, signal }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new Fault('UNAVAILABLE', `${s.provider} cannot be reached at ${new URL(url).origin}`, { cause: error })
  })
  const text = await answer.text()
  const why = (s.key?.hiddenIn(text) ?? text).replaceAll(/\s+/g, ' ').slice(0, 200)
  if (!answer.ok) throw new Fault('UNAVAILABLE', `${s.provider} answered ${answer.status}: ${why}`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Fault('UNAVAILABLE', `${s.provider} answered no JSON: ${why}`, { cause: error })
  }
  const read = schema.safeParse(json)
  if (!read.success) throw new Fault('UNAVAILABLE', `the answer of ${s.provider} cannot be understood: ${why}`)
  return read.data
}

/** Platforms call a voice note by names that servers do not know; the ending tells them what it is. */
function fileName({ name, mime }: HeardFile): string {
  if (/\.[a-z0-9]{2,4}$/i.test(name)) return name
  const sub = mime.split('/')[1]?.split(';')[0] ?? 'ogg'
  return `${name}.${{ mpeg: 'mp3', 'x-m4a': 'm4a', mp4: 'm4a', 'x-wav': 'wav', opus: 'ogg' }[sub] ?? sub}`
}

type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** OpenAI's way: https://platform.openai.com/docs/api-reference/audio/createTranscription */
async function transcribe(s: MediaServer, file: HeardFile, signal: AbortSignal): Promise<string> {
  const body = new FormData()
  body.append('file', new Blob([file.bytes], { type: file.mime }), fileName(file))
  const fields: Fields = { model: s.model, prompt: s.prompt, language: s.language, ...s.options }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.append(name, String(value))
  const headers: Record<string, string> = s.key ? { authorization: `Bearer ${s.key.reveal()}` } : {}
  return (await asked(s, { url: `${s.baseUrl}/audio/transcriptions`, headers, body }, Transcript, signal)).text
}

/** Deepgram's way: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded */
async function listen(s: MediaServer, file: HeardFile, signal: AbortSignal): Promise<string> {
  const url = new URL(`${s.baseUrl}/listen`)
  const fields: Fields = { model: s.model, language: s.language, ...s.options }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) url.searchParams.set(name, String(value))
  const headers: Record<string, string> = {
    'content-type': file.mime,
    ...(s.key ? { authorization: `Token ${s.key.reveal()}` } : {}),
  }
  const { results } = await asked(s, { url: url.href, headers, body: file.bytes }, Heard, signal)
  return results.channels.map((c) => c.alternatives[0]?.transcript ?? '').join('\n')
}

/** Google's way, which also takes film: https://ai.google.dev/api/generate-content */
async function generate(s: MediaServer, file: HeardFile, signal: AbortSignal): Promise<string> {
  const data = { inline_data: { mime_type: file.mime.split(';')[0], data: file.bytes.toBase64() } }
  const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: s.prompt ?? '' }, data] }], ...s.options })
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(s.key ? { 'x-goog-api-key': s.key.reveal() } : {}),
  }
  const url = `${s.baseUrl}/models/${encodeURIComponent(s.model)}:generateContent`
  const { candidates } = await asked(s, { url, headers, body }, Generated, signal)
  return (candidates[0]?.content.parts ?? []).map((p) => p.text ?? '').join('')
}

/** The words for a file. Throws UNAVAILABLE when the server cannot say; the message never shows its key. */
export async function mediaWords(server: MediaServer, file: HeardFile, signal: AbortSignal): Promise<string> {
  const baseUrl = (server.baseUrl ?? addresses[server.provider] ?? '').replace(/\/$/, '')
  if (!baseUrl) throw new Fault('INVALID_REQUEST', `where ${server.provider} is, is not known: give it a baseUrl`)
  const s = { ...server, baseUrl }
  const way = { deepgram: listen, google: generate }[s.provider] ?? transcribe
  return (await way(s, file, signal)).trim()
}
