// The `tools` section: which tools agents have, and how the built-in ones behave.
import { z } from 'zod'
import {
  bare,
  byName,
  flag,
  group,
  int,
  intOr,
  list,
  maybe,
  no,
  numOr,
  scopeRules,
  text,
  textList,
  textOr,
  texts,
  hidden,
  word,
  wordOr,
  yes,
} from '../fields.ts'
import { asRecord, salvage, section } from '../section.ts'
import type { Flaw } from '../section.ts'
import { media } from './media-understanding.ts'

const oneOfAllow = {
  check: (p: { allow?: unknown; alsoAllow?: unknown }) => !(p.allow && p.alsoAllow),
  say: { message: 'allow and alsoAllow cannot both be there; keep one', path: ['alsoAllow'] },
}

const lists = {
  allow: texts('only these tools; `*` and `group:` names work'),
  alsoAllow: texts('these besides what the profile gives'),
  deny: texts('never these'),
}
const profile = word(['minimal', 'coding', 'messaging', 'full'], 'a ready-made set of tools; full when left out')

/** Lists of tools for one place. */
export const toolLists = (about: string) =>
  z.strictObject(lists).refine(oneOfAllow.check, oneOfAllow.say).optional().describe(about)

const policy = {
  profile,
  ...lists,
  byProvider: byName(
    'narrower lists by provider or provider/model',
    z.strictObject({ ...lists, profile }).refine(oneOfAllow.check, oneOfAllow.say),
  ),
}

const elevated = group('commands outside the sandbox', {
  enabled: yes('whether they exist at all'),
  allowFrom: byName(
    'people who may ask for them, by channel',
    z.array(z.union([z.string(), z.number()]).transform(String)),
  ),
})

const exec = {
  host: wordOr('sandbox', ['sandbox', 'gateway', 'node'], 'where commands run'),
  security: word(['deny', 'allowlist', 'full'], 'which commands run; deny in a sandbox, allowlist elsewhere'),
  ask: wordOr('on-miss', ['off', 'on-miss', 'always'], 'when a person is asked first'),
  node: text('the node commands run on when host is node'),
  pathPrepend: textList('folders put before PATH'),
  safeBins: textList(
    'programs that shells might run unasked; of no effect, as what a shell runs is always asked about',
    ['jq', 'cut', 'uniq', 'head', 'tail', 'tr', 'wc'],
  ),
  backgroundMs: intOr(10_000, 1, 'after how many ms a command goes to the background'),
  timeoutSec: intOr(1800, 1, 'longest run, in seconds'),
  cleanupMs: intOr(1_800_000, 1, 'how long an ended command is remembered, in ms'),
  notifyOnExit: yes('tell the session when a background command ends'),
  notifyOnExitEmptySuccess: no('also when it ended well and said nothing'),
  applyPatch: group('the patch tool', {
    enabled: no('whether it exists'),
    workspaceOnly: yes('only files of the workspace'),
    allowModels: texts('only for these models'),
  }),
}

const fs = group('the file tools', { workspaceOnly: no('only files of the workspace') })

const loopDetection = z
  .strictObject({
    enabled: no('look for agents that go in circles'),
    historySize: intOr(30, 1, 'tool calls looked at'),
    warningThreshold: intOr(10, 1, 'repeats until the agent is warned'),
    criticalThreshold: intOr(20, 1, 'repeats until the call is refused'),
    globalCircuitBreakerThreshold: intOr(30, 1, 'repeats until the turn is ended'),
    detectors: group('what counts as a circle', {
      genericRepeat: yes('the same call again'),
      knownPollNoProgress: yes('polling without news'),
      pingPong: yes('two calls by turns'),
    }),
  })
  .refine(
    (l) =>
      (l.warningThreshold ?? 10) < (l.criticalThreshold ?? 20) &&
      (l.criticalThreshold ?? 20) < (l.globalCircuitBreakerThreshold ?? 30),
    { message: 'the three thresholds must grow: warning < critical < global', path: ['warningThreshold'] },
  )
  .prefault({})
  .describe('finding agents that repeat themselves')

const inside = (about: string) => maybe(about, { tools: toolLists('tool lists') })

/** The tools of one agent: overrides of the `tools` section. */
export const agentTools = bare(
  z
    .strictObject({
      ...policy,
      elevated,
      exec: group('the exec tool', {
        ...exec,
        approvalRunningNoticeMs: int(0, 'ms after which a waiting approval is mentioned; 0 for never'),
      }),
      fs,
      loopDetection,
      sandbox: inside('tools inside the sandbox'),
    })
    .refine(oneOfAllow.check, oneOfAllow.say)
    .optional(),
).describe('the tools of this agent')

