// Operations on sessions.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { agentOf } from '../domain/session-key.ts'
import { textOf } from '../domain/turn.ts'
import type { Engine } from '../engine/engine.ts'
import { compact } from '../engine/prompt/compact.ts'
import { deleteSession, resetSession } from '../engine/sessions/index.ts'
import { stopSession } from '../engine/stop.ts'
import * as entries from '../store/entries.ts'
import * as sessions from '../store/sessions.ts'
import { chatMessages, ChatMessage } from './chat-message.ts'
import { findSession, keyOf, usualModel } from './find-session.ts'
import type { Services } from './services.ts'
import { SessionRow, sessionRow, splitRef } from './session-row.ts'
import { span, table } from './table.ts'

const key = z.string().min(1).describe('the session’s key, such as main or agent:main:telegram:direct:42')
const pathOf = (e: Engine) => e.world.db.path

export const sessionsList = defineOp({
  id: 'sessions.list',
  summary: 'Lists sessions, most recently used first.',
  scope: 'read',
  params: z.strictObject({
    limit: z.number().int().min(1).max(10_000).default(50).describe('at most this many'),
    activeMinutes: z.number().int().min(1).optional().describe('only those used in the last minutes'),
    includeGlobal: z.boolean().default(false).describe('also the global session'),
    includeUnknown: z.boolean().default(false).describe('also the session of unknown origin'),
    includeDerivedTitles: z.boolean().default(false).describe('add a title made of the first message'),
    includeLastMessage: z.boolean().default(false).describe('add the end of the last message'),
    label: z.string().optional().describe('only the one with this label'),
    spawnedBy: z.string().optional().describe('only sub-agents of this session'),
    agentId: z.string().optional().describe('only this agent’s'),
    search: z.string().optional().describe('only those with this text in key, label or title'),
  }),
  result: z.object({
    ts: z.number(),
    path: z.string(),
    count: z.number(),
    defaults: z.object({
      modelProvider: z.string().nullable(),
      model: z.string().nullable(),
      contextTokens: z.number().nullable(),
    }),
    sessions: z.array(SessionRow),
  }),
  cli: {
    path: 'sessions list',
    aliases: ['sessions'],
    also: { activeMinutes: ['active'] },
    print: (r) =>
      r.sessions.length
        ? table(
            ['Key', 'Label', 'Messages', 'Model', 'Last used'],
            r.sessions.map((s) => [
              s.key,
              s.label ?? '-',
              String(s.messageCount),
              s.model ?? '-',
              `${span(r.ts - s.updatedAt)} ago`,
            ]),
          )
        : 'No sessions yet. Say something: oclaw agent -m "hello"',
  },
  examples: [{ params: {} }, { params: { limit: 1, includeGlobal: true } }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const { db, settings } = e.world
    const usual = usualModel(e, p.agentId ?? settings.defaultAgent())
    const list = sessions.list(db, {
      limit: p.limit,
      includeGlobal: p.includeGlobal,
      includeUnknown: p.includeUnknown,
      ...(p.agentId === undefined ? {} : { agent: p.agentId }),
      ...(p.label === undefined ? {} : { label: p.label }),
      ...(p.search === undefined ? {} : { search: p.search }),
      ...(p.spawnedBy === undefined ? {} : { spawnedBy: p.spawnedBy }),
      ...(p.activeMinutes === undefined ? {} : { activeSince: clock.now() - p.activeMinutes * 60_000 }),
    })
    const rows = list.map((s) => {
      const row = sessionRow(s, usual)
      if (p.includeDerivedTitles) Object.assign(row, titleOf(entries.first(db, s.id, 'user')))
      if (p.includeLastMessage) Object.assign(row, previewOf(entries.latest(db, s.id, 1)[0]))
      return row
    })
    return {
      ts: clock.now(),
      path: pathOf(e),
      count: rows.length,
      defaults: {
        modelProvider: usual ? splitRef(usual.ref).provider : null,
        model: usual?.info.id ?? null,
        contextTokens: usual?.info.contextWindow ?? null,
      },
      sessions: rows,
    }
  },
})

