// Broken configs: a rich valid one, and what people, editors and crashing disks make of it.

/** A valid config that says something in most sections; its access is deliberately not the default. */
export const richConfig = `// a household gateway
{
  "$schema": "./schema.json",
  meta: { lastTouchedVersion: '2026.2.19' },
  env: { vars: { HOUSE: 'blue' }, SOME_KEY: "abc" },
  logging: { level: 'debug', redactPatterns: ['x+'] }, // loud
  gateway: {
    mode: 'local',
    port: 18789,
    bind: 'lan',
    auth: { mode: 'password', password: 'correct horse', token: "t-0123456789", rateLimit: { maxAttempts: 3 } },
    trustedProxies: ['10.0.0.0/8'],
    controlUi: { allowedOrigins: ['https://ui.example'] },
    tailscale: { mode: 'off' },
    reload: { mode: 'hybrid', debounceMs: 300 },
    http: { endpoints: { chatCompletions: { enabled: true } } },
  },
  agents: {
    defaults: {
      model: { primary: 'anthropic/claude-opus-4-6', fallbacks: ['openai/gpt-5.2'] },
      sandbox: { mode: 'non-main', docker: { memory: '512m', cpus: 1.5 } },
      heartbeat: { every: '30m' },
    },
    list: [
      { id: 'main', default: true, tools: { deny: ['exec'] } },
      /* for work */ { id: 'work', model: 'openai/gpt-5.2', sandbox: { mode: 'all' } },
    ],
  },
  bindings: [{ agentId: 'work', match: { channel: 'telegram', peer: { kind: 'group', id: '-100123' } } }],
  tools: { profile: 'coding', deny: ['browser'], exec: { security: 'allowlist', ask: 'always' } },
  session: { dmScope: 'per-peer', reset: { mode: 'daily', atHour: 4 }, sendPolicy: { default: 'allow' } },
  messages: { queue: { mode: 'collect', cap: 20 }, ackReaction: '👀' },
  commands: { bash: false, ownerAllowFrom: [123, 'ann'], allowFrom: { telegram: [123] } },
  models: {
    providers: {
      local: { baseUrl: 'http://127.0.0.1:11434', api: 'ollama', apiKey: 'k-1', models: [{ id: 'q', name: 'Q' }] },
    },
  },
  cron: { enabled: true, sessionRetention: false },
  hooks: { enabled: true, token: 'h-0123456789', webhooks: [{ id: 'door', message: '{{body.who}}' }] },
  discovery: { mdns: { mode: 'minimal' } },
  skills: { entries: { weather: { enabled: true, env: { UNITS: 'si' } } } },
  browser: { enabled: false, profiles: { home: { cdpPort: 18800, color: '#00ff00' } } },
}
`

/** One broken config: what was done to it, its text, and files that lie beside it. */
export interface Mutation {
  readonly name: string
  readonly text: string
  readonly files: Readonly<Record<string, string>>
}

