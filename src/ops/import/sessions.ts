// Sessions of the original: `sessions.json` and the transcripts it names.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { describeError } from '../../lib/fault.ts'
import { canonicalKey, normalizeAgentId, agentOf } from '../../domain/session-key.ts'
import type { Origin, SessionSettings } from '../../domain/session.ts'
import { noUsage } from '../../domain/turn.ts'
import { estimateTokens } from '../../engine/prompt/history.ts'
import type { Db } from '../../store/db.ts'
import * as entries from '../../store/entries.ts'
import * as sessions from '../../store/sessions.ts'
import { openOldAgent, type OldAgent } from '../../store/old-agent.ts'
import type { Pictures } from './pictures.ts'
import { Tally } from './report.ts'
import { readTranscript, type Transcript } from './transcript.ts'

const word = z.string().optional().catch(undefined)
const whole = z.number().nonnegative().optional().catch(undefined)

const Stored = z.looseObject({
  sessionId: z.string().min(1),
  updatedAt: z.number().catch(0),
  sessionFile: word,
  label: word,
  chatType: word,
  subject: word,
  displayName: word,
  lastChannel: word,
  lastTo: word,
  lastAccountId: word,
  lastThreadId: z.union([z.string(), z.number()]).optional().catch(undefined),
  modelProvider: word,
  model: word,
  providerOverride: word,
  modelOverride: word,
  inputTokens: whole,
  outputTokens: whole,
  totalTokens: whole,
  spawnDepth: whole,
})
type Stored = z.output<typeof Stored>

/** Settings that have the same name and meaning here. */
const kept = [
  'thinkingLevel',
  'verboseLevel',
  'reasoningLevel',
  'elevatedLevel',
  'responseUsage',
  'sendPolicy',
  'groupActivation',
  'queueMode',
  'queueDrop',
  'execHost',
  'execSecurity',
  'execAsk',
  'execNode',
  'spawnedBy',
] as const

function settingsOf(s: Stored): SessionSettings {
  const same = Object.fromEntries(kept.flatMap((k) => (typeof s[k] === 'string' ? [[k, s[k]]] : [])))
  const model =
    s.modelOverride === undefined ? {} : { model: `${s.providerOverride ?? 'anthropic'}/${s.modelOverride}` }
  return { ...same, ...model, ...(s.spawnDepth === undefined ? {} : { spawnDepth: s.spawnDepth }) }
}

/** A chat as the original names it: with its channel in front, which ours keeps apart. */
const chatOf = (to: string, channel: string) =>
  to.replace(new RegExp(`^${RegExp.escape(channel)}:(group:|channel:)?`), '')

function originOf(s: Stored): Origin {
  const { lastChannel: channel, lastTo: to, lastAccountId, lastThreadId, chatType } = s
  const kinds = ['direct', 'group', 'channel'] as const
  const kind = kinds.find((k) => k === chatType)
  const title = s.subject ?? s.displayName
  const thread = lastThreadId === undefined ? {} : { thread: String(lastThreadId) }
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(channel && to && channel !== 'webchat'
      ? { to: { channel, account: lastAccountId ?? 'default', chat: chatOf(to, channel), ...thread } }
      : {}),
    ...(title === undefined ? {} : { title }),
  }
}

/** Where an agent's transcripts are. */
interface Source {
  readonly folder: string
  readonly old: OldAgent | undefined
}

function transcriptAt({ folder, old }: Source, s: Stored, taking: Pictures): Transcript | undefined {
  const stored = old?.transcript(s.sessionId)
  if (stored !== undefined) return readTranscript(stored, taking)
  const names = [s.sessionFile === undefined ? undefined : basename(s.sessionFile), `${s.sessionId}.jsonl`]
  const path = names.flatMap((n) => (n === undefined ? [] : [join(folder, n)])).find((p) => existsSync(p))
  return path === undefined ? undefined : readTranscript(readFileSync(path, 'utf8'), taking)
}

