// Setting a channel up: by the questions the channel itself asks, and by a phone where it is linked by one.
import { useEffect, useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { act, reasonOf, useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Loaded, Notice } from './bits.tsx'
import { Dialog } from './dialog.tsx'
import { FormDialog } from './form-dialog.tsx'
import type { Fields, Schema } from './schema.ts'

type Setup = Answer<'channels.setup'>
type Login = Partial<Answer<'web.login.wait'>>

function schemaOf({ steps }: Setup): Schema {
  const fields = steps.map((s): readonly [string, Schema] => [
    s.key,
    {
      type: 'string',
      title: s.label,
      description: [s.help, s.set ? t('channel.set') : ''].filter(Boolean).join(' '),
      ...(s.secret ? { secret: true } : {}),
    },
  ])
  const account: Schema = { type: 'string', title: t('channel.account'), description: t('channel.account.about') }
  return {
    type: 'object',
    properties: { ...Object.fromEntries(fields), '.account': account },
    required: steps.filter((s) => !s.optional && !s.set).map((s) => s.key),
  }
}

/** Links an account by a phone: shows codes until one was scanned. */
export function LinkDialog({
  channel,
  account,
  onClose,
}: {
  channel: string
  account: string | undefined
  onClose(): void
}) {
  const [seen, setSeen] = useState<Login>({})
  const [wrong, setWrong] = useState<string>()
  const [round, setRound] = useState(0)
  useEffect(() => {
    const stop = new AbortController()
    const where = { channel, ...(account === undefined ? {} : { accountId: account }) }
    async function link() {
      let now: Login = await ops['web.login.start']({ ...where, timeoutMs: 30_000 }, stop.signal)
      while (!stop.signal.aborted) {
        setSeen(now)
        if (now.connected || now.done) return
        const known = now.qr === undefined ? {} : { qr: now.qr }
        now = await ops['web.login.wait']({ ...where, ...known, timeoutMs: 60_000 }, stop.signal)
      }
    }
    link().catch((error: unknown) => stop.signal.aborted || setWrong(reasonOf(error)))
    return () => stop.abort()
  }, [channel, account, round])
  const again = () => {
    setWrong(undefined)
    setSeen({})
    setRound(round + 1)
  }
  return (
    <Dialog title={t('channel.link')} onClose={onClose}>
      {wrong === undefined ? null : <Notice>{wrong}</Notice>}
      {seen.qrDataUrl?.startsWith('data:image/') && !seen.connected ? (
        <img class="qr" src={seen.qrDataUrl} alt={t('channel.qr')} />
      ) : null}
      {seen.code && !seen.connected ? <p class="big-code">{seen.code}</p> : null}
      <p role="status">{seen.message ?? (wrong === undefined ? t('channel.linking') : '')}</p>
      {(seen.done && !seen.connected) || wrong !== undefined ? <Button onClick={again}>{t('again')}</Button> : null}
    </Dialog>
  )
}

function Questions({
  setup,
  onClose,
  onDone,
}: {
  readonly setup: Setup
  onClose(): void
  onDone(links: boolean): void
}) {
  const send = async (value: Fields) => {
    const { '.account': account, ...given } = value
    const values = Object.fromEntries(Object.entries(given).map(([k, v]) => [k, String(v)]))
    await ops['channels.add']({
      channel: setup.channel,
      values,
      ...(typeof account === 'string' && account ? { account } : {}),
    })
    onDone(setup.links)
  }
  return (
    <FormDialog
      title={t('channel.setup', { name: setup.label })}
      schema={schemaOf(setup)}
      yes={t('channel.save')}
      above={setup.links ? <p>{t('channel.links')}</p> : undefined}
      onSend={send}
      onClose={onClose}
    />
  )
}

/** Chooses a channel, asks its questions, and links it where that is how it is done. */
export function AddChannel({ onClose, onDone }: { onClose(): void; onDone(): void }) {
  const channels = useOp('channels.list', {})
  const [setup, setSetup] = useState<Setup>()
  const [linking, setLinking] = useState(false)
  if (setup && linking) return <LinkDialog channel={setup.channel} account={undefined} onClose={onClose} />
  if (setup)
    return (
      <Questions
        setup={setup}
        onClose={() => (linking ? undefined : onClose())}
        onDone={(links) => {
          onDone()
          if (links) setLinking(true)
        }}
      />
    )
  return (
    <Dialog title={t('channel.add')} onClose={onClose}>
      <Loaded of={channels}>
        {({ available }) => (
          <ul class="rows">
            {available.map((c) => (
              <li key={c.id}>
                <div class="grow">
                  <b>{c.label}</b>
                  <small>{c.summary}</small>
                </div>
                <Button
                  onClick={async () => {
                    const found = await act(ops['channels.setup']({ channel: c.id }))
                    if (found) setSetup(found)
                  }}
                >
                  {t('channel.choose')}
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Dialog>
  )
}
