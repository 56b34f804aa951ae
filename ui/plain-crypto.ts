// Ed25519 and SHA-256 without the browser's help; loaded only where it gives none.
import { getPublicKey, hashes, sign as signed, utils } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'

interface Coding {
  bytesOf(text: string): Uint8Array
  textOf(bytes: Uint8Array): string
  hex(bytes: Uint8Array): string
}

/** A key pair from a kept secret, or a new one. Texts are base64url. */
export function make(kept: string | undefined, { bytesOf, textOf, hex }: Coding) {
  hashes.sha512 = sha512
  const secret = kept === undefined ? utils.randomSecretKey() : bytesOf(kept)
  const key = getPublicKey(secret)
  return {
    id: hex(sha256(key)),
    publicKey: textOf(key),
    secret: textOf(secret),
    sign: (text: string) => textOf(signed(new TextEncoder().encode(text), secret)),
  }
}
