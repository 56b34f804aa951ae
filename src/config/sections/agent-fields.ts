// Fields of agents that both the defaults and each agent have: context care, heartbeat, delays, external programs.
import { z } from 'zod'
import { byName, flag, group, int, intOr, maybe, no, numOr, text, textOr, texts, word, wordOr, yes } from '../fields.ts'

/** A pause before each message, as people make. */
export const humanDelay = group('pauses between messages, as people make them', {
  mode: wordOr('off', ['off', 'natural', 'custom'], 'none, 0.8 to 2.5 s, or as given'),
  minMs: intOr(800, 0, 'shortest, in ms'),
  maxMs: intOr(2500, 0, 'longest, in ms'),
})

/** Regular turns without a message. */
export const heartbeat = group('turns the agent takes by itself', {
  every: text('how often, such as 30m; 0m for never; off when no agent says so'),
  activeHours: maybe('only at these hours', {
    start: text('from, HH:MM'),
    end: text('to, HH:MM; 24:00 for midnight'),
    timezone: text('user, local or a time zone'),
  }),
  model: text('model of these turns'),
  session: textOr('main', 'session they belong to'),
  includeReasoning: no('also send the reasoning'),
  target: textOr('last', 'where the answer goes: last, none or a channel'),
  to: text('to whom'),
  accountId: text('from which account'),
  prompt: text('what the agent is told'),
  ackMaxChars: intOr(300, 0, 'text after HEARTBEAT_OK that is still no message, in characters'),
  suppressToolErrorWarnings: no('say nothing of tools that failed'),
})

/** Old tool results are shortened when the provider's cache has run out. */
export const contextPruning = group('shortening old tool results', {
  mode: word(['off', 'cache-ttl'], 'never, or when the cache of the provider has run out'),
  ttl: textOr('5m', 'how long that cache holds'),
  keepLastAssistants: intOr(3, 0, 'last answers whose results stay'),
  softTrimRatio: numOr(0.3, 0, 'share of the window at which results are cut', 1),
  hardClearRatio: numOr(0.5, 0, 'share of the window at which results go', 1),
  minPrunableToolChars: intOr(50_000, 0, 'least characters worth it'),
  tools: maybe('which tools', { allow: texts('only these'), deny: texts('not these') }),
  softTrim: group('cut results', {
    maxChars: intOr(4000, 0, 'results longer than this are cut'),
    headChars: intOr(1500, 0, 'characters kept of the beginning'),
    tailChars: intOr(1500, 0, 'characters kept of the end'),
  }),
  hardClear: group('results that go', {
    enabled: yes('let them go'),
    placeholder: textOr('[Old tool result content cleared]', 'what stands in their place'),
  }),
})

/** What happens when the window is full. */
export const compaction = group('summing up long sessions', {
  mode: wordOr('safeguard', ['default', 'safeguard'], 'in one go, or in parts'),
  reserveTokensFloor: intOr(20_000, 0, 'tokens kept free for the answer'),
  maxHistoryShare: numOr(0.5, 0.1, 'share of the window the history keeps', 0.9),
  memoryFlush: group('saving notes before', {
    enabled: yes('let the agent save notes first'),
    softThresholdTokens: intOr(4000, 0, 'how many tokens before the limit'),
    prompt: text('what it is told'),
    systemPrompt: text('what is added to its instructions'),
  }),
})

const pace = maybe('when a silent program is ended', {
  noOutputTimeoutMs: int(1000, 'after so many ms'),
  noOutputTimeoutRatio: z
    .number()
    .min(0.05)
    .max(0.95)
    .optional()
    .describe('or after this share of the time limit; of no effect, noOutputTimeoutMs counts'),
  minMs: int(1000, 'but not before, in ms; of no effect, noOutputTimeoutMs counts'),
  maxMs: int(1000, 'and not after, in ms; of no effect, noOutputTimeoutMs counts'),
})

/** Programs that answer in place of a provider, each question by a run of its own. */
export const cliBackends = byName(
  'programs that answer in place of a provider',
  z.strictObject({
    command: z.string().describe('the program'),
    args: texts('its arguments'),
    output: word(['json', 'text', 'jsonl'], 'what it prints'),
    resumeOutput: word(
      ['json', 'text', 'jsonl'],
      'what it prints when a session goes on; of no effect, as each question holds the whole conversation',
    ),
    input: word(['arg', 'stdin'], 'how it gets the prompt'),
    maxPromptArgChars: int(1, 'longest prompt given as an argument'),
    env: byName('its environment', z.string()),
    clearEnv: texts('variables it does not get'),
    modelArg: text('flag for the model'),
    modelAliases: byName('its own names for models; default is none', z.string()),
    sessionArg: text('flag for the session; of no effect, as each question holds the whole conversation'),
    sessionArgs: texts('arguments for a session; of no effect, as each question holds the whole conversation'),
    resumeArgs: texts('arguments to go on with a session; of no effect, as each question holds the whole conversation'),
    sessionMode: word(
      ['always', 'existing', 'none'],
      'when a session is named; of no effect, as each question holds the whole conversation',
    ),
    sessionIdFields: texts(
      'fields of its output with the session; of no effect, as each question holds the whole conversation',
    ),
    systemPromptArg: text('flag for instructions'),
    systemPromptMode: word(
      ['append', 'replace'],
      'besides its own, or in their place; of no effect, as the flag decides',
    ),
    systemPromptWhen: word(['first', 'always', 'never'], 'when they are given'),
    imageArg: text('flag for a picture'),
    imageMode: word(['repeat', 'list'], 'one flag per picture, or one for all'),
    serialize: flag('one at a time; of no effect, as runs share nothing'),
    reliability: maybe('finding hung programs', {
      watchdog: maybe('ends what is silent', {
        fresh: pace,
        resume: pace.describe('when a silent session is ended; of no effect, as none goes on'),
      }),
    }),
  }),
)

/** What is known of a model the user listed. */
export const knownModels = byName(
  'models agents may use, by provider/model; any when empty',
  z.strictObject({
    alias: text('a short name'),
    params: z.record(z.string(), z.unknown()).optional().describe('settings passed on, such as temperature'),
    streaming: flag('whether it can stream'),
  }),
)

/** Sizes of pieces of streamed text. */
export const pieces = {
  minChars: int(1, 'shortest, in characters'),
  maxChars: int(1, 'longest, in characters'),
}

/** Who an agent is. */
export const identity = maybe('who the agent is', {
  name: text('its name'),
  theme: text('its nature in a few words'),
  emoji: text('its emoji'),
  avatar: text('its picture: a file, an address or data'),
})
