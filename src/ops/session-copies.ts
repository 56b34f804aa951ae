// Sessions as wholes: found by what was said in them, branched off, written out, and taken back from the archive.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { newId, randomText } from '../lib/ids.ts'
import { defineOp } from '../define/op.ts'
import { formatKey } from '../domain/session-key.ts'
import { textOf } from '../domain/turn.ts'
import { renew, tellSession } from '../engine/sessions/index.ts'
import * as entries from '../store/entries.ts'
import * as sessions from '../store/sessions.ts'
import { stopSession } from '../engine/stop.ts'
import { findSession } from './find-session.ts'
import type { Services } from './services.ts'
import { sessionPage } from './session-page.ts'

const key = z.string().min(1).describe('the session’s key')
const snippetChars = 240

/** The part of a text around the first of some words. */
function snippet(text: string, query: string): string {
  const word = query.match(/[\p{L}\p{N}_]+/u)?.[0]?.toLowerCase() ?? ''
  const at = Math.max(0, text.toLowerCase().indexOf(word) - snippetChars / 3)
  const cut = text.slice(at, at + snippetChars)
  return `${at > 0 ? '…' : ''}${cut}${at + snippetChars < text.length ? '…' : ''}`
}

const search = defineOp({
  id: 'sessions.search',
  summary: 'Finds what was said, by its words.',
  scope: 'read',
  params: z.strictObject({
    query: z.string().min(1).max(400).describe('words; all of them must be there'),
    limit: z.number().int().min(1).max(200).default(50).describe('at most this many'),
  }),
  result: z.object({
    hits: z.array(
      z.object({
        key: z.string(),
        sessionId: z.string(),
        label: z.string().optional(),
        messageId: z.number(),
        role: z.string(),
        at: z.number(),
        text: z.string(),
      }),
    ),
  }),
  cli: {
    path: 'sessions search',
    args: ['query'],
    print: (r) =>
      r.hits.length ? r.hits.map((h) => `${h.key} (${h.role})\n  ${h.text}`).join('\n') : 'Nobody said that.',
  },
  examples: [{ params: { query: 'hello' } }],
  handler: ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => ({
    hits: entries.search(e.world.db, p.query, p.limit).flatMap((x) => {
      const found = sessions.byId(e.world.db, x.session)
      if (!found) return [] // put away since
      return [
        {
          key: found.key,
          sessionId: found.id,
          ...(found.label === undefined ? {} : { label: found.label }),
          messageId: x.id,
          role: x.role,
          at: x.at,
          text: snippet(textOf(x.parts), p.query),
        },
      ]
    }),
  }),
})

const fork = defineOp({
  id: 'sessions.fork',
  summary: 'Makes a new session of what was said in another one, up to a message.',
  scope: 'write',
  params: z.strictObject({
    key,
    before: z.number().int().optional().describe('the message that no longer belongs to it; everything when absent'),
  }),
  result: z.object({ ok: z.literal(true), key: z.string(), sessionId: z.string(), messages: z.number() }),
  cli: { path: 'sessions fork', args: ['key'], print: (r) => `${r.key} has ${r.messages} messages.` },
  examples: [{ params: { key: 'main' }, note: 'a session that is there' }],
  handler: async ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const { db } = e.world
    const from = findSession(e, { key: p.key })
    const at = clock.now()
    const { model, thinkingLevel } = from.settings
    const made = await db.write(() => {
      const s = sessions.create(db, {
        id: newId('ses', clock),
        key: formatKey({ agent: from.agent, rest: `web-${randomText(8)}` }),
        agent: from.agent,
        origin: {},
        settings: {
          ...(model === undefined ? {} : { model }),
          ...(thinkingLevel === undefined ? {} : { thinkingLevel }),
        },
        at,
      })
      const messages = entries.copy(db, from.id, s.id, p.before)
      sessions.touch(db, s.id, messages, at)
      tellSession(e.world, 'created', s)
      return { session: s, messages }
    })
    return { ok: true as const, key: made.session.key, sessionId: made.session.id, messages: made.messages }
  },
})

const rewind = defineOp({
  id: 'sessions.rewind',
  summary: 'Takes a session back to before a message; what it was before stays readable by id.',
  scope: 'admin',
  params: z.strictObject({ key, before: z.number().int().describe('the message that no longer belongs to it') }),
  result: z.object({
    ok: z.literal(true),
    key: z.string(),
    sessionId: z.string(),
    archived: z.string().describe('the id of what it was'),
    messages: z.number(),
  }),
  examples: [{ params: { key: 'main', before: 7 }, note: 'a session that is there' }],
  handler: async ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const { db } = e.world
    const old = findSession(e, { key: p.key })
    stopSession(e.kit, e.dispatch, old.key, 'the session was taken back to an earlier message')
    const at = clock.now()
    return db.write(() => {
      const s = renew(e.world, old, {}, at)
      const messages = entries.copy(db, old.id, s.id, p.before)
      sessions.touch(db, s.id, messages, at)
      return { ok: true as const, key: s.key, sessionId: s.id, archived: old.id, messages }
    })
  },
})

/** Most entries written out. */
const maxEntries = 10_000

const exported = defineOp({
  id: 'sessions.export',
  summary: 'Writes a session’s history out, as a page to read or as JSON.',
  scope: 'read',
  params: z.strictObject({ key, format: z.enum(['html', 'json']).default('html').describe('as what') }),
  result: z.object({ fileName: z.string(), mimeType: z.string(), content: z.string() }),
  cli: { path: 'sessions export', args: ['key'], print: (r) => r.content },
  examples: [{ params: { key: 'main' }, note: 'a session that is there' }],
  handler: ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const found = findSession(e, { key: p.key })
    const list = entries.latest(e.world.db, found.id, maxEntries)
    const fileName = `session-${found.id}.${p.format}`
    if (p.format === 'html') return { fileName, mimeType: 'text/html', content: sessionPage(found, list, clock.now()) }
    const content = JSON.stringify({ session: found, entries: list }, null, 1)
    return { fileName, mimeType: 'application/json', content }
  },
})

const restore = defineOp({
  id: 'sessions.restore',
  summary: 'Takes a deleted session back into the list.',
  scope: 'admin',
  params: z.strictObject({ sessionId: z.string().min(1).describe('its id, as sessions.delete told it') }),
  result: z.object({ ok: z.literal(true), key: z.string() }),
  cli: { path: 'sessions restore', args: ['sessionId'], print: (r) => `${r.key} is back.` },
  examples: [{ params: { sessionId: 'ses_example' }, note: 'a session that was deleted' }],
  handler: async ({ params: p }, { engine: e, clock }: Pick<Services, 'engine' | 'clock'>) => {
    const back = await e.world.db.write(() => {
      const s = sessions.restore(e.world.db, p.sessionId, clock.now())
      if (!s) throw new Fault('NOT_FOUND', `no deleted session has the id ${p.sessionId}`)
      tellSession(e.world, 'created', s)
      return s
    })
    return { ok: true as const, key: back.key }
  },
})

export const sessionCopyOps = [search, fork, rewind, exported, restore] as const
