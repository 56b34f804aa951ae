// A group that got a new id on its platform: what the config says of it moves along.
import { normalizeAccountId } from '../../define/accounts.ts'
import { getPath } from '../../config/path.ts'
import type { Account } from './units.ts'
import type { ConfigFile } from '../config/file.ts'

/** Moves a group's rules to its new id, unless the account keeps chats from changing the config. */
export async function renameGroup(file: ConfigFile | undefined, a: Account, from: string, to: string): Promise<void> {
  if (!file || a.account['configWrites'] === false) return
  const { parsed } = await file.snapshot()
  const root = ['channels', a.channel.id]
  const named = Object.keys(getPath(parsed, [...root, 'accounts']) ?? {})
  const own = named.find((name) => normalizeAccountId(name) === a.accountId)
  for (const path of [root, ...(own === undefined ? [] : [[...root, 'accounts', own]])]) {
    const groups = getPath(parsed, [...path, 'groups']) as Record<string, unknown> | undefined
    if (groups?.[from] === undefined || groups[to] !== undefined) continue
    const patch = [...path, 'groups'].reduceRight<unknown>((inner, key) => ({ [key]: inner }), {
      [to]: groups[from],
      [from]: null,
    })
    await file.change({ kind: 'patch', patch }, { needsHash: false, who: `channel:${a.channel.id}` })
  }
}