/** Writes one session and its entries; inside a transaction. */
function put(db: Db, key: string, agent: string, s: Stored, t: Transcript | undefined): number {
  const at = t?.startedAt ?? s.updatedAt
  const label = s.label !== undefined && !sessions.byLabel(db, s.label) ? { label: s.label } : {}
  sessions.create(db, { id: s.sessionId, key, agent, origin: originOf(s), settings: settingsOf(s), at, ...label })
  const ids = new Map<string, number>()
  let last: number | undefined
  for (const line of t?.lines ?? []) {
    const { ref, keepsFrom, ...entry } = line
    const first = keepsFrom === undefined ? undefined : ids.get(keepsFrom)
    const upTo = line.role === 'summary' ? (first === undefined ? last : first - 1) : undefined
    if (line.role === 'summary' && upTo === undefined) continue // it stands for nothing
    const tokens = estimateTokens(entry.parts)
    const more = upTo === undefined ? {} : { upTo }
    const { id } = entries.append(db, { ...entry, session: s.sessionId, turn: undefined, tokens, ...more })
    if (ref) ids.set(ref, id)
    last = id
  }
  const usage = { ...noUsage, input: s.inputTokens ?? 0, output: s.outputTokens ?? 0 }
  const messages = t?.lines.filter((l) => l.role === 'user' || l.role === 'assistant').length ?? 0
  const model = s.model === undefined ? 'unknown/unknown' : `${s.modelProvider ?? 'unknown'}/${s.model}`
  sessions.spend(db, s.sessionId, { usage, context: s.totalTokens ?? 0, model, messages, at: s.updatedAt || at })
  return t?.lines.length ?? 0
}

function storeOf(path: string): [string, unknown][] {
  if (!existsSync(path)) return []
  return Object.entries(z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8'))))
}

/** What is counted while sessions are taken over. */
interface Tallies {
  readonly sessions: Tally
  readonly entries: Tally
}

/** Runs `read`, or notes why it cannot be read. */
function readable<T>(path: string, tally: Tally, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    tally.leave(path, `it cannot be read: ${describeError(error)}`)
    return undefined
  }
}

function one(
  db: Db,
  [name, raw]: readonly [string, unknown],
  p: Tallies & Source & { readonly agent: string; readonly defaultAgent: string; readonly pictures: Pictures },
): void {
  const s = Stored.safeParse(raw)
  if (!s.success) return p.sessions.leave(name, 'it has no session id')
  try {
    const key = canonicalKey(name, normalizeAgentId(p.agent))
    if (sessions.exists(db, s.data.sessionId)) return p.sessions.known()
    if (sessions.byKey(db, key))
      return p.sessions.leave(name, 'a session of that name is here already, with a history of its own')
    const t = transcriptAt(p, s.data, p.pictures)
    const n = put(db, key, agentOf(key, p.defaultAgent), s.data, t)
    p.sessions.add()
    for (let i = 0; i < n; i++) p.entries.add()
    if (!t) p.entries.leave(name, 'its transcript is not there', 0)
    if (t?.unread) p.entries.leave(name, 'lines that cannot be read', t.unread)
    if (t?.pictures) p.entries.leave(name, `${t.pictures} pictures were left out`, 0)
  } catch (error) {
    p.sessions.leave(name, describeError(error))
  }
}

/**
 * Takes over every agent's sessions, from its database and from `sessions.json`; inside a transaction. Answers sessions,
 * and how many entries came with them.
 */
export function importSessions(db: Db, from: string, defaultAgent: string, pictures: Pictures): Tallies {
  const tallies = { sessions: new Tally('sessions'), entries: new Tally('entries') }
  const agents = join(from, 'agents')
  for (const agent of existsSync(agents) ? readdirSync(agents) : []) {
    const folder = join(agents, agent, 'sessions')
    const [json, sqlite] = [join(folder, 'sessions.json'), join(agents, agent, 'agent', 'openclaw-agent.sqlite')]
    using old = readable(sqlite, tallies.sessions, () => openOldAgent(sqlite))
    const stored = readable(json, tallies.sessions, () => storeOf(json)) ?? []
    const newer = new Map((old?.sessions ?? []).map((s) => [s.key, s.entry]))
    for (const found of [...newer, ...stored.filter(([key]) => !newer.has(key))])
      one(db, found, { ...tallies, folder, old, agent, defaultAgent, pictures })
  }
  return tallies
}