const titleOf = (entry: ReturnType<typeof entries.first>) =>
  entry ? { derivedTitle: textOf(entry.parts).slice(0, 60) } : {}
const previewOf = (entry: ReturnType<typeof entries.first>) =>
  entry ? { lastMessagePreview: textOf(entry.parts).slice(0, 120) } : {}

export const sessionsGet = defineOp({
  id: 'sessions.get',
  summary: 'Shows a session and its last messages.',
  scope: 'read',
  params: z.strictObject({
    sessionKey: z.string().optional().describe('the session’s key'),
    key: z.string().optional().describe('the same as sessionKey'),
    sessionId: z.string().optional().describe('the session’s id'),
    label: z.string().optional().describe('the session’s label'),
    limit: z.number().int().min(1).max(1000).default(50).describe('messages, newest last'),
  }),
  result: z.object({ session: SessionRow, ...SessionRow.shape, messages: z.array(ChatMessage) }),
  examples: [{ params: { sessionKey: 'main' }, note: 'a session that is there' }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const found = findSession(e, { key: p.sessionKey ?? p.key, sessionId: p.sessionId, label: p.label })
    const row = sessionRow(found, usualModel(e, found.agent))
    return { session: row, ...row, messages: chatMessages(entries.latest(e.world.db, found.id, p.limit)) }
  },
})

export const sessionsPreview = defineOp({
  id: 'sessions.preview',
  summary: 'Shows the last lines of sessions.',
  scope: 'read',
  params: z.strictObject({
    keys: z.array(z.string()).min(1).optional().describe('keys of the sessions, at most 64 are shown'),
    key: z.string().optional().describe('one key'),
    limit: z.number().int().min(1).max(200).default(12).describe('lines of each'),
    maxChars: z.number().int().min(20).max(10_000).default(240).describe('characters of each line'),
  }),
  simpleOnly: ['key'],
  result: z.object({
    ts: z.number(),
    previews: z.array(
      z.object({
        key: z.string(),
        status: z.enum(['ok', 'empty', 'missing', 'error']),
        items: z.array(z.object({ role: z.string(), text: z.string() })),
      }),
    ),
  }),
  cli: {
    path: 'sessions preview',
    print: (r) =>
      r.previews
        .map((p) => `${p.key} (${p.status})\n${p.items.map((i) => `  ${i.role}: ${i.text}`).join('\n')}`)
        .join('\n\n'),
    exitCode: (r) => (r.previews.every((p) => p.status === 'missing') ? 1 : 0),
  },
  examples: [{ params: { keys: ['main'] } }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const keys = [...(p.keys ?? []), ...(p.key === undefined ? [] : [p.key])].slice(0, 64)
    if (!keys.length) throw new Fault('INVALID_REQUEST', 'name a session: keys, or --key on the command line')
    const previews = keys.map((name) => {
      const found = sessions.byKey(e.world.db, keyOf(e, name))
      if (!found) return { key: name, status: 'missing' as const, items: [] }
      const cut = (text: string) => (text.length > p.maxChars ? `${text.slice(0, p.maxChars - 1)}…` : text)
      const items = entries
        .latest(e.world.db, found.id, p.limit)
        .map((x) => ({ role: x.role, text: cut(textOf(x.parts) || toolLine(x)) }))
        .filter((i) => i.text)
      return { key: name, status: items.length ? ('ok' as const) : ('empty' as const), items }
    })
    return { ts: clock.now(), previews }
  },
})

const toolLine = (x: { parts: readonly { type: string }[] }): string =>
  x.parts.flatMap((p) => ('tool' in p ? [(p as { tool: string }).tool] : [])).join(', ')

