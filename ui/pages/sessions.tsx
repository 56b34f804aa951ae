// Sessions: found by name or by what was said in them, and everything that can be done with one.
import { useState } from 'preact/hooks'
import type { SessionRow } from '../../src/ops/session-row.ts'
import { nameOf, newSession } from '../chat/head.tsx'
import { Button, Card, Empty, Find, Loaded, PageHead } from '../parts/bits.tsx'
import { SessionActions } from '../parts/session-actions.tsx'
import { Table } from '../parts/table.tsx'
import { Ago, short1 } from '../parts/time.tsx'
import { useDelayed } from '../parts/delayed.ts'
import { hrefOf } from '../place.ts'
import { useOp } from '../store.ts'
import { t } from '../words.ts'

const news = { on: ['session.', 'agent.done'] }

const context = (s: SessionRow) =>
  s.contextTokens && s.totalTokens ? `${Math.round((s.totalTokens / s.contextTokens) * 100)} %` : '–'

/** What was said, by its words. */
function Said({ query }: { readonly query: string }) {
  const found = useOp('sessions.search', { query, limit: 30 })
  return (
    <Card title={t('sessions.said')}>
      <Loaded of={found}>
        {({ hits }) =>
          hits.length ? (
            <ul class="rows">
              {hits.map((h) => (
                <li key={h.messageId}>
                  <div class="grow">
                    <a href={hrefOf('chat', { session: h.key, message: String(h.messageId) })}>{h.label ?? h.key}</a>
                    <div>{h.text}</div>
                    <small>
                      {t(h.role === 'user' ? 'sessions.person' : 'sessions.agent')} · <Ago at={h.at} />
                    </small>
                  </div>
                </li>
              ))}
            </ul>
          ) : (
            <Empty>{t('sessions.unsaid')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}

function List({ rows, reload }: { readonly rows: readonly SessionRow[]; reload(): void }) {
  return (
    <Table
      label={t('page.sessions')}
      rows={rows}
      keyOf={(s) => s.key}
      columns={[
        {
          name: t('sessions.name'),
          class: 'main',
          show: (s) => (
            <>
              <a href={hrefOf('chat', { session: s.key })}>{nameOf(s)}</a>
              <small class="mono">{s.key}</small>
            </>
          ),
        },
        { name: t('sessions.channel'), show: (s) => s.channel ?? t('sessions.web') },
        { name: t('chat.model'), show: (s) => s.model ?? '–' },
        { name: t('sessions.count'), class: 'num', show: (s) => short1(s.messageCount) },
        { name: t('sessions.tokens'), class: 'num', show: (s) => short1(s.inputTokens + s.outputTokens) },
        { name: t('sessions.context'), class: 'num', show: context },
        { name: t('sessions.used'), class: 'fit', show: (s) => <Ago at={s.updatedAt} /> },
        { name: '', class: 'fit', show: (s) => <SessionActions row={s} reload={reload} /> },
      ]}
    />
  )
}

/** The page. */
export function Page() {
  const [text, setText] = useState('')
  const [minutes, setMinutes] = useState(0)
  const query = useDelayed(text.trim(), 200)
  const list = useOp(
    'sessions.list',
    {
      limit: 500,
      includeDerivedTitles: true,
      includeGlobal: true,
      ...(query ? { search: query } : {}),
      ...(minutes ? { activeMinutes: minutes } : {}),
    },
    news,
  )
  return (
    <div class="stack">
      <PageHead title={t('page.sessions')} about={t('sessions.about')}>
        <Button icon="plus" tone="main" data-new onClick={newSession}>
          {t('chat.new')}
        </Button>
      </PageHead>
      <div class="filters">
        <Find hint={t('sessions.find')} value={text} onText={setText} />
        <select
          aria-label={t('sessions.when')}
          value={minutes}
          onChange={(e) => setMinutes(Number(e.currentTarget.value))}
        >
          <option value={0}>{t('sessions.any')}</option>
          <option value={60}>{t('sessions.hour')}</option>
          <option value={1440}>{t('sessions.day')}</option>
          <option value={10_080}>{t('sessions.week')}</option>
        </select>
      </div>
      <Card class="flush">
        <Loaded of={list}>
          {(data) =>
            data.sessions.length ? (
              <List rows={data.sessions} reload={list.reload} />
            ) : (
              <Empty>{t(query || minutes ? 'sessions.unfound' : 'sessions.none')}</Empty>
            )
          }
        </Loaded>
      </Card>
      {query ? <Said query={query} /> : null}
    </div>
  )
}
