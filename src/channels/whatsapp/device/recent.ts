// The newest messages of every chat, for what must name or quote them: replies, reactions, edits, sending again.
import type { WAMessageKey, proto } from 'baileys'

/** A message we may have to name again. */
export interface Known {
  readonly key: WAMessageKey
  readonly message: proto.IMessage
}

/** Remembers the newest messages, by chat as we write it and id. */
export interface Recent {
  add(chat: string, known: Known): void
  get(chat: string, id: string): Known | undefined
  /** A message by its id alone, for when WhatsApp writes the chat in another way than we do. */
  byId(id: string): Known | undefined
}

const most = 2000

/** Makes the memory of one account. */
export function recent(): Recent {
  const all = new Map<string, { readonly chat: string; readonly known: Known }>()
  return {
    add(chat, known) {
      const id = known.key.id ?? ''
      all.delete(id)
      all.set(id, { chat, known })
      const [oldest] = all.keys()
      if (all.size > most && oldest !== undefined) all.delete(oldest)
    },
    get(chat, id) {
      const found = all.get(id)
      return found?.chat === chat ? found.known : undefined
    },
    byId: (id) => all.get(id)?.known,
  }
}
