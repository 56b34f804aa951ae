// Caps on what may be spent: each question to a model reserves the most it can cost before it is asked, and settles after.
import { Fault } from '../lib/fault.ts'
import { costOf, type ModelMessage, type Price } from '../define/provider.ts'
import type { Usage } from '../domain/turn.ts'
import * as kv from '../store/kv.ts'
import { estimateTokens } from './prompt/history.ts'
import { stamp } from './prompt/index.ts'
import type { BudgetRule, Candidate, Cap } from './settings.ts'
import type { World } from './world.ts'

/** Who spends. */
export interface Spender {
  readonly agent: string
  /** The session's key. */
  readonly session: string
}

/** What is to be asked. */
export interface Costing {
  readonly candidate: Candidate
  readonly system: string
  readonly messages: readonly ModelMessage[]
  readonly tools: number
  readonly maxTokens?: number | undefined
}

/** One cap and how it stands, in dollars. */
export interface PurseState {
  readonly cap: string
  readonly of: string
  readonly max: number
  readonly spent: number
}

/** What was put aside for a question. */
export interface Reservation {
  /** Gives back what was not needed. Without a known cost what was put aside stays spent, unless nothing was said. */
  settle(usage: Usage, said: boolean): void
}

const space = 'spend'

/** One purse: what may be spent of it in one span, and the key its sum is kept under. */
interface Purse {
  readonly key: string
  readonly cap: number
  readonly name: string
  /** Whose it is. */
  readonly of: string
}

const none: Reservation = { settle: () => undefined }

/** The purses that count for someone at a time. */
function pursesOf(rule: BudgetRule, who: Spender, day: string): Purse[] {
  const job = /^agent:[^:]+:cron:(.+)$/.exec(who.session)?.[1]
  const scopes: readonly (readonly [string, string, Cap])[] = [
    ['agent', who.agent, rule.agent],
    ['session', who.session, rule.session],
    ...(job === undefined ? [] : [['job', job, rule.job] as const]),
  ]
  return scopes.flatMap(([kind, id, cap]) =>
    (
      [
        ['perDay', day],
        ['perMonth', day.slice(0, 7)],
      ] as const
    ).flatMap(([span, at]) => {
      const max = cap[span]
      return max === undefined ? [] : [{ key: `${kind}:${id} ${at}`, cap: max, name: `budget.${kind}.${span}`, of: id }]
    }),
  )
}

/** The day that counts for caps, where the person lives. */
const today = (world: World) => stamp(world.clock.now(), world.settings.timezone()).slice(4, 14)

/** How the caps stand that count for a session. */
export function capsOf(world: World, who: Spender): PurseState[] {
  const rule = world.settings.budget(who.agent)
  if (!rule) return []
  return pursesOf(rule, who, today(world)).map((p) => ({
    cap: p.name,
    of: p.of,
    max: p.cap,
    spent: spent(world, p.key),
  }))
}

/** The most a question can cost: everything it is shown, and an answer as long as allowed. */
function most(c: Costing, price: Price): number {
  const shown = c.messages.reduce((sum, m) => sum + estimateTokens(m.parts), 0)
  const input = shown + Math.ceil((c.system.length + c.tools) / 4)
  const output = c.maxTokens ?? c.candidate.info.maxTokens
  const dearest = Math.max(price.input, price.cacheWrite ?? 0)
  return (input * dearest + output * price.output) / 1e6
}

/** What was spent of a purse. */
const spent = (world: World, key: string) => Number(kv.get(world.db, space, key) ?? 0)

function add(world: World, purses: readonly Purse[], dollars: number) {
  return world.db.stage(() => {
    for (const p of purses) kv.set(world.db, space, p.key, String(Math.max(0, spent(world, p.key) + dollars)))
  }, 'patient')
}

/**
 * Puts aside the most a question can cost; resolves when that is on the disk. Throws LIMITED when a cap leaves no room.
 * The last question before a cap may pass it, by at most what was put aside for it.
 */
export async function reserve(world: World, who: Spender, c: Costing): Promise<Reservation> {
  const rule = world.settings.budget(who.agent)
  const purses = rule ? pursesOf(rule, who, today(world)) : []
  if (!rule || !purses.length) return none
  const { price } = c.candidate.info
  if (!price) {
    if (rule.unknown === 'allow') return none
    throw new Fault(
      'LIMITED',
      `the price of ${c.candidate.ref} is unknown, so it cannot be kept within the caps; give its cost under models.providers, or set agents.defaults.budget.unknownPrice to "allow"`,
    )
  }
  const dollars = most(c, price)
  const full = purses.find((p) => spent(world, p.key) >= p.cap)
  if (full)
    throw new Fault(
      'LIMITED',
      `$${spent(world, full.key).toFixed(2)} of $${full.cap.toFixed(2)} are spent or put aside (agents.defaults.${full.name}); raise it with \`oclaw config set agents.defaults.${full.name} <dollars>\`, or wait for the next ${full.name.endsWith('Day') ? 'day' : 'month'}`,
    )
  const { durable } = add(world, purses, dollars)
  await durable
  let open = true
  return {
    settle(usage, said) {
      if (!open) return
      open = false
      const { cost } = usage.cost === undefined ? costOf(usage, price) : usage
      const tokens = usage.input + usage.output + usage.cacheRead + usage.cacheWrite
      const real = tokens > 0 && cost !== undefined ? cost : said ? dollars : 0
      add(world, purses, real - dollars).durable.catch((error: unknown) =>
        world.log.warn('what a question cost was not noted', {
          error: error instanceof Error ? error.message : 'unknown',
        }),
      )
    },
  }
}
