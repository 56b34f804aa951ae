// One account of a channel: how it is, since when, and what can be done with it.
import { useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { act } from '../store.ts'
import { t } from '../words.ts'
import { Button, Card, Facts, Pill } from './bits.tsx'
import { Confirm } from './dialog.tsx'
import { FormDialog } from './form-dialog.tsx'
import { toneOf } from './channel-list.tsx'
import { LinkDialog } from './channel-setup.tsx'
import { Ago } from './time.tsx'
import { randomText } from '../../src/lib/ids.ts'
import type { Fields } from './schema.ts'

/** An account as the gateway tells of it. */
export type Account = Answer<'channels.status'>['list'][number]

function TestMessage({ account: a, onClose }: { readonly account: Account; onClose(): void }) {
  const send = (value: Fields) =>
    act(
      ops['send']({
        channel: a.channel,
        accountId: a.accountId,
        to: String(value['to']),
        message: String(value['message']),
        idempotencyKey: `ui_${randomText(16)}`,
      }),
      t('channel.tested'),
    )
  return (
    <FormDialog
      title={t('channel.test')}
      yes={t('channel.send')}
      first={{ message: t('channel.hello') }}
      schema={{
        type: 'object',
        required: ['to', 'message'],
        properties: {
          to: { type: 'string', title: t('channel.to'), description: t('channel.to.about') },
          message: { type: 'string', title: t('compose.label'), long: true },
        },
      }}
      onSend={send}
      onClose={onClose}
    />
  )
}

/** The card. `links`: it is linked by a phone. */
export function ChannelCard({ account: a, reload }: { readonly account: Account; reload(): void }) {
  const [open, setOpen] = useState<'test' | 'remove' | 'link' | undefined>()
  const where = { channel: a.channel, accountId: a.accountId }
  const close = () => setOpen(undefined)
  const doing = (work: Promise<unknown>, text: string) => act(work, text).then(reload)
  return (
    <Card
      title={
        <>
          {a.label} <span class="quiet">{a.name ?? a.accountId}</span>
        </>
      }
      actions={<Pill tone={toneOf(a)}>{t(`channel.${toneOf(a)}`)}</Pill>}
    >
      <Facts
        of={[
          [t('dash.evidence'), <Ago at={a.lastEventAt} />],
          [t('channel.in'), <Ago at={a.lastInboundAt} />],
          [t('channel.out'), <Ago at={a.lastOutboundAt} />],
          [t('channel.credential'), a.tokenSource],
          ...(a.dmPolicy ? [[t('channel.policy'), a.dmPolicy] as const] : []),
          ...(a.lastError ? [[t('channel.error'), <span class="bad-text">{a.lastError}</span>] as const] : []),
          ...(a.probe ? [[t('channel.probe'), a.probe.text] as const] : []),
        ]}
      />
      <div class="actions foot">
        {a.running ? (
          <Button icon="stop" onClick={() => doing(ops['channels.stop'](where), t('channel.stopped'))}>
            {t('channel.stop')}
          </Button>
        ) : (
          <Button icon="play" onClick={() => doing(ops['channels.start'](where), t('channel.started'))}>
            {t('channel.start')}
          </Button>
        )}
        {a.linked === undefined ? null : (
          <Button icon="link" onClick={() => setOpen('link')}>
            {t('channel.link')}
          </Button>
        )}
        <Button icon="send" onClick={() => setOpen('test')}>
          {t('channel.test')}
        </Button>
        <Button icon="trash" tone="ghost" label={t('channel.remove')} onClick={() => setOpen('remove')} />
      </div>
      {open === 'test' ? <TestMessage account={a} onClose={close} /> : null}
      {open === 'link' ? <LinkDialog channel={a.channel} account={a.accountId} onClose={close} /> : null}
      {open === 'remove' ? (
        <Confirm
          title={t('channel.remove')}
          text={t('channel.remove.about', { name: `${a.label} ${a.accountId}` })}
          yes={t('channel.remove')}
          onYes={() =>
            doing(
              ops['channels.remove']({ channel: a.channel, account: a.accountId, delete: true }),
              t('channel.removed'),
            )
          }
          onClose={close}
        />
      ) : null}
    </Card>
  )
}
