// People who speak through PluralKit: a webhook says their words, and PluralKit's API whose they are.
import { z } from 'zod'
import { deadline, type Clock } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import { retry } from '../../lib/retry.ts'
import type { Person } from '../../domain/message.ts'
import type { DiscordAccount } from './account.ts'

const publicRoot = 'https://api.pluralkit.me/v2'
/** Longest wait for one answer, in ms. */
const askMs = 5000

/** A proxied message: https://pluralkit.me/api/models/#message-model. */
const proxied = z.looseObject({
  member: z.looseObject({ id: z.string(), name: z.string().optional(), display_name: z.string().nullish() }).nullish(),
})

/** What asking works with. */
interface Asking {
  readonly rule: DiscordAccount['pluralkit']
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}

/** Who said the message with this id, as `pk:<member>`; undefined when PluralKit did not proxy it or cannot say. */
export type Proxied = (id: string) => Promise<Person | undefined>

/** Asks PluralKit; undefined for accounts that do not want it. */
export function pluralkit(a: Asking): Proxied | undefined {
  const { rule, clock, signal } = a
  if (!rule?.enabled) return undefined
  const root = rule.apiRoot ?? publicRoot
  const headers = {
    'user-agent': 'oclaw',
    ...(rule.token ? { authorization: rule.token.reveal() } : {}),
  }

  async function once(id: string): Promise<unknown> {
    const limit = deadline(clock, askMs, new Fault('TIMEOUT', 'PluralKit did not answer in time'), signal)
    try {
      const answer = await a.fetch(`${root}/messages/${id}`, { headers, signal: limit.signal })
      if (answer.status === 404) return undefined
      if (!answer.ok) throw new Fault('UNAVAILABLE', `PluralKit answered ${answer.status}`)
      return await answer.json()
    } finally {
      limit.done()
    }
  }

  return async (id) => {
    try {
      const body = await retry(() => once(id), { clock, signal, attempts: 3 })
      const member = proxied.safeParse(body).data?.member
      return member ? { id: `pk:${member.id}`, name: member.display_name || member.name || member.id } : undefined
    } catch (error) {
      if (signal.aborted) throw error
      a.log.warn('nobody knows who said a message, so it counts as a bot’s', { id, why: describeError(error) })
      return undefined
    }
  }
}
