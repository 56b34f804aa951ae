// The fields of a form that hold one value each.
import { useId, useState } from 'preact/hooks'
import { t } from '../words.ts'
import { Button } from './bits.tsx'
import { redacted, wrongOf, type Kind, type Schema } from './schema.ts'

/** What every field is given. */
export interface FieldProps {
  readonly name: string
  readonly schema: Schema
  readonly kind: Kind
  readonly value: unknown
  readonly required: boolean
  /** Whether others of the form are, so that it is worth saying that this one is not. */
  readonly some?: boolean
  /** What is in force when the field is empty. */
  readonly usual?: unknown
  /** What the gateway said against it. */
  readonly refused?: string | undefined
  onChange(value: unknown): void
}

interface InputProps extends FieldProps {
  readonly id: string
  readonly about: string
  readonly bad: boolean
}

const shown = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

const aria = ({ id, about, bad }: InputProps) => ({
  id,
  'aria-describedby': about,
  'aria-invalid': bad || undefined,
})

function Choice(p: InputProps) {
  const all = p.schema.enum ?? []
  const at = all.findIndex((x) => x === p.value)
  const usual = p.usual === undefined ? t('form.unset') : t('form.usual', { value: shown(p.usual) })
  return (
    <select
      {...aria(p)}
      value={at < 0 ? '' : String(at)}
      onChange={(e) => p.onChange(all[Number(e.currentTarget.value || 'x')])}
    >
      {p.required && at >= 0 ? null : <option value="">{usual}</option>}
      {all.map((x, i) => (
        <option key={shown(x)} value={String(i)}>
          {p.schema.names?.[i] ?? shown(x)}
        </option>
      ))}
    </select>
  )
}

function Secret(p: InputProps) {
  const set = p.value === redacted
  const [open, setOpen] = useState(!set)
  if (set && !open)
    return (
      <span class="row">
        <input {...aria(p)} value={t('form.secret.set')} disabled />
        <Button
          onClick={() => {
            setOpen(true)
            p.onChange(undefined)
          }}
        >
          {t('form.replace')}
        </Button>
      </span>
    )
  return (
    <input
      {...aria(p)}
      type="password"
      autoComplete="new-password"
      spellcheck={false}
      value={set ? '' : shown(p.value)}
      onInput={(e) => p.onChange(e.currentTarget.value || undefined)}
    />
  )
}

function Json(p: InputProps) {
  const [text, setText] = useState(p.value === undefined ? '' : JSON.stringify(p.value, null, 2))
  const [broken, setBroken] = useState(false)
  const write = (next: string) => {
    setText(next)
    try {
      p.onChange(next.trim() ? JSON.parse(next) : undefined)
      setBroken(false)
    } catch {
      setBroken(true) // it is not whole yet; the last whole value stays
    }
  }
  return (
    <>
      <textarea
        {...aria(p)}
        class="mono"
        rows={4}
        value={text}
        spellcheck={false}
        aria-invalid={broken || undefined}
        onInput={(e) => write(e.currentTarget.value)}
      />
      {broken ? <span class="wrong">{t('form.json')}</span> : null}
    </>
  )
}

function Input(p: InputProps) {
  const usual = p.usual === undefined || p.usual === redacted ? '' : shown(p.usual)
  const text = { ...aria(p), value: shown(p.value), placeholder: usual }
  switch (p.kind) {
    case 'choice':
      return <Choice {...p} />
    case 'secret':
      return <Secret {...p} />
    case 'json':
      return <Json {...p} />
    case 'number':
      return (
        <input
          {...text}
          type="number"
          step={p.schema.type === 'integer' ? 1 : 'any'}
          onInput={(e) => p.onChange(e.currentTarget.value === '' ? undefined : Number(e.currentTarget.value))}
        />
      )
    case 'list':
      return <List {...p} />
    default:
      if (p.schema.long)
        return <textarea {...text} rows={4} onInput={(e) => p.onChange(e.currentTarget.value || undefined)} />
      if (p.schema.format === 'date-time')
        return <input {...text} type="datetime-local" onInput={(e) => p.onChange(e.currentTarget.value || undefined)} />
      return (
        <input
          {...text}
          type="text"
          spellcheck={false}
          onInput={(e) => p.onChange(e.currentTarget.value || undefined)}
        />
      )
  }
}

/** A list of plain values: one a line. */
function List(p: InputProps) {
  const list = Array.isArray(p.value) ? (p.value as unknown[]) : []
  const [text, setText] = useState(list.map(shown).join('\n'))
  const number = p.schema.items?.type === 'number' || p.schema.items?.type === 'integer'
  const write = (next: string) => {
    setText(next)
    const lines = next.split('\n').map((l) => l.trim())
    const values = lines.filter(Boolean).map((l) => (number ? Number(l) : l))
    p.onChange(values.length ? values : undefined)
  }
  const usual = Array.isArray(p.usual) ? (p.usual as unknown[]).map(shown).join('\n') : ''
  return (
    <textarea
      {...aria(p)}
      rows={Math.min(6, Math.max(2, text.split('\n').length))}
      value={text}
      placeholder={usual || t('form.lines')}
      spellcheck={false}
      onInput={(e) => write(e.currentTarget.value)}
    />
  )
}

/** A field with its name, what it means, and what is wrong with it. */
export function Field(p: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  const wrong = wrongOf(p.schema, p.value, p.required)
  const said = p.refused ?? (wrong && p.value !== undefined ? t(wrong.word, { n: wrong.n ?? 0 }) : undefined)
  const help = p.schema.description
  const words = (
    <>
      {help ? (
        <small id={about} class="sentence">
          {help}
        </small>
      ) : null}
      {said ? (
        <span class="wrong" role="alert">
          {said}
        </span>
      ) : null}
    </>
  )
  if (p.kind === 'toggle') {
    const on = p.value === undefined ? p.usual === true : p.value === true
    return (
      <div class="field check">
        <input
          id={id}
          type="checkbox"
          aria-describedby={about}
          checked={on}
          onChange={(e) => p.onChange(e.currentTarget.checked)}
        />
        <label class="name" for={id}>
          {p.name}
        </label>
        {words}
      </div>
    )
  }
  return (
    <div class="field">
      <label class="name" for={id}>
        {p.name}
        {p.required || !p.some ? null : <span class="help">{t('form.optional')}</span>}
      </label>
      <Input {...p} id={id} about={about} bad={said !== undefined} />
      {words}
    </div>
  )
}
