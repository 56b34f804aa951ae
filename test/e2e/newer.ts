// A newer release, built for real from these sources: another version, another form of the database, and maybe a fault.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { targetName } from '../../src/ops/machine/update.ts'
import { root } from './program.ts'
import { externals } from '../../build/externals.ts'

/** The version of every newer release. */
export const newerVersion = '2099.1.1'

/** What is different in it: a table with its column, and the number of ms after which its gateway ends. */
const migration = `
ALTER TABLE sessions ADD COLUMN mood TEXT;
UPDATE sessions SET mood = 'fine';
CREATE TABLE moods (session TEXT PRIMARY KEY, mood TEXT NOT NULL) STRICT;
`

/** Builds one; with `diesAfterMs` its gateway ends so long after it was started. Answers the executable. */
export function newerProgram(how: { readonly diesAfterMs?: number } = {}): string {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-newer-'))
  const out = join(top, 'oclaw-newer')
  for (const name of ['src', 'ui', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(top, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(top, 'node_modules'))
  const edit = (path: string, change: (text: string) => string) => {
    const before = readFileSync(join(top, path), 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`${path} is not what this test thinks it is`)
    writeFileSync(join(top, path), after)
  }
  writeFileSync(join(top, 'src/store/migrations/999-newer.sql'), migration)
  edit('src/store/migrate.ts', (text) =>
    text
      .replace(
        'import start from',
        "import newer from './migrations/999-newer.sql' with { type: 'text' }\nimport start from",
      )
      .replace(/(export const migrations: readonly string\[\] = \[[^\]]*)\]/, '$1, newer]'),
  )
  if (how.diesAfterMs !== undefined)
    edit('src/app/run-gateway.ts', (text) =>
      text.replace(
        '  const how = await gateway.ended\n',
        `  setTimeout(() => process.exit(9), ${how.diesAfterMs})\n  const how = await gateway.ended\n`,
      ),
    )
  mkdirSync(join(top, 'web'))
  const args = [
    'build',
    '--compile',
    '--splitting',
    '--format=esm',
    `--define=OCLAW_VERSION="${newerVersion}"`,
    ...externals,
    '--asset',
    join(root, 'dist', 'web'),
    '--outfile',
    out,
    join(top, 'src', 'main.ts'),
  ]
  const done = Bun.spawnSync([process.execPath, ...args], { cwd: top, stdout: 'ignore', stderr: 'pipe' })
  if (!existsSync(out)) throw new Error(`the newer release was not built:\n${done.stderr.toString()}`)
  return out
}

/** A source of updates with this program, signed; answers the key to trust. */
export async function releaseOf(folder: string, program: string, version = newerVersion): Promise<string> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const bytes = new Uint8Array(readFileSync(program))
  const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'next'), bytes)
  const list = JSON.stringify({ version, files: { [targetName()]: { name: 'next', sha256, bytes: bytes.length } } })
  writeFileSync(join(folder, 'manifest.json'), list)
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(list))
  writeFileSync(join(folder, 'manifest.json.sig'), Buffer.from(signature).toString('base64'))
  return Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64')
}
