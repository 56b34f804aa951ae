// Moving in from newer releases of the original: sessions in databases, pictures in transcripts, files that they name.
import { expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { mediaFile } from '../../src/domain/media.ts'
import type { Part } from '../../src/domain/turn.ts'
import type { ImportReport } from '../../src/ops/import/run.ts'
import { cliHome } from './fixture.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==',
  'base64',
)
const pdf = Buffer.from('%PDF-1.4\n%%EOF\n')

/** The tables of an agent's database that matter, in their older and their newer form. */
const tables = {
  newer: `
    CREATE TABLE session_nodes (session_key TEXT PRIMARY KEY NOT NULL, current_session_id TEXT NOT NULL,
      entry_json TEXT NOT NULL, entry_valid INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL) STRICT;
    CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT NOT NULL,
      created_at INTEGER NOT NULL, PRIMARY KEY (session_id, seq)) STRICT;`,
  older: `
    CREATE TABLE session_entries (session_key TEXT PRIMARY KEY NOT NULL, session_id TEXT NOT NULL,
      entry_json TEXT NOT NULL, updated_at INTEGER NOT NULL, status TEXT) STRICT;
    CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT NOT NULL,
      created_at INTEGER NOT NULL, PRIMARY KEY (session_id, seq)) STRICT;`,
}

const at = (n: number) => new Date(Date.UTC(2026, 8, 10, 9, 0, n)).toISOString()
const message = (id: string, parentId: string | null, n: number, body: object) => ({
  type: 'message',
  id,
  parentId,
  timestamp: at(n),
  message: body,
})

const talk = [
  { type: 'session', version: 3, id: 'sess-1', timestamp: at(0) },
  message('m1', null, 1, {
    role: 'user',
    content: [
      { type: 'text', text: 'what is this?' },
      { type: 'image', data: png.toString('base64'), mimeType: 'image/png' },
      { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    ],
  }),
  message('m2', 'm1', 2, { role: 'assistant', content: [{ type: 'text', text: 'A dot.' }], stopReason: 'stop' }),
  message('m3', 'm2', 3, {
    role: 'user',
    content:
      '[media attached: /home/ann/.openclaw/media/inbound/plan.pdf (application/pdf) | /media/plan]\nand this?\n[media attached: /home/ann/.openclaw/media/inbound/gone.pdf]',
  }),
  message('m4', 'm3', 4, {
    role: 'toolResult',
    toolCallId: 'c1',
    toolName: 'shot',
    content: [{ type: 'image', data: png.toString('base64'), mimeType: 'image/png' }],
  }),
  message('m5', 'm4', 5, { role: 'user', content: '[media attached: /x/media/../../secret.txt (text/plain)]' }),
  message('m6', 'm5', 6, { role: 'user', content: '[media attached: /x/media/inbound/link.txt (text/plain)]' }),
]

/** Writes a state folder; the database stays open, so that its last rows are in the log beside it only. */
function newerState(dir: string, form: keyof typeof tables) {
  const folder = join(dir, 'agents/main/agent')
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(dir, 'media/inbound'), { recursive: true })
  mkdirSync(join(dir, 'agents/main/sessions'), { recursive: true })
  writeFileSync(join(dir, 'media/inbound/plan.pdf'), pdf)
  writeFileSync(join(dir, 'secret.txt'), 'secret')
  symlinkSync(join(dir, 'secret.txt'), join(dir, 'media/inbound/link.txt'))
  const left = { 'agent:main:main': { sessionId: 'stale', updatedAt: 1 } }
  writeFileSync(join(dir, 'agents/main/sessions/sessions.json'), JSON.stringify(left))
  const db = new Database(join(folder, 'openclaw-agent.sqlite'))
  db.run('PRAGMA journal_mode = WAL')
  db.run('PRAGMA wal_autocheckpoint = 0')
  db.run(tables[form])
  const [table, id] = form === 'newer' ? ['session_nodes', 'current_session_id'] : ['session_entries', 'session_id']
  const entry = { sessionId: 'sess-1', updatedAt: Date.parse(at(6)), label: 'Home', thinkingLevel: 'low' }
  const put = db.query(`INSERT INTO ${table} (session_key, ${id}, entry_json, updated_at) VALUES (?, ?, ?, ?)`)
  put.run('agent:main:main', 'sess-1', JSON.stringify(entry), entry.updatedAt)
  put.run('agent:main:odd', 'sess-2', 'no json', 1)
  const say = db.query('INSERT INTO transcript_events VALUES (?, ?, ?, 1)')
  for (const [i, event] of talk.entries().toArray().toReversed()) say.run('sess-1', i, JSON.stringify(event))
  return db
}

const hashOf = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .filter((path) => !path.endsWith('-shm'))
    .sort()
    .map((path) => `${path} ${Bun.hash(readFileSync(path))}`)

test.each(['newer', 'older'] as const)('sessions of a database of the %s form', async (form) => {
  const home = cliHome({}, { env: { PATH: '/usr/bin:/bin' }, configParts: wholeParts })
  const from = join(home.home, 'old')
  using _open = newerState(from, form)
  const before = hashOf(from)
  const run = async (...flags: string[]) =>
    JSON.parse((await home.run('import', '--json', '--from', from, ...flags)).out) as ImportReport
  const dry = await run()
  const done = await run('--apply')
  expect(done.items).toEqual(dry.items)
  expect(hashOf(from)).toEqual(before)
  const of = (kind: string) => done.items.find((i) => i.kind === kind)
  expect(of('sessions')).toMatchObject({ found: 2, added: 1, left: [{ what: 'agent:main:odd' }] })
  expect(of('entries')).toMatchObject({ added: 6 })
  expect(of('pictures and files')).toMatchObject({ added: 2 })
  expect(of('pictures and files')?.left.map((l) => l.what)).toEqual([
    'inbound/gone.pdf',
    '../../secret.txt',
    'inbound/link.txt',
  ])
  expect(of('to be done by hand')?.left.map((l) => l.what)).toEqual(['logins of main'])
  using db = new Database(home.path('data/state.db'), { readonly: true })
  const parts = db
    .query<{ parts: string }, []>("SELECT parts FROM entries WHERE session = 'sess-1' ORDER BY id")
    .all()
    .map((r) => JSON.parse(r.parts) as Part[])
  const dot = { id: expect.any(String), bytes: png.length, mime: 'image/png' }
  expect(parts[0]).toEqual([
    { type: 'text', text: 'what is this?' },
    { type: 'media', ref: dot },
    { type: 'text', text: '[picture]' },
  ])
  expect(parts[2]).toEqual([
    { type: 'text', text: 'and this?\n[media attached: /home/ann/.openclaw/media/inbound/gone.pdf]' },
    { type: 'media', ref: { id: expect.any(String), bytes: pdf.length, mime: 'application/pdf', name: 'plan.pdf' } },
  ])
  expect(parts[3]).toMatchObject([{ type: 'result', media: [dot] }])
  expect(JSON.stringify(parts.slice(4))).toContain('secret.txt')
  const media = db.query<{ sha256: string; mime: string }, []>('SELECT * FROM media ORDER BY mime').all()
  expect(media.map((m) => m.mime)).toEqual(['application/pdf', 'image/png'])
  const [file, picture] = media.map((m) => readFileSync(home.path(`media/${mediaFile(m.sha256)}`)))
  expect([file, picture]).toEqual([pdf, png])
  expect((await run('--apply')).changes).toBe(0)
})
