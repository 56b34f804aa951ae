// Servers that write down sound and describe film as OpenAI, Deepgram and Google do, strict about what they are asked.

/** What a server was asked: the way, the model, the key and the fields. */
export interface WordsAsked {
  readonly way: 'openai' | 'deepgram' | 'google'
  readonly model: string
  readonly fields: Readonly<Record<string, string>>
  readonly file: { readonly name: string; readonly mime: string; readonly text: string }
}

const no = (status: number, message: string) => Response.json({ error: { message } }, { status })
/** Endings that OpenAI takes. */
const endings = /\.(flac|mp3|mp4|mpeg|mpga|m4a|ogg|wav|webm)$/

/** Starts the servers; each answers the bytes of the file as its words, after `says`. */
export function fakeMediaWords(o: { readonly key?: string } = {}) {
  const key = o.key ?? 'k-good'
  const asked: WordsAsked[] = []
  const state: { broken: boolean; says: (text: string) => string; gate: Promise<unknown> | undefined } = {
    broken: false,
    says: (text) => text,
    gate: undefined,
  }

  async function openai(req: Request): Promise<Response> {
    if (req.headers.get('authorization') !== `Bearer ${key}`)
      return no(401, `Incorrect API key provided: ${req.headers.get('authorization')}`)
    const form = await req.formData().catch(() => undefined)
    const file = form?.get('file')
    const model = form?.get('model')
    if (!form || !(file instanceof Blob) || typeof model !== 'string' || !model)
      return no(400, 'file and model are needed')
    const name = 'name' in file ? file.name : ''
    if (!endings.test(name)) return no(400, `Unrecognized file format: ${name}`)
    if (!file.size) return no(400, 'Audio file is too short.')
    const fields = Object.fromEntries(
      [...form].flatMap(([k, v]) => (typeof v === 'string' && k !== 'model' ? [[k, v]] : [])),
    )
    asked.push({ way: 'openai', model, fields, file: { name, mime: file.type, text: await file.text() } })
    return Response.json({ text: state.says(asked.at(-1)?.file.text ?? '') })
  }

  async function deepgram(req: Request, url: URL): Promise<Response> {
    if (req.headers.get('authorization') !== `Token ${key}`) return no(401, 'Invalid credentials.')
    const mime = req.headers.get('content-type') ?? ''
    const text = await req.text()
    if (!mime.startsWith('audio/') || !text) return no(400, 'Bad Request: failed to process audio')
    const { model = '', ...fields } = Object.fromEntries(url.searchParams)
    asked.push({ way: 'deepgram', model, fields, file: { name: '', mime, text } })
    return Response.json({
      results: { channels: [{ alternatives: [{ transcript: state.says(text), confidence: 1 }] }] },
    })
  }

  async function google(req: Request, model: string): Promise<Response> {
    if (req.headers.get('x-goog-api-key') !== key) return no(400, 'API key not valid.')
    const body = (await req.json()) as {
      contents?: { parts?: { text?: string; inline_data?: { mime_type?: string; data?: string } }[] }[]
    }
    const parts = body.contents?.[0]?.parts ?? []
    const data = parts.find((p) => p.inline_data)?.inline_data
    const prompt = parts.find((p) => p.text)?.text
    if (!data?.mime_type || !data.data || !prompt) return no(400, 'contents is not specified')
    const text = Buffer.from(data.data, 'base64').toString()
    asked.push({ way: 'google', model, fields: { prompt }, file: { name: '', mime: data.mime_type, text } })
    return Response.json({ candidates: [{ content: { role: 'model', parts: [{ text: state.says(text) }] } }] })
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req) {
      const url = new URL(req.url)
      if (req.method !== 'POST') return no(405, 'method not allowed')
      await state.gate
      if (state.broken) return no(503, 'overloaded')
      if (url.pathname === '/v1/audio/transcriptions') return openai(req)
      if (url.pathname === '/v1/listen') return deepgram(req, url)
      const model = /^\/v1beta\/models\/([^/:]+):generateContent$/.exec(url.pathname)?.[1]
      return model ? google(req, model) : no(404, `no such path ${url.pathname}`)
    },
  })
  const origin = `http://127.0.0.1:${server.port}`
  return {
    url: `${origin}/v1`,
    googleUrl: `${origin}/v1beta`,
    key,
    asked,
    state,
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
