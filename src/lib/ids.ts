// Identifiers: a prefix that says what it is, a time part that sorts, and randomness.
import type { Clock } from './clock.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** `n` random characters of Crockford's base 32 (5 bits each). */
export function randomText(n: number): string {
  return [...crypto.getRandomValues(new Uint8Array(n))].map((b) => alphabet[b & 31]).join('')
}

/** A prefixed id such as `trn_01jd3z…`, sortable by creation time. */
export function newId(prefix: string, clock: Clock): string {
  let time = clock.now()
  let text = ''
  for (let i = 0; i < 9; i++) {
    text = alphabet[time % 32] + text
    time = Math.floor(time / 32)
  }
  return `${prefix}_${text}${randomText(13)}`
}

/** `bytes` random bytes as lower-case hex. */
export function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** The SHA-256 of a text or bytes, as lower-case hex. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const hash = await crypto.subtle.digest('SHA-256', bytes)
  return [...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, '0')).join('')
}
