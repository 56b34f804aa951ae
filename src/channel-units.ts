// Accounts as units: what runs is what the config names, and nobody stopped by hand.
import type { GatewayEvent } from './domain/agent-event.ts'
import type { AccountState } from './define/channel.ts'
import { describeError, Fault } from './lib/fault.ts'
import { logOf } from './lib/log.ts'
import { fingerprint, Secret } from './lib/secret.ts'
import type { Unit } from './lib/supervisor.ts'
import type { Engine } from './engine/engine.ts'
import type { AccountStatus } from './ops/services.ts'
import type { Db } from './store/db.ts'
import * as kv from './store/kv.ts'
import type { AccountBoard } from './account-board.ts'
import type { Config } from './catalog.ts'
import { accountsOf } from './settings.ts'
import type { Env } from './config/paths.ts'

type Account = ReturnType<typeof accountsOf>[number]

const keyOf = (a: Account) => `${a.channel.id}:${a.accountId}`

/** Why an account does not run, or undefined when it should. */
export function idle(a: Account, stopped: ReadonlySet<string>): string | undefined {
  if (a.account['enabled'] === false) return 'disabled'
  if (stopped.has(keyOf(a))) return 'stopped'
  return a.channel.missing(a.account as never)
}

/** Values as text, secrets by their content, so that a changed token restarts the account. */
const print = (value: unknown): string => {
  if (value instanceof Secret) return fingerprint(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? ''
  return `{${Object.entries(value)
    .map(([key, v]) => `${key}:${print(v)}`)
    .join(',')}}`
}

/** The units of the accounts that should run. */
export function channelUnits(
  engine: Engine,
  board: AccountBoard,
  config: Config,
  env: Env,
  stopped: ReadonlySet<string>,
): Unit[] {
  return accountsOf(config, env)
    .filter((a) => idle(a, stopped) === undefined)
    .map((a) => ({
      key: `channel:${keyOf(a)}`,
      fingerprint: print(a.account),
      start: (scope, fail) => run(engine, board, a, scope, fail),
    }))
}

/** The small durable values of an account. */
export const accountState = (db: Db, space: string): AccountState => ({
  get: (name) => kv.get(db, space, name),
  set: (name, value) => void db.stage(() => kv.set(db, space, name, value)),
  all: (prefix) => new Map(kv.list(db, space, prefix).map((r) => [r.key, r.value])),
  write: (values) =>
    db.write(() => {
      for (const [name, value] of Object.entries(values))
        if (value === undefined) kv.remove(db, space, name)
        else kv.set(db, space, name, value)
    }),
})

async function run(
  engine: Engine,
  board: AccountBoard,
  a: Account,
  scope: Parameters<Unit['start']>[0],
  fail: (error: unknown) => void,
): Promise<void> {
  const { world } = engine
  const { db, clock } = world
  const { channel, accountId } = a
  const key = keyOf(a)
  const facts = board.of(key)
  const space = `account:${key}`
  const tell = (online: boolean, why?: string) => {
    if (facts.connected === online) return
    facts.connected = online
    const news: GatewayEvent = {
      type: 'channel',
      channel: channel.id,
      account: accountId,
      online,
      ...(why === undefined ? {} : { why }),
    }
    world.news.publish(news)
  }
  const connection = await channel.connect({
    account: a.account as never,
    accountId,
    source: a.source,
    scope,
    clock,
    log: logOf(`channels/${channel.id}`).with({ account: accountId }),
    fetch: world.outside.fetch,
    state: accountState(db, space),
    media: world.outside.media,
    commands: engine.commands.all.map((c) => ({ name: c.name, description: c.summary })),
    async receive(message, also) {
      facts.lastInboundAt = facts.lastEventAt = clock.now()
      return engine.intake.receive(message, also && { space, values: also })
    },
    happened(happening, also) {
      facts.lastEventAt = clock.now()
      return engine.intake.happened(happening, also && { space, values: also })
    },
    status(state, why) {
      const now = clock.now()
      if (state === 'online') {
        facts.lastEventAt = now
        if (!facts.connected) facts.lastConnectedAt = now
        facts.lastError = null
        tell(true)
      } else if (state === 'offline') {
        facts.lastError = why ?? 'offline'
        tell(false, why)
      }
    },
    fail,
  })
  facts.connection = connection
  facts.lastEventAt ??= clock.now()
  tell(true)
  scope.defer('connection', () => {
    facts.connection = undefined
    tell(false)
  })
  engine.delivery.wake()
}

/** The accounts as `channels.status` shows them. */
export function accountStatus(
  board: AccountBoard,
  config: Config,
  env: Env,
  stopped: ReadonlySet<string>,
  now: number,
): AccountStatus[] {
  return accountsOf(config, env).map((a) => {
    const shown = board.show(keyOf(a), now)
    const why = idle(a, stopped)
    const { account } = a
    const lists = account['allowFrom']
    return {
      channel: a.channel.id,
      label: a.channel.label,
      accountId: a.accountId,
      enabled: account['enabled'] !== false,
      configured: a.channel.missing(account as never) === undefined,
      tokenSource: a.source,
      lastOutboundAt: null,
      ...shown,
      lastError: why ?? shown.lastError,
      ...(typeof account['name'] === 'string' ? { name: account['name'] } : {}),
      ...(typeof account['dmPolicy'] === 'string' ? { dmPolicy: account['dmPolicy'] } : {}),
      ...(Array.isArray(lists) ? { allowFrom: lists.map(String) } : {}),
    }
  })
}

/** Asks the platforms of running accounts whether all is well. */
export async function probeAll(
  board: AccountBoard,
  list: readonly AccountStatus[],
  signal: AbortSignal,
): Promise<Map<string, { ok: boolean; text: string }>> {
  const entries = await Promise.all(
    list.map(async (a): Promise<[string, { ok: boolean; text: string }][]> => {
      const key = `${a.channel}:${a.accountId}`
      const { connection } = board.of(key)
      if (!connection?.probe) return []
      try {
        return [[key, { ok: true, text: await connection.probe(signal) }]]
      } catch (error) {
        return [[key, { ok: false, text: error instanceof Fault ? error.message : describeError(error) }]]
      }
    }),
  )
  return new Map(entries.flat())
}

/** Keys of the accounts a caller means. Throws NOT_FOUND when there is none. */
export function meant(list: readonly AccountStatus[], channel: string, account: string | undefined): string[] {
  const found = list.filter((a) => a.channel === channel && (account === undefined || a.accountId === account))
  if (!found.length)
    throw new Fault(
      'NOT_FOUND',
      `${channel}${account ? ` has no account "${account}"` : ' is not set up'}; see \`oclaw channels status\`, or set it up under channels.${channel} in the config`,
    )
  return found.map((a) => `${a.channel}:${a.accountId}`)
}
