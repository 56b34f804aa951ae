// The `agents` section: what all agents have in common, and the agents themselves.
import { z } from 'zod'
import {
  bare,
  flag,
  group,
  int,
  intOr,
  list,
  maybe,
  modelChoice,
  no,
  aboveZeroOr,
  text,
  textOr,
  texts,
  word,
  wordOr,
} from '../fields.ts'
import { asRecord, salvage, section } from '../section.ts'
import type { Flaw } from '../section.ts'
import {
  cliBackends,
  compaction,
  contextPruning,
  heartbeat,
  humanDelay,
  identity,
  knownModels,
  pieces,
} from './agent-fields.ts'
import { memorySearch } from './memory-search.ts'
import { sandbox } from './sandbox.ts'
import { agentTools } from './tools.ts'

const defaultModel = 'anthropic/claude-opus-4-6'

const subModel = modelChoice().optional().describe('model of sub-agents; that of their parent when left out')

const cap = (about: string) =>
  maybe(about, {
    perDay: z.number().min(0).optional().describe('dollars of one day'),
    perMonth: z.number().min(0).optional().describe('dollars of one month'),
  })

/** Caps on spending, in US dollars. */
const budget = group('what may be spent on models, in US dollars', {
  agent: cap('by one agent'),
  session: cap('in one session'),
  job: cap('for one job'),
  unknownPrice: wordOr('refuse', ['refuse', 'allow'], 'whether models of unknown price are used when there are caps'),
})

const defaults = group('what every agent has unless it says otherwise', {
  model: modelChoice()
    .transform((m) => ({ primary: m.primary ?? defaultModel, fallbacks: m.fallbacks ?? [] }))
    .prefault({})
    .describe('the model, as provider/model, and what to fall back to'),
  imageModel: modelChoice().optional().describe('model for pictures when the first cannot see'),
  models: knownModels,
  workspace: textOr('~/.openclaw/workspace', 'folder of the agent'),
  repoRoot: text('folder shown as the repository'),
  skipBootstrap: no('make no starter files'),
  bootstrapMaxChars: intOr(20_000, 1, 'characters of one workspace file in the instructions'),
  bootstrapTotalMaxChars: intOr(150_000, 1, 'characters of all of them'),
  userTimezone: text('time zone of the user; that of the host when left out'),
  timeFormat: wordOr('auto', ['auto', '12', '24'], 'how times are written'),
  envelopeTimezone: textOr('local', 'time zone of message headers: utc, local, user or a name'),
  envelopeTimestamp: wordOr('on', ['on', 'off'], 'put the time in message headers'),
  envelopeElapsed: wordOr('on', ['on', 'off'], 'put the time since the last message there'),
  contextTokens: int(1, 'most tokens of the window used'),
  cliBackends,
  memorySearch,
  contextPruning,
  compaction,
  thinkingDefault: word(
    ['off', 'minimal', 'low', 'medium', 'high', 'xhigh'],
    'how much to think; low for models that can, when left out',
  ),
  verboseDefault: wordOr('off', ['off', 'on', 'full'], 'how much of the tools is shown'),
  elevatedDefault: wordOr('on', ['off', 'on', 'ask', 'full'], 'commands outside the sandbox'),
  blockStreamingDefault: wordOr('off', ['off', 'on'], 'send finished paragraphs while the answer is written'),
  blockStreamingBreak: wordOr('text_end', ['text_end', 'message_end'], 'when they are sent'),
  blockStreamingChunk: group('pieces of streamed text', {
    minChars: intOr(800, 1, 'shortest, in characters'),
    maxChars: intOr(1200, 1, 'longest, in characters'),
    breakPreference: wordOr('paragraph', ['paragraph', 'newline', 'sentence'], 'where to cut'),
  }),
  blockStreamingCoalesce: group('joining small pieces', {
    ...pieces,
    idleMs: intOr(1000, 0, 'how long to wait for more, in ms'),
  }),
  humanDelay,
  timeoutSeconds: intOr(600, 1, 'longest turn, in seconds'),
  mediaMaxMb: aboveZeroOr(5, 'pictures above this, in MB, are made smaller before they are sent'),
  imageMaxDimensionPx: intOr(1200, 1, 'longest side of pictures shown to the model'),
  typingIntervalSeconds: intOr(6, 1, 'seconds between signs of typing'),
  typingMode: word(['never', 'instant', 'thinking', 'message'], 'when signs of typing begin; by chat when left out'),
  heartbeat,
  maxConcurrent: intOr(4, 1, 'turns at the same time'),
  budget,
  subagents: group('sub-agents', {
    maxConcurrent: intOr(8, 1, 'at the same time'),
    maxSpawnDepth: intOr(1, 1, 'how deep they may nest', 5),
    maxChildrenPerAgent: intOr(5, 1, 'of one agent', 20),
    archiveAfterMinutes: intOr(60, 1, 'minutes until their session is put away'),
    model: subModel,
    thinking: text('how much they think'),
  }),
  sandbox,
})

/** One agent; what it leaves out comes from `agents.defaults`. */
const agent = z.strictObject({
  id: z.string().min(1).describe('its id: a-z, 0-9, _ and -'),
  default: flag('hears what no binding sends elsewhere'),
  name: text('its name'),
  workspace: text('its folder'),
  agentDir: text('folder of its logins'),
  model: modelChoice().optional().describe('its model'),
  skills: texts('only these skills; none when empty'),
  memorySearch: bare(memorySearch),
  budget: bare(budget),
  humanDelay: bare(humanDelay),
  heartbeat: bare(heartbeat),
  identity,
  groupChat: maybe('group chats', {
    mentionPatterns: texts('patterns that count as a mention'),
    historyLimit: int(1, 'messages kept as context'),
  }),
  subagents: maybe('its sub-agents', {
    allowAgents: texts('agents it may start; `*` for all'),
    model: subModel,
    thinking: text('how much they think'),
  }),
  sandbox: bare(sandbox),
  tools: agentTools,
})

const schema = group('agents', { defaults, list: list('the agents; `main` when empty', agent) })

/** Keeps what is right; an agent whose tools or sandbox are unclear is left the smallest set, in a container. */
function whenInvalid(value: unknown, flaws: readonly Flaw[]): unknown {
  const given = asRecord(value)
  const about = (key: string, at: readonly (string | number)[]) =>
    flaws.some((f) => f.at.length > at.length && at.every((s, i) => f.at[i] === s) && f.at[at.length] === key)
  const agents = Array.isArray(given['list']) ? given['list'].map((a: unknown, i) => closed(asRecord(a), i)) : undefined
  const kept = asRecord(salvage({ ...given, ...(agents ? { list: agents } : {}) }, unsafe(flaws)))

  function closed(a: Record<string, unknown>, i: number) {
    const at = ['list', i]
    return {
      ...a,
      ...(about('tools', at) ? { tools: { profile: 'minimal' } } : {}),
      ...(about('sandbox', at) ? { sandbox: { mode: 'all' } } : {}),
    }
  }
  if (!about('sandbox', ['defaults'])) return kept
  return { ...kept, defaults: { ...asRecord(kept['defaults']), sandbox: { mode: 'all' } } }
}

/** The flaws that were not already mended by closing an agent's tools or sandbox. */
const unsafe = (flaws: readonly Flaw[]) =>
  flaws.filter((f) => !(f.at[0] === 'list' && typeof f.at[1] === 'number' && /^(tools|sandbox)$/.test(String(f.at[2]))))

export const agents = section('agents', schema, whenInvalid)
