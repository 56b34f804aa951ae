// A code that makes a phone or another machine a node of this gateway: to scan, or to type.
import { useId, useState } from 'preact/hooks'
import { ops, type Answer } from '../gateway.ts'
import { base } from '../place.ts'
import { reasonOf } from '../store.ts'
import { t } from '../words.ts'
import { Button, Facts, Notice } from './bits.tsx'
import { Command } from './code.tsx'
import { Dialog } from './dialog.tsx'
import { useSecondsLeft } from './seconds-left.ts'
import { span } from './time.tsx'

/** This page's own address, where others than this machine can reach it; empty leaves it to the gateway. */
const reached = () =>
  /^(localhost$|127\.|\[::1\])/.test(location.hostname) ? '' : `${location.origin}${base}`.replace(/\/$/, '')

/** The dialog. A code is made when it is asked for, for the address that is written there. */
export function SetupCode({ onClose }: { onClose(): void }) {
  const [url, setUrl] = useState(reached)
  const [made, setMade] = useState<Answer<'device.setup'>>()
  const [wrong, setWrong] = useState<string>()
  const left = useSecondsLeft(made?.expiresAtMs)
  const id = useId()
  const make = async () => {
    try {
      setMade(await ops['device.setup']({ ...(url.trim() ? { url: url.trim() } : {}), picture: true }))
      setWrong(undefined)
    } catch (error) {
      setMade(undefined)
      setWrong(reasonOf(error))
    }
  }
  const shown = left ? made : undefined
  return (
    <Dialog title={t('device.setup')} onClose={onClose}>
      <p>{t('device.setup.about')}</p>
      <div class="field">
        <label class="name" for={id}>
          {t('device.setup.url')}
        </label>
        <input
          id={id}
          type="text"
          spellcheck={false}
          placeholder={t('device.setup.url.hint')}
          value={url}
          onInput={(e) => setUrl(e.currentTarget.value)}
        />
      </div>
      {wrong === undefined ? null : <Notice>{wrong}</Notice>}
      {made && !shown ? <p role="status">{t('device.setup.over')}</p> : null}
      {shown ? (
        <>
          {shown.qrDataUrl === undefined ? null : <img class="qr" src={shown.qrDataUrl} alt={t('device.setup.qr')} />}
          <Command>{`oclaw node run --setup-code ${shown.setupCode}`}</Command>
          <Facts
            of={[
              [t('device.setup.to'), <code>{shown.gatewayUrl}</code>],
              [t('device.setup.left'), span((left ?? 0) * 1000)],
            ]}
          />
        </>
      ) : null}
      <div class="actions">
        <Button {...(shown ? {} : { tone: 'main' as const })} icon={made ? 'retry' : 'plus'} onClick={make}>
          {t(made ? 'device.link.again' : 'device.setup.make')}
        </Button>
      </div>
    </Dialog>
  )
}
