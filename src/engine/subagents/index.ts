// Sub-agents: turns in sessions of their own, whose results are told to the session that asked. They outlive a restart.
import { describeError, Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { TurnLimits } from '../../define/tool.ts'
import type { Address } from '../../domain/address.ts'
import { agentOf, type SessionKey } from '../../domain/session-key.ts'
import { untrusted } from '../../domain/untrusted.ts'
import type { Session } from '../../domain/session.ts'
import * as inbox from '../../store/inbox.ts'
import * as kv from '../../store/kv.ts'
import * as sessions from '../../store/sessions.ts'
import type { Dispatch } from '../dispatch.ts'
import type { Intake } from '../intake.ts'
import { silentReply, skips } from '../prompt/index.ts'
import type { RunResult, Runs } from '../runs.ts'
import { deleteSession, patchSession } from '../sessions/index.ts'
import { stopSession } from '../stop.ts'
import type { TurnKit, TurnOptions } from '../turn-kit.ts'
import type { World } from '../world.ts'

const space = 'subagents'
/** Characters of a result that are told. */
const maxResult = 8000

/** The parts of the engine that sub-agents need. */
export interface Crew {
  readonly world: World
  readonly kit: TurnKit
  readonly runs: Runs
  readonly dispatch: Dispatch
  readonly intake: Intake
}

/** What is asked of a sub-agent. */
export interface SpawnAsk {
  readonly parent: SessionKey
  readonly task: string
  readonly label?: string | undefined
  readonly agent?: string | undefined
  readonly model?: string | undefined
  readonly thinking?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly cleanup: 'delete' | 'keep'
  /** Whether an owner asks; the sub-agent is then an owner's, too. */
  readonly owner: boolean
  /** What the asking turn has; the sub-agent has no more. */
  readonly within: TurnLimits
  /** The chat the result is told in. */
  readonly to?: Address | undefined
}

/** A sub-agent as it is remembered. Times in ms. */
export interface Child {
  readonly run: string
  readonly child: SessionKey
  readonly parent: SessionKey
  readonly task: string
  readonly label?: string
  readonly cleanup: 'delete' | 'keep'
  readonly owner: boolean
  readonly within: TurnLimits
  readonly to?: Address
  readonly startedAt: number
  readonly endedAt?: number
  readonly status?: RunResult['status']
}

const about = (parent: SessionKey, depth: number) =>
  [
    '# You are a sub-agent',
    '',
    `The session ${parent} started you for one task: the message you got. Do that and nothing else. You do not talk to the person; your last answer is handed back, so make it complete and short: what you did, what you found, what is left open. Do not ask back; where something is unclear, take the sensible way and say so.`,
    ...(depth > 1 ? ['', `You were started by a sub-agent yourself (level ${depth}).`] : []),
  ].join('\n')

const read = (text: string) => JSON.parse(text) as Child

/** The sub-agents of a session, newest first. */
export const childrenOf = (world: World, parent: SessionKey): Child[] =>
  kv
    .list(world.db, space)
    .map((row) => read(row.value))
    .filter((c) => c.parent === parent)
    .sort((a, b) => b.startedAt - a.startedAt)

/** How a sub-agent stands, in a word. */
export const stateOf = (c: Child): string =>
  c.endedAt === undefined ? 'running' : c.status === 'ok' ? 'done' : (c.status ?? 'ended')

/** The one of a list that is meant: by run, session, label, place in the list, or `last`. Throws NOT_FOUND. */
export function childOf(all: readonly Child[], target: string | undefined): Child {
  const at = Number(target)
  const found =
    all.find((c) => c.run === target || c.child === target || c.label === target) ??
    (target === 'last' ? all[0] : Number.isInteger(at) ? all[at - 1] : undefined)
  if (found) return found
  throw new Fault(
    'NOT_FOUND',
    `there is no sub-agent ${target ?? '(say which)'} of this session; list shows those there are`,
  )
}

const put = (world: World, c: Child) => world.db.write(() => kv.set(world.db, space, c.run, JSON.stringify(c)))

/** How deep a session is below one that a person talks to. */
export const depthOf = (s: Session | undefined): number => s?.settings.spawnDepth ?? 0

/** Starts a sub-agent; resolves when its task is durable. Throws FORBIDDEN beyond the limits of the config. */
export async function spawn(e: Crew, ask: SpawnAsk): Promise<Child> {
  const { world } = e
  const { db, clock, settings } = world
  const parent = sessions.byKey(db, ask.parent)
  const own = agentOf(ask.parent, settings.defaultAgent())
  const agent = ask.agent ?? own
  const rule = settings.subagents(own)
  const depth = depthOf(parent) + 1
  if (depth > rule.maxDepth)
    throw new Fault('FORBIDDEN', `sub-agents may nest ${rule.maxDepth} deep (agents.defaults.subagents.maxSpawnDepth)`)
  const busy = childrenOf(world, ask.parent).filter((c) => c.endedAt === undefined)
  if (busy.length >= rule.maxChildren)
    throw new Fault(
      'FORBIDDEN',
      `${busy.length} sub-agents of this session are at work already (agents.defaults.subagents.maxChildrenPerAgent)`,
    )
  if (agent !== own && !rule.allowAgents.includes('*') && !rule.allowAgents.includes(agent))
    throw new Fault('FORBIDDEN', `agent "${own}" may not start agent "${agent}" (agents.list[].subagents.allowAgents)`)
  if (!settings.agent(agent)) throw new Fault('NOT_FOUND', `there is no agent "${agent}"`)
  const model = ask.model ?? settings.subagents(agent).model
  if (model !== undefined) settings.candidates(agent, model)
  const run = newId('run', clock)
  const child = `agent:${agent}:subagent:${run.slice(4)}`
  const made: Child = {
    run,
    child,
    parent: ask.parent,
    task: ask.task,
    cleanup: ask.cleanup,
    owner: ask.owner,
    within: ask.within,
    startedAt: clock.now(),
    ...(ask.label === undefined ? {} : { label: ask.label }),
    ...(ask.to === undefined ? {} : { to: ask.to }),
  }
  const thinking = ask.thinking ?? settings.subagents(agent).thinking
  const stored = put(world, made) // counts at once, for others that are started at this moment
  await patchSession(world, child, { settings: { spawnedBy: ask.parent, spawnDepth: depth } })
  await stored
  follow(e, made)
  const options: TurnOptions = {
    owner: ask.owner,
    within: ask.within,
    extraSystemPrompt: about(ask.parent, depth),
    ...(model === undefined ? {} : { model }),
    ...(thinking === undefined ? {} : { thinking }),
    ...(ask.timeoutMs ? { timeoutMs: ask.timeoutMs } : {}),
  }
  await submit(e, child, ask.task, run, options)
  return made
}

const submit = (e: Crew, session: SessionKey, text: string, run: string, options: TurnOptions) =>
  e.intake.submit({
    session,
    text,
    media: [],
    run,
    client: 'agent',
    own: true,
    commands: false,
    options: { ...options },
  })

/** Waits for a sub-agent's end and tells of it. */
function follow(e: Crew, c: Child) {
  const { world } = e
  e.runs.expect(c.run)
  const work = async () => {
    const result = await e.runs.wait(c.run, world.scope.signal)
    if (!result || kv.get(world.db, space, c.run) === undefined) return // it was told to do something else
    const done: Child = { ...c, endedAt: world.clock.now(), status: result.status }
    await announce(e, done, result)
    await put(world, done)
    await world.clock.sleep(
      c.cleanup === 'delete' ? 0 : world.settings.subagents(agentOf(c.parent, '')).archiveMs,
      world.scope.signal,
    )
    await archive(world, done)
  }
  work().catch((error: unknown) => {
    if (!world.scope.signal.aborted)
      world.log.warn('the end of a sub-agent was not told', { session: c.child, error: describeError(error) })
  })
}

/** Puts a sub-agent's session away and forgets it. */
async function archive(world: World, c: Child) {
  await deleteSession(world, c.child)
  await world.db.write(() => kv.remove(world.db, space, c.run))
}

function words(c: Child, r: RunResult): string {
  const how = r.status === 'ok' ? 'has finished' : r.error?.code === 'TIMEOUT' ? 'ran out of time' : 'has failed'
  const u = r.usage
  const tokens = u ? `${u.input + u.cacheRead + u.cacheWrite + u.output} tokens` : 'tokens unknown'
  const cost = u?.cost === undefined ? 'cost unknown' : `$${u.cost.toFixed(4)}`
  const seconds = Math.round(((c.endedAt ?? c.startedAt) - c.startedAt) / 1000)
  return [
    `System: The sub-agent ${c.label ? `"${c.label}"` : c.run} ${how}.`,
    `Its task: ${c.task.slice(0, 500)}`,
    untrusted('its result', (r.text || r.error?.message || 'nothing').slice(0, maxResult)),
    `(${seconds} s, ${tokens}, ${cost}, session ${c.child})`,
    `Tell the person what matters of it in your own words; if they need not know, answer exactly ${silentReply}.`,
  ].join('\n\n')
}

/** Tells the parent in a turn of its own, once; a parent that is a sub-agent tells its own parent what it makes of it. */
async function announce(e: Crew, c: Child, r: RunResult) {
  const { world } = e
  if (r.status === 'aborted' || skips(r.text) || !sessions.byKey(world.db, c.parent)) return
  const run = `${c.run}:told`
  const above = sessions.byKey(world.db, c.parent)?.settings.spawnedBy
  if (above !== undefined && !inbox.byRun(world.db, run)) {
    const { endedAt: _e, status: _s, label: _l, ...rest } = c
    const next: Child = { ...rest, run, child: c.parent, parent: above, cleanup: 'keep', startedAt: world.clock.now() }
    await put(world, next)
    follow(e, next)
  }
  const where = c.to && c.to.channel !== 'webchat' ? { to: c.to } : {}
  const how = above === undefined ? { deliver: true, ...where } : {}
  await submit(e, c.parent, words(c, r), run, { owner: c.owner, within: c.within, ...how })
}

/** Says something to a sub-agent: it hears it in a turn that begins at once, in place of what it does. */
export async function steer(e: Crew, c: Child, text: string): Promise<void> {
  const { world } = e
  const run = newId('run', world.clock)
  const next: Child = { ...c, run, startedAt: world.clock.now() }
  await put(world, next)
  await world.db.write(() => kv.remove(world.db, space, c.run))
  stopSession(e.kit, e.dispatch, c.child, 'it is to do something else')
  follow(e, next)
  const depth = depthOf(sessions.byKey(world.db, c.child))
  await submit(e, c.child, text, run, { owner: c.owner, within: c.within, extraSystemPrompt: about(c.parent, depth) })
}

/** Stops a sub-agent and all below it; answers how many were at work. */
export function kill(e: Crew, c: Child): number {
  const below = childrenOf(e.world, c.child).reduce((sum, x) => sum + kill(e, x), 0)
  const { runs, dropped } = stopSession(e.kit, e.dispatch, c.child, 'stopped by its parent')
  return below + (runs.length || dropped ? 1 : 0)
}

/** Takes up what was under way when the process ended. */
export async function recoverSubagents(e: Crew): Promise<void> {
  for (const row of kv.list(e.world.db, space)) {
    const c = read(row.value)
    if (c.endedAt === undefined) follow(e, c)
    else await archive(e.world, c)
  }
}
