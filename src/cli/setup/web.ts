// Searching the web and reading pages: who searches, with which key, and whether pages may be fetched.
import { Fault } from '../../lib/fault.ts'
import { getPath } from '../../config/path.ts'
import type { Run } from '../context.ts'
import type { Asker, Choice } from './asker.ts'
import { patchConfig } from './files.ts'
import type { SetupFlags } from './flags.ts'

/** Who may search; the words of `--web-search`. */
type Searcher = NonNullable<SetupFlags['webSearch']>

/** Where each one's key is, below `tools.web.search`, and the variables it may be in. */
const keys = {
  brave: { at: ['apiKey'], env: ['BRAVE_API_KEY'] },
  perplexity: { at: ['perplexity', 'apiKey'], env: ['PERPLEXITY_API_KEY', 'OPENROUTER_API_KEY'] },
  grok: { at: ['grok', 'apiKey'], env: ['XAI_API_KEY'] },
  searxng: { at: ['searxng', 'baseUrl'], env: [] },
} as const

const choices: readonly Choice<Searcher>[] = [
  { value: 'off', label: 'Nobody', hint: 'the agent reads pages it knows the address of' },
  { value: 'brave', label: 'Brave Search', hint: 'https://brave.com/search/api' },
  { value: 'perplexity', label: 'Perplexity' },
  { value: 'grok', label: 'Grok' },
  { value: 'searxng', label: 'SearXNG', hint: 'a server of your own, without a key' },
]

/** A value at a path, as the patch that sets it. */
const patchAt = (path: readonly string[], value: unknown): object =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object

const isAddress = (v: string) => (/^https?:\/\/./.test(v) ? undefined : 'an address such as https://search.example.org')
const notEmpty = (v: string) => (v.trim() ? undefined : 'it cannot be empty')

/** The key or address that is wanted; undefined when there is one already. Throws INVALID_REQUEST when nobody says it. */
async function secretOf(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
  who: keyof typeof keys,
  config: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const given = who === 'searxng' ? flags.webSearchUrl : flags.webSearchKey
  const wrong = given !== undefined && who === 'searxng' ? isAddress(given) : undefined
  if (wrong !== undefined) throw new Fault('INVALID_REQUEST', `--web-search-url needs ${wrong}`)
  if (given !== undefined) return given
  const { at, env } = keys[who]
  const set = getPath(config, ['tools', 'web', 'search', ...at]) !== undefined
  const found = set || env.some((name) => run.ctx.env[name]?.trim())
  const again = found ? ' (empty to keep the one there is)' : ''
  const said =
    who === 'searxng'
      ? await asker?.text({ message: `Its address${again}`, ...(found ? {} : { check: isAddress }) })
      : await asker?.secret({ message: `Its key${again}`, ...(found ? {} : { check: notEmpty }) })
  if (said || found) return said || undefined
  const flag = who === 'searxng' ? '--web-search-url <address>' : '--web-search-key <key>'
  throw new Fault('INVALID_REQUEST', `--web-search ${who} needs ${flag}`)
}

/** Asks, or takes from flags; writes the config. Answers what is set, in words. */
export async function webStep(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
  config: Readonly<Record<string, unknown>>,
): Promise<string> {
  const now = (key: string) => getPath(config, ['tools', 'web', ...key.split('.')])
  const before = choices.find((c) => c.value === now('search.provider'))?.value ?? 'off'
  const who = flags.webSearch ?? (await asker?.select('Who searches the web for your assistant?', choices, before))
  const fetch = flags.webFetch ?? (await asker?.confirm('May it read web pages?', now('fetch.enabled') !== false))
  const secret = who === undefined || who === 'off' ? undefined : await secretOf(run, flags, asker, who, config)
  const search =
    who === undefined
      ? {}
      : who === 'off'
        ? { enabled: false }
        : { enabled: true, provider: who, ...(secret === undefined ? {} : patchAt(keys[who].at, secret)) }
  const web = {
    ...(Object.keys(search).length ? { search } : {}),
    ...(fetch === undefined ? {} : { fetch: { enabled: fetch } }),
  }
  if (Object.keys(web).length) await patchConfig(run, { tools: { web } })
  const reads = fetch ?? now('fetch.enabled') !== false
  return `${who ?? before} searches, pages are ${reads ? 'read' : 'not read'}`.replace(
    /^off searches/,
    'nobody searches',
  )
}
