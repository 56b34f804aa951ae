// The source tree as the laws see it: every file of src with its text and what it imports.
import { Glob } from 'bun'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = join(import.meta.dir, '..', '..')

export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
  /** Relative imports, as paths from the root. */
  readonly own: readonly string[]
  /** Everything else it imports: packages, `node:` and `bun:` modules. */
  readonly packages: readonly string[]
}

/** Every TypeScript file under `dirs`. */
export function sources(...dirs: string[]): SourceFile[] {
  return dirs.flatMap((dir) =>
    [...new Glob(`${dir}/**/*.{ts,tsx}`).scanSync(root)].sort().map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      const names = [...text.matchAll(/(?:\bfrom |\bimport\(|^import )\s*'([^']+)'/gm)].map((m) => m[1] as string)
      return {
        path,
        text,
        lines: text.split('\n'),
        own: names.filter((n) => n.startsWith('.')).map((n) => join(dirname(path), n)),
        packages: names.filter((n) => !n.startsWith('.')),
      }
    }),
  )
}
