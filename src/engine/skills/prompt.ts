// What a model is told of skills: one line each, and where to read the rest.
import type { Skill } from '../../domain/skill.ts'

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** The section of the system prompt; empty when there is nothing to offer. */
export function skillSection(
  skills: readonly Skill[],
  limits: { readonly inPrompt: number; readonly promptChars: number },
): string {
  const told = skills.filter((s) => s.listed)
  const lines: string[] = []
  let room = limits.promptChars
  for (const s of told.slice(0, limits.inPrompt)) {
    const line = `<skill><name>${escaped(s.name)}</name><description>${escaped(s.description)}</description><location>${escaped(s.file)}</location></skill>`
    room -= line.length
    if (room < 0) break
    lines.push(line)
  }
  if (!lines.length) return ''
  const left = told.length - lines.length
  return [
    '# Skills',
    '',
    'Skills are instructions for certain kinds of work. Before you answer, look through these descriptions. When one clearly fits, read its file with `read` and do as it says; when several do, take the closest one; when none does, read none. In a skill, {baseDir} is the folder of its file.',
    '',
    '<available_skills>',
    ...lines,
    '</available_skills>',
    ...(left > 0 ? [`(${left} more skills are left out for lack of room.)`] : []),
  ].join('\n')
}

/** What the model hears when a person calls a skill by name. */
export const skillCall = (skill: Skill, input: string): string =>
  [
    `[The person asks for the skill "${skill.name}". Read ${skill.file} with \`read\` first, then do as it says.]`,
    ...(input ? ['', input] : []),
  ].join('\n')

/** The slash commands of skills: letters, digits and `_`, at most 32, each once, none that is taken already. */
export function skillNames(skills: readonly Skill[], taken: (name: string) => boolean): ReadonlyMap<string, Skill> {
  const byName = new Map<string, Skill>()
  for (const skill of skills.filter((s) => s.invocable)) {
    const base =
      skill.name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '_')
        .replaceAll(/^_+|_+$/g, '')
        .slice(0, 32) || 'skill'
    const plain = /^[a-z]/.test(base) ? base : `s_${base}`.slice(0, 32)
    let name = plain
    for (let n = 2; taken(name) || byName.has(name); n++) name = `${plain.slice(0, 31 - String(n).length)}_${n}`
    byName.set(name, skill)
  }
  return byName
}
