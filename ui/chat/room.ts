// One chat as this page holds it: its messages, what is going on in it, and what was just sent.
import { batch, computed, signal } from '@preact/signals'
import type { ClientEvent } from '../../src/client/link.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { randomText } from '../../src/lib/ids.ts'
import type { GatewayEvent } from '../../src/domain/agent-event.ts'
import type { ChatMessage } from '../../src/ops/chat-message.ts'
import { era, listen, ops } from '../gateway.ts'
import { reasonOf, say } from '../store.ts'
import { t } from '../words.ts'
import { grown, rowsOf, withLocals, type FileRef, type Live, type Local, type Step, type ToolStep } from './rows.ts'

/** How many messages are asked for at a time. */
const page = 200
/** Longest text of one message, in characters. */
const maxChars = 200_000

/** A file to send: one the gateway has already, by its id, or its bytes as base64. */
export interface Outgoing extends FileRef {
  readonly content?: string
}

/** A chat. */
export type Room = ReturnType<typeof openRoom>

function openRoom(key: string) {
  const messages = signal<readonly ChatMessage[]>([])
  const locals = signal<readonly Local[]>([])
  const live = signal<Live | undefined>(undefined)
  const state = signal<'new' | 'loading' | 'ready'>('new')
  const error = signal<string | undefined>(undefined)
  const more = signal(false)
  const level = signal('off')
  /** How often something was sent from here. */
  const sent = signal(0)
  let session: string | undefined
  let asked = -1
  /** Rows that were here before the gateway wrote them down keep their keys, and so what the reader opened in them. */
  const keys = signal<ReadonlyMap<string, string>>(new Map())
  const named = (key: string, as: string) => void (keys.value = new Map([...keys.value, [key, as]]))
  const stored = computed(() =>
    rowsOf(messages.value).map((row) => {
      const known = keys.value.get(row.key)
      return known === undefined ? row : { ...row, key: known }
    }),
  )
  /** The run that has a row of its own. */
  let shownLive = ''
  const rows = computed(() => {
    const list = withLocals(stored.value, locals.value, live.value)
    const key = list.at(-1)?.key ?? ''
    shownLive = key.startsWith('live-') ? key.slice('live-'.length) : ''
    return list
  })
  const last = () => messages.value.at(-1)?.id ?? 0

  /** Takes what was sent off the page's own list once the gateway shows it. */
  function settle(tail: readonly ChatMessage[]) {
    const said = tail.flatMap((m) =>
      m.role === 'user'
        ? [{ id: m.id, text: m.content.flatMap((c) => (c.type === 'text' ? [c.text] : [])).join('\n') }]
        : [],
    )
    const used = new Set<number>()
    locals.value = locals.value.filter((l) => {
      if (l.kind !== 'user' || l.state === 'failed') return true
      const found = said.find((s) => s.id > l.after && !used.has(s.id) && s.text.trim() === l.text.trim())
      if (!found) return true
      used.add(found.id)
      named(`m${found.id}`, l.key)
      return false
    })
  }

  /** Whether the reader is at the end: what lies far above is then read again when it is wanted. */
  let held = true
  /** Old messages are no longer here, nor what was noted of their rows. */
  function forget() {
    more.value = true
    const here = new Set(rowsOf(messages.value).map((row) => row.key))
    keys.value = new Map([...keys.value].filter(([key]) => here.has(key)))
  }

  /** Reads the newest messages; with them, what was live of a run that has ended becomes what is stored of it. */
  async function load(ended?: string): Promise<void> {
    asked = era.peek()
    if (state.value === 'new') state.value = 'loading'
    try {
      const got = await ops['chat.history']({ sessionKey: key, limit: page, maxChars })
      batch(() => {
        const first = got.messages[0]?.id ?? 0
        const before = got.sessionId === session ? messages.value.filter((m) => m.id < first) : []
        const older = held ? before.slice(-page) : before
        const joined = older.length > 0 && got.messages.some((m) => m.id <= last())
        if (got.sessionId !== session || (messages.value.length > 0 && !joined))
          more.value = got.messages.length >= page
        if (messages.value.length === 0) more.value = got.messages.length >= page
        messages.value = joined ? [...older, ...got.messages] : got.messages
        if (older.length < before.length) forget()
        session = got.sessionId
        level.value = got.thinkingLevel
        settle(got.messages)
        if (ended !== undefined && live.value?.run === ended) finished(ended)
        state.value = 'ready'
        error.value = undefined
      })
    } catch (problem) {
      error.value = reasonOf(problem)
    }
  }

  let reading = false
  /** Reads the messages before the oldest that is here. */
  async function older(): Promise<void> {
    const first = messages.value[0]
    if (reading || !more.value || !first) return
    reading = true
    try {
      const got = await ops['chat.history']({ sessionKey: key, limit: page, before: first.id, maxChars })
      batch(() => {
        more.value = got.messages.length >= page
        messages.value = [...got.messages, ...messages.value]
      })
    } catch (problem) {
      say(reasonOf(problem), 'bad')
    } finally {
      reading = false
    }
  }

  /** Reads back until a message is here, or the beginning. */
  async function reach(id: number): Promise<void> {
    held = false
    for (let first = Infinity; more.value;) {
      const now = messages.value[0]?.id ?? 0
      if (now <= id || now >= first) return // it is here, or nothing more comes
      first = now
      await older()
    }
  }

  const change = (run: string, steps: (now: readonly Step[]) => readonly Step[]) => {
    const now = live.value?.run === run ? live.value : { run, at: systemClock.now(), steps: [] }
    live.value = { ...now, steps: steps(now.steps) }
  }
  const tool = (run: string, id: string, more: Partial<ToolStep>) =>
    change(run, (steps) => steps.map((s) => (s.kind === 'tool' && s.id === id ? { ...s, ...more } : s)))

  function hear({ event, data }: ClientEvent): void {
    const run = String(data['runId'])
    const id = String(data['toolCallId'])
    const text = typeof data['text'] === 'string' ? data['text'] : ''
    switch (event) {
      case 'agent.text':
        return change(run, (s) => grown(s, 'text', text))
      case 'agent.thinking':
        return change(run, (s) => grown(s, 'thinking', text))
      case 'agent.tool.start':
        return change(run, (s) => [
          ...s.filter((x) => x.kind !== 'tool' || x.id !== id),
          { kind: 'tool', id, name: String(data['name']), args: data['args'], startedAt: systemClock.now() },
        ])
      case 'agent.tool.update':
        return tool(run, id, { note: String(data['note']) })
      case 'agent.tool.result':
        return tool(run, id, {
          result: typeof data['result'] === 'string' ? data['result'] : '',
          failed: data['isError'] === true,
          endedAt: systemClock.now(),
        })
      case 'agent.done':
        return void load(run).then(() => {
          const why = (data['error'] as { message?: string } | undefined)?.message
          if (data['status'] === 'error') note(why ?? t('chat.failed'), true)
          if (live.value?.run === run) live.value = undefined
        })
      case 'chat':
        return said(data, run)
      default:
        return void load()
    }
  }

  /** What was live is stored now: the row stays the one it was, if it was one of its own. */
  function finished(run: string) {
    const row = rowsOf(messages.value).at(-1)
    if (shownLive === run && row?.kind === 'answer') named(row.key, `live-${run}`)
    live.value = undefined
  }

  /** A line no run made: a command's answer, or a message that has to wait for its turn. */
  function said(data: ClientEvent['data'], run: string) {
    const content = (data['message'] as { content?: readonly { text?: string }[]; model?: string } | undefined) ?? {}
    if (content.model !== 'gateway-injected') {
      if (!content.content) mark(run, 'waiting')
      return
    }
    mark(run, undefined)
    if (run.startsWith('inject-')) return void load()
    note((content.content ?? []).map((c) => c.text ?? '').join('\n'), false, run)
  }

  const mark = (local: string, to: 'waiting' | 'failed' | undefined) => {
    locals.value = locals.value.map((l) => {
      if (l.key !== local || l.kind !== 'user') return l
      const { state: _old, ...rest } = l
      return to === undefined ? rest : { ...rest, state: to }
    })
  }
  const note = (text: string, bad = false, run = randomText(8)) => {
    const key = `n-${run}`
    const row = { kind: 'note' as const, key, at: systemClock.now(), text, bad, after: last() }
    if (!locals.value.some((l) => l.key === key)) locals.value = [...locals.value, row]
  }

  /** Sends a message; what could not be sent stays on the page. */
  async function send(text: string, files: readonly Outgoing[], again = `ui_${randomText(16)}`): Promise<boolean> {
    const row = { kind: 'user' as const, key: again, at: systemClock.now(), text, files, state: 'sending' as const }
    locals.value = [...locals.value.filter((l) => l.key !== again), { ...row, after: last() }]
    sent.value++
    try {
      const attachments = files.map((f) => ({
        mimeType: f.mimeType,
        ...(f.id === undefined ? { content: f.content ?? '' } : { id: f.id }),
        ...(f.name === undefined ? {} : { fileName: f.name }),
      }))
      const done = await ops['chat.send']({
        sessionKey: key,
        message: text,
        idempotencyKey: again,
        ...(attachments.length ? { attachments } : {}),
      })
      if ('aborted' in done) locals.value = locals.value.filter((l) => l.key !== again)
      return true
    } catch (problem) {
      mark(again, 'failed')
      say(reasonOf(problem), 'bad')
      return false
    }
  }

  return {
    key,
    rows,
    live,
    state,
    error,
    more,
    level,
    sent,
    load,
    older,
    reach,
    send,
    hear,
    note,
    /** Hears whether the reader is at the end of the chat. */
    hold: (now: boolean) => void (held = now),
    /** Reads again when what is here was read over an older connection. */
    refresh: () => (asked === era.peek() ? undefined : void load()),
    stop: () => ops['chat.abort']({ sessionKey: key }),
    drop: (local: string) => void (locals.value = locals.value.filter((l) => l.key !== local)),
  }
}

const rooms = new Map<string, Room>()
/** Chats kept in memory. */
const maxRooms = 8

/** The chat of a session: the one that is held already, or a new one. */
export function roomOf(key: string): Room {
  const found = rooms.get(key) ?? openRoom(key)
  rooms.delete(key)
  rooms.set(key, found)
  if (rooms.size > maxRooms) rooms.delete(rooms.keys().next().value as string)
  return found
}

const heard = /^(agent\.|chat$|message$|session\.)/

listen((e) => {
  if (e.event === 'gap') for (const room of rooms.values()) void room.load()
  if (!heard.test(e.event)) return
  const key = e.data['sessionKey'] ?? e.data['key']
  if (typeof key === 'string' && e.event !== 'session.updated') rooms.get(key)?.hear(e)
})

/** Says again what no run made, in the chat it was said in, unless it was heard already. */
export function replay(e: Extract<GatewayEvent, { type: 'chat' }>): void {
  if (!e.run.startsWith('inject-')) rooms.get(e.session)?.note(e.text, false, e.run)
}
