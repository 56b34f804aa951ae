// A file for a program to read, in a folder of its own that goes away with it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/** A file that is there for a while. */
export interface TemporaryFile extends AsyncDisposable {
  readonly path: string
  /** Its folder, which holds nothing else. */
  readonly dir: string
}

/** Writes bytes where only their owner can read them; disposing takes the whole folder away. */
export async function temporaryFile(name: string, bytes: Uint8Array): Promise<TemporaryFile> {
  const dir = await mkdtemp(join(tmpdir(), 'oclaw-'))
  const path = join(dir, basename(name).replaceAll(/[^\w.-]/g, '_') || 'file')
  await writeFile(path, bytes, { mode: 0o600 })
  return { path, dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}
