// The menu beside the pages: where one can go, and what waits for the reader there.
import { menu } from './dialogs.ts'
import { hello, signOut, standing } from './gateway.ts'
import { dialog } from './dialogs.ts'
import { nextTheme, theme } from './looks.ts'
import { pages } from './pages.ts'
import { Button } from './parts/bits.tsx'
import { Icon } from './parts/icon.tsx'
import { hrefOf, pageName } from './place.ts'
import { useOp } from './store.ts'
import { t } from './words.ts'

/** How many things wait on a page. */
function useWaiting(): Readonly<Record<string, number>> {
  const off = standing.value.kind !== 'open'
  const approvals = useOp('exec.approval.list', {}, { on: ['exec.approval.'], off })
  const devices = useOp('device.pair.list', {}, { on: ['device.pair.'], off })
  return {
    approvals: approvals.data?.requests.length ?? 0,
    devices: devices.data?.pending.length ?? 0,
  }
}

/** The menu. */
export function Menu() {
  const waiting = useWaiting()
  const groups = [...new Set(pages.map((p) => p.group))]
  const version = hello.value?.server.version
  return (
    <nav class="menu" aria-label={t('menu')}>
      <div class="brand">
        <img src="icon.svg" width="26" height="26" alt="" />
        <strong>{t('app')}</strong>
        <span class={`lamp ${standing.value.kind}`} title={t(`standing.${standing.value.kind}`)}>
          <span class="sr">{t(`standing.${standing.value.kind}`)}</span>
        </span>
      </div>
      {groups.map((group) => (
        <div key={group} class="group">
          <h2>{t(group)}</h2>
          <ul>
            {pages
              .filter((p) => p.group === group)
              .map((p) => (
                <li key={p.name}>
                  <a
                    href={hrefOf(p.name)}
                    aria-current={pageName.value === p.name ? 'page' : undefined}
                    onClick={() => (menu.value = false)}
                  >
                    <Icon name={p.icon} />
                    <span>{t(p.title)}</span>
                    {waiting[p.name] ? <b class="count">{waiting[p.name]}</b> : null}
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
      <footer>
        <Button
          icon={{ auto: 'half', light: 'sun', dark: 'moon' }[theme.value] as 'half'}
          tone="ghost"
          label={t(`theme.${theme.value}`)}
          onClick={nextTheme}
        />
        <Button icon="keyboard" tone="ghost" label={t('keys.title')} onClick={() => (dialog.value = 'keys')} />
        <Button icon="out" tone="ghost" label={t('sign.out')} onClick={signOut} />
        <small>{version}</small>
      </footer>
    </nav>
  )
}
