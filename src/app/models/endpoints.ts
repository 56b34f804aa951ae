// Where a provider of models is asked, and with which logins: one endpoint for each, the one that is tried first before the others.
import type { Clock } from '../../lib/clock.ts'
import { Secret } from '../../lib/secret.ts'
import type { Endpoint, ModelProgram } from '../../define/provider.ts'
import { agentDir, mainAgentId, type AgentPlace } from '../../config/agent-list.ts'
import { expandHome, type Env } from '../../config/paths.ts'
import { fileFacts } from '../../os/files.ts'
import { loginsOf, loginsPath, readLogins } from '../../os/logins.ts'
import { endpoints as known } from '../../providers/catalog.ts'
import { programOf } from '../../providers/program/backends.ts'
import type { Config } from '../catalog.ts'

/** Where logins are kept, and what time it is. */
export type Place = AgentPlace & { readonly clock: Pick<Clock, 'now'> }

/** Endpoints as the config, the environment and the logins are now. */
export interface ModelEndpoints {
  /** None when the provider is not known, or needs a key and has none. The same objects as long as nothing changes. */
  of(provider: string, agent: string): readonly Endpoint[]
  /** The program behind a provider, whether it is there or not; undefined for a server. */
  program(provider: string): ModelProgram | undefined
  /** A text that changes with an agent's logins. */
  stamp(agent: string): string
}

/** A key, what it is called, and whether it is sent as a bearer token. */
interface Key {
  readonly login?: string
  readonly key: Secret
  readonly bearer: boolean
}

/** Keys in the environment: `<NAME>`, several in `<NAME>S`, and `<NAME>_1`, `<NAME>_2`, …; each once. */
function envKeys(env: Env, names: readonly string[]): Key[] {
  const found = names.flatMap((name) => {
    const numbered = Object.keys(env).filter((n) => n.startsWith(`${name}_`) && /^\d+$/.test(n.slice(name.length + 1)))
    const several = (env[`${name}S`] ?? '').split(/[\s,;]+/)
    const values = [...several, env[name] ?? '', ...numbered.sort().map((n) => env[n] ?? '')]
    return values.map((v) => v.trim()).flatMap((value) => (value ? [{ name, value }] : []))
  })
  const once = new Map(found.map((f) => [f.value, f.name]))
  return [...once].map(([value, name], i) => ({
    ...(i === 0 ? {} : { login: `${name} ${i + 1}` }),
    key: new Secret(value),
    bearer: name === 'ANTHROPIC_OAUTH_TOKEN',
  }))
}

/**
 * Where a server that has a protocol of its own speaks Chat Completions, too: https://ai.google.dev/gemini-api/docs/openai,
 * https://docs.ollama.com/api/openai-compatibility
 */
function chatBase(api: string | undefined, baseUrl: string): string {
  const path = { 'google-generative-ai': '/openai', ollama: '/v1' }[api ?? '']
  const base = baseUrl.replace(/\/+$/, '')
  return path === undefined || base.endsWith(path) ? baseUrl : base + path
}

/** Makes endpoints from what `config` and `env` give. */
export function modelEndpoints(config: () => Config, env: () => Env, place: Place): ModelEndpoints {
  let seen: { config: Config; made: Map<string, readonly Endpoint[]> } | undefined

  /** The folders with an agent's logins, its own first. */
  const dirsOf = ({ agents: { list } }: Config, agent: string) =>
    [agent, mainAgentId(list)].map((id) => agentDir(list, place, id))

  function loginKeys(c: Config, provider: string, agent: string): Key[] {
    const found = loginsOf(dirsOf(c, agent), place.clock.now(), provider, c.auth.order[provider])
    return found.map((l) => ({
      login: l.id,
      key: l.secret,
      bearer: l.kind !== 'api_key',
    }))
  }

  const program = (id: string) => programOf(id, config().agents.defaults.cliBackends[id])

  function make(c: Config, provider: string, agent: string): readonly Endpoint[] {
    const own = c.models.providers[provider]
    const usual = known[provider]
    if (!own && !usual) {
      const p = program(provider)
      const command =
        p &&
        Bun.which(p.command.includes('/') ? expandHome(p.command, place.home) : p.command, {
          PATH: env()['PATH'] ?? '',
        })
      return p && command ? [{ id: provider, program: { ...p, command } }] : []
    }
    const logins = loginKeys(c, provider, agent)
    const said = own?.apiKey ? [{ key: own.apiKey, bearer: false }] : envKeys(env(), usual?.env ?? [])
    const keys: readonly Partial<Key>[] = [...logins, ...said]
    if (!keys.length && !usual?.local && !own) return []
    const baseUrl = own ? chatBase(own.api, own.baseUrl) : usual?.baseUrl
    const asBearer = own?.auth === 'token' || own?.auth === 'oauth' || own?.authHeader === true
    return (keys.length ? keys : [{}]).map(({ key, login, bearer }) => ({
      id: provider,
      ...(login === undefined ? {} : { login }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      ...(key ? { key } : {}),
      bearer: asBearer || bearer === true,
      headers: own?.headers ?? {},
      compat: usual?.compat ?? {},
    }))
  }

  /** Stamps by agent: the disk is looked at ten times a second, however often somebody asks. */
  let stamps: { config: Config; at: number; made: Map<string, string> } | undefined

  function stamp(agent: string): string {
    const [c, at] = [config(), Math.floor(place.clock.now() / 100)]
    if (stamps?.config !== c || stamps.at !== at) stamps = { config: c, at, made: new Map() }
    const made = stamps.made.get(agent) ?? look(agent)
    stamps.made.set(agent, made)
    return made
  }

  function look(agent: string): string {
    const now = place.clock.now()
    const texts = [...new Set(dirsOf(config(), agent))].map((dir) => {
      const path = loginsPath(dir)
      const facts = fileFacts(path)
      const over = facts ? readLogins(path).list.filter((l) => l.expires !== undefined && l.expires <= now).length : 0
      return facts ? `${facts.mtimeMs}/${facts.size}/${over}` : ''
    })
    return texts.some(Boolean) ? texts.join(' ') : ''
  }

  return {
    stamp,
    program,
    of(provider, agent) {
      const c = config()
      if (seen?.config !== c) seen = { config: c, made: new Map() }
      const key = `${provider} ${agent} ${stamp(agent)}`
      const found = seen.made.get(key) ?? make(c, provider, agent)
      if (found.length || !program(provider)) seen.made.set(key, found) // a program may be installed at any time
      return found
    },
  }
}
