// Answers over HTTP have the status, the kind and the shape recorded from OpenClaw 2026.2.19.
import { expect, test } from 'bun:test'
import recorded from './frames/http.json'
import { gateway, token } from './gateway.ts'
import { differences } from './shape.ts'

type Recorded = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly status: number
  readonly type: string
  readonly allow?: string
  readonly json?: unknown
  readonly events?: readonly { readonly event: string; readonly data: unknown }[]
}

/** Where we answer otherwise on purpose, and why. */
const otherwise: Readonly<Record<string, string>> = {
  'GET /health': 'the quickstart’s JSON; the original served its page',
  'GET /v1/health': 'JSON for the same reason',
  'GET /__openclaw__/control-ui-config.json': 'a path without an ending is a page; one with is not',
  'GET /assets/nope.js': 'a file that is not there is no page',
  'GET /chat/assets/index-CJS46cAv.js': 'a file of the original’s own page',
  'GET /favicon.svg': 'our page has its icon elsewhere',
  'POST /webhook/my-hook': 'a webhook nobody set up is not found',
  'POST /v1/chat/completions {"model":"openclaw:nope"': 'a picture without an address is refused, not passed over',
  'POST /tools/invoke {"tool":"sessions_list"': 'this gateway has no such tool',
  'POST /tools/invoke {"tool":"sessions_history"': 'this gateway has no such tool',
}
const canvas = (path: string) => path.startsWith('/__openclaw__/') // its pages have frames of their own to be held against
const nostr = (path: string) => path.startsWith('/api/channels/')

const hooks = {
  enabled: true,
  token: 'hook-secret-0123456789',
  mappings: [
    { match: { path: 'ping' }, action: 'wake', textTemplate: '{{msg}} {{query.q}}' },
    { match: { path: 'ag' }, action: 'agent', messageTemplate: '{{name}} {{query.q}} {{headers.x-test}}' },
  ],
}

/** The events of a stream, each kind once. */
function eventsIn(text: string) {
  return text.split('\n\n').flatMap((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data === undefined) return []
    return [
      {
        event: /^event: (.*)$/m.exec(block)?.[1] ?? '',
        data: data === '[DONE]' ? data : (JSON.parse(data) as unknown),
      },
    ]
  })
}

/** How an answer differs from the recorded one. */
async function wrong(r: Recorded, answer: Response): Promise<string[]> {
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]
  const found: string[] = []
  if (answer.status !== r.status) found.push(`status ${answer.status}, not ${r.status}`)
  if (type !== r.type.split(';')[0]) found.push(`type ${type}, not ${r.type}`)
  if (r.allow !== undefined && answer.headers.get('allow') !== r.allow) found.push('another Allow header')
  for (const name of ['x-content-type-options', 'referrer-policy'])
    if (!answer.headers.get(name)) found.push(`no ${name}`)
  const text = await answer.text()
  if (r.json !== undefined && type === 'application/json') found.push(...differences(r.json, JSON.parse(text), 'body'))
  for (const { event, data } of r.events ?? []) {
    const same = eventsIn(text).filter((e) => e.event === event && typeof e.data === typeof data)
    const best = same.map((e) => differences(data, e.data, event)).toSorted((a, b) => a.length - b.length)[0]
    if (!best) found.push(`no event ${event}`)
    else found.push(...best)
  }
  return found
}

test('answers over HTTP are those recorded', async () => {
  await using g = await gateway({
    more: { hooks },
    reply: (body) =>
      JSON.stringify(body).includes('CLIENTTOOL')
        ? { text: 'I look.', calls: [{ name: 'get_weather', input: { city: 'Paris' } }] }
        : 'word0 word1 word2 word3',
  })
  const all: string[] = []
  let compared = 0
  for (const r of recorded as readonly Recorded[]) {
    const key = `${r.method} ${r.path}`
    if (
      canvas(r.path) ||
      nostr(r.path) ||
      Object.keys(otherwise).some(
        (k) => k === key || (k.startsWith(`${key} `) && `${key} ${r.body ?? ''}`.startsWith(k)),
      )
    )
      continue
    compared++
    const headers = Object.fromEntries(
      Object.entries(r.headers ?? {}).map(([k, v]) => [k, v.replace('TOKEN', token).replace('HOOK', hooks.token)]),
    )
    const post = r.method === 'POST' ? { body: r.body ?? '' } : {}
    const answer = await fetch(g.url + r.path, { method: r.method, headers, ...post })
    all.push(...(await wrong(r, answer)).map((w) => `${key} ${(r.body ?? '').slice(0, 60)}: ${w}`))
  }
  expect(all).toEqual([])
  expect(compared).toBeGreaterThan(50)
})
