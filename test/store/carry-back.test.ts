// Rows of a newer database in the form of an older one: what is new is carried, what is gone there stays, what fits not is kept.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Database } from 'bun:sqlite'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goBack, newerPath } from '../../src/store/carry-back.ts'

let top = ''
beforeAll(() => void (top = mkdtempSync(join(tmpdir(), 'oclaw-carry-'))))
afterAll(() => rmSync(top, { recursive: true, force: true }))

const older = `
  CREATE TABLE kv (space TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
  CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, color TEXT NOT NULL DEFAULT 'red');
  CREATE TABLE gone (id INTEGER PRIMARY KEY);
  CREATE VIRTUAL TABLE notes_text USING fts5 (text, content = '', contentless_delete = 1);
  INSERT INTO notes (text, color) VALUES ('one', 'blue'), ('two', 'green');
  INSERT INTO gone VALUES (7);
  INSERT INTO kv VALUES ('index', 'entries', '2');
  PRAGMA user_version = 3;`

/** A database and its copy of before; `change` is what the newer program did. Both are closed. */
function pair(name: string, change: string) {
  const [path, backup] = [join(top, `${name}.db`), join(top, `${name}.db.backup-3`)]
  using db = new Database(path, { create: true })
  db.run('PRAGMA journal_mode = WAL')
  db.run(older)
  db.run(`VACUUM INTO '${backup}'`)
  db.run(change)
  return { path, backup }
}

const rows = (path: string, sql: string) => {
  using db = new Database(path, { readonly: true })
  return db.query(sql).all() as Record<string, unknown>[]
}

test('what came since is there, in the older form', () => {
  const { path, backup } = pair(
    'good',
    `ALTER TABLE notes DROP COLUMN color; ALTER TABLE notes ADD COLUMN size INTEGER; DROP TABLE gone;
     DELETE FROM notes WHERE id = 1; INSERT INTO notes (text, size) VALUES ('three', 3);
     UPDATE notes SET text = 'zwei' WHERE id = 2; CREATE TABLE fresh (id INTEGER);
     UPDATE kv SET value = '3'; INSERT INTO kv VALUES ('a', 'b', 'c'); PRAGMA user_version = 4;`,
  )
  expect(goBack(path, backup, 4)).toBe(true)
  expect(rows(path, 'SELECT * FROM notes ORDER BY id')).toEqual([
    { id: 2, text: 'zwei', color: 'green' },
    { id: 3, text: 'three', color: 'red' },
  ])
  expect(rows(path, 'SELECT * FROM gone')).toEqual([{ id: 7 }])
  expect(rows(path, 'SELECT * FROM kv ORDER BY space')).toEqual([
    { space: 'a', key: 'b', value: 'c' },
    { space: 'index', key: 'entries', value: '2' },
  ])
  expect(rows(path, "SELECT seq FROM sqlite_sequence WHERE name = 'notes'")).toEqual([{ seq: 3 }])
  expect(rows(path, 'PRAGMA user_version')).toEqual([{ user_version: 3 }])
  expect(rows(newerPath(path, 4), 'SELECT size FROM notes ORDER BY id')).toEqual([{ size: null }, { size: 3 }])
})

test('what does not fit the older form leaves it as it was, and stays in the newer file', () => {
  const { path, backup } = pair(
    'bad',
    `DROP TABLE notes; CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (9, NULL);
     PRAGMA user_version = 4;`,
  )
  expect(goBack(path, backup, 4)).toBe(false)
  expect(rows(path, 'SELECT id FROM notes')).toEqual([{ id: 1 }, { id: 2 }])
  expect(rows(newerPath(path, 4), 'SELECT id FROM notes')).toEqual([{ id: 9 }])
  expect([existsSync(`${path}.older`), existsSync(`${path}-wal`)]).toEqual([false, false])
})
