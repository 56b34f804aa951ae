// One mapping of calls from outside: which calls it is for, what they do, and where the answer goes.
import { t } from '../words.ts'
import { Pill } from './bits.tsx'
import { Command } from './code.tsx'

/** A mapping, as far as it is shown. */
export interface Mapping {
  readonly id?: string
  readonly match?: { readonly path?: string; readonly source?: string }
  readonly action?: 'wake' | 'agent'
  readonly name?: string
  readonly agentId?: string
  readonly messageTemplate?: string
  readonly textTemplate?: string
  readonly deliver?: boolean
  readonly channel?: string
  readonly to?: string
  readonly transform?: unknown
}

/** The row; `top` is the address the mappings live under. */
export function MappingRow({ mapping: m, top }: { readonly mapping: Mapping; readonly top: string }) {
  const { path, source } = m.match ?? {}
  const name = m.name ?? m.id ?? path
  const wakes = m.action === 'wake'
  const said = wakes ? (m.textTemplate ?? '{{text}}') : (m.messageTemplate ?? '{{message}}')
  const sends = !wakes && m.deliver !== false
  return (
    <li>
      <div class="grow">
        <b>{name ?? t('hook.any')}</b>{' '}
        <span class="quiet">
          {wakes ? t('hook.wakes') : t('hook.to', { agent: m.agentId ?? t('agent.usual') })}
          {source === undefined ? '' : ` · ${t('hook.source', { source })}`}
        </span>
        {path === undefined ? null : <Command>{`${top}/${path.replaceAll(/^\/+|\/+$/g, '')}`}</Command>}
        {path === undefined && name !== undefined ? <small>{t('hook.any')}</small> : null}
        <small>
          {t('hook.says')} <code>{said}</code>
        </small>
        {sends ? (
          <small>{t('hook.answers', { to: [m.channel ?? 'last', m.to].filter(Boolean).join(' ') })}</small>
        ) : null}
      </div>
      {m.transform ? <Pill tone="bad">{t('hook.transform')}</Pill> : null}
    </li>
  )
}
