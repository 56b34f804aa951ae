// A tool's question whether it may run something, with the ways to answer it.
import { ops, type Answer } from '../gateway.ts'
import { act } from '../store.ts'
import { t } from '../words.ts'
import { Button } from './bits.tsx'
import { Icon } from './icon.tsx'
import { ago, now } from './time.tsx'

type Request = Answer<'exec.approval.list'>['requests'][number]

/** Marks what a reader cannot see: characters that hide, turn or steer text. */
const shown = (text: string) =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (c) => `⟨U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  )

/** The question. */
export function Approval({ request }: { readonly request: Request }) {
  const answer = (decision: 'allow-once' | 'allow-always' | 'deny') =>
    act(ops['exec.approval.resolve']({ id: request.id, decision }), t(`approve.did.${decision}`))
  return (
    <section class="approval" aria-label={t('approve.title')}>
      <header>
        <Icon name="shield" />
        <b>{t('approve.asks', { agent: request.agent || t('approve.someone') })}</b>
        <small class="quiet">{t('approve.until', { when: ago(request.expiresAt, now.value) })}</small>
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0}>{shown(request.command)}</pre>
      {request.cwd ? <p class="quiet">{t('approve.in', { folder: shown(request.cwd) })}</p> : null}
      <div class="actions">
        <Button tone="main" icon="check" onClick={() => answer('allow-once')}>
          {t('approve.once')}
        </Button>
        <Button onClick={() => answer('allow-always')}>{t('approve.always')}</Button>
        <Button tone="danger" onClick={() => answer('deny')}>
          {t('approve.deny')}
        </Button>
      </div>
    </section>
  )
}