const schema = z
  .strictObject({
    ...policy,
    web: group('the web tools', {
      search: group('web search', {
        enabled: flag('whether it exists; yes when there is a key'),
        provider: word(
          ['brave', 'searxng', 'duckduckgo', 'perplexity', 'grok'],
          'who searches; the first with a key when left out',
        ),
        apiKey: hidden('key of Brave Search'),
        maxResults: intOr(5, 1, 'results of one search', 10),
        timeoutSeconds: intOr(30, 1, 'longest search, in seconds'),
        cacheTtlMinutes: numOr(15, 0, 'minutes a result is remembered'),
        searxng: group('SearXNG', { baseUrl: text('its address') }),
        duckduckgo: group('DuckDuckGo, which needs no key', { baseUrl: text('its address, where it is another') }),
        perplexity: group('Perplexity', {
          apiKey: hidden('its key'),
          baseUrl: text('its address'),
          model: textOr('perplexity/sonar-pro', 'its model'),
        }),
        grok: group('Grok', {
          apiKey: hidden('its key'),
          model: textOr('grok-4-1-fast', 'its model'),
          inlineCitations: no('put sources into the text'),
        }),
      }),
      fetch: group('fetching pages', {
        enabled: yes('whether it exists'),
        maxChars: intOr(50_000, 1, 'characters of one page'),
        maxCharsCap: intOr(50_000, 1, 'most an agent may ask for'),
        timeoutSeconds: intOr(30, 1, 'longest fetch, in seconds'),
        cacheTtlMinutes: numOr(15, 0, 'minutes a page is remembered'),
        maxRedirects: intOr(3, 0, 'most redirects followed'),
        userAgent: text('what we call ourselves'),
      }),
    }),
    mcp: group('MCP servers, whose tools agents get', {
      servers: byName(
        'the servers, by name',
        z.strictObject({
          enabled: flag('whether it is used; yes when left out'),
          command: text('the program that is the server'),
          args: texts('its arguments'),
          env: byName('variables it is given', z.string()),
          cwd: text('the folder it runs in'),
          url: text('or the address of the server (Streamable HTTP)'),
          headers: byName('headers sent to it', z.string()),
          timeoutSeconds: intOr(120, 1, 'longest call of a tool, in seconds'),
          tools: texts('only these of its tools'),
        }),
      ),
    }),
    media,
    links: group('understanding links in messages', {
      enabled: no('look at them'),
      scope: scopeRules('in which chats'),
      maxLinks: intOr(3, 1, 'links of one message'),
      timeoutSeconds: intOr(30, 1, 'longest look, in seconds'),
      models: list(
        'programs that read a link, tried in order',
        z.strictObject({
          type: word(['cli'], 'a program'),
          command: z.string().min(1).describe('the program'),
          args: texts('its arguments; {{LinkUrl}} is the link'),
          timeoutSeconds: int(1, 'its longest run, in seconds'),
        }),
      ),
    }),
    sessions: group('the session tools', {
      visibility: wordOr('tree', ['self', 'tree', 'agent', 'all'], 'which sessions an agent sees'),
    }),
    loopDetection,
    message: group('the message tool', {
      allowCrossContextSend: flag('older word for crossContext.allowAcrossProviders'),
      crossContext: group('sending to other chats than the one at hand', {
        allowWithinProvider: yes('on the same channel'),
        allowAcrossProviders: no('on other channels'),
        marker: group('a mark on such messages', {
          enabled: yes('put it there'),
          prefix: textOr('[from {channel}] ', 'text before'),
          suffix: text('text after'),
        }),
      }),
      broadcast: group('sending to many', { enabled: yes('whether it may') }),
    }),
    agentToAgent: group('agents that talk to each other', {
      enabled: no('whether they may'),
      allow: textList('which; `*` works'),
    }),
    elevated,
    exec: group('the exec tool', exec),
    fs,
    subagents: inside('tools of sub-agents'),
    sandbox: inside('tools inside the sandbox'),
  })
  .refine(oneOfAllow.check, oneOfAllow.say)
  .prefault({})
  .describe('tools of agents')

/** All but what the smallest set holds, so that no agent's own profile brings it back. */
const beyondMinimal = ['runtime', 'fs', 'memory', 'web', 'ui', 'automation', 'messaging', 'nodes']
  .map((name) => `group:${name}`)
  .concat(['sessions_*', 'subagents', 'agents_list', 'image', 'tts', 'mcp_*', '*_login'])

/** Keeps how tools behave, but leaves agents only the smallest set of them. */
function whenInvalid(value: unknown, flaws: readonly Flaw[]): unknown {
  const { allow: _, alsoAllow: __, byProvider: ___, ...kept } = asRecord(salvage(value, flaws))
  const off = { elevated: { enabled: false }, agentToAgent: { enabled: false } }
  return { ...kept, profile: 'minimal', deny: beyondMinimal, ...off }
}

export const tools = section('tools', schema, whenInvalid)
