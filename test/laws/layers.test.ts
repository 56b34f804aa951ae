// Who may import whom, and which package may be imported where.
import { expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import { sources } from './source.ts'

const layers: Record<string, readonly string[]> = {
  lib: [],
  domain: ['lib'],
  define: ['lib', 'domain'],
  config: ['lib', 'domain'],
  store: ['lib', 'domain'],
  os: ['lib', 'domain', 'define'],
  client: ['lib', 'domain', 'define'],
  channels: ['lib', 'domain', 'define'],
  providers: ['lib', 'domain', 'define'],
  tools: ['lib', 'domain', 'define'],
  engine: ['lib', 'domain', 'define', 'store'],
  ops: ['lib', 'domain', 'define', 'config', 'store', 'os', 'engine'],
  server: ['lib', 'domain', 'define', 'os', 'client', 'ops'],
  node: ['lib', 'domain', 'define', 'config', 'os', 'client'],
  cli: ['lib', 'domain', 'define', 'config', 'os', 'client', 'ops', 'node'],
  docs: ['lib', 'domain', 'define', 'config', 'ops', 'server', 'cli'],
  app: ['*'],
  '': ['*'], // where it is started: the executable, and the package
}

/** Packages by the path that may import them; a path ending in `/` is a folder. */
const packages: Record<string, readonly string[]> = {
  zod: ['src/'],
  hono: ['src/server/'],
  '@logtape/logtape': ['src/lib/log.ts', 'src/os/log-sinks.ts'],
  '@logtape/file': ['src/os/log-sinks.ts'],
  '@croct/json5-parser': ['src/config/'],
  marked: ['src/lib/markdown.ts', 'ui/parts/markdown.tsx', 'ui/a2ui/a2ui.ts'],
  '@a2ui/lit': ['ui/a2ui/'],
  '@lit/context': ['ui/a2ui/'],
  preact: ['ui/'],
  '@preact/signals': ['ui/'],
  uplot: ['ui/parts/chart.tsx'],
  '@noble/ed25519': ['ui/plain-crypto.ts'],
  '@noble/hashes': ['ui/plain-crypto.ts'],
  grammy: ['src/channels/telegram/'],
  '@discordjs/rest': ['src/channels/discord/'],
  'discord.js': ['src/channels/discord/'],
  '@slack/web-api': ['src/channels/slack/'],
  baileys: ['src/channels/whatsapp/'],
  libsignal: ['src/channels/whatsapp/device/'],
  croner: ['src/engine/cron/schedule.ts'],
  uqr: ['src/ops/', 'src/cli/'],
  '@clack/prompts': ['src/cli/setup/asker.ts'],
  '@anthropic-ai/sdk': ['src/providers/anthropic/'],
  openai: ['src/providers/openai/'],
  '@mozilla/readability': ['src/tools/web/'],
  linkedom: ['src/tools/web/'],
  'seek-bzip': ['src/os/unpack.ts'],
  '@modelcontextprotocol/sdk': ['src/tools/mcp/'],
  'bun:sqlite': ['src/store/'],
  'multicast-dns': ['src/os/mdns.ts'],
  'bun:ffi': ['src/os/notify.ts'],
  'puppeteer-core': ['src/os/browser/'],
}

const files = sources('src')
const ui = sources('ui')
const layer = (path: string) => (path.split('/').length === 2 ? '' : (path.split('/')[1] as string))

test('imports point down', () => {
  const wrong = files.flatMap((f) =>
    f.own
      .filter((to) => to.startsWith('src/') && layer(to) !== layer(f.path))
      .filter((to) => !layers[layer(f.path)]?.includes(layer(to)) && !layers[layer(f.path)]?.includes('*'))
      .map((to) => `${f.path} -> ${to}`),
  )
  expect(wrong).toEqual([])
})

test('the Control UI takes types of the operations, and code only of client and lib', () => {
  const values = ui.flatMap((f) =>
    [...f.text.matchAll(/^import (?!type )[^']*?from '(\.[^']+)'/gms)].flatMap(([, to]) => {
      const path = join(dirname(f.path), to as string)
      return path.startsWith('src/') && !['lib', 'client'].includes(layer(path)) ? [`${f.path} -> ${path}`] : []
    }),
  )
  expect(values).toEqual([])
  const types = ui.flatMap((f) => f.own.filter((to) => to.startsWith('src/')).map((to) => layer(to)))
  expect([...new Set(types)].filter((l) => !['lib', 'client', 'domain', 'define', 'ops'].includes(l))).toEqual([])
  expect(files.filter((f) => f.own.some((to) => to.startsWith('ui/'))).map((f) => f.path)).toEqual([])
})

test('the Control UI never makes markup of text', () => {
  const wrong = ui.filter((f) =>
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/i.test(f.text),
  )
  expect(wrong.map((f) => f.path)).toEqual([])
})

test('channels, providers and tools do not know each other', () => {
  const wrong = files
    .filter((f) => ['channels', 'providers', 'tools'].includes(layer(f.path)))
    .flatMap((f) =>
      f.own
        .filter((to) => layer(to) === layer(f.path) && f.path.split('/').length > 3)
        .filter((to) => to.split('/')[2] !== f.path.split('/')[2])
        .map((to) => `${f.path} -> ${to}`),
    )
  expect(wrong).toEqual([])
})

test('no file imports itself in a ring', () => {
  const graph = new Map([...files, ...ui].map((f) => [f.path, f.own]))
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`)
    if (done.has(file)) return
    for (const to of graph.get(file) ?? []) walk(to, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  expect(done.size).toBeGreaterThan(10)
})

test('packages are imported only where they are named', () => {
  const name = (spec: string) =>
    spec
      .split('/')
      .slice(0, spec.startsWith('@') ? 2 : 1)
      .join('/')
  const wrong = [...files, ...ui].flatMap((f) =>
    f.packages
      .filter((spec) => !spec.startsWith('node:') && spec !== 'bun')
      .filter((spec) => !packages[name(spec)]?.some((at) => (at.endsWith('/') ? f.path.startsWith(at) : f.path === at)))
      .map((spec) => `${f.path} imports ${spec}`),
  )
  expect(wrong).toEqual([])
})

test('lib, domain and the client use web standards only', () => {
  const wrong = files
    .filter((f) => ['lib', 'domain', 'client'].includes(layer(f.path)))
    .flatMap((f) => [
      ...f.packages.filter((p) => p.startsWith('node:') || p.startsWith('bun')).map((p) => `${f.path} imports ${p}`),
      ...(/\bBun\.|\bprocess\.\w|\bBuffer\b/.test(f.text) ? [`${f.path} uses a runtime's own global`] : []),
    ])
  expect(wrong).toEqual([])
})
