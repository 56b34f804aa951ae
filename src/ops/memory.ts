// Memory: how the index of an agent's notes stands, made anew, and searched by people.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { agentRule } from './agent-identity.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine'>

const agent = z.string().optional().describe('the agent')
const ruleOf = (s: Needed, id: string | undefined) => agentRule(s, id ?? s.engine.world.settings.defaultAgent())

const State = z.object({
  agentId: z.string(),
  enabled: z.boolean(),
  path: z.string(),
  files: z.number(),
  chunks: z.number(),
  vectors: z.number(),
  stale: z.number(),
  provider: z.string().optional(),
  model: z.string().optional(),
  searchMode: z.string(),
  embeddings: z.object({ ok: z.boolean(), error: z.string().optional() }).optional(),
})

const status = defineOp({
  id: 'memory.status',
  summary: 'Says how the index of an agent’s notes stands.',
  scope: 'read',
  params: z.strictObject({
    agent,
    deep: z.boolean().optional().describe('also ask who makes the vectors'),
    index: z.boolean().optional().describe('bring it up to date first'),
  }),
  result: State,
  cli: {
    path: 'memory status',
    aliases: ['memory'],
    print: (r) =>
      [
        `Agent:   ${r.agentId}`,
        `Index:   ${r.path}`,
        `Notes:   ${r.files} files, ${r.chunks} pieces, ${r.vectors} with vectors${r.stale ? `; ${r.stale} not up to date` : ''}`,
        `Search:  ${r.enabled ? r.searchMode : 'off'}${r.model ? ` (${r.provider}/${r.model})` : ''}`,
        ...(r.embeddings ? [`Vectors: ${r.embeddings.ok ? 'ok' : r.embeddings.error}`] : []),
      ].join('\n'),
  },
  examples: [{ params: {} }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const rule = ruleOf(s, p.agent)
    if (p.index) await s.engine.kit.memory.sync(rule, { force: false })
    const { mode, ...state } = await s.engine.kit.memory.state(rule)
    const by = p.deep ? s.engine.world.settings.memory(rule.id).embedder : undefined
    const probe = by?.embed(['ping'], signal).then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, error: error instanceof Error ? error.message : 'it failed' }),
    )
    return { agentId: rule.id, ...state, searchMode: mode, ...(probe ? { embeddings: await probe } : {}) }
  },
})

const index = defineOp({
  id: 'memory.index',
  summary: 'Brings the index of an agent’s notes up to date.',
  scope: 'write',
  params: z.strictObject({ agent, force: z.boolean().optional().describe('make it anew') }),
  result: z.object({ ok: z.literal(true), agentId: z.string(), changed: z.number() }),
  cli: { path: 'memory index', print: (r) => `The index of ${r.agentId} is up to date (${r.changed} notes changed).` },
  examples: [{ params: {} }],
  handler: async ({ params: p }, s: Needed) => {
    const rule = ruleOf(s, p.agent)
    const { changed } = await s.engine.kit.memory.sync(rule, { force: p.force ?? false })
    return { ok: true as const, agentId: rule.id, changed }
  },
})

const search = defineOp({
  id: 'memory.search',
  summary: 'Searches an agent’s notes.',
  scope: 'read',
  params: z.strictObject({
    query: z.string().trim().min(1).describe('what to look for'),
    agent,
    maxResults: z.number().int().min(1).max(100).optional().describe('at most this many'),
    minScore: z.number().min(0).max(1).optional().describe('lowest score, 0 to 1'),
  }),
  result: z.object({
    results: z.array(
      z.object({
        path: z.string(),
        startLine: z.number(),
        endLine: z.number(),
        score: z.number(),
        snippet: z.string(),
      }),
    ),
    searchMode: z.string(),
    provider: z.string().optional(),
    model: z.string().optional(),
    fallback: z.string().optional(),
  }),
  cli: {
    path: 'memory search',
    args: ['query'],
    print: (r) =>
      r.results
        .map((h) => `${h.score.toFixed(3)} ${h.path}:${h.startLine}-${h.endLine}\n${h.snippet.replaceAll(/^/gm, '  ')}`)
        .join('\n\n') || 'Nothing was found.',
  },
  examples: [{ params: { query: 'birthday' } }],
  handler: async ({ params: p, signal }, s: Needed) => {
    const { hits, mode, ...about } = await s.engine.kit.memory.search(ruleOf(s, p.agent), p, signal)
    return { results: hits.map(({ text, ...h }) => ({ ...h, snippet: text })), searchMode: mode, ...about }
  },
})

export const memoryOps = [status, index, search] as const
