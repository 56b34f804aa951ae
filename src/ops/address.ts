// Which chat a caller means: the channel, the account and the target as people write them.
import { Fault } from '../lib/fault.ts'
import type { Connection } from '../define/channel.ts'
import type { Address } from '../domain/address.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'channels'>

/** The channel and account a caller names, or the only ones there are. Throws INVALID_REQUEST when that is none. */
export function readyAccount(
  { engine: e, channels }: Needed,
  p: { readonly channel?: string | undefined; readonly accountId?: string | undefined },
  what: string,
): { readonly channel: string; readonly account: string } {
  const ready = channels.status().filter((a) => a.configured && a.enabled)
  const known = [...new Set(ready.map((a) => a.channel))]
  const channel = p.channel?.trim().toLowerCase() ?? known[0]
  if (channel === 'webchat')
    throw new Fault(
      'INVALID_REQUEST',
      `unsupported ${what}: webchat (internal-only). Use \`chat.send\` for WebChat UI messages or choose a deliverable channel.`,
    )
  if (channel === undefined)
    throw new Fault('INVALID_REQUEST', `unsupported ${what}: no channel is set up; see \`oclaw channels list\``)
  if (p.channel === undefined && known.length > 1)
    throw new Fault('INVALID_REQUEST', `name the channel; there are ${known.join(', ')}`)
  const mine = ready.filter((a) => a.channel === channel)
  if (!mine.length)
    throw new Fault('INVALID_REQUEST', `unsupported ${what}: ${channel}; set up: ${known.join(', ') || 'none'}`)
  const account = p.accountId ?? mine.find((a) => a.accountId === 'default')?.accountId ?? mine[0]?.accountId ?? ''
  if (!mine.some((a) => a.accountId === account) || !e.world.settings.account(channel, account))
    throw new Fault('INVALID_REQUEST', `${channel} has no account "${account}"; see \`oclaw channels status\``)
  return { channel, account }
}

/** A chat as a caller names it. */
export interface Target {
  readonly to: string
  readonly channel?: string | undefined
  readonly accountId?: string | undefined
  readonly threadId?: string | number | undefined
}

/**
 * The place meant. A name the channel cannot read as a chat is looked up among the people and groups it knows. Throws
 * INVALID_REQUEST for a channel, account or chat that cannot be.
 */
export async function addressOf(s: Needed, p: Target, what: string): Promise<Address> {
  const at = readyAccount(s, p, what)
  const d = s.channels.definitions.find((one) => one.id === at.channel)
  const text = p.to.trim()
  const bare = text.toLowerCase().startsWith(`${at.channel}:`) ? text.slice(at.channel.length + 1) : text
  const found = d?.target(bare) ?? (await lookedUp(s, at, bare))
  if (!found)
    throw new Fault(
      'INVALID_REQUEST',
      `Unknown target "${p.to}" for ${d?.label ?? at.channel}. Hint: ${d?.targetHint ?? '<chat>'}`,
    )
  const thread = p.threadId === undefined ? found.thread : String(p.threadId)
  return { ...at, chat: found.chat, ...(thread === undefined ? {} : { thread }) }
}

/** A chat by the name of a person or group, when exactly one has it. */
async function lookedUp(s: Needed, at: { channel: string; account: string }, name: string) {
  const connection = s.engine.world.connection(at)
  const d = s.channels.definitions.find((one) => one.id === at.channel)
  if (!connection?.find || !d || !name) return undefined
  const wanted = name.replace(/^[@#]/, '').toLowerCase()
  const kinds = name.startsWith('@')
    ? (['user'] as const)
    : name.startsWith('#')
      ? (['group'] as const)
      : (['group', 'user'] as const)
  const all = (
    await Promise.all(kinds.map((kind) => connection.find?.(wanted, kind, 20) ?? Promise.resolve([])))
  ).flat()
  const exact = all.filter((f) =>
    [f.name, f.handle, f.id].some((x) => x?.replace(/^[@#]/, '').toLowerCase() === wanted),
  )
  const [only, more] = exact
  return only && !more ? d.target(only.target) : undefined
}

/** The running connection of an account. Throws UNAVAILABLE when it is away. */
export function connectionFor(
  { engine: e }: Pick<Services, 'engine'>,
  at: Pick<Address, 'channel' | 'account'>,
): Connection {
  const connection = e.world.connection(at)
  if (connection) return connection
  throw new Fault(
    'UNAVAILABLE',
    `${at.channel} account "${at.account}" is not connected; see \`oclaw channels status\``,
  )
}
