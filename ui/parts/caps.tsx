// The caps on spending, and how much of each is left.
import type { Answer } from '../gateway.ts'
import { useOp } from '../store.ts'
import { isWord, t } from '../words.ts'
import { Card, Loaded, Pill } from './bits.tsx'
import { Command } from './code.tsx'
import { Table } from './table.tsx'
import { money } from './time.tsx'

type Cap = Answer<'usage.caps'>['caps'][number]

/** Whose it is and for how long, in words: `budget.agent.perDay` is an agent's day. */
function words({ cap }: Cap): string {
  const word = `budget.${cap.replace(/^budget\./, '')}`
  return isWord(word) ? t(word) : cap
}

function state({ spent, max }: Cap) {
  if (spent >= max) return <Pill tone="bad">{t('cap.over')}</Pill>
  return <Pill tone={spent >= 0.8 * max ? 'warn' : 'good'}>{t('cap.left', { left: money(max - spent) })}</Pill>
}

/** The card. */
export function Caps() {
  const caps = useOp('usage.caps', {}, { on: ['agent.done', 'config.changed'] })
  return (
    <Card class={caps.data?.caps.length ? 'flush' : ''} title={t('cap.title')}>
      <Loaded of={caps}>
        {({ caps: list }) =>
          list.length ? (
            <Table
              label={t('cap.title')}
              rows={list}
              keyOf={(c) => `${c.cap} ${c.of}`}
              columns={[
                {
                  name: t('cap.name'),
                  class: 'main',
                  show: (c) => (
                    <>
                      {words(c)}
                      <small class="mono">{c.of}</small>
                    </>
                  ),
                },
                { name: t('spend.total'), class: 'num', show: (c) => money(c.spent) },
                { name: t('cap.max'), class: 'num', show: (c) => money(c.max) },
                { name: t('model.state'), class: 'fit', show: state },
              ]}
            />
          ) : (
            <>
              <p class="quiet">{t('cap.none')}</p>
              <Command>oclaw config set agents.defaults.budget.agent.perDay 5</Command>
            </>
          )
        }
      </Loaded>
    </Card>
  )
}
