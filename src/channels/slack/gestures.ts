// The small gestures: a deleted message, and "is typing" in the threads where Slack shows it.
import type { Connection } from '../../define/channel.ts'
import { Fault } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Web } from './api.ts'
import type { Directory } from './directory.ts'
import { slackError } from './faults.ts'

/** What gestures work with. */
export interface Gestures {
  readonly web: Web
  readonly directory: Directory
  readonly log: Log
  readonly signal: AbortSignal
}

/** Deleting and typing. */
export function gestures(g: Gestures): Pick<Connection, 'remove' | 'typing'> {
  const { web, directory, signal } = g
  /** Chats whose threads show no status, and whether the app may show any. */
  const without = new Set<string>()
  let allowed = true
  return {
    async remove(at, id) {
      const file = /^file:(\w+)$/.exec(id)?.[1]
      if (file) {
        await web.call('files.delete', (w) => w.files.delete({ file }), { signal })
        return
      }
      if (!/^\d+\.\d+$/.test(id))
        throw new Fault('INVALID_REQUEST', `a message with the id ${id} cannot be deleted on Slack`)
      const channel = await directory.conversation(at.chat)
      await web.call('chat.delete', (w) => w.chat.delete({ channel, ts: id }), { signal })
    },
    async typing(at) {
      const { chat, thread } = at
      if (thread === undefined || !allowed || without.has(chat)) return
      const args = { channel_id: await directory.conversation(chat), thread_ts: thread, status: 'is typing…' }
      try {
        await web.call('assistant.threads.setStatus', (w) => w.assistant.threads.setStatus(args), {
          signal,
          ms: 10_000,
        })
      } catch (error) {
        const word = slackError(error)
        if (word === undefined) throw error
        // Slack shows it in the threads of its assistant only, and only to apps that are one.
        if (/scope|not_allowed|access|unknown_method|feature/.test(word)) allowed = false
        else without.add(chat)
        g.log.debug('Slack shows no sign of typing here', { chat, why: word })
      }
    },
  }
}