/** Numbers in [0, 1) that depend on the seed only (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

type Dice = (below: number) => number

const oddValues = [
  '5',
  '-1',
  '1e999',
  '-Infinity',
  'NaN',
  '9007199254740993',
  'null',
  'true',
  '""',
  '"nonsense"',
  '[]',
  '{}',
  '[[[[]]]]',
  '"${NOT_THERE_AT_ALL}"',
  '{ env: "NOT_THERE_AT_ALL" }',
  '{ file: "/nonexistent/secret" }',
  '{ $include: "missing.json" }',
  '{ $include: "../outside.json" }',
  '{ $include: "loop.json" }',
  '{ $include: 5 }',
  '{ $include: "junk.json" }',
  '{ __proto__: { mode: "none" } }',
]

/** The places of plain values in a text. */
function values(text: string): { start: number; end: number }[] {
  const found = [...text.matchAll(/(?<=[:[,] )('[^'\n]*'|"[^"\n]*"|\d[\d.]*|true|false)(?=[,\s}\]])/g)]
  return found.map((m) => ({ start: m.index, end: m.index + m[0].length }))
}

const splice = (text: string, start: number, end: number, by: string) => text.slice(0, start) + by + text.slice(end)

const anyValue = (text: string, dice: Dice) => {
  const at = values(text)[dice(values(text).length)] ?? { start: 0, end: 0 }
  return splice(text, at.start, at.end, oddValues[dice(oddValues.length)] ?? '')
}

const junk = (dice: Dice, n: number) => String.fromCharCode(...Array.from({ length: n }, () => dice(0xffff)))

const secure = [
  'auth',
  'bind',
  'mode',
  'password',
  'token',
  'trustedProxies',
  'tailscale',
  'gateway',
  'tools',
  'sandbox',
]

const kinds: Readonly<Record<string, (text: string, dice: Dice) => string>> = {
  'a wrong value': anyValue,
  'several wrong values': (text, dice) =>
    Array.from({ length: 2 + dice(6) }).reduce<string>((t) => anyValue(t, dice), text),
  'a security key broken': (text, dice) => {
    const key = secure[dice(secure.length)] ?? 'auth'
    const places = [...text.matchAll(new RegExp(`(?<=\\b${key}: )('[^']*'|"[^"]*"|[{[][^\\n]*?(?=,?\\n))`, 'g'))]
    const m = places[dice(Math.max(1, places.length))]
    return m
      ? splice(text, m.index, m.index + m[0].length, oddValues[dice(oddValues.length)] ?? '')
      : anyValue(text, dice)
  },
  'a bracket gone': (text, dice) => {
    const places = [...text.matchAll(/[{}[\]]/g)]
    const at = places[dice(places.length)]?.index ?? 0
    return splice(text, at, at + 1, '')
  },
  'a piece gone': (text, dice) => {
    const at = dice(text.length)
    return splice(text, at, at + 1 + dice(80), '')
  },
  'cut short': (text, dice) => text.slice(0, dice(text.length)),
  'junk in it': (text, dice) => splice(text, dice(text.length), text.length, junk(dice, 20)),
  'junk only': (_, dice) => junk(dice, 1 + dice(400)),
  'zeros only': (_, dice) => '\0'.repeat(1 + dice(4096)),
  empty: (_, dice) => ' \n'.repeat(dice(2)),
  'no object': (_, dice) => ['[]', '5', '"text"', 'null', 'true', '[{gateway:{auth:{mode:"none"}}}]'][dice(6)] ?? '',
  'very deep': (_, dice) => `{ gateway: ${'['.repeat(200 + dice(50_000))}`,
  'deep but closed': (_, dice) =>
    `{ gateway: ${'['.repeat(150 + dice(2000))}5`.replace(/\[+5/, (m) => m + ']'.repeat(m.length - 1)) + ' }',
  'a merge conflict': (text) => text.replace('  gateway: {', '<<<<<<< HEAD\n  gateway: {\n=======\n'),
  'keys misspelt': (text, dice) =>
    text.replace(/\b(\w+): /g, (all: string, key: string) => (dice(12) ? all : `${key.slice(1)}x: `)),
  'old places': (text) => text.replace('{', '{ routing: 5, agent: [], telegram: "x", identity: true, memorySearch: 1,'),
  'twice the same key': (text, dice) => text.replace(/\}\s*$/, `, gateway: ${oddValues[dice(oddValues.length)]} }`),
}

/** The first `n` broken configs of a seed; the same seed gives the same ones. */
export function mutations(seed: number, n: number): Mutation[] {
  const next = random(seed)
  const dice: Dice = (below) => Math.floor(next() * below)
  const names = Object.keys(kinds)
  const files = { 'loop.json': '{ $include: "loop.json" }', 'junk.json': '{ a: [', 'part.json': '{ bind: "lan" }' }
  return Array.from({ length: n }, (_, i) => {
    const name = names[i % names.length] ?? 'a wrong value'
    return { name: `${i} ${name}`, text: kinds[name]?.(richConfig, dice) ?? '', files }
  })
}
