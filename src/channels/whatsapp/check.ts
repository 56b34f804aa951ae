// Whether WhatsApp takes what the config says: tokens of the Cloud API.
import type { Check } from '../../define/check.ts'
import { systemClock } from '../../lib/clock.ts'
import { describeError } from '../../lib/fault.ts'
import { Secret } from '../../lib/secret.ts'

/** What the check reads of `facts.accounts`, the accounts of all channels, and `facts.fetch`. */
interface Fact {
  readonly channel: string
  readonly accountId: string
  readonly account: { readonly cloud?: Readonly<Record<string, unknown>> }
}

const mend = { command: 'oclaw config set channels.whatsapp.cloud.accessToken <token>' }

/** What is wrong with one account's token; undefined when WhatsApp takes it, or there is none. */
async function ask(fact: Fact, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<string | undefined> {
  const { accessToken, phoneNumberId, apiRoot } = fact.account.cloud ?? {}
  if (!(accessToken instanceof Secret) || !accessToken.resolved || typeof phoneNumberId !== 'string') return undefined
  const { openGraph, publicGraph } = await import('./cloud/api.ts')
  const root = typeof apiRoot === 'string' ? apiRoot : publicGraph
  const graph = openGraph({ root, token: accessToken, fetch, clock: systemClock })
  const path = `${encodeURIComponent(phoneNumberId)}?fields=display_phone_number`
  return graph.call('the number', path, { method: 'GET', signal, ms: 15_000 }).then(
    () => undefined,
    (error: unknown) => `account "${fact.accountId}": ${describeError(error)}`,
  )
}

/** Asks WhatsApp about each number of the Cloud API. Needs `facts.accounts` and `facts.fetch`. */
export const cloudCheck: Check = {
  id: 'whatsapp.cloud',
  summary: 'WhatsApp takes the access token of every Cloud API account.',
  severity: 'broken',
  async run({ facts, signal }) {
    const accounts = ((facts['accounts'] ?? []) as readonly Fact[]).filter((a) => a.channel === 'whatsapp')
    const fetch = (facts['fetch'] ?? globalThis.fetch) as typeof globalThis.fetch
    const wrong = (await Promise.all(accounts.map((a) => ask(a, fetch, signal)))).filter((text) => text !== undefined)
    return wrong.length ? { ok: false, text: wrong.join('\n'), fix: mend } : { ok: true }
  },
}
