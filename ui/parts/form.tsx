// A form made of a JSON Schema: the config, the set-up of channels and the editor of jobs are all this one.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { spelled } from '../../src/lib/spelled.ts'
import { t } from '../words.ts'
import { Button } from './bits.tsx'
import { Field } from './fields.tsx'
import { changed, isFields, kindOf, plain, wrongOf, type Fields, type Schema } from './schema.ts'

/** What the gateway adds to a schema, by dotted path: `*` for names people choose, `[]` for entries of lists. */
export type Hints = Readonly<
  Record<string, { readonly label?: string; readonly help?: string; readonly sensitive?: boolean }>
>

/** A form's value and what surrounds it. */
export interface FormProps {
  readonly schema: Schema
  readonly value: Fields
  /** What is in force where the value says nothing. */
  readonly usual?: unknown
  readonly hints?: Hints
  /** What the gateway refused, by dotted path. */
  readonly refused?: Readonly<Record<string, string>>
  /** Where this part of a larger value is. */
  readonly path?: string
  /** Opens every group at once. */
  readonly open?: boolean
  onChange(value: Fields): void
}

const join = (path: string | undefined, key: string) => (path ? `${path}.${key}` : key)

/** A path as hints name it: entries of lists are `[]`. */
const hinted = (path: string) => path.replace(/\.\d+(?=\.|$)/g, '.[]')

const hintOf = (hints: Hints | undefined, path: string) => {
  const exact = hints?.[hinted(path)]
  if (exact) return exact
  const parts = hinted(path).split('.')
  const found = Object.keys(hints ?? {}).find((name) => {
    const pattern = name.split('.')
    return pattern.length === parts.length && pattern.every((x, i) => x === '*' || x === parts[i])
  })
  return found === undefined ? undefined : hints?.[found]
}

/** Whether a value keeps every rule its schema states. */
export function complete(schema: Schema, value: Fields): boolean {
  return Object.entries(schema.properties ?? {}).every(([key, raw]) => {
    const part = plain(raw, value[key])
    return wrongOf(part, value[key], schema.required?.includes(key) ?? false) === undefined
  })
}

const count = (value: unknown) =>
  isFields(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : 0

interface PartProps extends Omit<FormProps, 'value' | 'onChange' | 'path'> {
  readonly name: string
  readonly at: string
  readonly value: unknown
  readonly required: boolean
  readonly some: boolean
  onChange(value: unknown): void
}

/** Parts under a name that opens; they are not drawn before, since a config has some thousand of them. */
function Fold(p: PartProps & { readonly n: number; readonly forced?: boolean; children(): ComponentChildren }) {
  const open = p.open || p.forced || false
  const [seen, setSeen] = useState(open)
  return (
    <details open={open || undefined} onToggle={(e) => e.currentTarget.open && setSeen(true)}>
      <summary>
        {p.name}
        {p.n ? <small>{t('form.set', { n: p.n })}</small> : null}
      </summary>
      {open || seen ? (
        <div class="inner">
          {p.schema.description ? <small class="help sentence">{p.schema.description}</small> : null}
          {p.children()}
        </div>
      ) : null}
    </details>
  )
}

/** A group of fields. */
function Group(p: PartProps) {
  const wrong = Object.keys(p.refused ?? {}).some((path) => path.startsWith(`${p.at}.`))
  return (
    <Fold {...p} n={count(p.value)} forced={wrong}>
      {() => (
        <Form
          {...p}
          path={p.at}
          open={false}
          value={isFields(p.value) ? p.value : {}}
          onChange={(next) => p.onChange(count(next) ? next : undefined)}
        />
      )}
    </Fold>
  )
}

/** Parts under names that people choose. */
function Record(p: PartProps) {
  const [name, setName] = useState('')
  const value = isFields(p.value) ? p.value : {}
  const inner = isFields(p.schema.additionalProperties) ? (p.schema.additionalProperties as Schema) : {}
  const add = () => {
    p.onChange(changed(value, name.trim(), kindOf(plain(inner, undefined)) === 'group' ? {} : ''))
    setName('')
  }
  return (
    <Fold {...p} n={count(value)}>
      {() => (
        <>
          {Object.keys(value).map((key) => (
            <div key={key} class="entry">
              <Part
                {...p}
                name={key}
                at={join(p.at, key)}
                schema={inner}
                value={value[key]}
                usual={isFields(p.usual) ? p.usual[key] : undefined}
                onChange={(next) => p.onChange(changed(value, key, next))}
              />
              <Button
                icon="trash"
                tone="ghost"
                label={t('form.remove', { name: key })}
                onClick={() => p.onChange(changed(value, key, undefined))}
              />
            </div>
          ))}
          <div class="field">
            <span class="row">
              <input
                value={name}
                placeholder={t('form.name')}
                aria-label={t('form.name.of', { name: p.name })}
                onInput={(e) => setName(e.currentTarget.value)}
              />
              <Button icon="plus" disabled={!name.trim() || name.trim() in value} onClick={add}>
                {t('form.add')}
              </Button>
            </span>
          </div>
        </>
      )}
    </Fold>
  )
}

/** A list of groups. */
function Groups(p: PartProps) {
  const list = Array.isArray(p.value) ? (p.value as unknown[]) : []
  const write = (next: unknown[]) => p.onChange(next.length ? next : undefined)
  return (
    <Fold {...p} n={list.length}>
      {() => (
        <>
          {list.map((entry, i) => (
            // Entries have no names of their own; their place is what they are known by.
            // oxlint-disable-next-line react/no-array-index-key
            <fieldset key={i}>
              <legend>{t('form.entry', { n: i + 1 })}</legend>
              <Form
                {...p}
                path={join(p.at, String(i))}
                open={false}
                schema={p.schema.items ?? {}}
                usual={undefined}
                value={isFields(entry) ? entry : {}}
                onChange={(next) => write(list.with(i, next))}
              />
              <Button icon="trash" tone="ghost" onClick={() => write(list.filter((_, at) => at !== i))}>
                {t('form.remove', { name: String(i + 1) })}
              </Button>
            </fieldset>
          ))}
          <Button icon="plus" onClick={() => write([...list, {}])}>
            {t('form.add')}
          </Button>
        </>
      )}
    </Fold>
  )
}

function Part(p: PartProps) {
  const schema = plain(p.schema, p.value)
  const hint = hintOf(p.hints, p.at)
  const kind = kindOf(schema, hint?.sensitive)
  if (kind === 'group') return <Group {...p} schema={schema} />
  if (kind === 'record') return <Record {...p} schema={schema} />
  if (kind === 'groups') return <Groups {...p} schema={schema} />
  return <Field {...p} schema={schema} kind={kind} refused={p.refused?.[p.at]} />
}

/** The form of an object. */
export function Form(p: FormProps) {
  const entries = Object.entries(p.schema.properties ?? {})
  return (
    <div class="form">
      {entries.map(([key, schema]) => {
        const at = join(p.path, key)
        return (
          <Part
            key={key}
            {...p}
            at={at}
            name={schema.title ?? hintOf(p.hints, at)?.label ?? spelled(key)}
            schema={schema}
            value={p.value[key]}
            usual={isFields(p.usual) ? p.usual[key] : schema.default}
            some={p.schema.required !== undefined && p.schema.required.length > 0}
            required={p.schema.required?.includes(key) ?? false}
            onChange={(next) => p.onChange(changed(p.value, key, next))}
          />
        )
      })}
    </div>
  )
}
