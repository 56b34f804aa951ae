// This browser's own key: by the browser's cryptography where the page is secure, else by a small library.
import type { DeviceIdentity } from '../src/client/device-dialect.ts'
import { keep, kept } from './kept.ts'

interface Kept {
  readonly secret: string
  readonly key: string
}

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
const textOf = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
const hex = (bytes: Uint8Array) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')

function stored(): Kept | undefined {
  const [secret, key] = kept('device')?.split('.') ?? []
  return secret && key ? { secret, key } : undefined
}

function store(k: Kept): Kept {
  keep('device', `${k.secret}.${k.key}`)
  return k
}

const algorithm = 'Ed25519'

/** The key by WebCrypto. Rejects where the browser does not know the algorithm. */
async function native(): Promise<DeviceIdentity> {
  const { subtle } = crypto
  let mine = stored()
  if (!mine) {
    const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const { d = '', x = '' } = await subtle.exportKey('jwk', pair.privateKey)
    mine = store({ secret: d, key: x })
  }
  const jwk = { kty: 'OKP', crv: algorithm, d: mine.secret, x: mine.key }
  const key = await subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return {
    id: hex(new Uint8Array(await subtle.digest('SHA-256', bytesOf(mine.key)))),
    publicKey: mine.key,
    sign: async (text) => textOf(new Uint8Array(await subtle.sign(algorithm, key, new TextEncoder().encode(text)))),
  }
}

/** The key by a library: for pages by plain HTTP, where browsers keep their cryptography to themselves. */
async function plain(): Promise<DeviceIdentity> {
  const { make } = await import('./plain-crypto.ts')
  const { id, publicKey, secret, sign } = make(stored()?.secret, { bytesOf, textOf, hex })
  store({ secret, key: publicKey })
  return { id, publicKey, sign: (text) => Promise.resolve(sign(text)) }
}

let made: Promise<DeviceIdentity> | undefined

/** This browser's identity: the same at every visit. */
export function identity(): Promise<DeviceIdentity> {
  // `subtle` is missing on insecure pages, whatever its type says.
  const able = (crypto as Partial<Crypto>).subtle !== undefined
  made ??= able ? native().catch(plain) : plain()
  return made
}
