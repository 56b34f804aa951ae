// Builds every target and their checksums into `dist/release`.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, record, targets } from './build.ts'
import { buildUi } from './ui.ts'

const root = join(import.meta.dir, '..')
const out = join(root, 'dist', 'release')
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await buildUi(root)
await record()

const sums: string[] = []
for (const target of Object.keys(targets)) {
  const path = compile(target)
  const name = basename(path)
  copyFileSync(path, join(out, name))
  const hash = new Bun.CryptoHasher('sha256').update(await Bun.file(path).arrayBuffer()).digest('hex')
  sums.push(`${hash}  ${name}`)
  process.stdout.write(`${name}\n`)
}
await Bun.write(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`)
