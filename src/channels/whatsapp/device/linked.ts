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

/** Forgets the link: credentials and keys. Messages that wait to be handed over stay. */
export async function unlink(state: AccountState): Promise<void> {
  const rows = [credRow, ...state.all(keyPrefix).keys()]
  await state.write(Object.fromEntries(rows.map((key) => [key, undefined])))
}
