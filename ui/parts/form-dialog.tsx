// A form in a dialog: what is filled in is sent, and what the gateway refuses is said where it was filled in.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Fault } from '../../src/lib/fault.ts'
import { reasonOf } from '../store.ts'
import { t } from '../words.ts'
import { Button, Notice } from './bits.tsx'
import { Dialog } from './dialog.tsx'
import { complete, Form } from './form.tsx'
import type { Fields, Schema } from './schema.ts'

interface FormDialogProps {
  readonly title: string
  /** The schema; it may depend on what is filled in. */
  readonly schema: Schema | ((value: Fields) => Schema)
  readonly first?: Fields
  readonly yes?: string
  readonly wide?: boolean
  /** What stands above and below the form. */
  readonly above?: ComponentChildren
  readonly below?: (value: Fields) => ComponentChildren
  /** Sends it. Rejects with what is wrong. */
  onSend(value: Fields): Promise<unknown>
  onClose(): void
}

interface Issue {
  readonly path: string
  readonly message: string
}

const issuesOf = (error: unknown): readonly Issue[] =>
  error instanceof Fault ? ((error.more.details as { issues?: readonly Issue[] } | undefined)?.issues ?? []) : []

/** The dialog. It closes when what was sent was taken. */
export function FormDialog(p: FormDialogProps) {
  const [value, setValue] = useState<Fields>(p.first ?? {})
  const [wrong, setWrong] = useState<string>()
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({})
  const schema = typeof p.schema === 'function' ? p.schema(value) : p.schema
  const send = async () => {
    try {
      await p.onSend(value)
      p.onClose()
    } catch (error) {
      setWrong(reasonOf(error))
      setRefused(Object.fromEntries(issuesOf(error).map((i) => [i.path, i.message])))
    }
  }
  return (
    <Dialog
      title={p.title}
      {...(p.wide ? { wide: true } : {})}
      onClose={p.onClose}
      foot={
        <>
          <Button onClick={p.onClose}>{t('cancel')}</Button>
          <Button tone="main" disabled={!complete(schema, value)} onClick={send}>
            {p.yes ?? t('save')}
          </Button>
        </>
      }
    >
      {p.above}
      {wrong === undefined ? null : <Notice>{wrong}</Notice>}
      <Form schema={schema} value={value} refused={refused} onChange={setValue} />
      {p.below?.(value)}
    </Dialog>
  )
}
