// The config file as text: edited whole, shown as a list of changes before it is saved.
import { useState } from 'preact/hooks'
import { ops } from '../gateway.ts'
import { reasonOf } from '../store.ts'
import { t } from '../words.ts'
import { Button, Notice } from './bits.tsx'
import { CopyButton } from './code.tsx'
import { Dialog } from './dialog.tsx'
import { diff, hunks } from './diff.ts'

/** How long a change is on probation, in ms. */
export const probationMs = 60_000

interface RawProps {
  readonly raw: string
  readonly hash: string | undefined
  onSaved(): void
}

const marks = { same: ' ', gone: '−', new: '+' } as const

const Changes = ({ before, after }: { readonly before: string; readonly after: string }) => (
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  <pre class="diff" tabIndex={0}>
    {hunks(diff(before, after)).map((line, i) =>
      line === 'gap' ? (
        // Lines of one comparison do not move.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={i} class="gap">
          {'⋯\n'}
        </span>
      ) : (
        // oxlint-disable-next-line react/no-array-index-key
        <span key={i} class={line.kind}>
          {`${marks[line.kind]} ${line.text}\n`}
        </span>
      ),
    )}
  </pre>
)

/** The editor. */
export function ConfigRaw({ raw, hash, onSaved }: RawProps) {
  // What is edited was begun on a file of this hash; when that changes meanwhile, the gateway says so.
  const [draft, setDraft] = useState<{
    readonly text: string
    readonly raw: string
    readonly hash: string | undefined
  }>()
  const text = draft?.text ?? raw
  const begun = draft ?? { raw, hash }
  const setText = (next: string) => setDraft(next === begun.raw ? undefined : { ...begun, text: next })
  const [asking, setAsking] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const save = async () => {
    try {
      await ops['config.set']({ raw: text, probationMs, ...(begun.hash === undefined ? {} : { baseHash: begun.hash }) })
      setWrong(undefined)
      setDraft(undefined)
      onSaved()
    } catch (error) {
      setWrong(reasonOf(error))
    }
    setAsking(false)
  }
  return (
    <div class="stack">
      <p class="quiet">{t('config.raw.about')}</p>
      {wrong === undefined ? null : (
        <Notice>
          <pre>{wrong}</pre>
        </Notice>
      )}
      <textarea
        class="mono"
        rows={26}
        spellcheck={false}
        aria-label={t('config.raw')}
        value={text}
        onInput={(e) => setText(e.currentTarget.value)}
      />
      <div class="actions">
        <Button tone="main" disabled={!draft} onClick={() => setAsking(true)}>
          {t('config.review')}
        </Button>
        <Button disabled={!draft} onClick={() => setDraft(undefined)}>
          {t('discard')}
        </Button>
        <CopyButton text={text} />
      </div>
      {asking ? (
        <Dialog
          title={t('config.changes')}
          wide
          onClose={() => setAsking(false)}
          foot={
            <>
              <Button onClick={() => setAsking(false)}>{t('cancel')}</Button>
              <Button tone="main" onClick={save}>
                {t('config.save')}
              </Button>
            </>
          }
        >
          <Changes before={begun.raw} after={text} />
        </Dialog>
      ) : null}
    </div>
  )
}
