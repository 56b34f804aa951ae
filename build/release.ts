// Builds every target, their checksums and, with the key in OCLAW_RELEASE_KEY, a signed list for `oclaw update` into `dist/release`.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compile, record, targets } from './build.ts'
import { buildUi } from './ui.ts'

const root = join(import.meta.dir, '..')
const out = join(root, 'dist', 'release')
const given = process.env['OCLAW_RELEASE_KEY']?.trim()
const key = given
  ? await crypto.subtle
      .importKey('pkcs8', Buffer.from(given, 'base64'), 'Ed25519', false, ['sign'])
      .catch(() => undefined)
  : undefined
if (given && !key) {
  process.stderr.write('OCLAW_RELEASE_KEY is no Ed25519 key (PKCS #8, base64); nothing was built.\n')
  process.exit(1)
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
await buildUi(root)
await record()

const sums: string[] = []
const files: Record<string, { name: string; sha256: string; bytes: number }> = {}
for (const target of Object.keys(targets)) {
  const path = compile(target)
  const name = basename(path)
  copyFileSync(path, join(out, name))
  const hash = new Bun.CryptoHasher('sha256').update(await Bun.file(path).arrayBuffer()).digest('hex')
  files[target] = { name, sha256: hash, bytes: Bun.file(path).size }
  sums.push(`${hash}  ${name}`)
  process.stdout.write(`${name}\n`)
}
await Bun.write(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`)

if (key) {
  const { version } = (await Bun.file(join(root, 'package.json')).json()) as { version: string }
  const list = JSON.stringify({ version, files })
  const signature = await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(list))
  await Bun.write(join(out, 'manifest.json'), list)
  await Bun.write(join(out, 'manifest.json.sig'), `${Buffer.from(signature).toString('base64')}\n`)
} else process.stdout.write('Not signed: OCLAW_RELEASE_KEY (Ed25519, PKCS #8, base64) is not set.\n')
