// A device the original has linked goes on here: its folder of credentials, as Baileys writes it, becomes rows.
import { afterEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useMultiFileAuthState } from 'baileys'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { openVault } from '../../../src/channels/whatsapp/device/vault.ts'
import { loadBaileys } from '../../../src/channels/whatsapp/device/baileys.ts'
import { importLinks } from '../../../src/ops/import/links.ts'
import { Db } from '../../../src/store/db.ts'
import * as kv from '../../../src/store/kv.ts'
import { migrate } from '../../../src/store/migrate.ts'
import { outbound } from '../../contract/running.ts'
import { closeAll, device, never } from './setup.ts'

afterEach(closeAll)

/** Writes the rows of a linked device as the original would. */
async function asFolder(rows: ReadonlyMap<string, string>, dir: string) {
  const baileys = await loadBaileys()
  const held = new Map(rows)
  const state = {
    get: (key: string) => held.get(key),
    set: (key: string, value: string) => void held.set(key, value),
    all: (prefix: string) => new Map([...held].filter(([key]) => key.startsWith(prefix))),
    write: async () => undefined,
  }
  const vault = openVault(baileys, state)
  const store = await useMultiFileAuthState(dir)
  Object.assign(store.state.creds, vault.creds)
  await store.saveCreds()
  for (const row of state.all('key:').keys()) {
    const [, type = '', ...id] = row.split(':')
    const key = id.join(':')
    const found = await vault.keys.get(type as 'session', [key])
    await store.state.keys.set({ [type]: { [key]: found[key] } })
  }
}

test('a linked device is taken over with all its keys, talks on, and is not taken twice', async () => {
  const { going, wa, ann, connect } = await device()
  wa.says('ann', 'before')
  await going.until('the message', () => going.received.length === 1)
  await going.connection.send(outbound(ann, 'answered'), never)
  await going.scope.close()
  const from = mkdtempSync(join(tmpdir(), 'oclaw-moving-'))
  const dir = join(from, 'credentials', 'whatsapp', 'default')
  mkdirSync(dir, { recursive: true })
  await asFolder(going.state, dir)
  expect(readdirSync(dir).length).toBeGreaterThan(5)
  const db = new Db(':memory:')
  migrate(db)
  const take = () => db.write(() => importLinks(db, from, join(from, 'openclaw.json'), [whatsapp]).item())
  expect(await take()).toMatchObject({ found: 1, added: 1 })
  const rows = kv.list(db, 'account:whatsapp:default')
  const ours = [...going.state].filter(([key]) => key === 'cred' || key.startsWith('key:'))
  expect(rows.map((r) => r.key).sort()).toEqual(ours.map(([key]) => key).sort())
  expect(await take()).toMatchObject({ found: 1, known: 1 })
  const next = await connect({ state: new Map(rows.map((r) => [r.key, r.value])), seen: new Set() })
  wa.says('ann', 'after')
  await next.until('the message', () => next.received.some((m) => m.text === 'after'))
})

test('folders the config names are found, and one that is broken is left with a word', async () => {
  const from = mkdtempSync(join(tmpdir(), 'oclaw-moving-'))
  for (const name of ['elsewhere', 'broken']) mkdirSync(join(from, name))
  writeFileSync(join(from, 'elsewhere', 'creds.json'), '{"me":{"id":"1"}}')
  writeFileSync(join(from, 'elsewhere', 'sender-key-1@g.us--2--0.json'), '{}')
  writeFileSync(join(from, 'elsewhere', 'app-state-sync-key-AAAA__1.json'), '{}')
  writeFileSync(join(from, 'elsewhere', 'notes.txt'), 'x')
  writeFileSync(join(from, 'broken', 'creds.json'), '{')
  const accounts = { work: { authDir: './broken' } }
  const config = join(from, 'openclaw.json')
  writeFileSync(config, JSON.stringify({ channels: { whatsapp: { authDir: '~/.openclaw/elsewhere', accounts } } }))
  const db = new Db(':memory:')
  migrate(db)
  const item = await db.write(() => importLinks(db, from, config, [whatsapp]).item())
  expect([item.added, item.left[0]?.what]).toEqual([1, 'WhatsApp work'])
  expect(item.left[0]?.why).toContain('oclaw channels login --channel whatsapp --account work')
  expect(kv.list(db, 'account:whatsapp:default').map((r) => r.key)).toEqual([
    'cred',
    'key:app-state-sync-key:AAAA/1',
    'key:sender-key:1@g.us::2::0',
  ])
})
