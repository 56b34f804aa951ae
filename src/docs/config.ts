// The reference of the config: every key of every section.
import { configSchema, visit } from '../config/describe.ts'
import type { SectionPart } from '../config/section.ts'
import { blocks, byName, code, table } from './markdown.ts'
import { boundsText, defaultText, typeText, type JsonSchema } from './type-text.ts'

/** One key. `*` stands for a name of the user's own, `[]` for an entry of a list. */
export interface KeyDoc {
  readonly path: string
  readonly type: string
  readonly bounds: string
  readonly fallback: string
  readonly about: string
}

const about = (schema: JsonSchema | undefined) =>
  typeof schema?.['description'] === 'string' ? schema['description'] : ''

/** A type without what the keys below it say. */
function typeOf(schema: JsonSchema): string {
  return typeText(schema, { deep: 0 })
}

/**
 * Every key of the config, sorted. One that stands in several branches is named once, with all its types; entries of
 * lists of which nothing is said beside their type are left out.
 */
export function keys(parts: readonly SectionPart[]): KeyDoc[] {
  const found = new Map<string, JsonSchema[]>()
  visit(configSchema(parts), (steps, schema) => {
    const path = steps.join('.').replaceAll('.[]', '[]')
    found.set(path, [...(found.get(path) ?? []), schema])
  })
  const joined = (list: readonly string[]) => [...new Set(list.filter(Boolean))]
  const all = [...found].map(([path, schemas]) => ({
    path,
    type: joined(schemas.map(typeOf)).join(' | '),
    bounds: joined(schemas.map(boundsText)).join('; '),
    fallback: joined(schemas.map(defaultText)).join('; '),
    about: about(schemas.find(about)),
  }))
  return byName(
    all.filter((k) => !k.path.endsWith('[]') || k.about || k.bounds || k.fallback),
    (k) => k.path,
  )
}

const sectionOf = (path: string) => /^[^.[]+/.exec(path)?.[0] ?? path

/** The reference of the config as Markdown: one table for each section. */
export function configText(parts: readonly SectionPart[], version: string): string {
  const all = keys(parts)
  const sections = [...new Set(all.map((k) => sectionOf(k.path)))]
  return blocks(
    `# The config of oclaw ${version}`,
    '`*` stands for a name you choose, `[]` for each entry of a list. A secret is a text, `{ env: "NAME" }` or ' +
      '`{ file: "path" }`.',
    ...sections.flatMap((section) => {
      const mine = all.filter((k) => sectionOf(k.path) === section)
      const head = mine.find((k) => k.path === section)?.about
      return [
        `## ${section}`,
        head ? `${head.charAt(0).toUpperCase()}${head.slice(1)}.` : '',
        table(
          ['key', 'type', 'bounds', 'default', 'meaning'],
          mine.map((k) => [code(k.path), code(k.type), code(k.bounds), code(k.fallback), k.about]),
          60,
        ),
      ]
    }),
  )
}
