// Servers that speak as OpenAI and ElevenLabs do, strict about what they are asked.

/** What was to be spoken, and how. */
export interface SpeechAsked {
  readonly by: 'openai' | 'elevenlabs'
  readonly text: string
  readonly voice: string
  readonly model: string
  readonly format: string
  readonly more: Readonly<Record<string, unknown>>
}

const openaiFormats = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']
const openaiVoices = ['alloy', 'ash', 'coral', 'echo', 'fable', 'onyx', 'nova', 'sage', 'shimmer']
const refuse = (status: number, message: string) => Response.json({ error: { message } }, { status })

/** Sound that says by its first bytes what it is, and by its last what was spoken. */
const sound = (format: string, text: string) => new Response(`${/opus/.test(format) ? 'OggS' : 'ID3'}${text}`)

/** Starts the servers. */
export function fakeSpeech(o: { readonly key?: string } = {}) {
  const key = o.key ?? 'k-good'
  const asked: SpeechAsked[] = []
  const state: { broken: '' | 'openai' | 'elevenlabs' | 'both' } = { broken: '' }

  function openai(req: Request, body: Record<string, unknown>): Response {
    if (req.headers.get('authorization') !== `Bearer ${key}`)
      return refuse(401, `Incorrect API key provided: ${req.headers.get('authorization')}`)
    const { model, voice, input, response_format: format = 'mp3', ...more } = body
    if (typeof model !== 'string' || typeof voice !== 'string' || typeof input !== 'string' || !input)
      return refuse(400, 'model, voice and input are required')
    if (input.length > 4096) return refuse(400, 'string too long: input')
    if (!openaiVoices.includes(voice)) return refuse(400, `unknown voice ${voice}`)
    if (typeof format !== 'string' || !openaiFormats.includes(format)) return refuse(400, 'unknown response_format')
    asked.push({ by: 'openai', text: input, voice, model, format, more })
    return sound(format, input)
  }

  function elevenlabs(req: Request, url: URL, voice: string, body: Record<string, unknown>): Response {
    if (req.headers.get('xi-api-key') !== key)
      return Response.json({ detail: { status: 'invalid_api_key' } }, { status: 401 })
    const format = url.searchParams.get('output_format') ?? 'mp3_44100_128'
    const { text, model_id: model, ...more } = body
    if (typeof text !== 'string' || !text || typeof model !== 'string') return refuse(422, 'text is required')
    if (!/^(mp3_\d+_\d+|opus_48000_\d+|pcm_\d+)$/.test(format)) return refuse(400, 'invalid output_format')
    asked.push({ by: 'elevenlabs', text, voice, model, format, more })
    return sound(format, text)
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req) {
      const url = new URL(req.url)
      const voice = /^\/v1\/text-to-speech\/([^/]+)$/.exec(url.pathname)?.[1]
      const by = url.pathname === '/v1/audio/speech' ? 'openai' : voice ? 'elevenlabs' : undefined
      if (req.method !== 'POST' || !by) return refuse(404, `no such path ${url.pathname}`)
      if (state.broken === by || state.broken === 'both') return refuse(503, 'overloaded')
      const body = (await req.json()) as Record<string, unknown>
      return by === 'openai' ? openai(req, body) : elevenlabs(req, url, voice ?? '', body)
    },
  })
  const origin = `http://127.0.0.1:${server.port}`
  return { origin, url: `${origin}/v1`, key, asked, state, [Symbol.asyncDispose]: () => server.stop(true) }
}
