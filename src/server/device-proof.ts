// Proof that a client holds a device's key: an Ed25519 signature over what it asks for.
import { sha256 } from '../lib/ids.ts'

/** What a device sends about itself. */
export interface DeviceProof {
  readonly id: string
  readonly publicKey: string
  readonly signature: string
  readonly signedAt: number
  readonly nonce?: string | undefined
}

/** What must have been signed. */
export interface Signed {
  readonly clientId: string
  readonly clientMode: string
  readonly role: string
  readonly scopes: readonly string[]
  readonly token: string
  readonly nonce: string
  /** Whether a signature without the nonce will do: only from this machine itself. */
  readonly local: boolean
  readonly now: number
}

/** Signatures may be this old or this far ahead, in ms. */
const skewMs = 600_000

/** The bytes of base64 or base64url text; undefined when it is neither. */
function bytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** The 32 raw bytes of a public key, given raw or as PEM. */
function rawKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const pem = /-----BEGIN PUBLIC KEY-----([\s\S]*)-----END/.exec(text)?.[1]
  const data = bytes((pem ?? text).replaceAll(/\s/g, ''))
  const key = pem && data ? data.slice(-32) : data
  return key?.length === 32 ? key : undefined
}

const base64url = (data: Uint8Array) =>
  btoa(String.fromCharCode(...data))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

/** The normalised public key when the proof holds; otherwise the original's word for what is wrong. */
export async function proveDevice(proof: DeviceProof, s: Signed): Promise<{ key: string } | { refused: string }> {
  const key = rawKey(proof.publicKey)
  if (!key) return { refused: 'device public key invalid' }
  const hash = [...new Uint8Array(await crypto.subtle.digest('SHA-256', key))]
    .map((b) => b.toString(16).padStart(2, '0'))
    .join('')
  if (hash !== proof.id) return { refused: 'device identity mismatch' }
  if (Math.abs(s.now - proof.signedAt) > skewMs) return { refused: 'device signature expired' }
  if (!proof.nonce && !s.local) return { refused: 'device nonce required' }
  if (proof.nonce && proof.nonce !== s.nonce) return { refused: 'device nonce mismatch' }
  const version = proof.nonce ? 'v2' : 'v1'
  const fields = [
    version,
    proof.id,
    s.clientId,
    s.clientMode,
    s.role,
    s.scopes.join(','),
    String(proof.signedAt),
    s.token,
  ]
  const text = [...fields, ...(proof.nonce ? [proof.nonce] : [])].join('|')
  const signature = bytes(proof.signature)
  if (!signature) return { refused: 'device signature invalid' }
  const verifier = await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify'])
  const good = await crypto.subtle.verify('Ed25519', verifier, signature, new TextEncoder().encode(text))
  return good ? { key: base64url(key) } : { refused: 'device signature invalid' }
}

/** A one-time text for a device to sign. */
export const newNonce = (): string => crypto.randomUUID()

/** The id of a device: the SHA-256 of its raw public key. */
export const deviceId = (publicKey: string): Promise<string> => sha256(bytes(publicKey) ?? new Uint8Array())
