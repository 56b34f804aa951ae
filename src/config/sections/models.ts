// The `models` and `auth` sections: where models are served, and which login is used for them.
import { z } from 'zod'
import {
  aboveZeroOr,
  byName,
  flag,
  group,
  hidden,
  int,
  intOr,
  maybe,
  no,
  numOr,
  text,
  texts,
  word,
  wordOr,
} from '../fields.ts'
import { section } from '../section.ts'

const api = word(
  [
    'openai-completions',
    'openai-responses',
    'anthropic-messages',
    'google-generative-ai',
    'github-copilot',
    'bedrock-converse-stream',
    'ollama',
  ],
  'the protocol it speaks',
)

const model = z.strictObject({
  id: z.string().min(1).describe("the provider's name for it"),
  name: z.string().min(1).describe('a name for people'),
  api,
  reasoning: no('whether it can think'),
  input: z
    .array(z.enum(['text', 'image']))
    .default(['text'])
    .describe('what it can read'),
  cost: group('US dollars per million tokens', {
    input: numOr(0, 0, 'read'),
    output: numOr(0, 0, 'written'),
    cacheRead: numOr(0, 0, 'read from the cache'),
    cacheWrite: numOr(0, 0, 'written to the cache'),
  }),
  contextWindow: aboveZeroOr(200_000, 'tokens it can read'),
  maxTokens: aboveZeroOr(8192, 'tokens it can write'),
  headers: byName('headers sent with requests', z.string()),
  compat: maybe('how its server differs from OpenAI', {
    supportsStore: flag('knows `store`'),
    supportsDeveloperRole: flag('knows the developer role'),
    supportsReasoningEffort: flag('knows reasoning_effort'),
    supportsUsageInStreaming: flag('counts tokens while streaming'),
    supportsStrictMode: flag('knows strict tools'),
    maxTokensField: word(['max_completion_tokens', 'max_tokens'], 'its word for the limit'),
    thinkingFormat: word(['openai', 'zai', 'qwen'], 'how thinking is asked for'),
    requiresToolResultName: flag('tool results need a name'),
    requiresAssistantAfterToolResult: flag('an answer must follow tool results'),
    requiresThinkingAsText: flag('thinking is shown as text'),
    requiresMistralToolIds: flag('tool ids of nine characters'),
  }),
})

export const models = section(
  'models',
  group('where models are served', {
    mode: wordOr('merge', ['merge', 'replace'], 'besides the built-in list, or in its place'),
    providers: byName(
      'servers by name',
      z.strictObject({
        baseUrl: z.string().min(1).describe('its address'),
        apiKey: hidden('its key'),
        auth: word(['api-key', 'aws-sdk', 'oauth', 'token'], 'kind of login'),
        api,
        headers: byName('headers sent with requests', z.string()),
        authHeader: flag('send the key as a bearer token'),
        models: z.array(model).describe('its models'),
      }),
    ),
    bedrockDiscovery: maybe('models found at AWS Bedrock; of no effect here', {
      enabled: no('look for them'),
      region: text('AWS region'),
      providerFilter: texts('only of these makers'),
      refreshInterval: intOr(3600, 0, 'seconds between looks; 0 for once'),
      defaultContextWindow: int(1, 'tokens they can read'),
      defaultMaxTokens: int(1, 'tokens they can write'),
    }),
  }),
)

const hours = z.number().positive()

export const auth = section(
  'auth',
  group('logins at providers', {
    profiles: byName(
      'logins by name; what is secret is kept elsewhere',
      z.strictObject({
        provider: z.string().describe('the provider'),
        mode: z.enum(['api_key', 'oauth', 'token']).describe('kind of login'),
        email: text('whose it is'),
      }),
    ),
    order: byName('logins tried in this order, by provider', z.array(z.string())),
    cooldowns: group('how long a login rests after a failure', {
      billingBackoffHours: aboveZeroOr(5, 'hours after the first bill problem'),
      billingBackoffHoursByProvider: byName('the same by provider', hours),
      billingMaxHours: aboveZeroOr(24, 'most hours'),
      failureWindowHours: aboveZeroOr(24, 'hours after which failures are forgotten'),
    }),
  }),
)
