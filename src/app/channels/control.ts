// What operations may do with channels: look, start, stop, link, check.
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import type { AnyChannel, Connection } from '../../define/channel.ts'
import type { AccountStatus, ChannelControl } from '../../ops/services.ts'
import { channels } from '../../channels/index.ts'
import { channelProblems } from './checks.ts'
import { channelLogins } from './login.ts'
import { idle, keyOf, linked, type Account, type ControlParts } from './units.ts'

/** An account as `channels.status` shows it. */
function statusOf({ engine, board, held, clock }: ControlParts, a: Account): AccountStatus {
  const shown = board.show(keyOf(a), clock.now())
  const { db } = engine.world
  const why = idle(db, a, held)
  const { account, channel } = a
  const lists = account['allowFrom']
  const path = channel.path?.(account as never)
  return {
    channel: channel.id,
    label: channel.label,
    accountId: a.accountId,
    enabled: account['enabled'] !== false,
    configured: channel.missing(account as never) === undefined,
    tokenSource: a.source,
    ...shown,
    ...(channel.linked ? { linked: linked(db, a) } : {}),
    lastError: why ?? shown.lastError,
    ...(channel.mode ? { mode: channel.mode(account as never) } : {}),
    ...(path === undefined ? {} : { webhookPath: path }),
    ...(typeof account['name'] === 'string' ? { name: account['name'] } : {}),
    ...(typeof account['dmPolicy'] === 'string' ? { dmPolicy: account['dmPolicy'] } : {}),
    ...(Array.isArray(lists) ? { allowFrom: lists.map(String) } : {}),
  }
}

/** The keys of the accounts a caller means. Throws NOT_FOUND when there is none. */
function meant(list: readonly Account[], channel: string, account: string | undefined): string[] {
  const found = list.filter((a) => a.channel.id === channel && (account === undefined || a.accountId === account))
  if (!found.length)
    throw new Fault(
      'NOT_FOUND',
      `${channel}${account ? ` has no account "${account}"` : ' is not set up'}; see \`oclaw channels status\`, or set it up with \`oclaw channels add --channel ${channel}\``,
    )
  return found.map(keyOf)
}

/** Makes the control. */
export function channelControl(p: ControlParts): ChannelControl {
  const status = () => p.accounts().map((a) => statusOf(p, a))
  const logins = channelLogins(p)
  const definitions = channels.all as unknown as readonly AnyChannel[]

  async function within<T>(ms: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const limit = deadline(p.clock, ms, new Fault('TIMEOUT', `no answer in ${ms} ms`), p.scope.signal)
    try {
      return await task(limit.signal)
    } finally {
      limit.done()
    }
  }

  async function probe(a: Account, signal: AbortSignal) {
    const { connection } = p.board.of(keyOf(a))
    if (!connection?.probe) return undefined
    try {
      return { ok: true, text: await connection.probe(signal) }
    } catch (error) {
      return { ok: false, text: error instanceof Fault ? error.message : describeError(error) }
    }
  }

  return {
    definitions,
    status,
    probe: (ms) =>
      within(ms, async (signal) => {
        const found = await Promise.all(p.accounts().map(async (a) => [keyOf(a), await probe(a, signal)] as const))
        return new Map(found.flatMap(([key, said]) => (said ? [[key, said] as const] : [])))
      }),
    check: (ms) => within(ms, (signal) => channelProblems(p.accounts(), p.engine.world.outside.fetch, signal)),
    async start(channel, account) {
      for (const key of meant(p.accounts(), channel, account)) {
        p.held.stopped.delete(key)
        p.held.started.add(key)
      }
      await p.reconcile()
      return status().filter((a) => a.channel === channel)
    },
    async stop(channel, account) {
      for (const key of meant(p.accounts(), channel, account)) p.held.stopped.add(key)
      await p.reconcile()
      return status().filter((a) => a.channel === channel)
    },
    login: logins.login,
    logout: logins.logout,
  }
}

/** Where a platform calls us at this path: the first account that listens there, else a 503; undefined when none does. */
export function platformAt(p: ControlParts, path: string): Connection['webhook'] | undefined {
  const here = p.accounts().filter((a) => a.channel.path?.(a.account as never) === path)
  const hooks = here.flatMap((a) => p.board.of(keyOf(a)).connection?.webhook ?? [])
  return hooks[0] ?? (here.length ? () => Promise.resolve(connecting()) : undefined)
}

/** What a platform hears that calls before its account is connected; it will call again. */
const connecting = () =>
  new Response('the account is not connected now; try again', { status: 503, headers: { 'retry-after': '5' } })

/** How often the board is swept for silence, in ms. */
const sweepMs = 15_000

/**
 * Looks after accounts for as long as the scope is open: takes down those without a sign of life, and starts those
 * anew that stay silent for `minutes()` (0: never), at most three times an hour.
 */
export async function watchAccounts(
  p: Pick<ControlParts, 'board' | 'clock' | 'log' | 'scope'>,
  minutes: () => number,
  restart: (key: string, why: Error) => void,
): Promise<void> {
  const since = new Map<string, number>()
  const restarts = new Map<string, number[]>()
  for (;;) {
    try {
      await p.clock.sleep(sweepMs, p.scope.signal)
    } catch {
      return // the gateway ends
    }
    const now = p.clock.now()
    const silent = p.board.sweep(now)
    for (const key of since.keys()) if (!silent.includes(key)) since.delete(key)
    for (const key of silent) {
      const from = since.get(key) ?? now
      since.set(key, from)
      const recent = (restarts.get(key) ?? []).filter((at) => at > now - 3_600_000)
      if (minutes() === 0 || now - from < minutes() * 60_000 || recent.length >= 3) continue
      restarts.set(key, [...recent, now])
      since.delete(key)
      p.log.warn('an account stayed silent; it is started anew', { account: key })
      restart(`channel:${key}`, new Error('no sign of life'))
    }
  }
}
