// From the config to models that can be asked: which provider, which address, which key.
import type { Clock } from './lib/clock.ts'
import { Fault } from './lib/fault.ts'
import { remember } from './lib/remember.ts'
import { Secret } from './lib/secret.ts'
import type { Endpoint, ModelInfo } from './define/provider.ts'
import type { Env } from './config/paths.ts'
import type { Candidate } from './engine/settings.ts'
import type { ListedModel, Services } from './ops/services.ts'
import { endpoints, findModel, localServers } from './providers/catalog.ts'
import { models as knownModels } from './providers/models.ts'
import { providers } from './providers/index.ts'
import type { Config } from './catalog.ts'

/** Models by the config as it is now. */
export interface Models {
  /** The models an agent may use, best first; `ref` is asked for instead of its own. Throws a Fault that says what to set. */
  candidates(agent: string, ref: string | undefined): readonly Candidate[]
  /** The models that look at pictures: those of `imageModel`, else the agent's own when it can see. Throws as above. */
  imageCandidates(agent: string, ref: string | undefined): readonly Candidate[]
  list(): readonly ListedModel[]
}

/** The demo: what answers until a key is set. */
const demoRef = 'demo/demo'

/** The model of each well-known provider that is used when none is named, in the order they are looked for. */
export const usualModels: Readonly<Record<string, string>> = {
  anthropic: 'claude-opus-4-6',
  openai: 'gpt-5.2',
  google: 'gemini-3-flash-preview',
  openrouter: 'anthropic/claude-sonnet-4.5',
}

const first = (env: Env, names: readonly string[]) =>
  names.map((n) => ({ name: n, value: env[n]?.trim() })).find((x) => x.value)

