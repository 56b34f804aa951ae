// The sessions one can switch to.
import { useState } from 'preact/hooks'
import type { SessionRow } from '../../src/ops/session-row.ts'
import { Button, Empty } from '../parts/bits.tsx'
import { ago } from '../parts/time.tsx'
import { hrefOf } from '../place.ts'
import { t } from '../words.ts'
import { nameOf, newSession } from './head.tsx'

interface SessionListProps {
  readonly sessions: readonly SessionRow[]
  readonly current: string
  onChoose?(): void
}

/** The list, with a field that narrows it. */
export function SessionList({ sessions, current, onChoose }: SessionListProps) {
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = sessions.filter((s) => !wanted || `${nameOf(s)} ${s.key}`.toLowerCase().includes(wanted))
  return (
    <div class="session-list">
      <div class="row">
        <input
          type="search"
          placeholder={t('chat.find')}
          aria-label={t('chat.find')}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <Button
          icon="plus"
          label={t('chat.new')}
          onClick={() => {
            newSession()
            onChoose?.()
          }}
        />
      </div>
      {shown.length ? null : <Empty>{t(sessions.length ? 'chat.find.none' : 'sessions.none')}</Empty>}
      <ul>
        {shown.map((s) => (
          <li key={s.key}>
            <a
              href={hrefOf('chat', { session: s.key })}
              aria-current={s.key === current ? 'page' : undefined}
              onClick={onChoose}
            >
              <b class="cut">{nameOf(s)}</b>
              <small class="cut">{[s.channel, ago(s.updatedAt)].filter(Boolean).join(' · ')}</small>
            </a>
          </li>
        ))}
      </ul>
    </div>
  )
}
