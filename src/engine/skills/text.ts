// Reads what a SKILL.md says of its skill. A file that cannot be understood is no skill.
import { z } from 'zod'
import { installKinds, type SkillHead, type SkillInstall } from '../../domain/skill.ts'

/** A list of words; one word counts as a list. */
export const words = z
  .union([z.array(z.coerce.string()), z.string().transform((s) => [s])])
  .nullish()
  .transform((v) => v ?? [])
  .catch([])
const text = z.string().optional().catch(undefined)
const flag = (usual: boolean) => z.boolean().catch(usual)

/** What something needs before it can be used. */
export const requirements = z
  .object({ bins: words, anyBins: words, env: words, config: words })
  .catch({ bins: [], anyBins: [], env: [], config: [] })

const Install = z.object({
  id: text,
  kind: z.enum(installKinds),
  label: text,
  bins: words,
  os: words,
  formula: text,
  package: text,
  module: text,
  url: text,
  archive: text,
  extract: z.boolean().optional().catch(undefined),
  stripComponents: z.number().int().min(0).optional().catch(undefined),
  targetDir: text,
})

const Ours = z
  .object({
    always: flag(false),
    emoji: text,
    homepage: text,
    skillKey: text,
    primaryEnv: text,
    os: words,
    requires: requirements,
    install: z.array(z.unknown()).catch([]),
  })
  .catch({
    always: false,
    emoji: undefined,
    homepage: undefined,
    skillKey: undefined,
    primaryEnv: undefined,
    os: [],
    requires: { bins: [], anyBins: [], env: [], config: [] },
    install: [],
  })

type Fields = Readonly<Record<string, unknown>>
const fields = (x: unknown): Fields => (typeof x === 'object' && x !== null && !Array.isArray(x) ? (x as Fields) : {})

/** The YAML before the text; lines of `key: value` where it is no YAML. */
export function frontmatter(source: string): Fields | undefined {
  const m = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(source)
  if (!m) return undefined
  const yaml = m[1] as string
  try {
    return fields(Bun.YAML.parse(yaml))
  } catch {
    const lines = yaml.split('\n').flatMap((line) => {
      const found = /^([\w-]+):\s*(.*?)\s*$/.exec(line)
      return found ? [[found[1] as string, (found[2] as string).replace(/^(['"])(.*)\1$/, '$2')]] : []
    })
    return Object.fromEntries(lines) as Fields
  }
}

/** The part of `metadata` that is for us: an object, or JSON in a text. */
export function oursIn(metadata: unknown): unknown {
  let said: unknown = metadata
  if (typeof said === 'string')
    try {
      said = Bun.JSON5.parse(said)
    } catch {
      return {}
    }
  const all = fields(said)
  return all['openclaw'] ?? all['clawdbot'] ?? all['clawdis'] ?? {}
}

const labels = { brew: 'brew', node: 'npm', go: 'go', uv: 'uv', download: 'download' } as const

function installs(list: readonly unknown[]): SkillInstall[] {
  return list.flatMap((raw, i) => {
    const read = Install.safeParse(raw)
    if (!read.success) return []
    const { id, label, ...rest } = read.data
    const what = rest.formula ?? rest.package ?? rest.module ?? rest.url ?? rest.kind
    return [{ ...rest, id: id ?? `${rest.kind}-${i}`, label: label ?? `Install ${what} (${labels[rest.kind]})` }]
  })
}

const bool = (value: unknown, usual: boolean): boolean =>
  typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : usual

/** What a skill's file says; undefined without a name and a description. */
export function parseSkill(source: string): SkillHead | undefined {
  const front = frontmatter(source)
  const name = typeof front?.['name'] === 'string' ? front['name'].trim() : ''
  const description = typeof front?.['description'] === 'string' ? front['description'].trim() : ''
  if (!front || !name || !description || name.length > 64 || /[\u0000-\u001f\u007f]/.test(name)) return undefined
  const said = Ours.parse(oursIn(front['metadata']))
  const { requires, os, install, skillKey, ...rest } = said
  return {
    name,
    description: description.replaceAll(/\s+/g, ' ').slice(0, 1024),
    key: skillKey ?? name,
    ...rest,
    homepage: typeof front['homepage'] === 'string' ? front['homepage'] : rest.homepage,
    invocable: bool(front['user-invocable'], true),
    ...(front['command-dispatch'] === 'tool' && typeof front['command-tool'] === 'string'
      ? { tool: front['command-tool'].trim() }
      : {}),
    listed: !bool(front['disable-model-invocation'], false),
    needs: { ...requires, os },
    install: installs(install),
  }
}
