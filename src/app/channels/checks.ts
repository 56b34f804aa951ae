// Asks the checks of every channel that has accounts what is wrong with them.
import { describeError } from '../../lib/fault.ts'
import type { AnyChannel } from '../../define/channel.ts'
import type { ChannelProblem } from '../../ops/services.ts'
import type { Account } from './units.ts'

/** What the checks of the accounts' channels find. */
export async function channelProblems(
  accounts: readonly Account[],
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<ChannelProblem[]> {
  const used = new Map<string, AnyChannel>(accounts.map((a) => [a.channel.id, a.channel]))
  const facts = {
    accounts: accounts.map((a) => ({ channel: a.channel.id, accountId: a.accountId, account: a.account })),
    fetch,
  }
  const found = await Promise.all(
    [...used.values()].flatMap((d) =>
      (d.checks ?? []).map(async (check): Promise<ChannelProblem[]> => {
        const about = { id: check.id, channel: d.id, severity: check.severity }
        try {
          const r = await check.run({ signal, facts })
          return r.ok ? [] : [{ ...about, text: r.text, ...(r.fix ? { fix: r.fix.command } : {}) }]
        } catch (error) {
          return [{ ...about, text: `it could not be checked: ${describeError(error)}` }]
        }
      }),
    ),
  )
  return found.flat()
}
