// What stands around every page: the menu, the banner when the gateway is away, messages, and the list of shortcuts.
import { effect, signal } from '@preact/signals'
import { Component, type ComponentChildren, type ComponentType, type TargetedMouseEvent } from 'preact'
import { dialog, menu } from './dialogs.ts'
import { connect, hello, standing } from './gateway.ts'
import { shortcuts } from './keys.ts'
import { nextTheme, theme } from './looks.ts'
import { Menu } from './menu.tsx'
import { pages } from './pages.ts'
import { Button, Notice } from './parts/bits.tsx'
import { Dialog } from './parts/dialog.tsx'
import { follow, pageName } from './place.ts'
import { hasSecret } from './secret.ts'
import { SignIn } from './sign-in.tsx'
import { dismiss, reasonOf, toasts } from './store.ts'
import { t } from './words.ts'

/** The pages that were loaded. */
const loaded = signal<Readonly<Record<string, ComponentType | string>>>({})

effect(() => {
  const name = pageName.value
  const page = pages.find((p) => p.name === name)
  document.title = page ? t('title', { page: t(page.title) }) : t('app')
  menu.value = false
  if (!page || (loaded.peek()[name] !== undefined && typeof loaded.peek()[name] !== 'string')) return
  page.load().then(
    (m) => (loaded.value = { ...loaded.value, [name]: m.Page }),
    (error: unknown) => (loaded.value = { ...loaded.value, [name]: reasonOf(error) }),
  )
})

/** Shows what a page threw, instead of nothing at all. */
class Guard extends Component<{ readonly page: string; readonly children: ComponentChildren }, { wrong?: string }> {
  override state: { wrong?: string; page?: string } = {}

  static override getDerivedStateFromError(error: unknown) {
    return { wrong: reasonOf(error) }
  }

  override componentDidUpdate(before: { readonly page: string }) {
    if (before.page !== this.props.page && this.state.wrong) this.setState({ wrong: '' })
  }

  override render() {
    return this.state.wrong ? <Notice>{t('page.broke', { why: this.state.wrong })}</Notice> : this.props.children
  }
}

function Shown() {
  const name = pageName.value
  const Page = loaded.value[name]
  if (!pages.some((p) => p.name === name)) return <Notice tone="warn">{t('page.none')}</Notice>
  if (Page === undefined) return <p class="waiting">{t('loading')}</p>
  return typeof Page === 'string' ? <Notice>{t('page.gone', { why: Page })}</Notice> : <Page />
}

const Banner = () =>
  standing.value.kind === 'lost' ? (
    <div class="banner" role="status">
      <span>{t('offline')}</span>
      <Button tone="ghost" onClick={() => void connect()}>
        {t('offline.now')}
      </Button>
    </div>
  ) : null

const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map((toast) => (
      <div key={toast.id} class={`toast ${toast.kind}`}>
        <span>{toast.text}</span>
        {toast.undo ? (
          <Button
            tone="ghost"
            onClick={() => {
              toast.undo?.()
              dismiss(toast.id)
            }}
          >
            {t('undo')}
          </Button>
        ) : null}
        <Button icon="close" tone="ghost" label={t('close')} onClick={() => dismiss(toast.id)} />
      </div>
    ))}
  </div>
)

const Keys = () => (
  <Dialog title={t('keys.title')} onClose={() => (dialog.value = undefined)}>
    <dl class="keys">
      {shortcuts.map((s) => (
        <div key={s.keys}>
          <dt>{t(s.about)}</dt>
          <dd>
            <kbd>{s.keys}</kbd>
          </dd>
        </div>
      ))}
      {pages.map((p) => (
        <div key={p.name}>
          <dt>{t('keys.go', { page: t(p.title) })}</dt>
          <dd>
            <kbd>g</kbd> <kbd>{p.key}</kbd>
          </dd>
        </div>
      ))}
      <div>
        <dt>{t('keys.send')}</dt>
        <dd>
          <kbd>Enter</kbd>
        </dd>
      </div>
      <div>
        <dt>{t('keys.stop')}</dt>
        <dd>
          <kbd>Esc</kbd>
        </dd>
      </div>
    </dl>
  </Dialog>
)

/** Follows links of ours; a click beside the open menu closes it. */
function clicked(event: TargetedMouseEvent<HTMLDivElement>) {
  if (event.target === event.currentTarget) menu.value = false
  follow(event)
}

/** The whole UI: the sign-in, or the menu with a page beside it. */
export function Shell() {
  const { kind } = standing.value
  if (kind === 'connecting' && !hello.value && !hasSecret()) return <p class="waiting">{t('connecting')}</p>
  if (kind === 'signed-out' || kind === 'pairing' || (!hello.value && kind !== 'connecting')) return <SignIn />
  const page = pageName.value
  return (
    // Links of ours are followed here, wherever in the page they are.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions
    <div class={menu.value ? 'shell menu-open' : 'shell'} onClick={clicked}>
      <a class="skip" href="#main" onClick={(e) => (e.preventDefault(), document.getElementById('main')?.focus())}>
        {t('skip')}
      </a>
      <header class="topbar">
        <Button
          icon="menu"
          tone="ghost"
          label={t('menu')}
          aria-expanded={menu.value}
          onClick={() => (menu.value = !menu.value)}
        />
        <strong>{t(pages.find((p) => p.name === page)?.title ?? 'app')}</strong>
        <Button
          icon={{ auto: 'half', light: 'sun', dark: 'moon' }[theme.value] as 'half'}
          tone="ghost"
          label={t(`theme.${theme.value}`)}
          onClick={nextTheme}
        />
      </header>
      <Menu />
      <Banner />
      <main id="main" tabIndex={-1} class={`page at-${page}`}>
        <Guard page={page}>
          {kind === 'connecting' && !hello.value ? <p class="waiting">{t('connecting')}</p> : <Shown />}
        </Guard>
      </main>
      <Toasts />
      {dialog.value === 'keys' ? <Keys /> : null}
    </div>
  )
}
