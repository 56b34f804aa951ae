// Accounts as units: what runs is what the config names, is linked, and nobody stopped by hand.
import type { z } from 'zod'
import type { nativeCommands } from '../../define/account-fields.ts'
import type { AccountState, ChannelContext } from '../../define/channel.ts'
import type { Clock } from '../../lib/clock.ts'
import { logOf, type Log } from '../../lib/log.ts'
import type { Scope } from '../../lib/scope.ts'
import { fingerprint, Secret } from '../../lib/secret.ts'
import type { Unit } from '../../lib/supervisor.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Db } from '../../store/db.ts'
import * as kv from '../../store/kv.ts'
import * as outbox from '../../store/outbox.ts'
import type { AccountBoard } from './board.ts'
import type { Config } from '../catalog.ts'
import { accountsOf } from '../settings/index.ts'
import type { Env } from '../../config/paths.ts'

/** An account of a channel, as the config has it. */
export type Account = ReturnType<typeof accountsOf>[number]

/** An account's key: `channel:account`. */
export const keyOf = (a: Pick<Account, 'accountId'> & { readonly channel: { readonly id: string } }): string =>
  `${a.channel.id}:${a.accountId}`

/** Accounts that are not to run though the config names them: stopped by hand, or busy being linked. */
export interface Held {
  readonly stopped: Set<string>
  /** Those that wait for a hand and were started by one. */
  readonly started: Set<string>
  readonly linking: Set<string>
}

/** Moves what the config says of a group to its new id. */
export type Rename = (account: Account, from: string, to: string) => Promise<void>

/** What looks after accounts is made of. */
export interface ControlParts {
  readonly engine: Engine
  readonly board: AccountBoard
  readonly held: Held
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
  accounts(): readonly Account[]
  readonly rename: Rename
  /** Makes what runs equal what should. */
  reconcile(): Promise<void>
}

/** The small durable values of an account. */
export function accountState(db: Db, key: string): AccountState {
  const space = `account:${key}`
  return {
    get: (name) => kv.get(db, space, name),
    set: (name, value) => void db.stage(() => kv.set(db, space, name, value)),
    all: (prefix) => new Map(kv.list(db, space, prefix).map((r) => [r.key, r.value])),
    write: (values) =>
      db.write(() => {
        for (const [name, value] of Object.entries(values))
          if (value === undefined) kv.remove(db, space, name)
          else kv.set(db, space, name, value)
      }),
  }
}

/** Whether an account is linked; true for channels that need no linking. */
export const linked = (db: Db, a: Account): boolean =>
  a.channel.linked?.(accountState(db, keyOf(a)), a.account as never) ?? true

/** Why an account does not run, or undefined when it should. */
export function idle(db: Db, a: Account, held: Held): string | undefined {
  const key = keyOf(a)
  if (a.account['enabled'] === false) return 'disabled'
  if (held.stopped.has(key)) return 'stopped'
  if (a.account['autoStart'] === false && !held.started.has(key))
    return `not started; \`oclaw channels start ${a.channel.id}\` does it`
  const missing = a.channel.missing(a.account as never)
  if (missing !== undefined) return missing
  if (held.linking.has(key)) return 'being linked'
  return linked(db, a)
    ? undefined
    : `not linked; run \`oclaw channels login --channel ${a.channel.id}${a.accountId === 'default' ? '' : ` --account ${a.accountId}`}\``
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
export function channelUnits(p: Pick<ControlParts, 'engine' | 'board' | 'accounts' | 'held' | 'rename'>): Unit[] {
  return p
    .accounts()
    .filter((a) => idle(p.engine.world.db, a, p.held) === undefined)
    .map((a) => ({
      key: `channel:${keyOf(a)}`,
      fingerprint: print(a.account),
      start: (scope, fail) => run(p, a, scope, fail),
    }))
}

type Menu = z.output<ReturnType<typeof nativeCommands>>

/** What a connection of an account may use, for as long as `scope` is open. */
export function contextOf(
  { engine, board, rename }: Pick<ControlParts, 'engine' | 'board' | 'rename'>,
  a: Account,
  scope: Scope,
  fail: (error: unknown) => void,
): ChannelContext<never> {
  const { world } = engine
  const { db, clock } = world
  const key = keyOf(a)
  const facts = board.of(key)
  const space = `account:${key}`
  return {
    account: a.account as never,
    accountId: a.accountId,
    source: a.source,
    scope,
    clock,
    log: logOf(`channels/${a.channel.id}`).with({ account: a.accountId }),
    fetch: world.outside.fetch,
    state: accountState(db, key),
    media: world.outside.media,
    commands: engine.commands.menu((a.account['commands'] as Menu | undefined)?.nativeSkills !== false),
    receive(message, also) {
      facts.lastInboundAt = clock.now()
      board.online(key, clock.now())
      return engine.intake.receive(message, also && { space, values: also })
    },
    happened(happening, also) {
      board.online(key, clock.now())
      return engine.intake.happened(happening, also && { space, values: also })
    },
    ours: (chat, id) => outbox.isOurs(db, { channel: a.channel.id, account: a.accountId, chat }, id),
    moved: (from, to) => rename(a, from, to),
    status(state, why) {
      if (state === 'online') board.online(key, clock.now())
      else if (state === 'offline') board.offline(key, clock.now(), why)
    },
    fail,
  }
}

async function run(
  { engine, board, rename }: Pick<ControlParts, 'engine' | 'board' | 'rename'>,
  a: Account,
  scope: Scope,
  fail: (error: unknown) => void,
): Promise<void> {
  const { clock } = engine.world
  const key = keyOf(a)
  const facts = board.of(key)
  const connection = await a.channel.connect(contextOf({ engine, board, rename }, a, scope, fail))
  facts.connection = {
    ...connection,
    async send(message, signal) {
      const sent = await connection.send(message, signal)
      facts.lastOutboundAt = clock.now()
      return sent
    },
  }
  board.online(key, clock.now())
  scope.defer('connection', () => {
    facts.connection = undefined
    board.offline(key, clock.now(), undefined)
  })
  engine.delivery.wake()
}

/** The accounts that the config and the environment name, read anew only when one of them changes. */
export function accountList(config: () => Config, env: () => Env): () => readonly Account[] {
  let seen: { config: Config; env: Env; list: readonly Account[] } | undefined
  return () => {
    if (seen?.config !== config() || seen.env !== env())
      seen = { config: config(), env: env(), list: accountsOf(config(), env()) }
    return seen.list
  }
}
