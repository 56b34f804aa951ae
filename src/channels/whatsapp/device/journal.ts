// Messages that are decrypted and not handed over yet, as rows of the account's state.
import type { AccountState } from '../../../define/channel.ts'
import type { Baileys } from './baileys.ts'
import type { Envelope } from './inbound.ts'
import type { Rows } from './vault.ts'

const prefix = 'raw:'

/** An envelope as a row; the message is WhatsApp's own bytes. */
interface Row extends Omit<Envelope, 'message'> {
  readonly bytes: string
}

/** A row, and what it holds. */
export interface Kept {
  readonly row: string
  readonly envelope: Envelope
}

/** The journal of one account. */
export interface Journal {
  /** The row for an envelope, to be written with whatever must be durable with it. */
  enter(envelope: Envelope): { readonly kept: Kept; readonly rows: Rows }
  /** What earlier connections left, in the order it came. */
  left(): readonly Kept[]
  /** Forgets what was handed over. */
  done(row: string): Promise<void>
}

/** Opens the journal; a row that cannot be read is told to `unreadable` and passed over. */
export function openJournal(
  baileys: Baileys,
  state: AccountState,
  unreadable: (row: string, error: unknown) => void,
): Journal {
  const rows = [...state.all(prefix)].sort(([a], [b]) => (a < b ? -1 : 1))
  let count = Number(rows.at(-1)?.[0].slice(prefix.length) ?? 0)
  return {
    enter(envelope) {
      const row = `${prefix}${String(++count).padStart(12, '0')}`
      const { message, ...rest } = envelope
      const bytes = Buffer.from(baileys.proto.Message.encode(message).finish()).toString('base64')
      return { kept: { row, envelope }, rows: { [row]: JSON.stringify({ ...rest, bytes }) } }
    },
    left: () =>
      rows.flatMap(([row, text]): Kept[] => {
        try {
          const { bytes, ...rest } = JSON.parse(text) as Row
          const message = baileys.proto.Message.decode(Buffer.from(bytes, 'base64'))
          return [{ row, envelope: { ...rest, message } }]
        } catch (error) {
          unreadable(row, error)
          return []
        }
      }),
    done: (row) => state.write({ [row]: undefined }),
  }
}
