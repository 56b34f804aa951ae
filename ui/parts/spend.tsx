// What was spent, by model, by session and by channel.
import type { ComponentChildren } from 'preact'
import type { Answer } from '../gateway.ts'
import { hrefOf } from '../place.ts'
import { t } from '../words.ts'
import { Card, Empty } from './bits.tsx'
import { Table } from './table.tsx'
import { money, short1 } from './time.tsx'

interface Totals {
  readonly totalTokens: number
  readonly totalCost: number
  readonly missingCostEntries: number
}

interface ByModel {
  readonly provider: string
  readonly model: string
  readonly count: number
  readonly totals: Totals
}

interface ByChannel {
  readonly channel: string
  readonly totals: Totals
}

interface Session {
  readonly key: string
  readonly label?: string
  readonly usage: Totals
}

/** A sum of money; a price nobody knows is said, and never counted as nothing. */
const cost = (x: Totals) =>
  x.missingCostEntries ? t('spend.unknown', { known: money(x.totalCost), n: x.missingCostEntries }) : money(x.totalCost)

interface SumsProps<T> {
  readonly title: string
  readonly rows: readonly T[]
  /** What the rows are. */
  readonly what: string
  name(row: T): ComponentChildren
  keyOf(row: T): string
  totals(row: T): Totals
}

function Sums<T>(p: SumsProps<T>) {
  return (
    <Card class="flush" title={p.title}>
      {p.rows.length ? (
        <Table
          label={p.title}
          rows={p.rows}
          keyOf={p.keyOf}
          columns={[
            { name: p.what, class: 'main', show: p.name },
            { name: t('sessions.tokens'), class: 'num', show: (r) => short1(p.totals(r).totalTokens) },
            { name: t('spend.cost'), class: 'num', show: (r) => cost(p.totals(r)) },
          ]}
        />
      ) : (
        <Empty>{t('spend.none')}</Empty>
      )}
    </Card>
  )
}

/** The sums of a span of days. */
export function Spend({ usage }: { readonly usage: Answer<'sessions.usage'> }) {
  const models = (usage.aggregates['byModel'] ?? []) as ByModel[]
  const channels = (usage.aggregates['byChannel'] ?? []) as ByChannel[]
  const sessions = (usage.sessions as unknown as Session[]).toSorted(
    (a, b) => b.usage.totalTokens - a.usage.totalTokens,
  )
  const { totals } = usage
  return (
    <>
      <div class="tiles">
        <div class="tile">
          <span>{t('spend.total')}</span>
          <b>{cost(totals)}</b>
        </div>
        <div class="tile">
          <span>{t('spend.in')}</span>
          <b>{short1(totals.input + totals.cacheRead + totals.cacheWrite)}</b>
        </div>
        <div class="tile">
          <span>{t('spend.out')}</span>
          <b>{short1(totals.output)}</b>
        </div>
        <div class="tile">
          <span>{t('spend.cached')}</span>
          <b>{short1(totals.cacheRead)}</b>
        </div>
      </div>
      <div class="columns">
        <Sums
          title={t('spend.models')}
          what={t('chat.model')}
          rows={models}
          name={(m) => `${m.provider}/${m.model}`}
          keyOf={(m) => `${m.provider}/${m.model}`}
          totals={(m) => m.totals}
        />
        <Sums
          title={t('spend.channels')}
          what={t('sessions.channel')}
          rows={channels}
          name={(c) => c.channel}
          keyOf={(c) => c.channel}
          totals={(c) => c.totals}
        />
      </div>
      <Sums
        title={t('spend.sessions')}
        what={t('sessions.name')}
        rows={sessions.slice(0, 20)}
        name={(s) => <a href={hrefOf('chat', { session: s.key })}>{s.label ?? s.key}</a>}
        keyOf={(s) => s.key}
        totals={(s) => s.usage}
      />
    </>
  )
}
