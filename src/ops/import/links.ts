// Accounts linked by a phone: the folders of credentials the original keeps, as rows of ours.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describeError } from '../../lib/fault.ts'
import type { AnyChannel } from '../../define/channel.ts'
import type { Db } from '../../store/db.ts'
import * as kv from '../../store/kv.ts'
import { Tally } from './report.ts'

/** A channel that can take such a folder over. */
export type Adopter = Pick<AnyChannel, 'id' | 'label' | 'adopts'>

type Tree = Readonly<Record<string, unknown>>
const tree = (value: unknown): Tree => (typeof value === 'object' && value !== null ? (value as Tree) : {})

function saidOf(config: string): Tree {
  try {
    return tree(Bun.JSON5.parse(readFileSync(config, 'utf8')))
  } catch {
    return {} // another part of the import says what is wrong with it
  }
}

/** The folders of a channel by account: the usual ones, and those the config names. */
function foldersOf(channel: string, from: string, config: string): Map<string, string> {
  const usual = join(from, 'credentials', channel)
  const inside = existsSync(usual) ? readdirSync(usual, { withFileTypes: true }) : []
  const out = new Map(inside.filter((e) => e.isDirectory()).map((e) => [e.name, join(usual, e.name)]))
  const own = tree(tree(saidOf(config)['channels'])[channel])
  const named = [['default', own] as const, ...Object.entries(tree(own['accounts']))]
  for (const [account, said] of named) {
    const dir = tree(said)['authDir']
    if (typeof dir === 'string') out.set(account, resolve(from, dir.replace(/^~\/\.[\w-]+(?=\/|$)/, from)))
  }
  return out
}

/** Takes over the links; inside a transaction. An account that is linked already keeps its link. */
export function importLinks(db: Db, from: string, config: string, channels: readonly Adopter[]): Tally {
  const tally = new Tally('linked accounts')
  for (const { id, label, adopts } of channels) {
    if (!adopts) continue
    for (const [account, dir] of foldersOf(id, from, config)) {
      if (!existsSync(join(dir, 'creds.json'))) continue
      const space = `account:${id}:${account}`
      try {
        const rows = readdirSync(dir).flatMap((file) => {
          const row = adopts(file)
          return row === undefined ? [] : [[row, readFileSync(join(dir, file), 'utf8')] as const]
        })
        for (const [, text] of rows) JSON.parse(text)
        if (rows.some(([row]) => kv.get(db, space, row) !== undefined)) {
          tally.known()
          continue
        }
        for (const [row, text] of rows) kv.set(db, space, row, text)
        tally.add()
      } catch (error) {
        const again = `oclaw channels login --channel ${id} --account ${account}`
        tally.leave(`${label} ${account}`, `${describeError(error)}; link it anew: ${again}`)
      }
    }
  }
  return tally
}
