// What the engine is told of memory by the config: where the index is, who makes vectors, how results are weighed.
import { join } from 'node:path'
import { remember } from '../../lib/remember.ts'
import { Secret } from '../../lib/secret.ts'
import { normalizeAgentId } from '../../domain/session-key.ts'
import type { Embedder, MemoryRule } from '../../domain/memory.ts'
import { expandHome, type Env, type Paths } from '../../config/paths.ts'
import { asRecord } from '../../config/section.ts'
import { embedder, embeddingServers } from '../../providers/embeddings.ts'
import type { Config } from '../catalog.ts'

type Said = Config['agents']['defaults']['memorySearch']
type Name = keyof typeof embeddingServers

/** What an agent says, over what all agents share. */
function laid<T>(base: T, over: unknown): T {
  const isPlain = (x: unknown): x is Record<string, unknown> =>
    typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype
  if (!isPlain(base) || !isPlain(over)) return (over ?? base) as T
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(over)])].map((k) => [k, laid(base[k], over[k])]),
  ) as T
}

/** The server of a name, when there is a key for it. */
function serverOf(said: Said, name: Name, env: Env): Embedder | undefined {
  const known = embeddingServers[name]
  const found = known.env.map((n) => env[n]?.trim()).find(Boolean)
  const key = said.remote?.apiKey?.resolved ? said.remote.apiKey : found ? new Secret(found) : undefined
  const own = said.remote?.baseUrl
  if (!key && own === undefined) return undefined
  return embedder({
    provider: name,
    baseUrl: own ?? known.baseUrl,
    model: said.model ?? known.model,
    key,
    headers: said.remote?.headers,
    fetch: globalThis.fetch,
  })
}

/** Who makes vectors: the one named, else the first with a key; undefined leaves words alone. */
function chosen(said: Said, env: Env): Embedder | undefined {
  if (!said.store.vector.enabled || said.provider === 'local') return undefined
  if (said.provider !== undefined) return serverOf(said, said.provider, env)
  if (said.remote?.baseUrl !== undefined) return serverOf(said, 'openai', env)
  for (const name of ['openai', 'gemini', 'voyage'] as const) {
    const found = serverOf(said, name, env)
    if (found) return found
  }
  return undefined
}

/** The rules for an agent's memory by the config as it is. */
export function memorySettings(config: () => Config, env: () => Env, paths: Paths): (agent: string) => MemoryRule {
  const rules = remember<Config, MemoryRule>()

  function make(c: Config, id: string): MemoryRule {
    const own = c.agents.list.find((a) => normalizeAgentId(a.id) === id)?.memorySearch
    const said = laid(c.agents.defaults.memorySearch, asRecord(own ?? {}))
    const { hybrid, maxResults, minScore } = said.query
    const { fallback } = said
    const second =
      fallback === 'none' || fallback === 'local' || fallback === said.provider
        ? undefined
        : serverOf({ ...said, remote: undefined, model: undefined }, fallback, env())
    return {
      enabled: said.enabled && c.plugins.slots.memory !== 'none',
      index:
        said.store.path === undefined
          ? join(paths.stateDir, 'memory', `${id}.db`)
          : expandHome(said.store.path.replaceAll('{agentId}', id), paths.home),
      extraPaths: said.extraPaths.map((p) => (p.startsWith('~') ? expandHome(p, paths.home) : p)),
      files: said.sources.includes('memory'),
      sessions:
        said.sources.includes('sessions') && said.experimental.sessionMemory
          ? { messages: said.sync.sessions.deltaMessages, bytes: said.sync.sessions.deltaBytes }
          : undefined,
      embedder: chosen(said, env()),
      fallback: second,
      chunkChars: said.chunking.tokens * 4,
      overlapChars: Math.min(said.chunking.overlap, said.chunking.tokens - 1) * 4,
      onSearch: said.sync.onSearch,
      onSessionStart: said.sync.onSessionStart,
      cacheEntries: said.cache.enabled ? (said.cache.maxEntries ?? 50_000) : 0,
      citations: c.memory.citations !== 'off',
      query: {
        maxResults,
        minScore,
        hybrid: hybrid.enabled,
        vectorWeight: hybrid.vectorWeight,
        textWeight: hybrid.textWeight,
        candidates: Math.max(1, Math.min(200, maxResults * hybrid.candidateMultiplier)),
        mmrLambda: hybrid.mmr.enabled ? hybrid.mmr.lambda : undefined,
        halfLifeDays: hybrid.temporalDecay.enabled ? hybrid.temporalDecay.halfLifeDays : undefined,
      },
    }
  }

  return (agent) => rules(config(), agent, () => make(config(), agent))
}
