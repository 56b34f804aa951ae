// Whether an account is linked to a phone, and how to forget that it was.
import type { AccountState } from '../../../define/channel.ts'

/** The row of the credentials; Signal keys are under `key:<type>:<id>`. */
export const credRow = 'cred'
export const keyPrefix = 'key:'

/** What of the credentials says that the device is linked. */
interface Linked {
  readonly me?: { readonly id?: string }
  readonly account?: unknown
}

/** Whether rows of a linked device are there. Before a phone has confirmed it, `account` is not. */
export function linked(state: AccountState): boolean {
  const row = state.get(credRow)
  if (row === undefined) return false
  const creds = JSON.parse(row) as Linked
  return creds.me?.id !== undefined && creds.account !== undefined
}

/** Kinds of keys Baileys keeps, longer names before those they begin with. */
const keyTypes = [
  'app-state-sync-version',
  'app-state-sync-key',
  'sender-key-memory',
  'sender-key',
  'lid-mapping',
  'device-list',
  'identity-key',
  'pre-key',
  'session',
  'tctoken',
] as const

/**
 * The row of a file of Baileys' multi-file store, which keeps the same texts: `creds.json`, `<type>-<id>.json`. In file
 * names `/` is written `__` and `:` is written `-`, which only names of sender keys hold:
 * https://github.com/WhiskeySockets/Baileys/blob/master/src/Utils/use-multi-file-auth-state.ts
 */
export function rowOfFile(file: string): string | undefined {
  if (file === 'creds.json') return credRow
  const type = keyTypes.find((t) => file.startsWith(`${t}-`))
  if (type === undefined || !file.endsWith('.json')) return undefined
  const id = file.slice(type.length + 1, -'.json'.length).replaceAll('__', '/')
  return `${keyPrefix}${type}:${type === 'sender-key' ? id.replaceAll('--', '::') : id}`
}

/** Forgets the link: credentials and keys. Messages that wait to be handed over stay. */
export async function unlink(state: AccountState): Promise<void> {
  const rows = [credRow, ...state.all(keyPrefix).keys()]
  await state.write(Object.fromEntries(rows.map((key) => [key, undefined])))
}
