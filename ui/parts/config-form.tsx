// The config as a form: one section at a time, what the file says in the fields and what is usual behind them.
import { useMemo, useState } from 'preact/hooks'
import { Fault } from '../../src/lib/fault.ts'
import { spelled } from '../../src/lib/spelled.ts'
import { ops, type Answer } from '../gateway.ts'
import { go, place } from '../place.ts'
import { reasonOf } from '../store.ts'
import { t } from '../words.ts'
import { Button, Find, Notice } from './bits.tsx'
import { probationMs } from './config-raw.tsx'
import { Form, type Hints } from './form.tsx'
import { changed, isFields, patchOf, patched, type Fields, type Schema } from './schema.ts'

interface ConfigFormProps {
  readonly described: Answer<'config.schema'>
  /** What the file says, and what is in force. */
  readonly parsed: Fields
  readonly config: unknown
  readonly hash: string | undefined
  onSaved(): void
}

interface Issue {
  readonly path: string
  readonly message: string
}

/** Sections whose schema mentions a text, in the order of their hints. */
function sectionsOf(schema: Schema, hints: Hints, wanted: string): string[] {
  const order = hints as Readonly<Record<string, { readonly order?: number }>>
  const fits = (name: string) =>
    !wanted ||
    Object.entries(hints).some(
      ([path, h]) =>
        (path === name || path.startsWith(`${name}.`)) &&
        `${path} ${h.label ?? ''} ${h.help ?? ''}`.toLowerCase().includes(wanted),
    )
  return Object.keys(schema.properties ?? {})
    .filter((name) => name !== '$schema' && fits(name))
    .sort((a, b) => (order[a]?.order ?? 99) - (order[b]?.order ?? 99))
}

/** The form of the section that is chosen. */
export function ConfigForm({ described, parsed, config, hash, onSaved }: ConfigFormProps) {
  const schema = described.schema as Schema
  const hints = described.uiHints as Hints
  // What the reader changed stays when the file changes under it.
  const [patch, setPatch] = useState<unknown>(undefined)
  const value = (patch === undefined ? parsed : patched(parsed, patch)) as Fields
  const [find, setFind] = useState('')
  const [wrong, setWrong] = useState<string>()
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const sections = useMemo(() => sectionsOf(schema, hints, find.trim().toLowerCase()), [described, find])
  const asked = place.value.query.get('section')
  const section = sections.find((s) => s === asked) ?? sections[0] ?? ''
  const refused = Object.fromEntries(issues.map((i) => [i.path, i.message]))
  const save = async () => {
    try {
      await ops['config.patch']({
        raw: JSON.stringify(patch),
        probationMs,
        ...(hash === undefined ? {} : { baseHash: hash }),
      })
      setWrong(undefined)
      setPatch(undefined)
      setIssues([])
      onSaved()
    } catch (error) {
      setWrong(reasonOf(error))
      const found =
        error instanceof Fault ? (error.more.details as { issues?: readonly Issue[] } | undefined)?.issues : undefined
      setIssues(found ?? [])
    }
  }
  const part = value[section]
  return (
    <div class="config">
      <div class="sections">
        <Find hint={t('config.find')} value={find} onText={setFind} />
        <ul class="pick">
          {sections.map((name) => (
            <li key={name}>
              <button type="button" aria-pressed={name === section} onClick={() => go('config', { section: name })}>
                {hints[name]?.label ?? spelled(name)}
                {name in parsed ? <span class="dot" title={t('config.in.file')} /> : null}
              </button>
            </li>
          ))}
        </ul>
        {sections.length ? null : <p class="quiet">{t('config.unfound')}</p>}
      </div>
      <div class="stack">
        {wrong === undefined ? null : (
          <Notice>
            <pre>{wrong}</pre>
          </Notice>
        )}
        {section ? (
          <>
            <p class="quiet sentence">{hints[section]?.help}</p>
            <Form
              key={`${section} ${hash}`}
              path={section}
              schema={schema.properties?.[section] ?? {}}
              hints={hints}
              refused={refused}
              usual={isFields(config) ? config[section] : undefined}
              value={isFields(part) ? part : {}}
              onChange={(next) =>
                setPatch(patchOf(parsed, changed(value, section, Object.keys(next).length ? next : undefined)))
              }
            />
          </>
        ) : null}
        <div class="actions bar">
          <Button tone="main" disabled={patch === undefined} onClick={save}>
            {t('config.save')}
          </Button>
          <Button disabled={patch === undefined} onClick={() => setPatch(undefined)}>
            {t('discard')}
          </Button>
          {patch === undefined ? null : <span class="quiet">{t('config.unsaved')}</span>}
        </div>
      </div>
    </div>
  )
}
