// The index of an agent's notes: a database file of its own, which can be thrown away and made anew from the notes.
import { Database } from 'bun:sqlite'
import { rmSync } from 'node:fs'
import { indexText, type MemoryChunk } from '../domain/memory.ts'
import { storeFault } from './faults.ts'

/** The form of the file; another one is thrown away. */
const version = 1

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE files (path TEXT PRIMARY KEY, hash TEXT NOT NULL, mtime REAL NOT NULL, size INTEGER NOT NULL) STRICT;
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL REFERENCES files (path) ON DELETE CASCADE,
  start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, vector BLOB) STRICT;
CREATE INDEX chunks_path ON chunks (path);
CREATE TABLE vectors (model TEXT NOT NULL, hash TEXT NOT NULL, vector BLOB NOT NULL, at REAL NOT NULL, PRIMARY KEY (model, hash)) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2');
PRAGMA user_version = ${version};`

/** A piece with its place in the index. */
export interface IndexedChunk extends MemoryChunk {
  readonly id: number
  readonly path: string
  readonly vector: Float32Array | undefined
}

/** An open index. */
export interface MemoryIndex {
  files(): Map<string, { readonly hash: string; readonly mtimeMs: number; readonly size: number }>
  /** Puts a file's pieces in the place of those it had. */
  put(
    file: { readonly path: string; readonly hash: string; readonly mtimeMs: number; readonly size: number },
    pieces: readonly (MemoryChunk & { readonly hash: string })[],
  ): void
  /** Notes that a file is unchanged though its time is another. */
  touch(path: string, mtimeMs: number, size: number): void
  forget(path: string): void
  /** Pieces without a vector, with the hash of their text. */
  bare(limit: number): { readonly id: number; readonly hash: string; readonly text: string }[]
  /** Gives pieces their vectors, and remembers those by the hash of their text. */
  embed(
    model: string,
    rows: readonly { readonly id: number; readonly hash: string; readonly vector: Float32Array }[],
    at: number,
  ): void
  remembered(model: string, hashes: readonly string[]): Map<string, Float32Array>
  /** Keeps at most so many remembered vectors, the newest. */
  trim(max: number): void
  /** Pieces in which one of these words stands, best first, with a figure that is the greater the better. */
  words(words: readonly string[], limit: number): { readonly id: number; readonly weight: number }[]
  chunk(id: number): IndexedChunk | undefined
  /** Vectors of pieces whose id is greater than `after`, in order. */
  vectors(after: number, limit: number): { readonly id: number; readonly vector: Float32Array }[]
  meta(key: string): string | undefined
  setMeta(key: string, value: string): void
  /** Throws every vector of a piece away. */
  dropVectors(): void
  count(): { readonly files: number; readonly chunks: number; readonly vectors: number }
  clear(): void
  close(): void
}

type Row = Readonly<Record<string, unknown>>

const floats = (blob: unknown): Float32Array | undefined =>
  blob instanceof Uint8Array ? new Float32Array(blob.slice().buffer) : undefined
const bytes = (v: Float32Array) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength)

function open(path: string): Database {
  const db = new Database(path, { create: true, strict: true })
  for (const pragma of ['busy_timeout = 2000', 'journal_mode = WAL', 'synchronous = NORMAL', 'foreign_keys = ON'])
    db.run(`PRAGMA ${pragma}`)
  return db
}

/** Opens an index; one of another form, or a damaged one, is thrown away first. Throws a Fault when it cannot be made. */
export function memoryIndex(path: string): MemoryIndex {
  try {
    let db = open(path)
    const found = db.query<Row, []>('PRAGMA user_version').get()?.['user_version']
    if (found !== version) {
      db.close()
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
      db = open(path)
      db.run(schema)
    }
    return over(db)
  } catch (error) {
    throw storeFault(error, path)
  }
}

function over(db: Database): MemoryIndex {
  const all = (sql: string, params: Record<string, string | number> = {}) =>
    db.query<Row, [Record<string, string | number>]>(sql).all(params)
  const run = (sql: string, params: Record<string, string | number | Uint8Array> = {}) => void db.query(sql).run(params)
  const forget = (path: string) => {
    run('DELETE FROM words WHERE rowid IN (SELECT id FROM chunks WHERE path = $path)', { path })
    run('DELETE FROM files WHERE path = $path', { path })
  }
  return {
    files: () =>
      new Map(
        all('SELECT * FROM files').map((r) => [
          String(r['path']),
          { hash: String(r['hash']), mtimeMs: Number(r['mtime']), size: Number(r['size']) },
        ]),
      ),
    put: (file, pieces) =>
      db.transaction(() => {
        forget(file.path)
        run('INSERT INTO files VALUES ($path, $hash, $mtime, $size)', {
          path: file.path,
          hash: file.hash,
          mtime: file.mtimeMs,
          size: file.size,
        })
        for (const p of pieces) {
          run(
            'INSERT INTO chunks (path, start_line, end_line, hash, text) VALUES ($path, $start, $end, $hash, $text)',
            {
              path: file.path,
              start: p.startLine,
              end: p.endLine,
              hash: p.hash,
              text: p.text,
            },
          )
          run('INSERT INTO words (rowid, text) VALUES (last_insert_rowid(), $text)', { text: indexText(p.text) })
        }
      })(),
    touch: (path, mtime, size) =>
      run('UPDATE files SET mtime = $mtime, size = $size WHERE path = $path', { path, mtime, size }),
    forget: (path) => db.transaction(() => forget(path))(),
    bare: (limit) =>
      all('SELECT id, hash, text FROM chunks WHERE vector IS NULL ORDER BY id LIMIT $limit', { limit }).map((r) => ({
        id: Number(r['id']),
        hash: String(r['hash']),
        text: String(r['text']),
      })),
    embed: (model, rows, at) =>
      db.transaction(() => {
        for (const { id, hash, vector } of rows) {
          run('UPDATE chunks SET vector = $vector WHERE id = $id', { id, vector: bytes(vector) })
          run('INSERT OR REPLACE INTO vectors VALUES ($model, $hash, $vector, $at)', {
            model,
            hash,
            vector: bytes(vector),
            at,
          })
        }
      })(),
    remembered: (model, hashes) =>
      new Map(
        hashes.flatMap((hash) => {
          const found = floats(
            all('SELECT vector FROM vectors WHERE model = $model AND hash = $hash', { model, hash })[0]?.['vector'],
          )
          return found ? [[hash, found] as const] : []
        }),
      ),
    trim: (max) =>
      run('DELETE FROM vectors WHERE rowid NOT IN (SELECT rowid FROM vectors ORDER BY at DESC LIMIT $max)', { max }),
    words: (list, limit) => {
      const query = list.map((w) => `"${indexText(w).trim().replaceAll('"', '')}"`).join(' OR ')
      return all(
        'SELECT rowid AS id, -bm25(words) AS weight FROM words WHERE words MATCH $query ORDER BY bm25(words) LIMIT $limit',
        { query, limit },
      ).map((r) => ({
        id: Number(r['id']),
        weight: Number(r['weight']),
      }))
    },
    chunk(id) {
      const r = all('SELECT * FROM chunks WHERE id = $id', { id })[0]
      if (!r) return undefined
      return {
        id,
        path: String(r['path']),
        startLine: Number(r['start_line']),
        endLine: Number(r['end_line']),
        text: String(r['text']),
        vector: floats(r['vector']),
      }
    },
    vectors: (after, limit) =>
      all('SELECT id, vector FROM chunks WHERE id > $after AND vector IS NOT NULL ORDER BY id LIMIT $limit', {
        after,
        limit,
      }).flatMap((r) => {
        const vector = floats(r['vector'])
        return vector ? [{ id: Number(r['id']), vector }] : []
      }),
    meta(key) {
      const value = all('SELECT value FROM meta WHERE key = $key', { key })[0]?.['value']
      return typeof value === 'string' ? value : undefined
    },
    setMeta: (key, value) => run('INSERT OR REPLACE INTO meta VALUES ($key, $value)', { key, value }),
    dropVectors: () => run('UPDATE chunks SET vector = NULL'),
    count() {
      const r = all(
        'SELECT (SELECT count(*) FROM files) AS f, (SELECT count(*) FROM chunks) AS c, (SELECT count(*) FROM chunks WHERE vector IS NOT NULL) AS v',
      )[0]
      return { files: Number(r?.['f']), chunks: Number(r?.['c']), vectors: Number(r?.['v']) }
    },
    clear: () =>
      db.transaction(() => {
        for (const table of ['words', 'chunks', 'files', 'meta']) run(`DELETE FROM ${table}`)
      })(),
    close: () => db.close(),
  }
}
