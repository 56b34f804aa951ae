// What the engine is told by the config of how people and agents talk: models to choose from, and how messages look.
import type { BlockRule } from '../../lib/blocks.ts'
import { Fault } from '../../lib/fault.ts'
import { remember } from '../../lib/remember.ts'
import { spanMs } from '../../domain/heartbeat.ts'
import type { Config } from '../catalog.ts'
import type { EngineSettings } from '../../engine/settings.ts'
import type { ModelChoice } from '../../engine/talk-rule.ts'
import type { Models } from '../models/index.ts'
import { containerAge } from './exec.ts'

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

const dayMs = 86_400_000

/** An age such as `30d`, in ms; a bare number counts days. Undefined for words that are none. */
const ageMs = (said: string | number): number | undefined =>
  /^\d+(\.\d+)?$/.test(`${said}`) ? Number(said) * dayMs : spanMs(`${said}`)

/** The zone that the header of messages names; one nobody knows is the machine's. */
function envelopeZone(said: string, zones: { readonly user: string; readonly host: string }): string {
  const word = said.trim().toLowerCase()
  if (word === 'utc') return 'UTC'
  if (word === 'user' || word === 'local') return word === 'user' ? zones.user : zones.host
  try {
    return new Intl.DateTimeFormat('en', { timeZone: said.trim() }).resolvedOptions().timeZone
  } catch {
    return zones.host // the config's check has said so
  }
}

type Talk = Pick<
  EngineSettings,
  'modelChoices' | 'envelope' | 'typingMode' | 'typingMs' | 'replyTtlMs' | 'compaction' | 'maintenance'
>

/** Settings over the config of the moment; `hostZone` is the machine's time zone. */
export function talkSettings(config: () => Config, models: Models, hostZone: () => string): Talk {
  const zones = remember<Config, string>()
  const choices = remember<Config, readonly ModelChoice[]>()
  const defaults = () => config().agents.defaults
  return {
    modelChoices: (agent) =>
      choices(config(), `${agent} ${models.stamp(agent)}`, () => modelChoices(config(), models, agent)),
    envelope() {
      const { envelopeTimezone: said, envelopeTimestamp, envelopeElapsed, timeFormat, userTimezone } = defaults()
      return {
        zone: zones(config(), said, () => envelopeZone(said, { user: userTimezone ?? hostZone(), host: hostZone() })),
        time: envelopeTimestamp === 'on',
        elapsed: envelopeElapsed === 'on',
        hours: timeFormat === '12' ? 12 : 24,
      }
    },
    typingMode: () => config().session.typingMode ?? defaults().typingMode,
    typingMs: () => (config().session.typingIntervalSeconds ?? defaults().typingIntervalSeconds) * 1000,
    replyTtlMs: () => config().messages.replyTtlMinutes * 60_000,
    maintenance() {
      const { mode, pruneAfter, pruneDays, maxEntries } = config().session.maintenance
      const said = pruneAfter === undefined ? undefined : ageMs(pruneAfter)
      const containers = containerAge(config())
      return {
        does: mode === 'enforce',
        idleMs: said ?? (pruneDays ?? 30) * dayMs,
        most: maxEntries,
        ...(containers ? { containers } : {}),
      }
    },
    compaction() {
      const { reserveTokensFloor, mode, maxHistoryShare } = defaults().compaction
      return {
        keepTokens: 20_000,
        reserveTokens: Math.max(16_384, reserveTokensFloor),
        ...(mode === 'safeguard' ? { share: maxHistoryShare } : {}),
      }
    },
  }
}

/** In which pieces an account shows a growing answer; undefined where it grows freely. */
export function draftChunk(account: Readonly<Record<string, unknown>>): BlockRule | undefined {
  if (account['streamMode'] !== 'block') return undefined
  const said = account['draftChunk'] as { minChars?: number; maxChars?: number; breakPreference?: BlockRule['prefer'] }
  const min = said?.minChars ?? 200
  return { min, max: Math.max(min, said?.maxChars ?? 800), prefer: said?.breakPreference ?? 'paragraph' }
}
