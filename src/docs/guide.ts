// Topics of the reference that explain one part of the gateway: what it is for, then its commands, keys and methods.
import { hookEventList } from '../domain/hook.ts'
import { allowedByKind } from '../ops/node-commands.ts'
import type { Entry } from '../cli/entries.ts'
import browser from './guides/browser.md' with { type: 'text' }
import answers from './guides/hooks-answers.md' with { type: 'text' }
import hooks from './guides/hooks.md' with { type: 'text' }
import network from './guides/network.md' with { type: 'text' }
import nodes from './guides/nodes.md' with { type: 'text' }
import type { KeyDoc } from './config.ts'
import { blocks, code, table } from './markdown.ts'
import type { MethodDoc } from './methods.ts'

/** What a topic draws on. */
export interface GuideParts {
  readonly commands: readonly Entry[]
  readonly keys: readonly KeyDoc[]
  readonly methods: readonly MethodDoc[]
}

interface Guide {
  /** What is said of it, in parts of Markdown. */
  readonly words: () => readonly string[]
  readonly commands: RegExp
  readonly keys: RegExp
  readonly methods: RegExp
}

const eventTable = () =>
  table(
    ['event', 'when', 'context'],
    hookEventList.map((e) => [code(e.event), e.when, e.context.map(code).join(', ')]),
  )

const kindTable = () =>
  table(
    ['kind', 'commands'],
    Object.entries(allowedByKind).map(([kind, list]) => [kind, list.map(code).join(', ')]),
  )

const guides = {
  hooks: {
    words: () => [hooks, eventTable(), answers],
    commands: /^hooks( |$)/,
    keys: /^hooks\.internal(\.|$)/,
    methods: /^hooks\./,
  },
  nodes: {
    words: () => [nodes, kindTable()],
    commands: /^(nodes?|qr|devices|approvals)( |$)/,
    keys: /^(gateway\.nodes|nodeHost)(\.|$)/,
    methods: /^(node|device|skills\.bins|exec\.approvals\.node)\b/,
  },
  browser: {
    words: () => [browser],
    commands: /^browser( |$)/,
    keys: /^(browser|nodeHost|gateway\.nodes\.browser)(\.|$)/,
    methods: /^browser\./,
  },
  network: {
    words: () => [network],
    commands: /^(gateway (status|probe|discover)|dashboard|dns|security|qr)( |$)/,
    keys: /^(gateway\.(port|bind|customBindHost|trustedProxies|auth|tls|tailscale|controlUi)|discovery)(\.|$)/,
    methods: /^(gateway\.info|dashboard\.link)$/,
  },
} as const satisfies Readonly<Record<string, Guide>>

/** A topic that explains one part. */
export type GuideName = keyof typeof guides

/** The parts that are explained, by name. */
export const guideNames = Object.keys(guides) as readonly GuideName[]

function picked(name: GuideName, p: GuideParts) {
  const g: Guide = guides[name]
  return {
    commands: p.commands.filter((c) => g.commands.test(c.path)),
    keys: p.keys.filter((k) => g.keys.test(k.path)),
    methods: p.methods.filter((m) => g.methods.test(m.id)),
  }
}

/** A topic as Markdown. */
export function guideText(name: GuideName, p: GuideParts): string {
  const mine = picked(name, p)
  return blocks(
    ...guides[name].words().map((part) => part.trim()),
    '## Commands',
    table(
      ['command', 'what it does'],
      mine.commands.map((c) => [code(`oclaw ${c.path}`), c.summary]),
    ),
    '## Config',
    table(
      ['key', 'type', 'default', 'meaning'],
      mine.keys.map((k) => [code(k.path), code(k.type), code(k.fallback), k.about]),
      60,
    ),
    '## Methods',
    table(
      ['method', 'scope', 'what it does'],
      mine.methods.map((m) => [code(m.id), code(m.scope), m.summary]),
    ),
  )
}

/** A topic as data, for programs. */
export function guideData(name: GuideName, p: GuideParts): unknown {
  const { commands, ...rest } = picked(name, p)
  return { topic: name, ...rest, commands: commands.map((c) => ({ path: c.path, summary: c.summary })) }
}
