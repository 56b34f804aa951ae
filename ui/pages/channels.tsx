// Channels: where the assistant is reached, and who asks to be let in.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { AddChannel } from '../parts/channel-setup.tsx'
import { ChannelCard } from '../parts/channel-card.tsx'
import { Button, Card, Empty, Loaded, Notice, PageHead } from '../parts/bits.tsx'
import { Command } from '../parts/code.tsx'
import { Ago } from '../parts/time.tsx'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

function Pairings() {
  const list = useOp('pairing.list', {}, { on: ['message', 'presence'], everyMs: 10_000 })
  const done = (work: Promise<unknown>, text: string) => act(work, text).then(list.reload)
  return (
    <Card title={t('pairing.title')}>
      <Loaded of={list}>
        {({ requests }) =>
          requests.length ? (
            <ul class="rows">
              {requests.map((r) => (
                <li key={`${r.channel} ${r.id}`}>
                  <div class="grow">
                    <b>{r.name ?? r.id}</b> <span class="quiet">{r.id}</span>
                    <small>
                      {t('pairing.asked', { channel: r.channel, code: r.code })} <Ago at={r.createdAt} />
                    </small>
                  </div>
                  <Button
                    icon="check"
                    tone="main"
                    onClick={() =>
                      done(
                        ops['pairing.approve']({ channel: r.channel, code: r.code }),
                        t('pairing.in', { name: r.name ?? r.id }),
                      )
                    }
                  >
                    {t('pairing.approve')}
                  </Button>
                  <Button
                    tone="danger"
                    onClick={() =>
                      done(
                        ops['pairing.reject']({ channel: r.channel, code: r.code }),
                        t('pairing.out', { name: r.name ?? r.id }),
                      )
                    }
                  >
                    {t('approve.deny')}
                  </Button>
                </li>
              ))}
            </ul>
          ) : (
            <Empty>{t('pairing.none')}</Empty>
          )
        }
      </Loaded>
    </Card>
  )
}

/** The page. */
export function Page() {
  const [probe, setProbe] = useState(false)
  const [adding, setAdding] = useState(false)
  const status = useOp('channels.status', probe ? { probe: true, timeoutMs: 5000 } : {}, {
    on: ['presence', 'config.changed', 'health', 'message'],
    everyMs: 15_000,
  })
  return (
    <div class="stack">
      <PageHead title={t('page.channels')} about={t('channel.about')}>
        <Button icon="pulse" aria-pressed={probe} onClick={() => (probe ? status.reload() : setProbe(true))}>
          {t('channel.check')}
        </Button>
        <Button icon="plus" tone="main" data-new onClick={() => setAdding(true)}>
          {t('channel.add')}
        </Button>
      </PageHead>
      <Loaded of={status}>
        {(s) => (
          <>
            {(s.problems ?? []).map((p) => (
              <Notice key={p.id + p.text} tone={p.severity === 'broken' ? 'bad' : 'warn'}>
                {p.text}
                {p.fix ? <Command>{p.fix}</Command> : null}
              </Notice>
            ))}
            {probe && s.problems?.length === 0 ? <Notice tone="quiet">{t('channel.fine')}</Notice> : null}
            {s.list.length ? (
              <div class="columns">
                {s.list.map((a) => (
                  <ChannelCard key={`${a.channel}:${a.accountId}`} account={a} reload={status.reload} />
                ))}
              </div>
            ) : (
              <Card>
                <Empty>{t('channel.none')}</Empty>
              </Card>
            )}
          </>
        )}
      </Loaded>
      <Pairings />
      {adding ? <AddChannel onClose={() => setAdding(false)} onDone={status.reload} /> : null}
    </div>
  )
}
