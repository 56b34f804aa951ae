// The tool that searches the web, by the service the config names. What comes back is someone else's text, and says so.
import { z } from 'zod'
import { defineTool, type ToolContext, type WebSearch } from '../../define/tool.ts'
import { untrusted } from '../../domain/untrusted.ts'
import { deadline } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { duckduckgo } from './duckduckgo.ts'
import { recent } from './recent.ts'

/** One hit. */
interface Hit {
  readonly title: string
  readonly url: string
  readonly text: string
  readonly age?: string | undefined
}

/** What a service answers: hits, or an answer with its sources. */
interface Found {
  readonly hits: readonly Hit[]
  readonly answer?: string
}

interface Query {
  readonly query: string
  readonly count: number
  readonly country?: string | undefined
  readonly search_lang?: string | undefined
  readonly ui_lang?: string | undefined
  readonly freshness?: string | undefined
}

type Ask = (q: Query, s: WebSearch, signal: AbortSignal) => Promise<Found>

const plain = (text: unknown): string =>
  typeof text === 'string'
    ? text
        .replaceAll(/<[^>]*>/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim()
    : ''

async function json(s: WebSearch, url: URL, init: RequestInit): Promise<unknown> {
  const answer = await s.fetch(url, init)
  const body = await answer.text()
  if (!answer.ok) {
    const why = s.key?.hiddenIn(plain(body).slice(0, 200)) ?? plain(body).slice(0, 200)
    throw new Fault('UNAVAILABLE', `${url.host} answered ${answer.status}${why ? `: ${why}` : ''}`)
  }
  try {
    return JSON.parse(body)
  } catch (error) {
    throw new Fault(
      'UNAVAILABLE',
      `${url.host} did not answer with JSON; for SearXNG, allow the format json in its settings.yml`,
      { cause: error },
    )
  }
}

const Brave = z.object({
  web: z
    .object({
      results: z.array(
        z.object({
          title: z.string(),
          url: z.string(),
          description: z.string().optional(),
          age: z.string().optional(),
        }),
      ),
    })
    .optional(),
})

const brave: Ask = async (q, s, signal) => {
  const url = new URL('res/v1/web/search', s.baseUrl ?? 'https://api.search.brave.com/')
  const wish = {
    q: q.query,
    count: String(q.count),
    country: q.country,
    search_lang: q.search_lang,
    ui_lang: q.ui_lang,
    freshness: q.freshness,
  }
  for (const [key, value] of Object.entries(wish)) if (value !== undefined) url.searchParams.set(key, value)
  const headers = { accept: 'application/json', 'x-subscription-token': s.key?.reveal() ?? '' }
  const { web } = Brave.parse(await json(s, url, { headers, signal }))
  return {
    hits: (web?.results ?? []).map((r) => ({
      title: plain(r.title),
      url: r.url,
      text: plain(r.description),
      age: r.age,
    })),
  }
}

const Searx = z.object({
  results: z.array(
    z.object({
      title: z.string(),
      url: z.string(),
      content: z.string().nullish(),
      publishedDate: z.string().nullish(),
    }),
  ),
})

const ranges: Readonly<Record<string, string>> = { pd: 'day', pw: 'week', pm: 'month', py: 'year' }

const searxng: Ask = async (q, s, signal) => {
  if (s.baseUrl === undefined)
    throw new Fault(
      'INVALID_REQUEST',
      'SearXNG needs its address: `oclaw config set tools.web.search.searxng.baseUrl <url>`',
    )
  const url = new URL('search', s.baseUrl.endsWith('/') ? s.baseUrl : `${s.baseUrl}/`)
  const wish = { q: q.query, format: 'json', language: q.search_lang, time_range: q.freshness && ranges[q.freshness] }
  for (const [key, value] of Object.entries(wish)) if (value !== undefined) url.searchParams.set(key, value)
  const { results } = Searx.parse(await json(s, url, { headers: { accept: 'application/json' }, signal }))
  return {
    hits: results.map((r) => ({
      title: plain(r.title),
      url: r.url,
      text: plain(r.content),
      age: r.publishedDate ?? undefined,
    })),
  }
}

const Perplexity = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  citations: z.array(z.string()).optional(),
})

