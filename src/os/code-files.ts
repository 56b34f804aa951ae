// What the scripts a command names come to, so that a permission is for their bytes and not only for their names.
import { open } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'

/** Longer files count by their size and time: nobody wrote them to be read. */
const maxBytes = 4_000_000

const interpreters =
  /^(sh|bash|dash|zsh|ksh|fish|env|python[\d.]*|node|bun|deno|perl|ruby|php|lua[\d.]*|awk|gawk|sed|make|npm|npx|uv|go|java)$/
const extensions = /^\.(sh|bash|zsh|py|js|mjs|cjs|ts|mts|rb|pl|php|lua|awk|mk)$/

/** What one file comes to; undefined when it is none, or no code. */
async function one(path: string, interpreted: boolean): Promise<string | undefined> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const about = await handle.stat()
    if (!about.isFile()) return undefined
    if (about.size > maxBytes) return `${about.size} ${about.mtimeMs}`
    const bytes = await handle.readFile()
    const code = bytes.subarray(0, 2).toString('latin1') === '#!' || (about.mode & 0o111) !== 0
    if (!code && !interpreted && !extensions.test(extname(path))) return undefined
    return new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
  } catch {
    return 'unreadable' // it cannot be run either
  } finally {
    await handle.close()
  }
}

/** The scripts among the words of a command and what their bytes come to, as a text; empty when it names none. */
export async function codeHash(words: readonly string[], cwd: string): Promise<string> {
  const all = words.flatMap((w) => w.split(/[\s;|&<>()'"`$={}]+/)).filter((w) => w && !w.startsWith('-'))
  const interpreted = all.some((w) => interpreters.test(basename(w)))
  const found: string[] = []
  for (const word of new Set(all)) {
    const hash = await one(resolve(cwd, word), interpreted)
    if (hash !== undefined) found.push(`${word} ${hash}`)
  }
  return found.join('\n')
}
