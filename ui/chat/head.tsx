// The head of a chat: which session it is, and the model and thinking it uses.
import { hello, ops } from '../gateway.ts'
import { randomText } from '../../src/lib/ids.ts'
import { Button } from '../parts/bits.tsx'
import { Icon } from '../parts/icon.tsx'
import { go } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'
import type { SessionRow } from '../../src/ops/session-row.ts'
import type { Room } from './room.ts'

/** How much a model may think. */
const levels = ['off', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const

/** The name of a session for its reader. */
export const nameOf = (s: Pick<SessionRow, 'key' | 'label' | 'displayName' | 'derivedTitle'>): string =>
  s.label ??
  s.displayName ??
  s.derivedTitle ??
  (/^agent:[^:]+:main$/.test(s.key) ? t('chat.main') : s.key.replace(/^agent:[^:]+:/, ''))

/** The key of a session nobody has used yet. */
export const freshKey = (): string =>
  `agent:${hello.value?.snapshot.sessionDefaults.defaultAgentId ?? 'main'}:web-${randomText(8)}`

/** Goes to a new session. */
export const newSession = (): void => go('chat', { session: freshKey() })

/** The head. `onSwitch` opens the list of sessions where it is not beside the chat. */
export function ChatHead({
  room,
  row,
  onSwitch,
}: {
  readonly room: Room
  readonly row: SessionRow | undefined
  onSwitch(): void
}) {
  const models = useOp('models.list', {})
  const usable = (models.data?.models ?? []).filter((m) => m.available)
  const model = row?.model === undefined ? '' : `${row.modelProvider}/${row.model}`
  const patch = async (change: { model?: string; thinkingLevel?: string }) => {
    await act(ops['sessions.patch']({ key: room.key, ...change }), t('chat.changed'))
    await room.load()
  }
  const known = usable.some((m) => `${m.provider}/${m.id}` === model)
  return (
    <header class="chat-head">
      <button type="button" class="switch" onClick={onSwitch} title={t('chat.switch')}>
        <h1 class="cut">{row ? nameOf(row) : nameOf({ key: room.key })}</h1>
        <Icon name="down" size={15} />
      </button>
      <div class="actions">
        <select
          aria-label={t('chat.model')}
          value={model}
          onChange={(e) => void patch({ model: e.currentTarget.value })}
        >
          {known ? null : <option value={model}>{model || t('chat.model')}</option>}
          {usable.map((m) => (
            <option key={`${m.provider}/${m.id}`} value={`${m.provider}/${m.id}`}>
              {m.provider}/{m.id}
            </option>
          ))}
        </select>
        <select
          aria-label={t('chat.level')}
          value={room.level.value}
          onChange={(e) => void patch({ thinkingLevel: e.currentTarget.value })}
        >
          {levels.map((l) => (
            <option key={l} value={l}>
              {t('chat.think', { level: l })}
            </option>
          ))}
        </select>
        <Button icon="plus" data-new label={t('chat.new')} onClick={newSession} />
      </div>
    </header>
  )
}
