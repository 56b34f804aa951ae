// An address that signs another browser in, with the time that is left for it.
import { useOp } from '../store.ts'
import { t } from '../words.ts'
import { Button, Loaded } from './bits.tsx'
import { Command } from './code.tsx'
import { Dialog } from './dialog.tsx'
import { useSecondsLeft } from './seconds-left.ts'

/** The address: this page's own, so that it is right behind a proxy too. */
export function SignInLink({ onClose }: { onClose(): void }) {
  const link = useOp('dashboard.link', {})
  const left = useSecondsLeft(link.data?.expiresAt) ?? 60
  return (
    <Dialog title={t('device.link')} onClose={onClose}>
      <p>{t('device.link.about')}</p>
      <Loaded of={link}>
        {({ path }) => (left > 0 ? <Command>{`${location.origin}${path}`}</Command> : <p>{t('refused.ticket')}</p>)}
      </Loaded>
      <div class="actions">
        <span class="quiet">{t('device.link.left', { n: left })}</span>
        <Button icon="retry" onClick={link.reload}>
          {t('device.link.again')}
        </Button>
      </div>
    </Dialog>
  )
}
