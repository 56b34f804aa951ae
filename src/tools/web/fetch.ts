// The tool that reads a web page. What comes back is someone else's text, and says so.
import { z } from 'zod'
import { untrusted } from '../../domain/untrusted.ts'
import { defineTool, type ToolContext, type WebFetch } from '../../define/tool.ts'
import { toMarkdown } from './markdown.ts'
import { recent } from './recent.ts'

/** How pages are fetched when nothing is said. */
const usual: WebFetch = { maxChars: 50_000, maxCharsCap: 50_000, cacheMs: 0, timeoutMs: 30_000, maxRedirects: 3 }
/** Characters of HTML that are looked at, elements, and their depth; parsing more would hold up everything else. */
const htmlCap = 1_000_000
const elementCap = 20_000
const depthCap = 400

const unclosed =
  /^(area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|td|th|tr|tbody|thead|dt|dd|option)$/i

/** Whether a page is small and flat enough to be parsed; judged without parsing it. */
function parseable(html: string): boolean {
  let [count, depth] = [0, 0]
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]{0,30})/gi)) {
    if (!slash && ++count > elementCap) return false
    if (!unclosed.test(name)) depth = Math.max(0, depth + (slash ? -1 : 1))
    if (depth > depthCap) return false
  }
  return true
}

const accept = 'text/html,application/xhtml+xml,text/markdown,text/plain,application/json;q=0.9,*/*;q=0.5'

/** The readable part of a page and its title; the whole page when no article is found. */
async function article(
  whole: string,
  url: string,
  mode: 'markdown' | 'text',
): Promise<{ title: string; text: string }> {
  const html = whole.slice(0, htmlCap)
  const bare = () => ({
    title: '',
    text: html
      .replace(/<[^<>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  })
  if (!parseable(html)) return bare()
  const [{ Readability }, { parseHTML }] = await Promise.all([import('@mozilla/readability'), import('linkedom')])
  const { document } = parseHTML(html)
  if (!document.documentElement) return bare()
  const { body } = document
  const before = { title: document.title ?? '', text: toMarkdown(body, url), plain: body.textContent ?? '' }
  const found = new Readability(document).parse()
  if (!found?.content) return { title: before.title, text: mode === 'text' ? before.plain : before.text }
  const title = found.title || before.title
  if (mode === 'text') return { title, text: (found.textContent ?? '').replace(/\n{3,}/g, '\n\n').trim() }
  return { title, text: toMarkdown(parseHTML(`<html><body>${found.content}</body></html>`).document.body, url) }
}

/** A page as it was read; without a text when it has none. */
interface Page {
  readonly url: string
  readonly status: number
  readonly type: string
  readonly title: string
  readonly text?: string
}

const pages = recent<Page>(30)

async function read(
  input: { readonly url: string; readonly extractMode: 'markdown' | 'text' },
  { userAgent }: WebFetch,
  ctx: Pick<ToolContext, 'fetch' | 'signal'>,
): Promise<Page> {
  const headers = { accept, ...(userAgent === undefined ? {} : { 'user-agent': userAgent }) }
  const response = await ctx.fetch(input.url, { headers, signal: ctx.signal })
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  const about = { url: response.url || input.url, status: response.status, type, title: '' }
  const html = type === '' || /html/.test(type)
  if (!html && !/^text\/|json|xml|javascript/.test(type)) {
    await response.body?.cancel()
    return about
  }
  const body = await response.text()
  return html ? { ...about, ...(await article(body, about.url, input.extractMode)) } : { ...about, text: body }
}

/** The tool `web_fetch`. */
export const webFetch = defineTool({
  id: 'web_fetch',
  summary: 'Fetches a web page and gives back its readable text.',
  risk: 'net',
  timeoutMs: 45_000,
  params: z.strictObject({
    url: z.string().describe('an http or https address'),
    extractMode: z.enum(['markdown', 'text']).default('markdown').describe('form of the text'),
    maxChars: z.number().int().min(100).optional().describe('at most this many characters'),
  }),
  async run(input, ctx) {
    const rule = ctx.webFetch ?? usual
    const key = `${input.extractMode} ${input.url}`
    const page = await pages.get(key, rule.cacheMs, ctx.clock, () => read(input, rule, ctx))
    const { url, status, title, text } = page
    if (text === undefined) return { ok: false, text: `${url} is ${page.type}, not text; it was not read` }
    const most = Math.min(input.maxChars ?? rule.maxChars, rule.maxCharsCap)
    const cut = text.length > most ? `${text.slice(0, most)}\n[cut at ${most} characters]` : text
    const about = [`Source: ${url}`, `Status: ${status}`, ...(title ? [`Title: ${title}`] : [])].join('\n')
    return {
      ok: status >= 200 && status < 300,
      text: untrusted('a page of the web', `${about}\n\n${cut}`),
      details: { url, status, title },
    }
  },
})