/** Reads the config anew whenever `config` gives another one; endpoints stay the same objects as long as it does not. */
export function modelsOf(config: () => Config, env: () => Env): Models {
  const chosenOnes = remember<Config, readonly Candidate[]>()
  let seen: { config: Config; endpoints: Map<string, Endpoint | undefined> } | undefined

  const cache = () => {
    const now = config()
    if (seen?.config !== now) seen = { config: now, endpoints: new Map() }
    return seen
  }

  /** The endpoint of a provider, or undefined when its key is missing. */
  function endpoint(provider: string): Endpoint | undefined {
    const { endpoints: made } = cache()
    if (!made.has(provider)) made.set(provider, makeEndpoint(provider))
    return made.get(provider)
  }

  function makeEndpoint(provider: string): Endpoint | undefined {
    const own = config().models.providers[provider]
    const known = endpoints[provider]
    const found = own?.apiKey ? undefined : first(env(), known?.env ?? [])
    const key = own?.apiKey ?? (found?.value ? new Secret(found.value) : undefined)
    const baseUrl = own?.baseUrl ?? known?.baseUrl
    if (!own && !known) return undefined
    if (!key && !known?.local && !own) return undefined
    return {
      id: provider,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(key ? { key } : {}),
      bearer:
        own?.auth === 'token' ||
        own?.auth === 'oauth' ||
        own?.authHeader === true ||
        found?.name === 'ANTHROPIC_OAUTH_TOKEN',
      headers: own?.headers ?? {},
      compat: known?.compat ?? {},
    }
  }

  function apiOf(provider: string, model: string): string {
    const own = config().models.providers[provider]
    const said =
      own?.models.find((m) => m.id === model)?.api ?? own?.api ?? endpoints[provider]?.api ?? 'openai-completions'
    return said === 'ollama' ? 'openai-completions' : said
  }

  function infoOf(provider: string, id: string): ModelInfo {
    const own = config().models.providers[provider]?.models.find((m) => m.id === id)
    if (!own) return findModel(provider, id)
    const { cost } = own
    const priced = cost.input + cost.output + cost.cacheRead + cost.cacheWrite > 0
    return {
      id,
      name: own.name,
      contextWindow: own.contextWindow,
      maxTokens: own.maxTokens,
      reasoning: own.reasoning,
      input: own.input,
      ...(priced ? { price: cost } : {}),
    }
  }

  function candidate(ref: string): Candidate | undefined {
    const at = ref.indexOf('/')
    const [name, id] = at < 0 ? ['anthropic', ref] : [ref.slice(0, at).toLowerCase(), ref.slice(at + 1)]
    const where = endpoint(name)
    const provider = providers.get(apiOf(name, id))
    if (!where || !provider) return undefined
    const compat = config().models.providers[name]?.models.find((m) => m.id === id)?.compat
    return {
      ref: `${name}/${id}`,
      provider,
      endpoint: compat ? compatible(where, compat) : where,
      info: infoOf(name, id),
    }
  }

  /** The same endpoint with a model's own differences; one object per pair, so that clients can be kept by it. */
  const variants = new WeakMap<object, Map<object, Endpoint>>()
  function compatible(where: Endpoint, compat: object): Endpoint {
    const own = variants.get(where) ?? new Map<object, Endpoint>()
    variants.set(where, own)
    const made = own.get(compat) ?? { ...where, compat: { ...where.compat, ...compat } }
    own.set(compat, made)
    return made
  }

  const agentChoice = (agent: string) => {
    const c = config()
    const own = c.agents.list.find((a) => a.id === agent)?.model
    return {
      primary: own?.primary ?? c.agents.defaults.model.primary,
      fallbacks: own?.fallbacks ?? c.agents.defaults.model.fallbacks,
    }
  }

  const aliasOf = (ref: string): string => {
    const found = Object.entries(config().agents.defaults.models).find(
      ([, m]) => m.alias?.toLowerCase() === ref.toLowerCase(),
    )
    return found?.[0] ?? ref
  }

  /** Whether the config names a model itself, rather than leaving the default in place. */
  const chosen = (agent: string): boolean => {
    const { primary } = agentChoice(agent)
    return primary !== 'anthropic/claude-opus-4-6' || endpoint('anthropic') !== undefined
  }

  /** The first well-known provider that has a key in the environment; the demo when none has. */
  function unasked(): string {
    const found = Object.entries(usualModels).find(([name]) => endpoint(name))
    return found ? `${found[0]}/${found[1]}` : demoRef
  }

  function choose(agent: string, wanted: string | undefined): readonly Candidate[] {
    const { primary, fallbacks } = agentChoice(agent)
    const refs =
      wanted === undefined ? [chosen(agent) ? primary : unasked(), ...fallbacks] : [aliasOf(wanted), ...fallbacks]
    const found = refs.map(aliasOf).flatMap((ref) => candidate(ref) ?? [])
    const head = aliasOf(refs[0] as string)
    if (!found.length || (wanted !== undefined && !candidate(head))) throw missing(head, endpoints, config())
    return found
  }

  return {
    candidates: (agent, wanted) => chosenOnes(config(), `${agent} ${wanted ?? ''}`, () => choose(agent, wanted)),
    imageCandidates(agent, wanted) {
      const said = config().agents.defaults.imageModel
      const refs =
        wanted === undefined ? [said?.primary, ...(said?.fallbacks ?? [])].filter((r) => r !== undefined) : [wanted]
      const seeing = (c: Candidate): Candidate => ({ ...c, info: { ...c.info, input: ['text', 'image'] } }) // whoever named it says so
      const named = refs
        .map(aliasOf)
        .flatMap((ref) => candidate(ref) ?? [])
        .map(seeing)
      const usual = wanted === undefined ? chosenOnes(config(), `${agent} `, () => choose(agent, undefined)) : []
      const able = [...named, ...usual.filter((c) => c.info.input.includes('image'))]
      if (able.length) return able
      throw new Fault(
        'UNAVAILABLE',
        'no model that can see is set up; name one: `oclaw config set agents.defaults.imageModel.primary <provider/model>`',
      )
    },
    list() {
      const own = Object.entries(config().models.providers).flatMap(([name, p]) =>
        p.models.map((m) => ({ ...infoOf(name, m.id), provider: name, available: endpoint(name) !== undefined })),
      )
      const known = Object.entries(knownModels).map(([ref, info]) => {
        const provider = ref.slice(0, ref.indexOf('/'))
        return { ...info, provider, available: endpoint(provider) !== undefined }
      })
      return [...own, ...known]
    },
  }
}

/** What to do about a model that cannot be used. */
function missing(ref: string, known: typeof endpoints, config: Config): Fault {
  const name = ref.slice(0, Math.max(0, ref.indexOf('/'))) || 'anthropic'
  const env = known[name]?.env[0]
  if (env)
    return new Fault(
      'UNAVAILABLE',
      `the model ${ref} needs a key: set ${env} in the environment, or \`oclaw config set env.vars.${env} <key>\`; \`oclaw models list\` shows what can be used now`,
    )
  const names = [...Object.keys(known), ...Object.keys(config.models.providers)].join(', ')
  return new Fault(
    'INVALID_REQUEST',
    `the model "${ref}" is not known: there is no provider "${name}" (known: ${names}); add it under models.providers, or choose one of \`oclaw models list\``,
  )
}

/** The models there are, and the model servers that run on this machine, as the operations list them. */
export const modelLists = (models: Pick<ReturnType<typeof modelsOf>, 'list'>, clock: Clock): Services['models'] => ({
  list: models.list,
  localServers: async (signal) =>
    (await localServers(globalThis.fetch, clock, signal)).map((s) => ({
      name: s.id,
      baseUrl: s.baseUrl,
      models: s.models,
    })),
})
