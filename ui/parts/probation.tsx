// The countdown of a change of the config: keep it, or it undoes itself.
import { useEffect, useState } from 'preact/hooks'
import { systemClock } from '../../src/lib/clock.ts'
import { ops } from '../gateway.ts'
import { act } from '../store.ts'
import { t } from '../words.ts'
import { Button } from './bits.tsx'

/** The countdown, until `until` (ms). */
export function Probation({ until, reload }: { readonly until: number; reload(): void }) {
  const [left, setLeft] = useState(() => Math.ceil((until - systemClock.now()) / 1000))
  useEffect(() => {
    const stop = new AbortController()
    const beat = async () => {
      for (;;) {
        const seconds = Math.ceil((until - systemClock.now()) / 1000)
        setLeft(Math.max(0, seconds))
        await systemClock.sleep(500, stop.signal)
        if (seconds < -1) return reload()
      }
    }
    beat().catch(() => undefined)
    return () => stop.abort()
  }, [until])
  return (
    <div class="notice warn probation" role="status">
      <div>
        <b>{t('config.trial', { n: left })}</b>
        <span>{t('config.trial.about')}</span>
        <div class="actions">
          <Button tone="main" onClick={() => act(ops['config.keep']({}), t('config.kept')).then(reload)}>
            {t('config.keep')}
          </Button>
          <Button onClick={() => act(ops['config.revert']({}), t('config.reverted')).then(reload)}>
            {t('config.revert')}
          </Button>
        </div>
      </div>
    </div>
  )
}
