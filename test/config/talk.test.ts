// What the config says of how people and agents talk, as the engine is told it.
import { expect, test } from 'bun:test'
import { wholeParts } from '../../src/app/catalog.ts'
import { loadText } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { modelsOf } from '../../src/app/models/index.ts'
import { settingsOf } from '../../src/app/settings/index.ts'

/** The settings a config makes. */
async function told(said: object) {
  const at = paths({ HOME: '/nonexistent' }, {}, { home: '/nonexistent', exists: () => false })
  const { config } = await loadText(await wholeParts(), JSON.stringify(said), at, {})
  const env = { OPENAI_API_KEY: 'sk-test' }
  const clock = { now: () => 1_790_000_000_000 }
  const models = modelsOf(
    () => config,
    () => env,
    { ...at, clock },
  )
  return settingsOf(
    () => config,
    () => env,
    at,
    models,
  )
}

test('the models to choose from: those the config lists, with their names, the agent’s own first', async () => {
  const s = await told({
    agents: {
      defaults: {
        model: { primary: 'openai/gpt-5.2' },
        models: { 'openai/gpt-5.2': { alias: 'big' }, 'openai/gpt-5-mini': { alias: 'small' } },
      },
    },
  })
  expect(s.modelChoices('main')).toEqual([
    { ref: 'openai/gpt-5.2', alias: 'big' },
    { ref: 'openai/gpt-5-mini', alias: 'small' },
  ])
  const all = (await told({})).modelChoices('main').map((m) => m.ref)
  expect(all).toContain('openai/gpt-5.2')
  expect(all.some((ref) => ref.startsWith('anthropic/'))).toBe(false)
})

test('an agent’s own name and emoji mention it in groups, unless patterns are listed', async () => {
  const groupChat = { mentionPatterns: ['assistant'] }
  const agents = {
    list: [
      { id: 'main', identity: { name: 'Molly (the) Cat', emoji: '🐈' } },
      { id: 'other', identity: { name: 'Ändi' } },
      { id: 'listed', identity: { name: 'Bob' }, groupChat },
      { id: 'plain', name: 'Plain' },
    ],
  }
  const s = await told({ agents })
  const hears = (id: string, text: string) =>
    (s.agent(id)?.mentionPatterns ?? []).some((pattern) => new RegExp(pattern, 'i').test(text))
  for (const text of ['Hey molly (the)  cat!', '@Molly (the) Cat, hello', 'look 🐈'])
    expect([text, hears('main', text)]).toEqual([text, true])
  for (const text of ['Molly', 'hello', 'Molly (the) Cats']) expect([text, hears('main', text)]).toEqual([text, false])
  expect([hears('other', 'ja ändi, bitte'), hears('other', 'Händi'), hears('other', 'Ändié')]).toEqual([
    true,
    false,
    false,
  ])
  expect([hears('listed', 'Bob'), hears('listed', 'dear assistant')]).toEqual([false, true])
  expect(hears('plain', 'Plain')).toBe(false)
  const all = await told({ agents, messages: { groupChat } })
  expect(all.agent('main')?.mentionPatterns).toEqual(['assistant'])
})

test('the model of an agent whose id has capitals is its own', async () => {
  const s = await told({ agents: { list: [{ id: 'main' }, { id: 'Work', model: 'openai/gpt-5-mini' }] } })
  expect(s.candidates('work', undefined)[0]?.ref).toBe('openai/gpt-5-mini')
})

test('the head of messages is in the zone the config names, and says what it is to say', async () => {
  const zone = async (defaults: object) => (await told({ agents: { defaults } })).envelope().zone
  expect(await zone({ envelopeTimezone: 'utc' })).toBe('UTC')
  expect(await zone({ envelopeTimezone: 'user', userTimezone: 'Asia/Tokyo' })).toBe('Asia/Tokyo')
  expect(await zone({ envelopeTimezone: 'Europe/Berlin', userTimezone: 'Asia/Tokyo' })).toBe('Europe/Berlin')
  const host = Intl.DateTimeFormat().resolvedOptions().timeZone
  expect(await zone({ userTimezone: 'Asia/Tokyo' })).toBe(host)
  expect(await zone({ envelopeTimezone: 'Mars/Base' })).toBe(host)
  const { zone: _, ...usual } = (await told({})).envelope()
  expect(usual).toEqual({ time: true, elapsed: true, hours: 24 })
  const off = { envelopeTimestamp: 'off', envelopeElapsed: 'off', timeFormat: '12' }
  expect((await told({ agents: { defaults: off } })).envelope()).toMatchObject({
    time: false,
    elapsed: false,
    hours: 12,
  })
})

