// What to do when the link to WhatsApp ends: pure rules over WhatsApp's own codes.
import { Fault } from '../../../lib/fault.ts'
import { backoff, type Backoff } from '../../../lib/retry.ts'
import type { WhatsAppAccount } from '../account.ts'

/** How a link ended: WhatsApp's code (HTTP-like), a sentence, and whether it had answered us at all. */
export interface Ended {
  readonly code: number
  readonly why: string
  /** Whether anything came from WhatsApp on this link; without it the network is to blame. */
  readonly answered: boolean
}

/** Waits while WhatsApp turns us away, and how often in a row it may before we give up (Infinity for no end). */
export interface Patience {
  readonly wait: Backoff
  readonly attempts: number
  /** A link that was up for this long, in ms, was a good one: the count begins anew. */
  readonly stableMs: number
}

/** The patience an account's config asks for. */
export function patienceOf({ web }: Pick<WhatsAppAccount, 'web'>): Patience {
  const r = web?.reconnect
  return {
    wait: {
      firstMs: r?.initialMs ?? 2000,
      factor: r?.factor ?? 1.8,
      maxMs: r?.maxMs ?? 30_000,
      jitter: r?.jitter ?? 0.25,
    },
    attempts: r?.maxAttempts === 0 ? Infinity : (r?.maxAttempts ?? 12),
    stableMs: (web?.heartbeatSeconds ?? 60) * 1000,
  }
}

/** Waits while WhatsApp cannot be reached: short, so that we are back within 30 s of the network. */
const unreachable: Backoff = { firstMs: 2000, factor: 1.8, maxMs: 10_000, jitter: 0.25 }

/** What follows: wait and link again, or stop. */
export type Next =
  | { readonly kind: 'again'; readonly waitMs: number; readonly why: string; readonly counts: boolean }
  | { readonly kind: 'logged out' }
  | { readonly kind: 'stop'; readonly fault: Fault }

const again = (waitMs: number, why: string, counts: boolean): Next => ({ kind: 'again', waitMs, why, counts })

/** Decides what follows after `tries` failed attempts in a row; `random` in [0, 1) spreads the wait. */
export function afterEnd(ended: Ended, tries: number, random: number, wait: Backoff): Next {
  const { code, why, answered } = ended
  if (code === 401) return { kind: 'logged out' }
  if (code === 515) return again(0, 'WhatsApp asked for a new connection', false)
  if (code === 403)
    return {
      kind: 'stop',
      fault: new Fault('FORBIDDEN', `WhatsApp has shut this number out (${why}); see it on the phone`),
    }
  if (code === 405)
    return {
      kind: 'stop',
      fault: new Fault(
        'UNAVAILABLE',
        'WhatsApp refuses our version of WhatsApp Web; update oclaw, or name a newer one: ' +
          '`oclaw config set channels.whatsapp.version [2,3000,<number>]`',
      ),
    }
  if (code === 411)
    return {
      kind: 'stop',
      fault: new Fault(
        'UNAUTHORIZED',
        'WhatsApp on the phone is too old for linked devices; update it, then link again',
      ),
    }
  if (!answered) return again(backoff(tries, unreachable, random), `WhatsApp cannot be reached (${why})`, false)
  const said =
    code === 440
      ? 'another program uses this link to WhatsApp; stop it, or link anew with `oclaw channels login --channel whatsapp --force`'
      : `WhatsApp ended the connection (${why})`
  return again(backoff(tries, wait, random), said, true)
}

/** The sentence for an account whose link the phone gave up. */
export const loggedOut = () =>
  new Fault(
    'UNAUTHORIZED',
    'the phone has removed this device; link it again with `oclaw channels login --channel whatsapp`',
  )

/** The sentence for an account that is not linked. */
export const notLinked = () => new Fault('UNAUTHORIZED', 'not linked: run `oclaw channels login --channel whatsapp`')
