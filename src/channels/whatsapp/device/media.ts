// Files at WhatsApp: encrypted with a key of their own that travels in the message.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { Fault } from '../../../lib/fault.ts'
import { readBody, type Fetchable } from '../download.ts'
import type { RemoteFile } from './content.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** The server everybody's files are on. */
export const publicMedia = 'https://mmg.whatsapp.net'

const origin = { origin: 'https://web.whatsapp.com' }
const macLength = 10

/** The keys of one file: https://github.com/tulir/whatsmeow/blob/main/download.go derives the same. */
function keysOf(key: Uint8Array, secret: RemoteFile['secret']) {
  const all = Buffer.from(hkdfSync('sha256', key, new Uint8Array(), `WhatsApp ${secret} Keys`, 112))
  return { iv: all.subarray(0, 16), cipher: all.subarray(16, 48), mac: all.subarray(48, 80) }
}

/** A file's bytes out of what the server has; throws INVALID_REQUEST when they were changed on the way. */
export function decryptFile(sealed: Uint8Array, key: Uint8Array, secret: RemoteFile['secret']): Bytes {
  const keys = keysOf(key, secret)
  const body = sealed.subarray(0, -macLength)
  const mac = createHmac('sha256', keys.mac).update(keys.iv).update(body).digest().subarray(0, macLength)
  const given = sealed.subarray(-macLength)
  if (given.length !== macLength || !timingSafeEqual(mac, given))
    throw new Fault('INVALID_REQUEST', 'it was changed on its way')
  const plain = createDecipheriv('aes-256-cbc', keys.cipher, keys.iv)
  return new Uint8Array(Buffer.concat([plain.update(body), plain.final()]))
}

/** A file sealed for the server, with what the message must say of it. */
export function encryptFile(bytes: Uint8Array, secret: RemoteFile['secret']) {
  const key = randomBytes(32)
  const keys = keysOf(key, secret)
  const cipher = createCipheriv('aes-256-cbc', keys.cipher, keys.iv)
  const body = Buffer.concat([cipher.update(bytes), cipher.final()])
  const mac = createHmac('sha256', keys.mac).update(keys.iv).update(body).digest().subarray(0, macLength)
  const sealed = new Uint8Array(Buffer.concat([body, mac]))
  const sha = (data: Uint8Array) => createHash('sha256').update(data).digest()
  return { key, sealed, plainHash: sha(bytes), sealedHash: sha(sealed) }
}

/** Rejects when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })

/** A file as something that can be fetched. `root` is the server, `renew` asks the phone to upload it once more. */
export function fetchable(
  file: RemoteFile,
  o: {
    readonly fetch: typeof globalThis.fetch
    readonly root: string
    readonly maxBytes: number
    renew(): Promise<string | undefined>
  },
): Fetchable {
  const { mime, kind, bytes, name } = file
  const get = (path: string, signal: AbortSignal) => {
    // The path is what a stranger wrote; it must not lead to another server.
    if (!path.startsWith('/') || path.startsWith('//')) throw new Fault('INVALID_REQUEST', 'its address is no path')
    return o.fetch(`${o.root.replace(/\/+$/, '')}${path}`, { headers: origin, signal })
  }
  return {
    mime,
    kind,
    bytes,
    ...(name === undefined ? {} : { name }),
    async fetch(signal) {
      let response = await get(file.path, signal)
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel()
        const path = await Promise.race([o.renew(), aborted(signal)])
        if (path === undefined) throw new Fault('NOT_FOUND', 'WhatsApp no longer has it')
        response = await get(path, signal)
      }
      return decryptFile(await readBody(response, o.maxBytes + 1024), file.key, file.secret)
    },
  }
}

const paths = { Image: '/mms/image', Video: '/mms/video', Audio: '/mms/audio', Document: '/mms/document' } as const

/** Uploads a sealed file; answers where it is. Throws UNAVAILABLE when the server does not take it. */
export async function upload(
  sealed: Bytes,
  hash: Uint8Array,
  o: {
    readonly fetch: typeof globalThis.fetch
    readonly roots: readonly string[]
    readonly auth: string
    readonly secret: RemoteFile['secret']
    readonly signal: AbortSignal
  },
): Promise<{ url: string; directPath: string }> {
  const token = Buffer.from(hash).toString('base64url')
  let said = 'it named no server'
  for (const root of o.roots) {
    const query = `auth=${encodeURIComponent(o.auth)}&token=${token}`
    const url = `${root.replace(/\/+$/, '')}${paths[o.secret]}/${token}?${query}`
    const headers = { ...origin, 'content-type': 'application/octet-stream' }
    const answer = await o
      .fetch(url, { method: 'POST', body: sealed, headers, signal: o.signal })
      .catch((e: unknown) => e)
    if (o.signal.aborted) break
    if (answer instanceof Response && answer.ok) {
      const { url, direct_path: directPath } = (await answer.json()) as { url?: string; direct_path?: string }
      if (url && directPath) return { url, directPath }
    }
    said = answer instanceof Response ? `it answered ${answer.status}` : 'it could not be reached'
  }
  throw new Fault('UNAVAILABLE', `WhatsApp’s file server did not take the file: ${said}`, { retryAfterMs: 5000 })
}
