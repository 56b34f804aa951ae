// The channels at a glance: each account with its state and its last sign of life.
import { hrefOf } from '../place.ts'
import { useOp } from '../store.ts'
import { t } from '../words.ts'
import { Card, Empty, Loaded, Pill } from './bits.tsx'
import { Ago } from './time.tsx'
import type { Answer } from '../gateway.ts'

/** How an account is, as a tone and a word. */
export const toneOf = (a: Answer<'channels.status'>['list'][number]) =>
  !a.enabled || !a.running ? 'quiet' : a.degraded ? 'warn' : a.connected ? 'good' : 'bad'

/** The list. */
export function ChannelList() {
  const status = useOp('channels.status', {}, { on: ['presence', 'config.changed', 'health'], everyMs: 30_000 })
  return (
    <Card title={t('page.channels')} actions={<a href={hrefOf('channels')}>{t('dash.all')}</a>}>
      <Loaded of={status}>
        {(s) =>
          s.list.length ? (
            <ul class="rows">
              {s.list.map((a) => (
                <li key={`${a.channel}:${a.accountId}`}>
                  <div class="grow">
                    <b>{a.label}</b> <span class="quiet">{a.name ?? a.accountId}</span>
                    <small>
                      {t('dash.evidence')} <Ago at={a.lastEventAt} />
                      {a.lastError ? ` · ${a.lastError}` : ''}
                    </small>
                  </div>
                  <Pill tone={toneOf(a)}>{t(`channel.${toneOf(a)}`)}</Pill>
                </li>
              ))}
            </ul>
          ) : (
            <Empty action={<a href={hrefOf('channels')}>{t('channel.add')}</a>}>{t('channel.none')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}
