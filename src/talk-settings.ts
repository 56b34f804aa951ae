// What the engine is told by the config of how people and agents talk: models to choose from, and how messages look.
import { Fault } from './lib/fault.ts'
import type { Config } from './catalog.ts'
import type { EngineSettings, ModelChoice } from './engine/settings.ts'
import type { Models } from './models.ts'

/** The models a person may choose for an agent, its own first: those the config lists, else all that can be used. */
function modelChoices(c: Config, models: Models, agent: string): readonly ModelChoice[] {
  const listed = Object.entries(c.agents.defaults.models)
  const own = Object.entries(c.models.providers).flatMap(([name, p]) => p.models.map((m) => `${name}/${m.id}`))
  const usable = () => models.list(agent).flatMap((m) => (m.available ? [`${m.provider}/${m.id}`] : []))
  const refs = [...chain(models, agent), ...listed.map(([ref]) => ref), ...own, ...(listed.length ? [] : usable())]
  const byRef = new Map<string, ModelChoice>()
  for (const ref of refs) {
    const alias = listed.find(([r]) => r.toLowerCase() === ref.toLowerCase())?.[1].alias
    if (!byRef.has(ref.toLowerCase())) byRef.set(ref.toLowerCase(), { ref, ...(alias === undefined ? {} : { alias }) })
  }
  return [...byRef.values()]
}

/** The models an agent asks by itself; none when none is set up. */
function chain(models: Models, agent: string): readonly string[] {
  try {
    return models.candidates(agent, undefined).map((c) => c.ref)
  } catch (error) {
    if (error instanceof Fault) return [] // whoever asks a model is told what is missing
    throw error
  }
}

/** Letters and digits, also of those scripts that put spaces between words. */
const letter = String.raw`[\w\u00C0-\u024F\u0370-\u1FFF]`

/** What counts as a mention of an agent in groups: what the config says, else its own name and emoji. */
export function mentionPatterns(c: Config, own: Config['agents']['list'][number] | undefined): readonly string[] {
  const said = own?.groupChat?.mentionPatterns ?? c.messages.groupChat.mentionPatterns
  if (said) return said
  const plain = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  const words = own?.identity?.name?.trim().split(/\s+/).filter(Boolean) ?? []
  const emoji = own?.identity?.emoji?.trim()
  return [
    ...(words.length ? [`(?<!${letter})@?${words.map(plain).join(String.raw`\s+`)}(?!${letter})`] : []),
    ...(emoji ? [plain(emoji)] : []),
  ]
}

/** Settings over the config of the moment. */
export const talkSettings = (config: () => Config, models: Models): Pick<EngineSettings, 'modelChoices'> => ({
  modelChoices: (agent) => modelChoices(config(), models, agent),
})