export const sessionsResolve = defineOp({
  id: 'sessions.resolve',
  summary: 'Finds a session by key, id or label; the first of them that fits counts.',
  scope: 'read',
  params: z.strictObject({
    key: z.string().optional().describe('its key'),
    sessionId: z.string().optional().describe('its id'),
    label: z.string().optional().describe('its label'),
    agentId: z.string().optional().describe('only this agent’s'),
    spawnedBy: z.string().optional().describe('only sub-agents of this session'),
    includeGlobal: z.boolean().optional().describe('also the global session'),
    includeUnknown: z.boolean().optional().describe('also the session of unknown origin'),
  }),
  result: z.object({ ok: z.literal(true), key: z.string() }),
  examples: [{ params: { key: 'main' }, note: 'a session that is there' }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    if ([p.key, p.sessionId, p.label].every((x) => x === undefined))
      throw new Fault('INVALID_REQUEST', 'give one of key, sessionId, label')
    return { ok: true as const, key: findSession(e, p).key }
  },
})

export const sessionsReset = defineOp({
  id: 'sessions.reset',
  summary: 'Starts a session anew; its settings stay, its old history stays readable by id.',
  scope: 'admin',
  params: z.strictObject({ key, reason: z.enum(['new', 'reset']).optional().describe('why') }),
  result: z.object({
    ok: z.literal(true),
    key: z.string(),
    entry: z.object({ sessionId: z.string(), updatedAt: z.number() }).loose(),
  }),
  cli: { path: 'sessions reset', print: (r) => `Session ${r.key} is new (${r.entry.sessionId}).` },
  examples: [{ params: { key: 'main' } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const k = keyOf(e, p.key)
    stopSession(e.kit, e.dispatch, k, 'the session was started anew')
    const s = await resetSession(e.world, k)
    return {
      ok: true as const,
      key: s.key,
      entry: { ...s.settings, sessionId: s.id, updatedAt: s.updatedAt, ...(s.label ? { label: s.label } : {}) },
    }
  },
})

export const sessionsDelete = defineOp({
  id: 'sessions.delete',
  summary: 'Takes a session out of the list; its history stays readable by id.',
  scope: 'admin',
  params: z.strictObject({ key, deleteTranscript: z.boolean().default(true).describe('also put its history away') }),
  result: z.object({ ok: z.literal(true), key: z.string(), deleted: z.boolean(), archived: z.array(z.string()) }),
  cli: {
    path: 'sessions delete',
    print: (r) => (r.deleted ? `Session ${r.key} is deleted.` : `There is no session ${r.key}.`),
    exitCode: (r) => (r.deleted ? 0 : 1),
  },
  examples: [{ params: { key: 'nobody' } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    const k = keyOf(e, p.key)
    stopSession(e.kit, e.dispatch, k, 'the session was deleted')
    const done = await deleteSession(e.world, k)
    return { ok: true as const, key: k, deleted: done.deleted, archived: done.id === undefined ? [] : [done.id] }
  },
})

export const sessionsCompact = defineOp({
  id: 'sessions.compact',
  summary: 'Condenses a session’s history into a summary; nothing is lost from the log.',
  scope: 'admin',
  params: z.strictObject({
    key,
    maxLines: z.number().int().min(1).optional().describe('kept for older clients; the newest entries are always kept'),
  }),
  result: z.object({
    ok: z.literal(true),
    key: z.string(),
    compacted: z.boolean(),
    kept: z.number().optional(),
    reason: z.string().optional(),
  }),
  cli: {
    path: 'sessions compact',
    print: (r) =>
      r.compacted ? `Condensed; ${r.kept} entries kept as they are.` : `Nothing to condense (${r.reason}).`,
  },
  examples: [{ params: { key: 'main' } }],
  handler: async ({ params: p, signal }, { engine: e }: Pick<Services, 'engine'>) => {
    const k = keyOf(e, p.key)
    const found = sessions.byKey(e.world.db, k)
    if (!found) return { ok: true as const, key: k, compacted: false, reason: 'no sessionId' }
    const { settings } = e.world
    const models = usualModel(e, found.agent)
      ? settings.candidates(agentOf(k, settings.defaultAgent()), found.settings.model)
      : []
    const done = await e.dispatch.alone(k, () => compact(e.kit, found.id, models, signal))
    return done.compacted
      ? { ok: true as const, key: k, compacted: true, kept: done.kept }
      : { ok: true as const, key: k, compacted: false, reason: 'no transcript' }
  },
})
