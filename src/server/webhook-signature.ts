// Signatures of webhooks, as GitHub, Slack and Stripe make them: HMAC-SHA256 over the body, with its time where there is one.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
// https://docs.slack.dev/authentication/verifying-requests-from-slack, https://docs.stripe.com/webhooks/signature
import { sameSecret, type Secret } from '../lib/secret.ts'
import { macOf } from './auth.ts'

/** Who signs so. */
export type SignatureStyle = 'github' | 'slack' | 'stripe'

/** What a call shows of its signature: hashes of which one must be right, and the time that was signed, in seconds. */
export interface Shown {
  readonly hashes: readonly string[]
  readonly time?: string
}

/** How old what was signed with its time may be, in ms: what was overheard is of no use later. */
const maxAgeMs = 300_000

const hex = (text: string | undefined, prefix: string): string[] => {
  const given = text?.trim().toLowerCase() ?? ''
  return given.startsWith(prefix) && /^[\da-f]{64}$/.test(given.slice(prefix.length))
    ? [given.slice(prefix.length)]
    : []
}

const readers: Readonly<Record<SignatureStyle, (header: (name: string) => string | undefined) => Shown>> = {
  github: (header) => ({ hashes: hex(header('x-hub-signature-256'), 'sha256=') }),
  slack: (header) => ({
    hashes: hex(header('x-slack-signature'), 'v0='),
    time: header('x-slack-request-timestamp')?.trim() ?? '',
  }),
  stripe(header) {
    const parts = (header('stripe-signature') ?? '').split(',').map((part) => part.trim())
    return {
      hashes: parts.flatMap((part) => hex(part, 'v1=')),
      time: parts.find((part) => part.startsWith('t='))?.slice(2) ?? '',
    }
  },
}

/** What stands before the body where it is signed. */
const before = { github: () => '', slack: (time: string) => `v0:${time}:`, stripe: (time: string) => `${time}.` }

/** The signature a call shows; undefined when it shows none. */
export function shownSignature(style: SignatureStyle, header: (name: string) => string | undefined): Shown | undefined {
  const shown = readers[style](header)
  return shown.hashes.length && (shown.time === undefined || /^\d{1,12}$/.test(shown.time)) ? shown : undefined
}

/** Whether one of the hashes is that of the body under the secret, and its time is close to `now`, in ms. */
export async function signedBy(
  style: SignatureStyle,
  secret: Secret,
  body: Uint8Array<ArrayBuffer>,
  shown: Shown,
  now: number,
): Promise<boolean> {
  if (shown.time !== undefined && Math.abs(now - Number(shown.time) * 1000) > maxAgeMs) return false
  const head = new TextEncoder().encode(before[style](shown.time ?? ''))
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  const own = await macOf(secret, whole)
  return own !== undefined && shown.hashes.some((hash) => sameSecret(own, hash))
}

/** The sender's own name for what a signed body tells, the same when it is sent again; else its signature. */
export function nameOf(style: SignatureStyle, shown: Shown, body: unknown): string {
  const field = { github: undefined, slack: 'event_id', stripe: 'id' }[style]
  const named = field === undefined ? undefined : (body as Record<string, unknown> | null)?.[field]
  return typeof named === 'string' && named ? named : (shown.hashes[0] as string)
}
