// From the config to models that can be asked: which provider, which address, which key.
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { remember } from '../../lib/remember.ts'
import { splitLogin, withLogin } from '../../domain/model-ref.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import type { Endpoint, ModelInfo, ModelProgram } from '../../define/provider.ts'
import type { Env } from '../../config/paths.ts'
import type { Candidate } from '../../engine/settings.ts'
import type { ListedModel, Services } from '../../ops/services.ts'
import { modelEndpoints, type ModelEndpoints, type Place } from './endpoints.ts'
import { endpoints, findModel, localServers } from '../../providers/catalog.ts'
import { models as knownModels } from '../../providers/models.ts'
import { providers } from '../../providers/index.ts'
import type { Config } from '../catalog.ts'

/** Models by the config as it is now. */
export interface Models {
  /** The models an agent may use, best first; `ref` is asked for instead of its own. Throws a Fault that says what to set. */
  candidates(agent: string, ref: string | undefined): readonly Candidate[]
  /** The models that look at pictures: those of `imageModel`, else the agent's own when it can see. Throws as above. */
  imageCandidates(agent: string, ref: string | undefined): readonly Candidate[]
  list(agent?: string): readonly ListedModel[]
  /** The program behind a provider, whether it is there or not; undefined for a server. */
  program: ModelEndpoints['program']
  /** A text that changes with an agent's logins. */
  stamp: ModelEndpoints['stamp']
  /** Where a provider is asked, with each login; none when it is not known or has no key. */
  endpoints(provider: string, agent: string): readonly Endpoint[]
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

/** Reads the config anew whenever `config` gives another one; endpoints stay the same objects as long as it does not. */
export function modelsOf(config: () => Config, env: () => Env, place: Place): Models {
  const chosenOnes = remember<Config, readonly Candidate[]>()
  const served = modelEndpoints(config, env, place)
  const usable = (provider: string, agent: string) => served.of(provider, agent).length > 0

  function apiOf(provider: string, model: string): string {
    const own = config().models.providers[provider]
    if (!own && served.program(provider)) return 'program'
    const said =
      own?.models.find((m) => m.id === model)?.api ?? own?.api ?? endpoints[provider]?.api ?? 'openai-completions'
    return said === 'ollama' || said === 'google-generative-ai' ? 'openai-completions' : said
  }

  function infoOf(provider: string, id: string): ModelInfo {
    const own = config().models.providers[provider]?.models.find((m) => m.id === id)
    if (!own && served.program(provider)?.imageArg !== undefined)
      return { ...findModel(provider, id), input: ['text', 'image'] }
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

  /** A model once for each login; `provider/model@login` only for that one. */
  function candidate(said: string, agent: string): Candidate[] {
    const [ref, login] = splitLogin(said)
    const at = ref.indexOf('/')
    const [name, id] = at < 0 ? ['anthropic', ref] : [ref.slice(0, at).toLowerCase(), ref.slice(at + 1)]
    const provider = providers.get(apiOf(name, id))
    if (!provider) return []
    const own = config().models.providers[name]?.models.find((m) => m.id === id)
    const info = infoOf(name, id)
    const params = paramsOf(`${name}/${id}`)
    return served.of(name, agent).flatMap((where) => {
      if (login !== undefined && where.login !== login) return []
      return [{ ref: `${name}/${id}`, provider, endpoint: own ? variant(where, own) : where, info, params }]
    })
  }

  /** The same endpoint with a model's own differences; one object per pair, so that clients can be kept by it. */
  const variants = new WeakMap<object, Map<object, Endpoint>>()
  function variant(where: Endpoint, own: Config['models']['providers'][string]['models'][number]): Endpoint {
    if (!own.compat && !Object.keys(own.headers).length) return where
    const known = variants.get(where) ?? new Map<object, Endpoint>()
    variants.set(where, known)
    const { compat, headers } = own
    const made = known.get(own) ?? {
      ...where,
      compat: { ...where.compat, ...compat },
      headers: { ...where.headers, ...headers },
    }
    known.set(own, made)
    return made
  }

  /** What `agents.defaults.models` says of questions to a model, by its name or as an alias’s. */
  function paramsOf(ref: string): NonNullable<Candidate['params']> {
    const said = Object.entries(config().agents.defaults.models).find(([r]) => r.toLowerCase() === ref.toLowerCase())
    const { temperature, maxTokens, cacheRetention } = said?.[1].params ?? {}
    return {
      ...(typeof temperature === 'number' ? { temperature } : {}),
      ...(typeof maxTokens === 'number' && maxTokens > 0 ? { maxTokens: Math.floor(maxTokens) } : {}),
      ...(cacheRetention === 'none' || cacheRetention === 'short' || cacheRetention === 'long'
        ? { cache: cacheRetention }
        : {}),
    }
  }

  const agentChoice = (agent: string) => {
    const c = config()
    const own = c.agents.list.find((a) => normalizeAgentId(a.id) === agent)?.model
    return {
      primary: own?.primary ?? c.agents.defaults.model.primary,
      fallbacks: own?.fallbacks ?? c.agents.defaults.model.fallbacks,
    }
  }

  const aliasOf = (said: string): string => {
    const [ref] = splitLogin(said)
    const found = Object.entries(config().agents.defaults.models).find(
      ([, m]) => m.alias?.toLowerCase() === ref.toLowerCase(),
    )
    return withLogin(found?.[0] ?? ref, said)
  }

  /** Whether a model may be chosen: any, unless `agents.defaults.models` lists some; then those and the configured ones. */
  function allowed(agent: string, said: string): boolean {
    const c = config()
    const listed = Object.keys(c.agents.defaults.models)
    if (!listed.length) return true
    const [ref] = splitLogin(said)
    const own = Object.entries(c.models.providers).flatMap(([name, p]) => p.models.map((m) => `${name}/${m.id}`))
    const { primary, fallbacks } = agentChoice(agent)
    return [...listed, primary, ...fallbacks, ...own].map(aliasOf).some((r) => r.toLowerCase() === ref.toLowerCase())
  }

  /** Whether the config names a model itself, rather than leaving the default in place. */
  const chosen = (agent: string): boolean => {
    const { primary } = agentChoice(agent)
    return primary !== 'anthropic/claude-opus-4-6' || usable('anthropic', agent)
  }

  /** The first well-known provider that has a key in the environment; the demo when none has. */
  function unasked(agent: string): string {
    const found = Object.entries(usualModels).find(([name]) => usable(name, agent))
    return found ? `${found[0]}/${found[1]}` : demoRef
  }

  function choose(agent: string, wanted: string | undefined): readonly Candidate[] {
    const { primary, fallbacks } = agentChoice(agent)
    const refs =
      wanted === undefined ? [chosen(agent) ? primary : unasked(agent), ...fallbacks] : [aliasOf(wanted), ...fallbacks]
    const found = refs.map(aliasOf).flatMap((ref) => candidate(ref, agent))
    const head = aliasOf(refs[0] as string)
    if (wanted !== undefined && !allowed(agent, head))
      throw new Fault('INVALID_REQUEST', `Model "${head}" is not allowed. Use /model to list available models.`)
    if (!found.length || (wanted !== undefined && !candidate(head, agent).length))
      throw missing(head, endpoints, config(), served.program(providerIn(head)))
    return found
  }

  /** The models of programs that the config names. */
  function programModels(agent: string): ListedModel[] {
    const { primary, fallbacks } = agentChoice(agent)
    const named = [primary, ...fallbacks, ...Object.keys(config().agents.defaults.models)].map(aliasOf)
    return [...new Set(named.map((ref) => splitLogin(ref)[0]))].flatMap((ref) => {
      const [provider, id] = [providerIn(ref), ref.slice(ref.indexOf('/') + 1)]
      if (apiOf(provider, id) !== 'program') return []
      return [{ ...infoOf(provider, id), provider, available: usable(provider, agent) }]
    })
  }

  return {
    candidates: (agent, wanted) =>
      chosenOnes(config(), `${agent} ${wanted ?? ''} ${served.stamp(agent)}`, () => choose(agent, wanted)),
    imageCandidates(agent, wanted) {
      const said = config().agents.defaults.imageModel
      const refs =
        wanted === undefined ? [said?.primary, ...(said?.fallbacks ?? [])].filter((r) => r !== undefined) : [wanted]
      const seeing = (c: Candidate): Candidate => ({ ...c, info: { ...c.info, input: ['text', 'image'] } }) // whoever named it says so
      const named = refs
        .map(aliasOf)
        .flatMap((ref) => candidate(ref, agent))
        .map(seeing)
      const usual =
        wanted === undefined
          ? chosenOnes(config(), `${agent}  ${served.stamp(agent)}`, () => choose(agent, undefined))
          : []
      const able = [...named, ...usual.filter((c) => c.info.input.includes('image'))]
      if (able.length) return able
      throw new Fault(
        'UNAVAILABLE',
        'no model that can see is set up; name one: `oclaw config set agents.defaults.imageModel.primary <provider/model>`',
      )
    },
    endpoints: served.of,
    program: served.program,
    stamp: served.stamp,
    list(agent = 'main') {
      const own = Object.entries(config().models.providers).flatMap(([name, p]) =>
        p.models.map((m) => ({ ...infoOf(name, m.id), provider: name, available: usable(name, agent) })),
      )
      const builtIn = config().models.mode === 'replace' ? [] : Object.entries(knownModels)
      const known = builtIn.map(([ref, info]) => {
        const provider = ref.slice(0, ref.indexOf('/'))
        return { ...info, provider, available: usable(provider, agent) }
      })
      return [...own, ...programModels(agent), ...known]
    },
  }
}

const providerIn = (ref: string) => ref.slice(0, Math.max(0, ref.indexOf('/'))).toLowerCase() || 'anthropic'

/** What to do about a model that cannot be used. */
function missing(ref: string, known: typeof endpoints, config: Config, program: ModelProgram | undefined): Fault {
  const name = providerIn(ref)
  const env = known[name]?.env[0]
  if (env)
    return new Fault(
      'UNAVAILABLE',
      `the model ${ref} needs a key: set ${env} in the environment, or \`oclaw config set env.vars.${env} <key>\`; \`oclaw models list\` shows what can be used now`,
    )
  if (program)
    return new Fault(
      'UNAVAILABLE',
      `the model ${ref} is asked through the program ${program.command}, which is not there; install it, or say where it is: \`oclaw config set agents.defaults.cliBackends.${name}.command <path>\``,
    )
  const own = config.models.providers[name]
  if (own?.api !== undefined && !providers.get(own.api))
    return new Fault(
      'INVALID_REQUEST',
      `the model "${ref}" cannot be asked: this gateway does not speak ${own.api}, as models.providers.${name}.api says; it speaks ${providers.ids.filter((id) => id !== 'demo' && id !== 'program').join(', ')}`,
    )
  const names = [...Object.keys(known), ...Object.keys(config.models.providers)].join(', ')
  return new Fault(
    'INVALID_REQUEST',
    `the model "${ref}" is not known: there is no provider "${name}" (known: ${names}); add it under models.providers, or choose one of \`oclaw models list\``,
  )
}

/** The models there are, and the model servers that run on this machine, as the operations list them. */
export const modelLists = (models: Pick<ReturnType<typeof modelsOf>, 'list'>, clock: Clock): Services['models'] => ({
  list: () =>
    models.list().map((m) => {
      const keyVariable = m.available ? undefined : endpoints[m.provider]?.env[0]
      return { ...m, ...(keyVariable === undefined ? {} : { keyVariable }) }
    }),
  localServers: async (signal) =>
    (await localServers(globalThis.fetch, clock, signal)).map((s) => ({
      name: s.id,
      baseUrl: s.baseUrl,
      models: s.models,
    })),
})
