// Linking accounts by a person's phone: one attempt per account, watched by whoever asks.
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault, toFault } from '../../lib/fault.ts'
import type { Scope } from '../../lib/scope.ts'
import type { LoginStep } from '../../define/channel.ts'
import type { ChannelControl, LoginState } from '../../ops/services.ts'
import { contextOf, keyOf, linked, type Account, type ControlParts } from './units.ts'

/** Longest time one attempt may take, in ms: a person has to find their phone. */
const attemptMs = 300_000

/** One attempt. */
interface Attempt {
  step: LoginStep | undefined
  result: LoginState | undefined
  readonly scope: Scope
  /** Resolves at the next change. */
  changed: PromiseWithResolvers<void>
}

/** The attempts of one gateway. */
export function channelLogins(p: ControlParts): Pick<ChannelControl, 'login' | 'logout'> {
  const attempts = new Map<string, Attempt>()

  function find(channel: string, account: string | undefined): Account {
    const mine = p.accounts().filter((a) => a.channel.id === channel && a.channel.login)
    const found =
      mine.find((a) => a.accountId === (account ?? 'default')) ?? (account === undefined ? mine[0] : undefined)
    if (found) return found
    throw new Fault(
      'INVALID_REQUEST',
      mine.length || !p.accounts().some((a) => a.channel.id === channel)
        ? `web login provider is not available: ${channel}${account === undefined ? '' : ` account "${account}"`} is not set up; \`oclaw channels add --channel ${channel}\` sets it up`
        : `web login provider is not available: ${channel} is not linked by a phone; set its token with \`oclaw channels add --channel ${channel}\``,
    )
  }

  const stateOf = (a: Attempt): LoginState =>
    a.result ?? { linked: false, done: false, ...(a.step ? { step: a.step } : {}) }

  function begin(account: Account, force: boolean, phone: string | undefined): Attempt {
    const key = keyOf(account)
    const attempt: Attempt = {
      step: undefined,
      result: undefined,
      scope: p.scope.child(`login ${key}`),
      changed: Promise.withResolvers(),
    }
    attempts.set(key, attempt)
    const change = (then: () => void) => {
      then()
      attempt.changed.resolve()
      attempt.changed = Promise.withResolvers()
    }
    void run(account, attempt, { force, phone, change })
    return attempt
  }

  async function run(
    account: Account,
    attempt: Attempt,
    o: { force: boolean; phone: string | undefined; change(then: () => void): void },
  ) {
    const key = keyOf(account)
    p.held.linking.add(key)
    const late = new Fault('TIMEOUT', 'nobody scanned the code in time; ask for a new one')
    const limit = deadline(p.clock, attemptMs, late, attempt.scope.signal)
    limit.signal.addEventListener('abort', () => void attempt.scope.close(limit.signal.reason).catch(() => undefined))
    let result: LoginState
    try {
      await p.reconcile() // the account itself must not be connected meanwhile
      const failed = Promise.withResolvers<never>()
      failed.promise.catch(() => undefined)
      const ctx = contextOf(p, account, attempt.scope, (error) => failed.reject(error))
      attempt.scope.signal.addEventListener('abort', () => failed.reject(attempt.scope.signal.reason))
      const tell = (step: LoginStep) => o.change(() => void (attempt.step = step))
      const how = { force: o.force, ...(o.phone === undefined ? {} : { phone: o.phone }), tell }
      await Promise.race([account.channel.login?.(ctx, how), failed.promise])
      result = { linked: true, done: true }
    } catch (error) {
      const fault = toFault(error)
      if (fault.code === 'INTERNAL') p.log.error('linking failed', { account: key, error: describeError(error) })
      result = { linked: false, done: true, error: fault.code === 'INTERNAL' ? describeError(error) : fault.message }
    } finally {
      limit.done()
    }
    await attempt.scope
      .close()
      .catch((error: unknown) =>
        p.log.warn('an attempt did not end cleanly', { account: key, error: describeError(error) }),
      )
    p.held.linking.delete(key)
    o.change(() => void (attempt.result = result))
    await p
      .reconcile()
      .catch((error: unknown) =>
        p.log.error('the account could not be started', { account: key, error: describeError(error) }),
      )
  }

  return {
    async login(channel, account, how) {
      const a = find(channel, account)
      const key = keyOf(a)
      let attempt = attempts.get(key)
      if (how.begin) {
        if (!how.force && !p.held.linking.has(key) && linked(p.engine.world.db, a))
          return { linked: true, done: true, already: true }
        if (attempt && !attempt.result && how.force) await attempt.scope.close(new Fault('CANCELLED', 'begun anew'))
        if (!attempt || attempt.result || how.force) attempt = begin(a, how.force, how.phone)
      }
      if (!attempt) return { linked: linked(p.engine.world.db, a), done: true }
      const until = p.clock.now() + how.waitMs
      const done = () =>
        (how.until === 'step' ? attempt.step !== undefined : false) ||
        attempt.result !== undefined ||
        (how.seen !== undefined && attempt.step !== undefined && JSON.stringify(attempt.step) !== how.seen)
      while (!done() && p.clock.now() < until) {
        const limit = deadline(p.clock, Math.max(1, until - p.clock.now()), 'late', p.scope.signal)
        await Promise.race([
          attempt.changed.promise,
          new Promise((r) => limit.signal.addEventListener('abort', r, { once: true })),
        ])
        limit.done()
        if (p.scope.signal.aborted) break
      }
      return stateOf(attempt)
    },
    async logout(channel, account) {
      const a = find(channel, account)
      const key = keyOf(a)
      p.held.linking.add(key)
      try {
        await attempts.get(key)?.scope.close(new Fault('CANCELLED', 'logged out'))
        await p.reconcile()
        const scope = p.scope.child(`logout ${key}`)
        try {
          await a.channel.logout?.(contextOf(p, a, scope, () => undefined))
        } finally {
          await scope.close()
        }
      } finally {
        p.held.linking.delete(key)
        await p.reconcile()
      }
    },
  }
}
