// A dialog over the page: the browser's own, so that focus stays inside and Escape closes it.
import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { t } from '../words.ts'
import { Button } from './bits.tsx'

interface DialogProps {
  readonly title: string
  readonly wide?: boolean
  readonly children: ComponentChildren
  readonly foot?: ComponentChildren
  onClose(): void
}

/** Shows a dialog until `onClose` takes it away. */
export function Dialog({ title, wide, children, foot, onClose }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const before = document.activeElement
    const dialog = ref.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('.body :is(input, textarea, select):not(:disabled)')?.focus()
    return () => {
      dialog?.close() // nothing behind an open one can take the focus
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={ref}
      class={wide ? 'wide' : ''}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onClick={(e) => e.target === ref.current && onClose()}
    >
      <div class="dialog">
        <header>
          <h2 id={id}>{title}</h2>
          <Button icon="close" tone="ghost" label={t('close')} onClick={onClose} />
        </header>
        <div class="body">{children}</div>
        {foot ? <footer>{foot}</footer> : null}
      </div>
    </dialog>
  )
}

/** Asks whether something is to be done that cannot be taken back. */
export const Confirm = (p: {
  readonly title: string
  readonly text: string
  readonly yes: string
  onYes(): Promise<unknown> | void
  onClose(): void
}) => (
  <Dialog
    title={p.title}
    onClose={p.onClose}
    foot={
      <>
        <Button onClick={p.onClose}>{t('cancel')}</Button>
        <Button
          tone="danger"
          onClick={async () => {
            await p.onYes()
            p.onClose()
          }}
        >
          {p.yes}
        </Button>
      </>
    }
  >
    <p>{p.text}</p>
  </Dialog>
)
