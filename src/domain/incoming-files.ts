// Files of an incoming message: those that can be had come with it, for the others a line of its text says why not.
import { describeError, Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { MediaRef } from './media.ts'
import type { InboundMessage } from './message.ts'

/** A file as the platform told of it. */
interface Told {
  readonly kind?: string | undefined
  readonly name?: string | undefined
}

/** The message with its files, fetched one after the other by `fetch`. Rejects only when `signal` has aborted. */
export async function withFiles<F extends Told>(
  message: InboundMessage,
  files: readonly F[],
  fetch: (file: F) => Promise<MediaRef>,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<InboundMessage> {
  if (!files.length) return message
  const media: MediaRef[] = []
  const notes: string[] = []
  for (const file of files) {
    try {
      media.push(await fetch(file))
    } catch (error) {
      if (signal.aborted) throw error
      log.warn('a file could not be fetched', { kind: file.kind, why: describeError(error) })
      const why = error instanceof Fault ? error.message : 'the download failed'
      notes.push(`[${file.name ?? file.kind ?? 'file'} not received: ${why}]`)
    }
  }
  return { ...message, text: [message.text, ...notes].filter(Boolean).join('\n'), media }
}
