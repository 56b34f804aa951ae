// Builds the Control UI into `dist/web`, which the executable carries inside.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Builds the UI; ends the program when it cannot be built. */
export async function buildUi(root: string): Promise<void> {
  const out = join(root, 'dist', 'web')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const built = await Bun.build({
    entrypoints: [join(root, 'ui', 'index.html')],
    outdir: out,
    minify: true,
    naming: { asset: 'assets/[name]-[hash].[ext]', chunk: 'assets/[name]-[hash].[ext]', entry: '[name].[ext]' },
    throw: false,
  })
  if (built.success) return
  for (const { message } of built.logs) process.stderr.write(`${message}\n`)
  process.exit(1)
}
