// A value that may be used but never shown.
import { z } from 'zod'
import { Fault } from './fault.ts'

/** Where a secret is kept when it is not written in the config itself. */
export type SecretRef = { readonly env: string } | { readonly file: string }

/** A value that prints as dots. Only `reveal()` gives it up. */
export class Secret {
  #value: string | undefined
  readonly ref: SecretRef | undefined

  constructor(value: string | SecretRef) {
    if (typeof value === 'string') this.#value = value
    else this.ref = value
  }

  /** The value itself. Throws INVALID_REQUEST while a reference to it could not be resolved. */
  reveal(): string {
    if (this.#value === undefined)
      throw new Fault('INVALID_REQUEST', `the secret ${JSON.stringify(this.ref)} was not found`)
    return this.#value
  }

  /** Gives a referenced secret its value; called once, by the config loader. */
  resolve(value: string): void {
    this.#value ??= value
  }

  /** A text with dots for the value, such as one a server repeats to us. */
  hiddenIn(text: string): string {
    return this.#value ? text.replaceAll(this.#value, '•••') : text
  }

  get resolved(): boolean {
    return this.#value !== undefined
  }

  toString(): string {
    return '•••'
  }

  toJSON(): string {
    return '•••'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Secret(•••)'
  }
}

/** A config value that is secret: text, or where to find it. JSON schema carries `secret: true`. */
export const secret = () =>
  z
    .union([z.string().min(1), z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })])
    .transform((v) => new Secret(v))
    .meta({ secret: true })

/** A number that differs when the secret does, and says nothing of it (FNV-1a, salted anew in each process). */
export function fingerprint(s: Secret): string {
  let hash = salt
  for (const char of s.resolved ? s.reveal() : JSON.stringify(s.ref))
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0
  return hash.toString(36)
}

const salt = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0

/** Compares two texts in a time that depends only on the length of the second. */
export function sameSecret(expected: string, given: string): boolean {
  const a = new TextEncoder().encode(expected)
  const b = new TextEncoder().encode(given)
  let diff = a.length ^ b.length
  for (let i = 0; i < b.length; i++) diff |= (a[i % Math.max(1, a.length)] ?? 0) ^ (b[i] ?? 0)
  return diff === 0
}
