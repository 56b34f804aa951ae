// The way in: a secret to type, a browser to be let in, or a gateway that does not answer; each with what mends it.
import { useState } from 'preact/hooks'
import { connect, standing } from './gateway.ts'
import { Button, Notice } from './parts/bits.tsx'
import { Command } from './parts/code.tsx'
import { giveSecret } from './secret.ts'
import { t, type Word } from './words.ts'

/** What the gateway's refusals mean, and the command that mends them. */
const refusals: readonly { readonly says: RegExp; readonly means: Word; readonly command?: string }[] = [
  { says: /ticket/, means: 'refused.ticket', command: 'oclaw dashboard' },
  { says: /device token/, means: 'refused.device', command: 'oclaw dashboard' },
  { says: /mismatch/, means: 'refused.mismatch', command: 'oclaw dashboard' },
  { says: /not configured/, means: 'refused.unset', command: 'oclaw config get gateway.auth --show-secrets' },
  { says: /too many/, means: 'refused.many' },
  {
    says: /origin/,
    means: 'refused.origin',
    command: `oclaw config set gateway.controlUi.allowedOrigins '["${location.origin}"]'`,
  },
  { says: /expired/, means: 'refused.clock', command: 'date' },
  { says: /missing/, means: 'refused.missing', command: 'oclaw dashboard' },
]

function Refusal({ why }: { readonly why: string }) {
  const known = refusals.find((r) => r.says.test(why))
  return (
    <Notice>
      <p>{known ? t(known.means) : why}</p>
      {known?.command ? <Command>{known.command}</Command> : null}
    </Notice>
  )
}

function Secret({ why }: { readonly why: string | undefined }) {
  const [text, setText] = useState('')
  const submit = (e: Event) => {
    e.preventDefault()
    giveSecret(text)
    void connect()
  }
  return (
    <form onSubmit={submit}>
      <p>{t('sign.about')}</p>
      {why === undefined ? null : <Refusal why={why} />}
      <label>
        <span>{t('sign.secret')}</span>
        <input
          type="password"
          name="secret"
          value={text}
          autoComplete="current-password"
          // The form is all there is on the page.
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          spellcheck={false}
          onInput={(e) => setText(e.currentTarget.value)}
        />
      </label>
      <Button type="submit" tone="main" disabled={!text.trim()}>
        {t('sign.in')}
      </Button>
      <p class="quiet">{t('sign.command')}</p>
      <Command>oclaw dashboard</Command>
    </form>
  )
}

const Pairing = ({ request }: { readonly request: string }) => (
  <>
    <p>{t('pair.about')}</p>
    <Command>{`oclaw devices approve ${request}`}</Command>
    <p class="quiet">{t('pair.waits')}</p>
  </>
)

const Away = () => (
  <>
    <Notice tone="warn">{t('away')}</Notice>
    <Command>oclaw gateway status</Command>
    <Button tone="main" onClick={() => void connect()}>
      {t('offline.now')}
    </Button>
  </>
)

/** What is shown to those who are not signed in. */
export function SignIn() {
  const now = standing.value
  return (
    <main class="sign-in">
      <div class="card">
        <div class="brand">
          <img src="icon.svg" width="40" height="40" alt="" />
          <h1>{t('app')}</h1>
        </div>
        {now.kind === 'pairing' ? (
          <Pairing request={now.request} />
        ) : now.kind === 'lost' ? (
          <Away />
        ) : (
          <Secret why={now.kind === 'signed-out' ? now.why : undefined} />
        )}
      </div>
    </main>
  )
}
