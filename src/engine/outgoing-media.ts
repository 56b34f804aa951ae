// Files an answer names in lines of their own, `MEDIA: <path or address>`: taken out of the text and sent along.
import { describeError } from '../lib/fault.ts'
import type { MediaRef } from '../domain/media.ts'
import type { World } from './world.ts'

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
      const file = /^https?:\/\//i.test(name)
        ? await fetched(world, name)
        : await world.outside.readFile(name, workspace)
      media.push(await world.outside.media.save(file.bytes, { mime: file.mime, name: file.name }))
    } catch (error) {
      notes.push(`(${name} could not be attached: ${describeError(error)})`)
    }
  }
  return { text: [text.replace(mediaLine, '').trim(), ...notes].filter(Boolean).join('\n\n'), media }
}

async function fetched(world: World, url: string) {
  const answer = await world.outside.guardedFetch(url)
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const name = new URL(url).pathname.split('/').at(-1) || 'file'
  return { bytes, name, mime: answer.headers.get('content-type')?.split(';')[0] ?? 'application/octet-stream' }
}
