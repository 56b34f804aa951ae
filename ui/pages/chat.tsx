// Chat: one session, live, with the others beside it.
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ChatHead, nameOf } from '../chat/head.tsx'
import { Composer } from '../chat/composer.tsx'
import { Message, type Acts } from '../chat/message.tsx'
import '../chat/resume.ts'
import { roomOf, type Room } from '../chat/room.ts'
import type { Row } from '../chat/rows.ts'
import { SessionList } from '../chat/session-list.tsx'
import { era, hello, ops } from '../gateway.ts'
import { Approval } from '../parts/approval.tsx'
import { Empty, Notice } from '../parts/bits.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { VirtualList } from '../parts/virtual.tsx'
import { go, place } from '../place.ts'
import { act, useOp } from '../store.ts'
import { t } from '../words.ts'

/** What can be done with the rows of a chat. */
function actsOf(room: Room): Acts {
  /** What the last answer answers. */
  const asked = () => {
    const rows = room.rows.peek()
    return rows
      .slice(
        0,
        rows.findLastIndex((r) => r.kind === 'answer'),
      )
      .findLast((r) => r.kind === 'user')
  }
  return {
    async edit(row, text) {
      if (row.id === undefined) return
      const made = await act(ops['sessions.fork']({ key: room.key, before: row.id }), t('chat.branched'))
      if (!made) return
      go('chat', { session: made.key })
      await roomOf(made.key).send(text, row.files)
    },
    async again() {
      const said = asked()
      if (said?.kind !== 'user') return
      if (said.id !== undefined) {
        if (!(await act(ops['sessions.rewind']({ key: room.key, before: said.id })))) return
        await room.load()
      }
      await room.send(said.text, said.files)
    },
    resend: (row: Extract<Row, { kind: 'user' }>) =>
      room.send(
        row.text,
        row.files.map((f) => ({ ...f, content: (f.url ?? '').split(',')[1] ?? '' })),
        row.key,
      ),
    drop: room.drop,
  }
}

function Messages({ room }: { readonly room: Room }) {
  const acts = useMemo(() => actsOf(room), [room])
  const rows = room.rows.value
  const ready = room.state.value === 'ready'
  const wanted = Number(place.value.query.get('message') ?? 0)
  const [here, setHere] = useState(0)
  useEffect(() => {
    if (ready && wanted) void room.reach(wanted).then(() => setHere(wanted))
  }, [room, wanted, ready])
  // What an agent says and does between two messages is one row, known by the first of them.
  const found = here && here === wanted ? rows.findLast((r) => r.id !== undefined && r.id <= wanted) : undefined
  const last = rows.findLast((r) => r.kind === 'answer')
  if (!ready && !rows.length)
    return room.error.value === undefined ? (
      <p class="waiting grow">{t('loading')}</p>
    ) : (
      <div class="grow">
        <Notice>{room.error.value}</Notice>
      </div>
    )
  if (!rows.length)
    return (
      <div class="grow hello">
        <Empty>{t('chat.empty')}</Empty>
      </div>
    )
  return (
    <VirtualList
      key={room.key}
      label={t('chat.log')}
      rows={rows}
      show={(row) => <Message row={row} acts={acts} last={row === last} />}
      onTop={() => void room.older()}
      onHeld={room.hold}
      toEnd={room.sent.value}
      goTo={found?.key}
      head={room.more.value ? <p class="waiting">{t('chat.older')}</p> : <p class="begin quiet">{t('chat.begin')}</p>}
    />
  )
}

/** The page. */
export function Page() {
  const main = hello.value?.snapshot.sessionDefaults.mainSessionKey ?? 'main'
  const asked = place.value.query.get('session') ?? main
  const key = asked === 'main' ? main : asked
  const room = roomOf(key)
  const [switching, setSwitching] = useState(false)
  const sessions = useOp(
    'sessions.list',
    { limit: 200, includeDerivedTitles: true },
    { on: ['session.', 'agent.done', 'chat'] },
  )
  const approvals = useOp('exec.approval.list', {}, { on: ['exec.approval.'] })
  const now = era.value
  useEffect(() => {
    if (now > 0) room.refresh()
  }, [room, now])
  const list = sessions.data?.sessions ?? []
  const row = list.find((s) => s.key === key)
  useEffect(() => {
    document.title = t('title', { page: row ? nameOf(row) : t('page.chat') })
  }, [row])
  const mine = (approvals.data?.requests ?? []).filter((r) => r.session === key)
  return (
    <div class="chat">
      <aside aria-label={t('page.sessions')}>
        <SessionList sessions={list} current={key} />
      </aside>
      <div class="talk">
        <ChatHead room={room} row={row} onSwitch={() => setSwitching(true)} />
        <Messages room={room} />
        {mine.map((request) => (
          <Approval key={request.id} request={request} />
        ))}
        <Composer room={room} />
      </div>
      {switching ? (
        <Dialog title={t('chat.switch')} onClose={() => setSwitching(false)}>
          <SessionList sessions={list} current={key} onChoose={() => setSwitching(false)} />
        </Dialog>
      ) : null}
    </div>
  )
}
