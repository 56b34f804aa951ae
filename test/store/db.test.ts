// The database: transactions that share a commit, and what a person is told when the file is not as it should be.
import { Database } from 'bun:sqlite'
import { afterAll, beforeEach, expect, test } from 'bun:test'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/lib/fault.ts'
import { Db } from '../../src/store/db.ts'
import { storeFault } from '../../src/store/faults.ts'
import { migrate, migrations } from '../../src/store/migrate.ts'
import * as kv from '../../src/store/kv.ts'

const top = mkdtempSync(join(tmpdir(), 'oclaw-store-'))
afterAll(() => rmSync(top, { recursive: true, force: true }))
let n = 0
let path = ''
beforeEach(() => void (path = join(top, `t${++n}.db`)))

class Counting extends Db {
  commits = 0
  broken = false
  protected override commit(): void {
    if (this.broken) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    this.commits++
    super.commit()
  }
}

function fresh(): Counting {
  const db = new Counting(path)
  migrate(db)
  return db
}

const get = (db: Db, key: string) => kv.get(db, 't', key)
const faultOf = (fn: () => unknown): Fault => {
  try {
    fn()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('many writes of one moment share one commit', async () => {
  using db = Object.assign(fresh(), {
    [Symbol.dispose]() {
      db.close()
    },
  })
  await Promise.all(Array.from({ length: 200 }, (_, i) => db.write(() => kv.set(db, 't', `k${i}`, 'v'))))
  expect(db.commits).toBe(1)
  expect(db.one('SELECT count(*) AS n FROM kv')?.['n']).toBe(200)
  await db.write(() => kv.set(db, 't', 'later', 'v'))
  expect(db.commits).toBe(2)
})

test('a throw undoes its own transaction and no other', async () => {
  const db = fresh()
  const effects: string[] = []
  const good = db.write(() => {
    kv.set(db, 't', 'a', '1')
    db.afterCommit(() => effects.push('a'))
  })
  expect(() =>
    db.stage(() => {
      kv.set(db, 't', 'b', '1')
      db.afterCommit(() => effects.push('b'))
      throw new Error('no')
    }),
  ).toThrow('no')
  expect(effects).toEqual([])
  await good
  await Promise.resolve()
  expect([get(db, 'a'), get(db, 'b'), effects]).toEqual(['1', undefined, ['a']])
  db.close()
})

test('staged writes are seen by reads at once, and by others only after the commit', async () => {
  const db = fresh()
  const other = new Database(path)
  const seen = () => other.query("SELECT value FROM kv WHERE key = 'a'").get()
  const { value, durable } = db.stage(() => {
    kv.set(db, 't', 'a', '1')
    return 7
  })
  expect([value, get(db, 'a'), seen()]).toEqual([7, '1', null])
  await durable
  expect(seen()).toEqual({ value: '1' })
  other.close()
  db.close()
})

test('a transaction inside another is part of it', async () => {
  const db = fresh()
  expect(() =>
    db.stage(() => {
      db.stage(() => kv.set(db, 't', 'inner', '1'))
      throw new Error('outer')
    }),
  ).toThrow('outer')
  await db.write(() => {
    db.stage(() => kv.set(db, 't', 'kept', '1'))
  })
  expect([get(db, 'inner'), get(db, 'kept')]).toEqual([undefined, '1'])
  db.close()
})

test('a commit that fails fails for all, and nothing of it is there', async () => {
  const db = fresh()
  const effects: string[] = []
  db.broken = true
  const ends = await Promise.allSettled([
    db.write(() => kv.set(db, 't', 'a', '1')),
    db.write(() => {
      kv.set(db, 't', 'b', '1')
      db.afterCommit(() => effects.push('b'))
    }),
  ])
  expect(ends.map((e) => e.status)).toEqual(['rejected', 'rejected'])
  expect(ends[0]?.status === 'rejected' && ends[0].reason).toBeInstanceOf(Fault)
  expect([get(db, 'a'), get(db, 'b'), effects]).toEqual([undefined, undefined, []])
  db.broken = false
  await db.write(() => kv.set(db, 't', 'c', '1'))
  expect(get(db, 'c')).toBe('1')
  db.close()
})

test('closing commits what is staged', () => {
  const db = fresh()
  db.stage(() => kv.set(db, 't', 'a', '1'))
  db.close()
  const again = fresh()
  expect(get(again, 'a')).toBe('1')
  again.close()
})

test('writes belong into transactions', () => {
  const db = fresh()
  expect(() => kv.set(db, 't', 'a', '1')).toThrow('outside a transaction')
  db.close()
})

test('a file of a newer program is left alone', () => {
  const db = fresh()
  db.exec('PRAGMA user_version = 99')
  const fault = faultOf(() => migrate(db))
  expect(fault.message).toContain('written by a newer oclaw (format 99')
  expect(fault.message).toContain('oclaw update')
  db.close()
})

test('a copy is made before a file is changed, and a step that fails is undone', async () => {
  const db = fresh()
  await db.write(() => kv.set(db, 't', 'a', '1'))
  const bad = [...migrations, 'CREATE TABLE extra (a TEXT); INSERT INTO nowhere VALUES (1)']
  expect(() => migrate(db, bad)).toThrow('nowhere')
  expect(db.one("SELECT name FROM sqlite_master WHERE name = 'extra'")).toBeUndefined()
  expect(db.one('PRAGMA user_version')?.['user_version']).toBe(migrations.length)
  const copy = new Db(`${path}.backup-${migrations.length}`)
  expect(get(copy, 'a')).toBe('1')
  copy.close()
  // The next try finds the copy of the first one and goes on.
  migrate(db, [...migrations, 'CREATE TABLE extra (a TEXT)'])
  expect(db.one('PRAGMA user_version')?.['user_version']).toBe(migrations.length + 1)
  expect(existsSync(`${path}.backup-${migrations.length}`)).toBe(true)
  db.close()
})

test('a file in use by another program says so', () => {
  fresh().close()
  const other = new Database(path)
  other.run('PRAGMA journal_mode = DELETE')
  other.run('BEGIN EXCLUSIVE')
  expect(faultOf(() => new Db(path)).message).toContain('is in use by another program')
  other.run('ROLLBACK')
  other.close()
})

test('what is not a database, or damaged, says so', () => {
  writeFileSync(path, 'this is a text of some length, and no database at all'.repeat(100))
  expect(faultOf(() => new Db(path)).message).toContain('is damaged; restore a copy')
  const broken = join(top, 'broken.db')
  const db = fresh0(join(top, 'whole.db'))
  db.close()
  copyFileSync(join(top, 'whole.db'), broken)
  const bytes = new Uint8Array(readFileSync(broken))
  bytes.fill(0x5a, 4096)
  writeFileSync(broken, bytes)
  expect(
    faultOf(() => {
      const damaged = new Db(broken)
      damaged.all('SELECT * FROM kv')
      damaged.all('SELECT * FROM sessions')
    }).message,
  ).toContain('is damaged')
})

function fresh0(at: string): Db {
  const db = new Db(at)
  migrate(db)
  return db
}

test('a folder that is not there says so', () => {
  expect(faultOf(() => new Db(join(top, 'nowhere', 'x.db'))).message).toContain('cannot be opened')
})

test('every error of the disk has its sentence', () => {
  const sentence = (code: string) => {
    const error = storeFault(Object.assign(new Error('x'), { code }), '/x/oclaw.db')
    return error instanceof Fault ? `${error.code} ${error.message}` : 'none'
  }
  expect(sentence('SQLITE_READONLY')).toContain('/x/oclaw.db is read-only; give its owner write access')
  expect(sentence('SQLITE_READONLY_DIRECTORY')).toContain('is read-only')
  expect(sentence('SQLITE_FULL')).toContain('UNAVAILABLE the disk that holds /x/oclaw.db is full')
  expect(sentence('SQLITE_IOERR_WRITE')).toContain('answers with errors')
  expect(sentence('SQLITE_CONSTRAINT_UNIQUE')).toBe('none')
})
