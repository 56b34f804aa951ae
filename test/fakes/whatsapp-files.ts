// WhatsApp's file server: it takes uploads of sealed files, and gives them back.
import { encryptedStream, getMediaKeys, type MediaType } from 'baileys'
import { createDecipheriv, createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'

/** Starts a file server; `url` is the `mediaUrl`. */
export function fakeFiles() {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const refused: string[] = []
  const gone = new Set<string>()
  let failing = 0

  async function take(request: Request, url: URL): Promise<Response> {
    const sealed = new Uint8Array(await request.arrayBuffer())
    const token = url.pathname.split('/').at(-1) ?? ''
    const hash = createHash('sha256').update(sealed).digest('base64url')
    const ok =
      url.searchParams.get('auth') === 'media-auth' && url.searchParams.get('token') === token && hash === token
    if (!ok || request.headers.get('origin') !== 'https://web.whatsapp.com') {
      refused.push(url.pathname)
      return new Response('no', { status: 403 })
    }
    const path = `/v/${files.size}-${token}`
    files.set(path, sealed)
    return Response.json({ url: `https://mmg.whatsapp.net${path}`, direct_path: path })
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const url = new URL(request.url)
      if (failing > 0) {
        failing--
        return new Response('busy', { status: 503 })
      }
      if (request.method === 'POST') return take(request, url)
      const found = gone.has(url.pathname) ? undefined : files.get(url.pathname)
      return new Response(found ?? null, { status: found ? 200 : 404 })
    },
  })

  return {
    url: `http://127.0.0.1:${server.port}`,
    files,
    refused,
    gone,
    /** The next requests fail. */
    fail(times: number) {
      failing = times
    },
    /** Seals a file as the app of a person does; answers what the message says of it. */
    async keep(bytes: Uint8Array, type: MediaType, mimetype: string) {
      const made = await encryptedStream(Buffer.from(bytes), type, {})
      const path = `/v/${files.size}-${type}`
      files.set(path, new Uint8Array(await readFile(made.encFilePath)))
      await rm(made.encFilePath)
      return {
        url: `https://mmg.whatsapp.net${path}`,
        directPath: path,
        mediaKey: made.mediaKey,
        mimetype,
        fileLength: bytes.length,
      }
    },
    /** The bytes of a file the device sent, by what its message says. */
    async open(file: { directPath?: string | null; mediaKey?: Uint8Array | null }, type: MediaType) {
      const sealed = files.get(file.directPath ?? '')
      if (!sealed) throw new Error(`no file at ${file.directPath}`)
      const { iv, cipherKey } = await getMediaKeys(file.mediaKey ?? null, type)
      const plain = createDecipheriv('aes-256-cbc', cipherKey, iv)
      return new Uint8Array(Buffer.concat([plain.update(sealed.subarray(0, -10)), plain.final()]))
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}
