// One connection of a channel with everything around it that a gateway would give it.
import type { z } from 'zod'
import type { Channel, ChannelContext, Connection, Heard } from '../../src/define/channel.ts'
import type { Address } from '../../src/domain/address.ts'
import type { MediaRef } from '../../src/domain/media.ts'
import type { Happening, InboundMessage, OutboundMessage } from '../../src/domain/message.ts'
import { inFlight } from './in-flight.ts'
import { nextTick, testClock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { logOf } from '../../src/lib/log.ts'
import { Scope } from '../../src/lib/scope.ts'

/** A connection under test, with everything it was told to do. */
export interface Running extends AsyncDisposable {
  readonly connection: Connection
  readonly scope: Scope
  readonly clock: ReturnType<typeof testClock>
  readonly received: InboundMessage[]
  readonly happenings: Happening[]
  /** Groups that got new ids: `from -> to`. */
  readonly moves: string[]
  /** Messages that count as sent by us: `chat/id`. */
  readonly sent: Set<string>
  readonly statuses: string[]
  /** The reasons given with them. */
  readonly whys: string[]
  readonly failures: unknown[]
  readonly state: Map<string, string>
  readonly files: Map<string, Uint8Array<ArrayBuffer>>
  /** While true, nothing can be stored; a text: messages with this text cannot. */
  broken: boolean | string
  /** While it is full, the account's own values cannot be written either. */
  disk: 'fine' | 'full'
  /** How often something could not be stored. */
  refusals: number
  /** What the engine decides on new messages. */
  verdict: Heard
  /** Lets time pass until `ready`; fails after 4.5 real seconds. */
  until(what: string, ready: () => boolean): Promise<void>
}

/** What outlives a connection, as the database does; so may a clock. */
export interface Outliving {
  readonly state?: Map<string, string>
  readonly seen?: Set<string>
  readonly clock?: ReturnType<typeof testClock>
}

/** What a gateway would give a connection of an account, and what became of it. */
export function contextOf<A extends z.ZodObject>(
  channel: Channel<string, A>,
  account: Readonly<Record<string, unknown>>,
  kept: Outliving = {},
) {
  const scope = new Scope('test')
  const clock = kept.clock ?? testClock(1_790_000_000_000)
  const state = kept.state ?? new Map<string, string>()
  const seen = kept.seen ?? new Set<string>()
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const received: InboundMessage[] = []
  const statuses: string[] = []
  const whys: string[] = []
  const failures: unknown[] = []
  const running: Pick<Running, 'broken' | 'disk' | 'refusals' | 'verdict'> = {
    broken: false,
    disk: 'fine',
    refusals: 0,
    verdict: 'heard',
  }
  const calls = inFlight()
  const happenings: Happening[] = []
  const moves: string[] = []
  const sent = new Set<string>()
  const ctx: ChannelContext<z.output<A>> = {
    account: channel.account.parse(account),
    accountId: 'default',
    source: 'config',
    scope,
    clock,
    log: logOf('test'),
    fetch: calls.fetch,
    state: {
      get: (key) => state.get(key),
      set: (key, value) => void state.set(key, value),
      all: (prefix) => new Map([...state].filter(([key]) => key.startsWith(prefix))),
      write: async (values) => {
        await nextTick()
        if (running.disk === 'full') throw new Error('the disk is full')
        for (const [key, value] of Object.entries(values))
          if (value === undefined) state.delete(key)
          else state.set(key, value)
      },
    },
    media: {
      save: (bytes, about) => {
        const { kind, ...rest } = about
        const ref: MediaRef = { id: `med_${files.size + 1}`, bytes: bytes.length, ...rest, ...(kind ? { kind } : {}) }
        files.set(ref.id, bytes)
        return Promise.resolve(ref)
      },
      read: (id) => {
        const bytes = files.get(id)
        return bytes ? Promise.resolve(bytes) : Promise.reject(new Fault('NOT_FOUND', `no file ${id}`))
      },
    },
    commands: [{ name: 'status', description: 'Says how things are' }],
    receive: async (message, also = {}) => {
      await nextTick()
      if (running.broken === true || running.broken === message.text) {
        running.refusals++
        throw new Error('the disk is full')
      }
      const key = `${message.to.chat}/${message.id}`
      const known = seen.has(key)
      if (!known) received.push(message)
      seen.add(key)
      for (const [name, value] of Object.entries(also)) state.set(name, value)
      return known ? 'known' : running.verdict
    },
    happened: async (happening) => {
      await nextTick()
      happenings.push(happening)
      return 'heard'
    },
    ours: (chat, id) => sent.has(`${chat}/${id}`),
    moved: async (from, to) => {
      await nextTick()
      moves.push(`${from} -> ${to}`)
    },
    status(is, why) {
      statuses.push(is)
      if (why !== undefined) whys.push(why)
    },
    fail: (error) => void failures.push(error),
  }
  return {
    ctx,
    calls,
    running,
    scope,
    clock,
    state,
    files,
    received,
    happenings,
    moves,
    sent,
    statuses,
    whys,
    failures,
  }
}

/** Connects an account of a channel; `state` and `seen` outlive a connection, as the database does. */
export async function run<A extends z.ZodObject>(
  channel: Channel<string, A>,
  account: Readonly<Record<string, unknown>>,
  kept: Outliving = {},
): Promise<Running> {
  const { ctx, calls, running, scope, clock, ...seen } = contextOf(channel, account, kept)
  const connection = await channel.connect(ctx).catch(async (error: unknown) => {
    await scope.close()
    throw error
  })
  const until = async (what: string, ready: () => boolean) => {
    const start = performance.now()
    // Time moves only while the network is quiet, or deadlines would pass that nobody is late for.
    let moved = start
    while (!ready()) {
      const now = performance.now()
      if (now - start > 4500) throw new Error(`waited 4.5 s for: ${what}`)
      await nextTick()
      if (now - moved < 10 || calls.busy()) continue
      await clock.advance(4000)
      moved = performance.now()
    }
  }
  return Object.assign(running, {
    ...seen,
    connection,
    scope,
    clock,
    until,
    [Symbol.asyncDispose]: () => scope.close(),
  })
}

/** The Fault an attempt ends with. */
export async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (error instanceof Fault) return error
  throw new Error(`expected a Fault, got ${String(error)}`)
}

let count = 0

/** A message to `to`. */
export const outbound = (to: Address, text: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  id: `out_${++count}`,
  to,
  text,
  media: [],
  ...more,
})
