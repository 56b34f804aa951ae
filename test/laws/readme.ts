// The README's tables as the definitions make them; `bun test/laws/readme.ts --write` puts them into README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { entries } from '../../src/cli/entries.ts'
import { blocks, byName, code, table } from '../../src/docs/markdown.ts'
import { methods, type MethodDoc } from '../../src/docs/methods.ts'
import { ops } from '../../src/ops/index.ts'
import { root } from './source.ts'

export const readmeFile = join(root, 'README.md')

const typed = await entries({ ops })

const commandTable = () =>
  table(
    ['command', 'what it does'],
    typed.map((e) => [code(`oclaw ${e.path}`), e.summary]),
  )

/** One row for each noun: its methods by the scope they need. */
function methodTable(): string {
  const all = methods(ops.all)
  const noun = (m: MethodDoc) => m.id.split('.')[0] as string
  const scopes = ['public', 'read', 'write', 'approvals', 'pairing', 'admin'].filter((s) =>
    all.some((m) => m.scope === s),
  )
  const nouns = byName([...new Set(all.map(noun))], (n) => n)
  const cell = (n: string, scope: string) =>
    all.flatMap((m) => (noun(m) === n && m.scope === scope ? [m.id === n ? n : m.id.slice(n.length)] : [])).join(' ')
  return table(
    ['methods', ...scopes],
    nouns.map((n) => [code(n), ...scopes.map((s) => code(cell(n, s)))]),
  )
}

const tables: Readonly<Record<string, () => string>> = { cli: commandTable, methods: methodTable }

/** A text with every table between `<!-- docs:name -->` and `<!-- /docs:name -->` made anew. Throws without the marks. */
export function renewed(text: string): string {
  return Object.entries(tables).reduce((now, [name, make]) => {
    const [begin, end] = [`<!-- docs:${name} -->`, `<!-- /docs:${name} -->`]
    const [from, to] = [now.indexOf(begin), now.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`README.md needs ${begin} and ${end}`)
    return `${now.slice(0, from)}${blocks(begin, make(), now.slice(to))}`
  }, text)
}

if (import.meta.main && process.argv.includes('--write'))
  writeFileSync(readmeFile, renewed(readFileSync(readmeFile, 'utf8')))
