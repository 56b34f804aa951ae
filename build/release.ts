// Builds a release into `dist/release`: every target, packages, the install script, checksums and, with the key in
// OCLAW_RELEASE_KEY, the signed list that `oclaw update` and the install script go by. `--new-key` makes such a key.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { releaseKey } from '../src/ops/machine/release-key.ts'
import { compile, record, targets } from './build.ts'
import { debOf } from './package/deb.ts'
import { installer } from './package/installer.ts'
import { buildUi } from './ui.ts'

const root = join(import.meta.dir, '..')
const out = join(root, 'dist', 'release')
const base64 = (bytes: ArrayBuffer) => Buffer.from(bytes).toString('base64')

/** Puts a new public key into the sources and prints its private half, which is kept nowhere else. */
async function newKey() {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const file = join(root, 'src', 'ops', 'machine', 'release-key.ts')
  const own = base64(await crypto.subtle.exportKey('raw', pair.publicKey))
  writeFileSync(file, readFileSync(file, 'utf8').replace(releaseKey, own))
  process.stdout.write(`OCLAW_RELEASE_KEY=${base64(await crypto.subtle.exportKey('pkcs8', pair.privateKey))}\n`)
}

/** The key that signs, if one is given; ends the program when it is none, or not the one the program carries. */
async function signingKey(): Promise<CryptoKey | undefined> {
  const given = process.env['OCLAW_RELEASE_KEY']?.trim()
  if (!given) return undefined
  const stop = (why: string): never => {
    process.stderr.write(`OCLAW_RELEASE_KEY ${why}; nothing was built.\n`)
    process.exit(1)
  }
  const key = await crypto.subtle
    .importKey('pkcs8', Buffer.from(given, 'base64'), 'Ed25519', true, ['sign'])
    .catch(() => stop('is no Ed25519 key (PKCS #8, base64)'))
  const { x = '' } = await crypto.subtle.exportKey('jwk', key)
  if (!Buffer.from(x, 'base64url').equals(Buffer.from(releaseKey, 'base64')))
    stop('is not the key in src/ops/machine/release-key.ts')
  return key
}

async function release() {
  const key = await signingKey()
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  await buildUi(root)
  await record()
  const { version } = (await Bun.file(join(root, 'package.json')).json()) as { version: string }
  const license = readFileSync(join(root, 'LICENSE'), 'utf8')
  const sums: string[] = []
  const add = async (path: string) => {
    const sha256 = new Bun.CryptoHasher('sha256').update(await Bun.file(path).arrayBuffer()).digest('hex')
    sums.push(`${sha256}  ${basename(path)}`)
    process.stdout.write(`${basename(path)}\n`)
    return { name: basename(path), sha256, bytes: Bun.file(path).size }
  }

  const files: Record<string, { name: string; sha256: string; bytes: number }> = {}
  for (const target of Object.keys(targets)) {
    const built = compile(target)
    const path = join(out, basename(built))
    copyFileSync(built, path)
    files[target] = await add(path)
  }
  for (const machine of ['x64', 'arm64'] as const) {
    const deb = debOf({ program: join(out, `oclaw-linux-${machine}`), machine, version, license, folder: out })
    if (deb) await add(deb)
    else process.stdout.write('No package for Debian: there is no dpkg-deb here.\n')
  }
  const script = join(out, 'install.sh')
  writeFileSync(script, installer(releaseKey, process.env['OCLAW_RELEASE_URL']?.trim()), { mode: 0o755 })
  await add(script)
  await Bun.write(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`)

  if (!key) return process.stdout.write('Not signed: OCLAW_RELEASE_KEY is not set (see --new-key).\n')
  const list = JSON.stringify({ version, files })
  const signature = await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(list))
  await Bun.write(join(out, 'manifest.json'), list)
  return Bun.write(join(out, 'manifest.json.sig'), `${base64(signature)}\n`)
}

await (process.argv.includes('--new-key') ? newKey() : release())
