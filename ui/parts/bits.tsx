// The small parts every page is made of.
import type { ButtonHTMLAttributes, ComponentChildren, TargetedMouseEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { Resource } from '../store.ts'
import { t } from '../words.ts'
import { Icon, type IconName } from './icon.tsx'

type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'plain'

/** A state in one or two words, with a dot whose colour repeats what the words say. */
export const Pill = ({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) => (
  <span class={`pill ${tone}`}>{children}</span>
)

/** What a page shows in place of things that are not there. */
export const Empty = ({ children, action }: { children: ComponentChildren; action?: ComponentChildren }) => (
  <div class="empty">
    <p>{children}</p>
    {action}
  </div>
)

/** Something that went wrong, where it went wrong. */
export const Notice = ({
  tone = 'bad',
  children,
}: {
  tone?: 'bad' | 'warn' | 'quiet'
  children: ComponentChildren
}) => (
  <div class={`notice ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    {tone === 'quiet' ? null : <Icon name="warn" />}
    <div>{children}</div>
  </div>
)

interface ButtonProps extends Omit<ButtonHTMLAttributes, 'icon'> {
  readonly icon?: IconName
  readonly tone?: 'main' | 'danger' | 'ghost'
  readonly children?: ComponentChildren
  /** Says what it does, where only the picture is shown. */
  readonly label?: string
}

/** A button. One that starts work is busy until the work is done. */
export function Button({ icon, tone, label, children, class: more, onClick, ...rest }: ButtonProps) {
  const [busy, setBusy] = useState(false)
  const click = (e: TargetedMouseEvent<HTMLButtonElement>) => {
    const work: unknown = onClick?.(e)
    if (!(work instanceof Promise)) return
    setBusy(true)
    const done = () => setBusy(false)
    work.then(done, done)
  }
  return (
    <button
      type="button"
      class={`button ${tone ?? ''} ${children === undefined ? 'square' : ''} ${typeof more === 'string' ? more : ''}`}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-busy={busy || undefined}
      {...rest}
      disabled={rest.disabled === true || busy}
      onClick={click}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
    </button>
  )
}

/** A part of a page, with its heading and what can be done with it. */
export const Card = (p: {
  readonly title?: ComponentChildren
  readonly actions?: ComponentChildren
  readonly class?: string
  readonly children: ComponentChildren
}) => (
  <section class={`card ${p.class ?? ''}`}>
    {p.title === undefined ? null : (
      <header>
        <h2>{p.title}</h2>
        {p.actions ? <div class="actions">{p.actions}</div> : null}
      </header>
    )}
    {p.children}
  </section>
)

/** The head of a page: its name, a sentence about it, and what can be done there. */
export const PageHead = (p: {
  readonly title: string
  readonly about?: ComponentChildren
  readonly children?: ComponentChildren
}) => (
  <header class="page-head">
    <div>
      <h1>{p.title}</h1>
      {p.about === undefined ? null : <p>{p.about}</p>}
    </div>
    {p.children ? <div class="actions">{p.children}</div> : null}
  </header>
)

/** Shows an answer once it is there; before, that it is on its way; instead, what went wrong. */
export function Loaded<T>(p: { readonly of: Resource<T>; readonly children: (data: T) => ComponentChildren }) {
  const { data, error, reload } = p.of
  const wrong =
    error === undefined ? null : (
      <Notice>
        {error}{' '}
        <button type="button" class="linkish" onClick={reload}>
          {t('again')}
        </button>
      </Notice>
    )
  if (data === undefined) return wrong ?? <p class="waiting">{t('loading')}</p>
  return (
    <>
      {wrong}
      {p.children(data)}
    </>
  )
}

/** Facts: names and values in two columns. */
export const Facts = ({ of }: { readonly of: readonly (readonly [string, ComponentChildren])[] }) => (
  <dl class="facts">
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)

/** A field to find things by their words; `/` puts the cursor into it. */
export function Find(o: { readonly hint: string; readonly value: string; onText(text: string): void }) {
  return (
    <input
      type="search"
      data-search
      value={o.value}
      placeholder={o.hint}
      aria-label={o.hint}
      onInput={(e) => o.onText(e.currentTarget.value)}
    />
  )
}
