// What the engine is told by the config of putting files and links into words: which ones, by whom, within which limits.
import { Secret } from '../../lib/secret.ts'
import type { LinkRule, MediaReader, Topic, TopicRule, UnderstandingRule } from '../../domain/understanding.ts'
import type { Env } from '../../config/paths.ts'
import { mediaProviders, mediaWords, type MediaServer } from '../../providers/media-words.ts'
import type { Config } from '../catalog.ts'
import type { Models } from '../models/index.ts'
import { scopeMatches, type ScopePlace } from './scope-match.ts'

type Said = Config['tools']['media'][Topic]
type Entry = Said['models'][number]
type Scope = Said['scope']

const topics = ['image', 'audio', 'video'] as const

const prompts: Readonly<Record<Topic, string>> = {
  image: 'Describe the picture.',
  audio: 'Write down what is said.',
  video: 'Describe the film.',
}

/** Whether a scope lets a chat in: the first rule that applies decides, else its default, else it does. */
function within(scope: Scope, place: ScopePlace): boolean {
  const hit = scope?.rules.find((r) => scopeMatches(r.match, place))
  return (hit?.action ?? scope?.default ?? 'allow') === 'allow'
}

/** The options Deepgram knows by other names. */
const deepgramOptions = (said: Entry['deepgram']): Record<string, boolean> =>
  Object.fromEntries(
    Object.entries({
      detect_language: said?.detectLanguage,
      punctuate: said?.punctuate,
      smart_format: said?.smartFormat,
    }).filter((e): e is [string, boolean] => e[1] !== undefined),
  )