test('signs of typing: the session’s word before that of the agents', async () => {
  const defaults = { typingMode: 'never', typingIntervalSeconds: 9 }
  const one = await told({ agents: { defaults } })
  expect([one.typingMode(), one.typingMs()]).toEqual(['never', 9000])
  const two = await told({ agents: { defaults }, session: { typingMode: 'thinking', typingIntervalSeconds: 3 } })
  expect([two.typingMode(), two.typingMs()]).toEqual(['thinking', 3000])
  expect((await told({})).typingMs()).toBe(6000)
})

test('how long answers wait, what is condensed at a time, and which sessions go', async () => {
  const usual = await told({})
  const day = 86_400_000
  expect(usual.replyTtlMs()).toBe(600_000)
  expect(usual.compaction()).toEqual({ keepTokens: 20_000, reserveTokens: 20_000, share: 0.5 })
  expect(usual.maintenance()).toEqual({ does: false, idleMs: 30 * day, most: 500 })
  const other = await told({
    messages: { replyTtlMinutes: 60 },
    agents: { defaults: { compaction: { mode: 'default' } } },
    session: { maintenance: { mode: 'enforce', pruneAfter: '12h', maxEntries: 3 } },
  })
  expect(other.replyTtlMs()).toBe(3_600_000)
  expect(other.compaction().share).toBeUndefined()
  expect(other.maintenance()).toEqual({ does: true, idleMs: day / 2, most: 3 })
  const apart = await told({
    agents: { defaults: { sandbox: { prune: { idleHours: 1 } } }, list: [{ id: 'a', sandbox: { mode: 'all' } }] },
  })
  expect(apart.maintenance().containers).toEqual({ idleMs: day / 24, maxMs: 7 * day })
  const patient = { mode: 'all', prune: { idleHours: 48, maxAgeDays: 0 } }
  const several = await told({
    agents: { defaults: { sandbox: { mode: 'all' } }, list: [{ id: 'a', sandbox: patient }] },
  })
  expect(several.maintenance().containers).toEqual({ idleMs: 2 * day, maxMs: 0 })
  expect((await told({ session: { maintenance: { pruneDays: 2 } } })).maintenance().idleMs).toBe(2 * day)
  expect((await told({ session: { maintenance: { pruneAfter: 7 } } })).maintenance().idleMs).toBe(7 * day)
})

test('an agent’s own number of group messages, and its repository', async () => {
  const s = await told({
    agents: { defaults: { repoRoot: '/src/x' }, list: [{ id: 'main', groupChat: { historyLimit: 7 } }, { id: 'b' }] },
  })
  expect(s.agent('main')).toMatchObject({ historyLimit: 7, repo: '/src/x' })
  expect(s.agent('b')?.historyLimit).toBeUndefined()
})

test('a session that is kept apart sees what it began, unless the config shows it all', async () => {
  const sees = async (sandbox: object, session: string) =>
    (await told({ agents: { defaults: { sandbox } }, tools: { sessions: { visibility: 'agent' } } })).sessionTools(
      session,
    ).visibility
  expect(await sees({ mode: 'non-main' }, 'agent:main:telegram:group:1')).toBe('tree')
  expect(await sees({ mode: 'non-main' }, 'agent:main:main')).toBe('agent')
  expect(await sees({ mode: 'all', sessionToolsVisibility: 'all' }, 'agent:main:main')).toBe('agent')
})

test('the older words for queue modes, and drafts in pieces', async () => {
  const mode = async (word: string) => (await told({ messages: { queue: { mode: word } } })).queue('telegram').mode
  expect([await mode('queue'), await mode('steer+backlog'), await mode('interrupt')]).toEqual([
    'steer',
    'steer-backlog',
    'interrupt',
  ])
  const chunk = async (account: object) =>
    (await told({ channels: { telegram: { botToken: '1:x', ...account } } })).account('telegram', 'default')?.draftChunk
  expect(await chunk({})).toBeUndefined()
  expect(await chunk({ streamMode: 'block' })).toEqual({ min: 200, max: 800, prefer: 'paragraph' })
  expect(await chunk({ streamMode: 'block', draftChunk: { minChars: 900, breakPreference: 'sentence' } })).toEqual({
    min: 900,
    max: 900,
    prefer: 'sentence',
  })
})
