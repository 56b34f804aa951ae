// Notes are found by their words and by what they mean, and the index follows the files.
import { expect, test } from 'bun:test'
import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chunks, queryWords, type MemoryRule } from '../../src/domain/memory.ts'
import { rank, type Candidate } from '../../src/engine/memory/rank.ts'
import { embedder } from '../../src/providers/embeddings.ts'
import { Secret } from '../../src/lib/secret.ts'
import { fakeEmbeddings } from '../fakes/embeddings.ts'
import { usualMemory } from '../engine/tool-settings.ts'
import { stage as agentStage } from '../agent-tools/stage.ts'
import { notes, questions } from './corpus.ts'

async function stage(more: (url: string) => Partial<MemoryRule> = () => ({}), files = notes) {
  const server = fakeEmbeddings({ key: 'k' })
  const live: { rule?: MemoryRule } = {}
  const w = agentStage({ settings: { memory: () => live.rule as MemoryRule } })
  live.rule = { ...usualMemory(join(w.top, 'memory', 'main.db')), ...more(server.url) }
  const put = (name: string, text: string) => {
    mkdirSync(dirname(join(w.workspace, name)), { recursive: true })
    writeFileSync(join(w.workspace, name), text)
  }
  for (const [name, text] of Object.entries(files)) put(name, text)
  const agent = w.world.settings.agent('main')
  if (!agent) throw new Error('no agent')
  const { memory } = w.kit
  return {
    w,
    server,
    live,
    put,
    agent,
    memory,
    find: (query: string, ask: object = {}) => memory.search(agent, { query, ...ask }, new AbortController().signal),
    async [Symbol.asyncDispose]() {
      await w[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const by = (url: string, key = 'k') =>
  embedder({ provider: 'fake', model: 'm', baseUrl: url, key: new Secret(key), fetch: globalThis.fetch })

type Stage = Awaited<ReturnType<typeof stage>>

/** The share of questions whose note is among the first five pieces. */
async function recall(s: Stage): Promise<number> {
  let hits = 0
  for (const [query, want] of questions) {
    const found = await s.find(query, { maxResults: 5, minScore: 0.05 })
    if (found.hits.some((h) => h.path === want)) hits++
  }
  return hits / questions.length
}

test('recall@5: both together find what either finds, words alone the exact, meaning alone the paraphrase', async () => {
  await using text = await stage()
  await using vector = await stage((url) => ({ embedder: by(url), query: { ...usualMemory('').query, hybrid: false } }))
  await using hybrid = await stage((url) => ({ embedder: by(url) }))
  const got = { hybrid: await recall(hybrid), text: await recall(text), vector: await recall(vector) }
  console.log(
    `recall@5 of ${questions.length} questions: ${Object.entries(got)
      .map(([k, v]) => `${k} ${v.toFixed(2)}`)
      .join(', ')}`,
  )
  expect(got.hybrid).toBeGreaterThanOrEqual(0.9)
  expect(got.hybrid).toBeGreaterThanOrEqual(Math.max(got.text, got.vector))
  expect(got.text).toBeLessThan(got.hybrid)
  expect(got.text).toBeGreaterThanOrEqual(0.5)
})

test('a result names its lines, and is no better than it should be', async () => {
  await using s = await stage()
  const { hits, mode } = await s.find('E4711')
  expect(mode).toBe('fts-only')
  expect(hits[0]).toMatchObject({ path: 'memory/2026-01-12.md', startLine: 1, endLine: 4 })
  expect(hits[0]?.score).toBeGreaterThan(0.9)
  expect((await s.find('zeppelin maintenance schedule')).hits).toEqual([])
  expect((await s.find('" OR * NEAR( --')).hits).toEqual([])
})

test('the index follows the files: new, changed, gone, touched', async () => {
  await using s = await stage((url) => ({ embedder: by(url) }))
  await s.find('car')
  const first = s.server.asked.flat().length
  s.put('memory/new.md', 'The spaceship is parked behind the moon.\n')
  expect((await s.find('spaceship')).hits[0]?.path).toBe('memory/new.md')
  s.put('memory/new.md', 'The submarine is parked.\n')
  expect((await s.find('spaceship', { minScore: 0.5 })).hits).toEqual([])
  rmSync(join(s.w.workspace, 'memory/new.md'))
  expect((await s.find('submarine', { minScore: 0.5 })).hits).toEqual([])
  const before = s.server.asked.flat().length
  utimesSync(join(s.w.workspace, 'MEMORY.md'), 1, 1)
  await s.find('car')
  expect(s.server.asked.flat().length).toBe(before + 1) // the question alone
  expect(first).toBe(Object.keys(notes).length + 1)
})

test('a vector made once is remembered through a new index', async () => {
  await using s = await stage((url) => ({ embedder: by(url) }))
  await s.find('car')
  const before = s.server.asked.flat().length
  await s.memory.sync(s.agent, { force: true })
  const { hits } = await s.find('automobile')
  expect(hits[0]?.path).toBe('MEMORY.md')
  expect(s.server.asked.flat().length).toBe(before + 1)
})

test('without its server, notes are found by words, and it is said why', async () => {
  await using s = await stage((url) => ({ embedder: by(url) }))
  s.server.state.broken = true
  const found = await s.find('E4711')
  expect(found.mode).toBe('fts-only')
  expect(found.fallback).toContain('answered 503')
  expect(found.hits[0]?.path).toBe('memory/2026-01-12.md')
  await using wrong = await stage((url) => ({ embedder: by(url, 'sk-wrong') }))
  const why = (await wrong.find('E4711')).fallback
  expect(why).toContain('401')
  expect(why).not.toContain('sk-wrong')
  await using second = await stage((url) => ({ embedder: by(url, 'sk-wrong'), fallback: by(url) }))
  expect((await second.find('automobile')).mode).toBe('hybrid')
})

test('memory_get reads notes and nothing else; links are no notes', async () => {
  await using s = await stage()
  writeFileSync(join(s.w.top, 'secret.md'), 'CANARY')
  symlinkSync(join(s.w.top, 'secret.md'), join(s.w.workspace, 'memory', 'link.md'))
  s.put('other.md', 'not a note')
  expect(await s.w.use('memory_get', { path: 'MEMORY.md', from: 2, lines: 1 })).toContain('peanuts')
  for (const path of ['other.md', 'memory/link.md', '../secret.md', join(s.w.top, 'secret.md')])
    expect(await s.w.use('memory_get', { path })).toContain('none of your notes')
  expect((await s.find('CANARY')).hits).toEqual([])
})

test('memory_search answers as clients know it, and says when it is off', async () => {
  await using s = await stage()
  const said = await s.w.use('memory_search', { query: 'flight TP567' })
  const { results, mode } = JSON.parse(said.replace(/^got: /, '')) as {
    results: Record<string, unknown>[]
    mode: string
  }
  expect(mode).toBe('fts-only')
  expect(results[0]).toMatchObject({
    path: 'memory/2026-03-20.md',
    startLine: 1,
    source: 'memory',
    citation: 'memory/2026-03-20.md#L1-L3',
  })
  s.live.rule = { ...(s.live.rule as MemoryRule), enabled: false }
  expect(await s.w.use('memory_search', { query: 'x' })).toContain('"disabled": true')
  expect(await s.w.call('memory.status')).toMatchObject({ enabled: false, files: 0 })
})

test('memory.status says what is not up to date, memory.index mends it', async () => {
  await using s = await stage()
  expect(await s.w.call('memory.status')).toMatchObject({ files: 0, stale: 8, searchMode: 'fts-only' })
  expect(await s.w.call('memory.index')).toMatchObject({ changed: 8 })
  expect(await s.w.call('memory.status')).toMatchObject({ files: 8, stale: 0, vectors: 0 })
})

test('text is cut at lines, with an overlap, and no piece is only that', () => {
  const text = Array.from({ length: 30 }, (_, i) => `line ${i + 1} ${'x'.repeat(20)}`).join('\n')
  const cut = chunks(text, 200, 60)
  expect(cut.every((c) => c.text.length <= 200)).toBe(true)
  expect(cut[0]).toMatchObject({ startLine: 1 })
  expect(cut.at(-1)?.endLine).toBe(30)
  for (const [i, c] of cut.slice(1).entries()) {
    expect(c.startLine).toBeGreaterThan(cut[i]?.startLine ?? 0)
    expect(c.startLine).toBeLessThanOrEqual((cut[i]?.endLine ?? 0) + 1)
  }
  expect(
    chunks('x'.repeat(1000), 300, 60)
      .map((c) => c.text)
      .join('').length,
  ).toBeGreaterThanOrEqual(1000)
  expect(chunks('\n\n', 100, 10)).toEqual([])
  expect(queryWords('Wie geht es dem 東京タワー?')).toContain('東京')
})

test('scores weigh words and meaning, fade with age, and like variety', () => {
  const one = (
    id: number,
    path: string,
    text: number | undefined,
    vector: number | undefined,
    words = path,
  ): Candidate => ({
    id,
    hit: { path, startLine: 1, endLine: 1, text: words },
    text,
    vector,
  })
  const rule = usualMemory('').query
  const now = Date.parse('2026-06-30')
  const [a, b] = rank([one(1, 'a.md', 1, 0.2), one(2, 'b.md', undefined, 0.9)], rule, now)
  expect([a?.path, a?.score]).toEqual(['b.md', 0.9 * 0.7])
  expect(b?.score).toBeCloseTo(0.7 * 0.2 + 0.3)
  const old = rank(
    [one(1, 'memory/2026-05-31.md', 1, 1), one(2, 'memory/2026-06-30.md', 1, 0.9)],
    { ...rule, halfLifeDays: 30 },
    now,
  )
  expect(old.map((h) => [h.path, Math.round(h.score * 100)])).toEqual([
    ['memory/2026-06-30.md', 93],
    ['memory/2026-05-31.md', 50],
  ])
  const twins = [
    one(1, 'a.md', 1, 1, 'red green blue'),
    one(2, 'b.md', 1, 0.99, 'red green blue'),
    one(3, 'c.md', 1, 0.8, 'one two three'),
  ]
  expect(rank(twins, { ...rule, maxResults: 2, mmrLambda: 0.7 }, now).map((h) => h.path)).toEqual(['a.md', 'c.md'])
  expect(rank(twins, { ...rule, maxResults: 2 }, now).map((h) => h.path)).toEqual(['a.md', 'b.md'])
})

test('what was said in sessions is found where it may be seen, and taken up again once there is enough new', async () => {
  await using s = await stage(() => ({ sessions: { messages: 4, bytes: 1_000_000 } }))
  const say = async (text: string, more: Parameters<typeof s.w.receive>[1] = {}) => {
    await s.w.receive(text, more)
    await s.w.idle()
  }
  await say('The password of the barn is swordfish.')
  const hits = async (query: string) =>
    (await s.find(query, { minScore: 0.5 })).hits.map((h) => [h.path.split(':')[0], h.text])
  expect(await hits('swordfish barn')).toEqual([['session', expect.stringContaining('User: The password of the barn')]])
  await say('The goat is called Berta.')
  expect(await hits('Berta goat')).toEqual([]) // two new lines are not enough
  await say('Good night.')
  expect(await hits('Berta goat')).toHaveLength(1)
  // The tool: the session itself sees its own past, also that before a reset, a stranger's session sees neither.
  const dm = { owners: () => ['42'], dmScope: () => 'per-channel-peer' as const }
  await using two = agentStage({
    settings: {
      ...dm,
      memory: () => ({ ...usualMemory(join(s.w.top, 'other.db')), sessions: { messages: 0, bytes: 0 } }),
    },
  })
  await two.use('sessions_list', {})
  await two.receive('The password of the barn is swordfish.')
  await two.idle()
  await two.receive('/new')
  await two.idle()
  expect(await two.use('memory_search', { query: 'swordfish barn' })).toContain('User: The password of the barn')
  const other = { from: { id: '9' }, to: { channel: 'telegram', account: 'default', chat: '9' } }
  const seen = await two.use('memory_search', { query: 'password of the barn' }, other)
  expect(seen).not.toContain('swordfish')
  const path = `session:${String(two.rows("SELECT session FROM entries WHERE parts LIKE '%swordfish%' LIMIT 1")[0]?.['session'])}`
  expect(await two.use('memory_get', { path }, other)).toContain('no session you may see')
  expect(await two.use('memory_get', { path, from: 1, lines: 50 })).toContain('swordfish')
})