/** Settings over the config of the moment. */
export function understandingSettings(config: () => Config, env: () => Env, models: Models) {
  /** The key of a provider that is no provider of chat models, else its endpoint's address and key. */
  function serverOf(provider: string, agent: string, profile: string | undefined) {
    const all = models.endpoints(provider, agent)
    const endpoint = (profile === undefined ? undefined : all.find((e) => e.login === profile)) ?? all[0]
    if (endpoint) return endpoint
    const key = provider === 'deepgram' ? env()['DEEPGRAM_API_KEY']?.trim() : undefined
    return key ? { key: new Secret(key) } : undefined
  }

  /** The address that is asked for words; Google's is another one than its chat models have. */
  const addressOf = (provider: string, own: string | undefined) =>
    provider === 'google' ? own?.replace(/\/openai\/?$/, '') : own

  function server(entry: Partial<Entry>, said: Said, topic: Topic, agent: string): MediaReader['how'] | undefined {
    const provider = entry.provider?.toLowerCase() ?? ''
    const where = serverOf(provider, agent, entry.profile ?? entry.preferredProfile)
    const baseUrl =
      entry.baseUrl ?? said.baseUrl ?? addressOf(provider, where && 'baseUrl' in where ? where.baseUrl : undefined)
    const model = entry.model ?? mediaProviders[provider]?.[topic]
    if (!model || (!where && entry.baseUrl === undefined && said.baseUrl === undefined)) return undefined
    const options = {
      ...said.providerOptions[provider],
      ...entry.providerOptions?.[provider],
      ...(provider === 'deepgram' ? { ...deepgramOptions(said.deepgram), ...deepgramOptions(entry.deepgram) } : {}),
    }
    const prompt = entry.prompt ?? said.prompt
    const asked: MediaServer = {
      provider,
      model,
      baseUrl,
      key: where?.key,
      headers: { ...(where && 'headers' in where ? where.headers : {}), ...said.headers, ...entry.headers },
      prompt: provider === 'google' ? (prompt ?? prompts[topic]) : prompt,
      language: entry.language ?? said.language,
      options,
      fetch: globalThis.fetch,
    }
    return { kind: 'server', read: (file, signal) => mediaWords(asked, file, signal) }
  }

  function wayOf(entry: Partial<Entry>, said: Said, topic: Topic, agent: string): MediaReader['how'] | undefined {
    if (entry.type === 'cli' || (entry.command !== undefined && entry.provider === undefined))
      return entry.command ? { kind: 'program', command: entry.command, args: entry.args ?? [] } : undefined
    if (topic !== 'image') return server(entry, said, topic, agent)
    const provider = entry.provider?.toLowerCase()
    const model = entry.model ?? mediaProviders[provider ?? '']?.image
    const profile = entry.profile ?? entry.preferredProfile
    const ref = provider && model ? `${provider}/${model}` : undefined
    const headers = { ...said.headers, ...entry.headers }
    return {
      kind: 'model',
      ref: ref === undefined || profile === undefined ? ref : `${ref}@${profile}`,
      baseUrl: entry.baseUrl ?? said.baseUrl,
      ...(Object.keys(headers).length ? { headers } : {}),
    }
  }

  function reader(entry: Partial<Entry>, said: Said, topic: Topic, agent: string): MediaReader[] {
    const how = wayOf(entry, said, topic, agent)
    if (!how) return []
    const maxChars = entry.maxChars ?? said.maxChars
    const prompt = entry.prompt ?? said.prompt ?? prompts[topic]
    return [
      {
        name: entry.command ?? [entry.provider, entry.model].filter(Boolean).join('/'),
        maxBytes: entry.maxBytes ?? said.maxBytes,
        maxChars,
        timeoutMs: (entry.timeoutSeconds ?? said.timeoutSeconds) * 1000,
        prompt: topic === 'audio' ? prompt : `${prompt} Use at most ${maxChars} characters.`,
        language: entry.language ?? said.language,
        how,
      },
    ]
  }

  /** Whether an entry of the list for all topics is for this one. */
  const meant = (entry: Entry, topic: Topic): boolean =>
    entry.capabilities?.includes(topic) ??
    (entry.type !== 'cli' && mediaProviders[entry.provider?.toLowerCase() ?? '']?.[topic] !== undefined)

  /** Who is asked when the config names nobody: those there is a key for. */
  function unasked(topic: Topic, agent: string): Partial<Entry>[] {
    const known = Object.entries(mediaProviders).flatMap(([provider, of]) =>
      of[topic] !== undefined && serverOf(provider, agent, undefined) ? [{ provider }] : [],
    )
    return topic === 'image' && config().agents.defaults.imageModel?.primary !== undefined ? [{}, ...known] : known
  }

  function topicRule(topic: Topic, agent: string, place: ScopePlace): TopicRule | undefined {
    const { media } = config().tools
    const said = media[topic]
    if (said.enabled === false || !within(said.scope, place)) return undefined
    const own = said.models.filter((e) => e.capabilities?.includes(topic) ?? true)
    const [command, ...args] = (topic === 'audio' && config().audio.transcription?.command) || []
    const timeoutSeconds = config().audio.transcription?.timeoutSeconds
    const older: Partial<Entry>[] =
      command === undefined ? [] : [{ type: 'cli', command, args, ...(timeoutSeconds ? { timeoutSeconds } : {}) }]
    const named = [...own, ...media.models.filter((e) => meant(e, topic)), ...older]
    const readers = (named.length ? named : unasked(topic, agent)).flatMap((e) => reader(e, said, topic, agent))
    if (!readers.length) return undefined
    const { mode, maxAttachments, prefer } = said.attachments
    return {
      always: said.enabled === true,
      most: mode === 'first' ? 1 : maxAttachments,
      fromLast: prefer === 'last',
      readers,
    }
  }

  function linkRule(place: ScopePlace): LinkRule | undefined {
    const said = config().tools.links
    if (!said.enabled || !said.models.length || !within(said.scope, place)) return undefined
    const programs = said.models.map(({ command, args, timeoutSeconds }) => ({
      command,
      args: args ?? [],
      timeoutMs: (timeoutSeconds ?? said.timeoutSeconds) * 1000,
    }))
    return { most: said.maxLinks, programs }
  }

  return (agent: string, place: ScopePlace): UnderstandingRule | undefined => {
    const found = topics.flatMap((t) => {
      const rule = topicRule(t, agent, place)
      return rule ? [[t, rule] as const] : []
    })
    const links = linkRule(place)
    if (!found.length && !links) return undefined
    return { atOnce: config().tools.media.concurrency, topics: Object.fromEntries(found), links }
  }
}
