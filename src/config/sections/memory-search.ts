// The `memorySearch` fields of agents: how notes and sessions are indexed and found.
import { z } from 'zod'
import { byName, group, hidden, int, intOr, maybe, no, numOr, text, textList, word, wordOr, yes } from '../fields.ts'

/** Search in what an agent remembers. */
export const memorySearch = group('search in what the agent remembers', {
  enabled: yes('whether it exists'),
  sources: z
    .array(z.enum(['memory', 'sessions']))
    .default(['memory'])
    .describe('what is searched'),
  extraPaths: textList('further folders or files'),
  experimental: group('what may change', { sessionMemory: no('index session transcripts') }),
  provider: word(
    ['openai', 'local', 'gemini', 'voyage'],
    'who makes embeddings; the first with a key when left out; local is of no effect',
  ),
  remote: maybe('the embedding server', {
    baseUrl: text('its address'),
    apiKey: hidden('its key'),
    headers: byName('headers sent to it', z.string()),
    batch: group('batch requests', {
      enabled: no('use them'),
      wait: yes('wait for their result'),
      concurrency: intOr(2, 1, 'batches at the same time'),
      pollIntervalMs: intOr(2000, 0, 'ms between looks'),
      timeoutMinutes: intOr(60, 1, 'longest wait, in minutes'),
    }),
  }),
  fallback: wordOr(
    'none',
    ['openai', 'gemini', 'local', 'voyage', 'none'],
    'who makes embeddings when the first fails',
  ),
  model: text('embedding model'),
  local: maybe('a model on this host; of no effect here', {
    modelPath: text('its file'),
    modelCacheDir: text('where downloads go'),
  }),
  store: group('the index', {
    driver: wordOr('sqlite', ['sqlite'], 'kind of store'),
    path: text('its file; {agentId} is replaced'),
    vector: group('vectors', { enabled: yes('search by meaning'), extensionPath: text('SQLite extension') }),
  }),
  chunking: group('pieces of text', {
    tokens: intOr(400, 1, 'tokens of a piece'),
    overlap: intOr(80, 0, 'tokens shared with the next'),
  }),
  sync: group('when the index is brought up to date', {
    onSessionStart: yes('when a session starts'),
    onSearch: yes('before a search'),
    watch: yes('when files change'),
    watchDebounceMs: intOr(1500, 0, 'how long files must be quiet, in ms'),
    intervalMinutes: intOr(0, 0, 'every so many minutes; 0 for never'),
    sessions: group('session transcripts', {
      deltaBytes: intOr(100_000, 0, 'after so many new bytes'),
      deltaMessages: intOr(50, 0, 'after so many new messages'),
    }),
  }),
  query: group('a search', {
    maxResults: intOr(6, 1, 'most results'),
    minScore: numOr(0.35, 0, 'lowest score shown', 1),
    hybrid: group('words and meaning together', {
      enabled: yes('use both'),
      vectorWeight: numOr(0.7, 0, 'weight of meaning', 1),
      textWeight: numOr(0.3, 0, 'weight of words', 1),
      candidateMultiplier: intOr(4, 1, 'candidates looked at per result'),
      mmr: group('variety of results', {
        enabled: no('care for it'),
        lambda: numOr(0.7, 0, '1 for fit, 0 for variety', 1),
      }),
      temporalDecay: group('older is less', {
        enabled: no('care for age'),
        halfLifeDays: intOr(30, 1, 'days until a score is halved'),
      }),
    }),
  }),
  cache: group('remembered embeddings', {
    enabled: yes('remember them'),
    maxEntries: int(1, 'most of them'),
  }),
})
