// One row of a chat: what a person said, what an agent thought, did and answered, or a remark.
import { useState } from 'preact/hooks'
import { Button } from '../parts/bits.tsx'
import { CopyButton } from '../parts/code.tsx'
import { Icon } from '../parts/icon.tsx'
import { Markdown } from '../parts/markdown.tsx'
import { memo } from '../parts/memo.ts'
import { clockTime, fullTime } from '../parts/time.tsx'
import { t } from '../words.ts'
import { File } from './file.tsx'
import type { Row, Step } from './rows.ts'
import { ToolCard } from './tool-card.tsx'

/** What can be done with a row. */
export interface Acts {
  edit(row: Extract<Row, { kind: 'user' }>, text: string): Promise<unknown>
  again(): Promise<unknown>
  resend(row: Extract<Row, { kind: 'user' }>): Promise<unknown>
  drop(key: string): void
}

const Thinking = ({ text, open }: { readonly text: string; readonly open: boolean }) => (
  <details class="thinking" open={open || undefined}>
    <summary>
      <Icon name="brain" size={15} />
      {t(open ? 'chat.thinking' : 'chat.thought')}
    </summary>
    <div class="thought">{text}</div>
  </details>
)

function Piece({ step, live }: { readonly step: Step; readonly live: boolean }) {
  switch (step.kind) {
    case 'text':
      return <Markdown text={step.text} />
    case 'thinking':
      return <Thinking text={step.text} open={live} />
    case 'file':
      return <File file={step.file} />
    case 'tool':
      return <ToolCard step={step} />
  }
}

const stops: Readonly<Record<string, 'chat.stopped' | 'chat.length' | 'chat.error'>> = {
  aborted: 'chat.stopped',
  length: 'chat.length',
  error: 'chat.error',
}

const textOf = (steps: readonly Step[]) => steps.flatMap((s) => (s.kind === 'text' ? [s.text] : [])).join('\n\n')

function Answer({ row, acts, last }: { readonly row: Extract<Row, { kind: 'answer' }>; acts: Acts; last: boolean }) {
  const stop = stops[row.stop ?? '']
  const open = row.steps.length - 1
  return (
    <article class="answer" aria-busy={row.live || undefined}>
      {row.steps.map((step, i) => (
        <Piece key={step.kind === 'tool' ? step.id : i} step={step} live={row.live === true && i === open} />
      ))}
      {row.live ? (
        <p class="working">
          <span class="dots" aria-hidden="true" />
          <span class="sr">{t('chat.working')}</span>
        </p>
      ) : (
        <footer>
          {stop ? <span class="stopped">{t(stop)}</span> : null}
          <time title={fullTime(row.at)}>{clockTime(row.at)}</time>
          {row.model ? <span class="model">{row.model}</span> : null}
          {textOf(row.steps) ? <CopyButton text={() => textOf(row.steps)} label={t('chat.copy')} /> : null}
          {last ? <Button icon="retry" tone="ghost" label={t('chat.again')} onClick={acts.again} /> : null}
        </footer>
      )}
    </article>
  )
}

function Editor({ row, acts, done }: { readonly row: Extract<Row, { kind: 'user' }>; acts: Acts; done(): void }) {
  const [text, setText] = useState(row.text)
  return (
    <form
      class="said editing"
      onSubmit={(e) => e.preventDefault()}
      onKeyDown={(e) => {
        if (e.key === 'Escape') done()
      }}
    >
      <textarea aria-label={t('chat.edit')} value={text} rows={3} onInput={(e) => setText(e.currentTarget.value)} />
      {row.files.map((file, i) => (
        <File key={i} file={file} />
      ))}
      <p class="quiet">{t('chat.branch.about')}</p>
      <div class="actions">
        <Button
          tone="main"
          icon="branch"
          disabled={!text.trim() && !row.files.length}
          onClick={() => acts.edit(row, text).then(done)}
        >
          {t('chat.branch')}
        </Button>
        <Button onClick={done}>{t('cancel')}</Button>
      </div>
    </form>
  )
}

function Said({ row, acts }: { readonly row: Extract<Row, { kind: 'user' }>; readonly acts: Acts }) {
  const [editing, setEditing] = useState(false)
  if (editing) return <Editor row={row} acts={acts} done={() => setEditing(false)} />
  return (
    <article class={`said ${row.state ?? ''}`}>
      <div class="bubble">
        {row.text ? <div class="text">{row.text}</div> : null}
        {row.files.map((file, i) => (
          <File key={i} file={file} />
        ))}
      </div>
      <footer>
        {row.state === 'waiting' ? <span>{t('chat.waits')}</span> : null}
        {row.state === 'failed' ? (
          <>
            <span class="stopped">{t('chat.unsent')}</span>
            <Button icon="retry" tone="ghost" label={t('again')} onClick={() => acts.resend(row)} />
            <Button icon="trash" tone="ghost" label={t('delete')} onClick={() => acts.drop(row.key)} />
          </>
        ) : null}
        <time title={fullTime(row.at)}>{clockTime(row.at)}</time>
        {row.text ? <CopyButton text={row.text} label={t('chat.copy')} /> : null}
        {row.id === undefined ? null : (
          <Button icon="edit" tone="ghost" label={t('chat.edit')} onClick={() => setEditing(true)} />
        )}
      </footer>
    </article>
  )
}

/** A row. */
export const Message = memo(
  ({ row, acts, last }: { readonly row: Row; readonly acts: Acts; readonly last: boolean }) => {
    if (row.kind === 'user') return <Said row={row} acts={acts} />
    if (row.kind === 'answer') return <Answer row={row} acts={acts} last={last} />
    return (
      <div class={row.bad ? 'note bad' : 'note'}>
        <Markdown text={row.text} />
      </div>
    )
  },
)
