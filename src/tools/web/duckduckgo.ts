// DuckDuckGo's page of results, read as a browser without scripts would read it: a search that needs no key.
import type { WebSearch } from '../../define/tool.ts'
import { Fault } from '../../lib/fault.ts'

/** Words for the age of results. */
const ages: Readonly<Record<string, string>> = { pd: 'd', pw: 'w', pm: 'm', py: 'y' }

/** Where a link of the page really leads; undefined for advertisements and links of its own. */
function target(href: string): string | undefined {
  const url = URL.parse(href, 'https://duckduckgo.com')
  const to =
    url?.pathname === '/l/' ? url.searchParams.get('uddg') : url?.hostname.endsWith('duckduckgo.com') ? null : href
  return to && /^https?:\/\//.test(to) ? to : undefined
}

const wordsOf = (text: string | null | undefined) => (text ?? '').replaceAll(/\s+/g, ' ').trim()

/** What is found: titles, addresses, snippets. Throws UNAVAILABLE when it wants to see a person, or answers otherwise. */
export async function duckduckgo(
  q: {
    query: string
    count: number
    country?: string | undefined
    search_lang?: string | undefined
    freshness?: string | undefined
  },
  s: WebSearch,
  signal: AbortSignal,
): Promise<{ hits: { title: string; url: string; text: string }[] }> {
  const url = new URL('html/', s.baseUrl ?? 'https://html.duckduckgo.com/')
  const place = q.country && q.search_lang ? `${q.country.toLowerCase()}-${q.search_lang.toLowerCase()}` : undefined
  for (const [key, value] of Object.entries({ q: q.query, kl: place, df: q.freshness && ages[q.freshness] }))
    if (value !== undefined) url.searchParams.set(key, value)
  const answer = await s.fetch(url, {
    headers: { accept: 'text/html', 'user-agent': 'Mozilla/5.0 (compatible; oclaw)' },
    signal,
  })
  const html = await answer.text()
  if (answer.status === 202 || html.includes('anomaly-modal'))
    throw new Fault(
      'UNAVAILABLE',
      'DuckDuckGo wants to see a person first; wait a while, or set up another service: tools.web.search.provider',
    )
  if (!answer.ok) throw new Fault('UNAVAILABLE', `${url.host} answered ${answer.status}`)
  const { parseHTML } = await import('linkedom')
  const { document } = parseHTML(html)
  const hits = [...document.querySelectorAll('.result')].flatMap((result) => {
    const link = result.querySelector('a.result__a')
    const to = target(link?.getAttribute('href') ?? '')
    if (!link || to === undefined) return []
    return [
      {
        title: wordsOf(link.textContent),
        url: to,
        text: wordsOf(result.querySelector('.result__snippet')?.textContent),
      },
    ]
  })
  return { hits: hits.slice(0, q.count) }
}