const perplexity: Ask = async (q, s, signal) => {
  const url = new URL(`${(s.baseUrl ?? 'https://openrouter.ai/api/v1').replace(/\/$/, '')}/chat/completions`)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${s.key?.reveal() ?? ''}` }
  const body = JSON.stringify({ model: s.model, messages: [{ role: 'user', content: q.query }] })
  const said = Perplexity.parse(await json(s, url, { method: 'POST', headers, body, signal }))
  const hits = (said.citations ?? []).slice(0, q.count).map((link) => ({ title: '', url: link, text: '' }))
  return { hits, answer: said.choices[0]?.message.content ?? '' }
}

const Grok = z.object({
  output: z.array(
    z.object({
      content: z
        .array(
          z.object({
            text: z.string().nullish(),
            annotations: z.array(z.object({ url: z.string().nullish(), title: z.string().nullish() })).nullish(),
          }),
        )
        .nullish(),
    }),
  ),
  citations: z.array(z.string()).nullish(),
})

/** Grok's own search tool, by its Responses API: https://docs.x.ai/docs/guides/tools/search-tools */
const grok: Ask = async (q, s, signal) => {
  const url = new URL(`${(s.baseUrl ?? 'https://api.x.ai/v1').replace(/\/$/, '')}/responses`)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${s.key?.reveal() ?? ''}` }
  const body = JSON.stringify({
    model: s.model,
    input: [{ role: 'user', content: q.query }],
    tools: [{ type: 'web_search' }],
    ...(s.inline ? { include: ['inline_citations'] } : {}),
  })
  const said = Grok.parse(await json(s, url, { method: 'POST', headers, body, signal }))
  const texts = said.output.flatMap((o) => o.content ?? [])
  const named = texts
    .flatMap((t) => t.annotations ?? [])
    .flatMap((a) => (a.url ? [[a.url, a.title ?? ''] as const] : []))
  const links = new Map([...(said.citations ?? []).map((link) => [link, ''] as const), ...named])
  const hits = [...links].slice(0, q.count).map(([link, title]) => ({ title, url: link, text: '' }))
  return { hits, answer: texts.flatMap((t) => t.text ?? []).join('\n') }
}

const services: Readonly<Record<WebSearch['provider'], Ask>> = { brave, searxng, duckduckgo, perplexity, grok }

const answers = recent<Found>(100)

async function search(q: Query, s: WebSearch, ctx: Pick<ToolContext, 'clock' | 'signal'>): Promise<Found> {
  return answers.get(JSON.stringify([s.provider, s.baseUrl, q]), s.cacheMs, ctx.clock, async () => {
    const late = new Fault('TIMEOUT', `${s.provider} did not answer within ${s.timeoutMs} ms`)
    const limit = deadline(ctx.clock, s.timeoutMs, late, ctx.signal)
    try {
      return await services[s.provider](q, s, limit.signal)
    } finally {
      limit.done()
    }
  })
}

const shown = (h: Hit, i: number) =>
  [
    `${i + 1}. ${h.title || h.url}`,
    h.title ? `   ${h.url}` : '',
    h.age ? `   (${h.age})` : '',
    h.text ? `   ${h.text}` : '',
  ]
    .filter(Boolean)
    .join('\n')

/** The tool `web_search`. */
export const webSearch = defineTool({
  id: 'web_search',
  summary: 'Searches the web; answers titles, addresses and snippets.',
  risk: 'net',
  timeoutMs: 60_000,
  params: z.strictObject({
    query: z.string().trim().min(1).max(400).describe('what to search for'),
    count: z.number().int().min(1).max(10).optional().describe('how many results'),
    country: z.string().length(2).optional().describe('results for a country, such as DE'),
    search_lang: z.string().optional().describe('language of the results, such as de'),
    ui_lang: z.string().optional().describe('language of the answer'),
    freshness: z
      .string()
      .regex(/^(p[dwmy]|\d{4}-\d{2}-\d{2}to\d{4}-\d{2}-\d{2})$/)
      .optional()
      .describe('pd, pw, pm, py: the last day, week, month, year; or a range 2026-01-01to2026-02-01'),
  }),
  async run(input, ctx) {
    const s = ctx.webSearch
    if (!s)
      return {
        ok: false,
        text: 'No search service is set up: set BRAVE_API_KEY, or tools.web.search.provider to duckduckgo (no key), or to searxng, perplexity or grok with its address or key.',
      }
    const count = Math.min(input.count ?? s.maxResults, 10)
    const { hits, answer } = await search({ ...input, count }, s, ctx)
    const lines = hits.slice(0, count).map(shown)
    const text = [answer, lines.join('\n')].filter(Boolean).join('\n\n')
    if (!text) return { ok: true, text: 'Nothing was found.', details: { provider: s.provider, count: 0 } }
    return {
      ok: true,
      text: untrusted(`web search results for ${input.query}`, text),
      details: { provider: s.provider, query: input.query, count: lines.length },
    }
  },
})
