// Devices and nodes: which browsers and programs may come in, and which machines lend their hands.
import { useEffect, useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { identity } from '../identity.ts'
import { Button, Card, Empty, Loaded, Notice, PageHead, Pill } from '../parts/bits.tsx'
import { Command } from '../parts/code.tsx'
import { Confirm } from '../parts/dialog.tsx'
import { Nodes } from '../parts/nodes.tsx'
import { SetupCode } from '../parts/setup-code.tsx'
import { SignInLink } from '../parts/sign-in-link.tsx'
import { Ago, ago, now } from '../parts/time.tsx'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

type Devices = Answer<'device.pair.list'>
type Pending = Devices['pending'][number]
type Paired = Devices['paired'][number]

const nameOf = (d: Pending | Paired) => d.displayName ?? d.clientId ?? d.deviceId.slice(0, 12)
const scopesOf = (d: Pending | Paired) =>
  d.scopes.map((s) => s.replace('operator.', '')).join(', ') || t('device.nothing')

function Waiting({ list, reload }: { readonly list: readonly Pending[]; reload(): void }) {
  const done = (work: Promise<unknown>, text: string) => act(work, text).then(reload)
  return (
    <Card title={t('device.waiting')}>
      {list.length ? (
        <ul class="rows">
          {list.map((d) => (
            <li key={d.requestId}>
              <div class="grow">
                <b>{nameOf(d)}</b> <span class="quiet">{d.remoteIp}</span>
                <small>
                  {t('device.asks', { scopes: scopesOf(d) })} · <Ago at={d.ts} />
                </small>
              </div>
              <Button
                icon="check"
                tone="main"
                onClick={() =>
                  done(ops['device.pair.approve']({ requestId: d.requestId }), t('device.in', { name: nameOf(d) }))
                }
              >
                {t('pairing.approve')}
              </Button>
              <Button
                tone="danger"
                onClick={() =>
                  done(ops['device.pair.reject']({ requestId: d.requestId }), t('device.out', { name: nameOf(d) }))
                }
              >
                {t('approve.deny')}
              </Button>
            </li>
          ))}
        </ul>
      ) : (
        <Empty>{t('device.none.waiting')}</Empty>
      )}
    </Card>
  )
}

function Known({ device: d, mine, reload }: { readonly device: Paired; readonly mine: boolean; reload(): void }) {
  const [ask, setAsk] = useState<'rotate' | 'revoke' | 'remove' | undefined>()
  const [fresh, setFresh] = useState<string>()
  const token = d.tokens.find((x) => x.role === 'operator' || d.tokens.length === 1)
  const used = token?.lastUsedAtMs ?? d.approvedAtMs
  const work = {
    rotate: async () => {
      const done = await ops['device.token.rotate']({ deviceId: d.deviceId, role: token?.role ?? 'operator' })
      setFresh(done.token)
    },
    revoke: () => ops['device.token.revoke']({ deviceId: d.deviceId, role: token?.role ?? 'operator' }),
    remove: () => ops['device.pair.remove']({ deviceId: d.deviceId }),
  }
  return (
    <li>
      <div class="grow">
        <b>{nameOf(d)}</b> {mine ? <Pill tone="plain">{t('device.mine')}</Pill> : null}
        <small>
          {scopesOf(d)} · {[d.platform, d.remoteIp].filter(Boolean).join(' · ')} · {t('device.used')}{' '}
          {ago(used, now.value)}
        </small>
        {fresh === undefined ? null : (
          <Notice tone="quiet">
            {t('device.rotated')}
            <Command>{fresh}</Command>
          </Notice>
        )}
      </div>
      {token?.revokedAtMs ? <Pill tone="bad">{t('device.revoked')}</Pill> : null}
      {token && !mine ? <Button onClick={() => setAsk('rotate')}>{t('device.rotate')}</Button> : null}
      {token && !token.revokedAtMs ? <Button onClick={() => setAsk('revoke')}>{t('device.revoke')}</Button> : null}
      <Button
        icon="trash"
        tone="ghost"
        label={t('device.forget', { name: nameOf(d) })}
        onClick={() => setAsk('remove')}
      />
      {ask ? (
        <Confirm
          title={t(`device.${ask}`)}
          text={t(mine ? 'device.mine.about' : ask === 'rotate' ? 'device.rotate.about' : 'device.remove.about', {
            name: nameOf(d),
          })}
          yes={t(`device.${ask}`)}
          onYes={() => act<unknown>(work[ask](), t('device.done')).then(reload)}
          onClose={() => setAsk(undefined)}
        />
      ) : null}
    </li>
  )
}

/** The page. */
export function Page() {
  const devices = useOp('device.pair.list', {}, { on: ['device.pair.', 'presence'] })
  const [mine, setMine] = useState('')
  const [open, setOpen] = useState<'link' | 'setup' | undefined>()
  useEffect(() => void identity().then((me) => setMine(me.id)), [])
  return (
    <div class="stack">
      <PageHead title={t('page.devices')} about={t('device.about')}>
        <Button icon="device" onClick={() => setOpen('setup')}>
          {t('device.setup')}
        </Button>
        <Button icon="link" tone="main" data-new onClick={() => setOpen('link')}>
          {t('device.link')}
        </Button>
      </PageHead>
      <Loaded of={devices}>
        {(list) => (
          <>
            <Waiting list={list.pending} reload={devices.reload} />
            <Card title={t('device.known')}>
              {list.paired.length ? (
                <ul class="rows">
                  {list.paired.map((d) => (
                    <Known key={d.deviceId} device={d} mine={d.deviceId === mine} reload={devices.reload} />
                  ))}
                </ul>
              ) : (
                <Empty>{t('device.none')}</Empty>
              )}
            </Card>
          </>
        )}
      </Loaded>
      <Nodes />
      {open === 'link' ? <SignInLink onClose={() => setOpen(undefined)} /> : null}
      {open === 'setup' ? <SetupCode onClose={() => setOpen(undefined)} /> : null}
    </div>
  )
}
