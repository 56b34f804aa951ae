// Reads a file of a workspace for sending it along, by the same rules as the read tool.
import { basename } from 'node:path'
import { openFile, readAll } from './tools/paths.ts'

/** The bytes, name and MIME type of a file inside `root`. Throws a Fault when it lies outside or is not there. */
export async function readInside(path: string, root: string) {
  await using file = await openFile({ workspace: root, confined: true }, path)
  const name = basename(path)
  return {
    bytes: await readAll(file, path),
    name,
    mime: Bun.file(name).type.split(';')[0] || 'application/octet-stream',
  }
}
