// Files an answer names in lines of their own, `MEDIA: <path or address>`: taken out of the text and sent along.
import { describeError, Fault } from '../../lib/fault.ts'
import type { MediaRef } from '../../domain/media.ts'
import * as store from '../../store/media.ts'
import { keep, looseFile } from './sendable.ts'
import type { World } from '../world.ts'

/** A line that names a file to send along. */
export const mediaLine = /^[ \t]*MEDIA:[ \t]*`?([^\n`]+?)`?[ \t]*$/gim
/** Files of one answer. */
const maxFiles = 10

/** The text without its `MEDIA:` lines, and the files they name. One that cannot be read leaves a note in the text. */
export async function withMedia(
  world: World,
  workspace: string,
  text: string,
): Promise<{ text: string; media: MediaRef[] }> {
  const named = [...text.matchAll(mediaLine)].map((m) => m[1] as string).slice(0, maxFiles)
  if (!named.length) return { text, media: [] }
  const media: MediaRef[] = []
  const notes: string[] = []
  for (const name of named) {
    try {
      const kept = /^media:(\w+)$/.exec(name)?.[1]
      if (kept !== undefined) {
        media.push(keptFile(world, kept))
        continue
      }
      media.push(await keep(world, await looseFile(world, name, workspace)))
    } catch (error) {
      notes.push(`(${name} could not be attached: ${describeError(error)})`)
    }
  }
  return { text: [text.replace(mediaLine, '').trim(), ...notes].filter(Boolean).join('\n\n'), media }
}

/** A file that a tool has put into the store. Throws NOT_FOUND. */
function keptFile(world: World, id: string): MediaRef {
  const found = store.byId(world.db, id)
  if (!found) throw new Fault('NOT_FOUND', 'there is no such file')
  const { sha256: _, ...ref } = found
  return ref
}
