// The regular turns of agents: when each is due, what passes it over, and how one is asked for at once.
import { describeError } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import type { Scope } from '../../lib/scope.ts'
import {
  ackWord,
  asksNothing,
  beatChat,
  beatPrefix,
  usualPrompt,
  withinHours,
  type HeartbeatNews,
  type HeartbeatRule,
} from '../../domain/heartbeat.ts'
import { agentOf, mainKey, type SessionKey } from '../../domain/session-key.ts'
import * as kv from '../../store/kv.ts'
import * as sessions from '../../store/sessions.ts'
import { anchorOf, brakeOf, firstNotice, quietMs, release, setAnchor, type Brake } from './brakes.ts'
import { eventsWait } from './end.ts'
import type { Dispatch } from '../dispatch.ts'
import type { Intake } from '../intake.ts'
import { say } from '../say.ts'
import { nextSlot } from '../cron/schedule.ts'
import type { TurnOptions } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Longest sleep, in ms: a machine that slept, or whose clock was set, is noticed within it. */
const napMs = 60_000
/** Time between two looks at a session that is busy, in ms. */
const busyMs = 1000
/** Wishes within so many ms are one. */
const gatherMs = 250

const eventWords =
  'Something has happened: see the lines that begin with "System:" above. Do what they call for, and tell the user what they should know.'

/** The regular turns as the rest of the gateway sees them. */
export interface Heartbeat {
  /** Runs until the scope closes. */
  start(scope: Scope): Promise<void>
  /** Whether what is noted in a session can be heard in a regular turn at once. */
  takes(session: SessionKey): boolean
  /** Has the agent of a session take its regular turn at once. */
  now(session: SessionKey): void
  /** What came of the last one. */
  last(): HeartbeatNews | null
  /** Switches them on, whatever had stopped them, or off. */
  enable(on: boolean): Promise<void>
  /** Why an agent's regular turns stand still; undefined when they go on, or when there are none. */
  brake(agent: string): Brake | undefined
}

/** What the regular turns need of the engine. */
interface Parts {
  readonly world: World
  readonly dispatch: Dispatch
  readonly intake: Intake
}

/** Makes the regular turns of an engine. */
export function heartbeat(e: Parts): Heartbeat {
  const { world } = e
  const { db, clock, settings, log } = world
  /** By agent, while its regular turns run: ends its sleep. */
  const wakers = new Map<string, () => void>()
  const wishes = new Set<string>()
  let skipped: HeartbeatNews | undefined

  const tell = (agentId: string, reason: string) => {
    skipped = { ts: clock.now(), status: 'skipped', agentId, reason }
    world.news.publish({ type: 'heartbeat', beat: skipped })
  }

  const chatOf = (agent: string, rule: HeartbeatRule) => {
    const of = (key: string) => sessions.byKey(db, key)?.origin.to
    const chat = beatChat(rule, of(rule.session) ?? of(mainKey(agent)))
    return chat && settings.account(chat.channel, chat.account) ? chat : undefined
  }

  /** Says once why the regular turns have stopped. */
  async function notice(agent: string, rule: HeartbeatRule, why: Brake) {
    if (why === 'disabled') return
    const text =
      why === 'no-person'
        ? `I have stopped my regular checks, since nobody has written for ${quietMs / 3_600_000} hours. They go on when you write to me.`
        : 'I have stopped my regular checks, since the model’s provider has refused three times in a row for want of a key or of credit. They go on when you write to me; `oclaw doctor` says what is wrong.'
    await db.write(() => {
      if (!firstNotice(db, agent, why)) return
      log.warn('the regular turns of an agent have stopped; `oclaw system heartbeat enable` lets them go on', {
        agent,
        why,
      })
      const chat = chatOf(agent, rule)
      if (chat) say(world, chat, text, {})
    })
  }

  const fileAsks = async (agent: string) => {
    const folder = settings.agent(agent)?.workspace
    const text = folder === undefined ? undefined : await world.outside.readText(`${folder}/HEARTBEAT.md`)
    return text === undefined || !asksNothing(text)
  }

  /** Why a regular turn is passed over; undefined when it takes place. */
  async function obstacle(agent: string, rule: HeartbeatRule, asked: boolean): Promise<string | undefined> {
    const brake = brakeOf(db, agent, clock.now())
    if (brake) {
      await notice(agent, rule, brake)
      return brake
    }
    if (asked) return undefined
    if (!withinHours(rule.hours, clock.now())) return 'quiet-hours'
    if (e.dispatch.busy(rule.session)) return 'requests-in-flight'
    const chat = chatOf(agent, rule)
    const show = chat && settings.account(chat.channel, chat.account)?.common.heartbeat
    if (show?.showOk === false && show.showAlerts === false && show.useIndicator === false) return 'alerts-disabled'
    return eventsWait(world, rule.session) || (await fileAsks(agent)) ? undefined : 'empty-heartbeat-file'
  }

  async function submit(agent: string, rule: HeartbeatRule) {
    const events = eventsWait(world, rule.session)
    const prompt = rule.prompt ?? usualPrompt
    const ack = prompt.includes(ackWord) ? '' : `If nothing needs attention, answer ${ackWord} and nothing else.`
    const to = chatOf(agent, rule)
    const options: TurnOptions = {
      beat: {
        target: rule.target,
        ackMaxChars: rule.ackMaxChars,
        ...(rule.reasoning ? { reasoning: true } : {}),
        ...(rule.quietTools ? { quietTools: true } : {}),
      },
      ...(to ? { to } : {}),
      ...(rule.model === undefined ? {} : { model: rule.model }),
      ...(events ? { owner: false } : {}), // what has happened may be told by anyone
    }
    await e.intake.submit({
      session: rule.session,
      text: [events ? eventWords : '', prompt, ack].filter(Boolean).join('\n\n'),
      media: [],
      run: newId(beatPrefix, clock),
      client: 'heartbeat',
      own: true,
      commands: false,
      options: { ...options },
    })
    skipped = undefined
  }

  /** Takes the regular turn, or says why not; answers when to look again, if it is before the next one. */
  async function beat(agent: string, rule: HeartbeatRule, how: { asked: boolean; again: boolean }): Promise<boolean> {
    const why = await obstacle(agent, rule, how.asked)
    if (why === undefined) await submit(agent, rule)
    else if (!how.again || why !== 'requests-in-flight') tell(agent, why)
    return why === 'requests-in-flight'
  }

  /** Sleeps until a time, or until it is wished for; answers whether it was. */
  async function rest(agent: string, at: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && !wishes.has(agent) && clock.now() < at) {
      const wish = new AbortController()
      wakers.set(agent, () => wish.abort(new Error('wished for')))
      const nap = Math.min(napMs, at - clock.now())
      await clock.sleep(nap, AbortSignal.any([signal, wish.signal])).catch(() => undefined)
    }
    if (wishes.has(agent) && !signal.aborted) await clock.sleep(gatherMs, signal).catch(() => undefined)
    return wishes.delete(agent)
  }

  async function keep(agent: string, rule: HeartbeatRule, anchor: number, signal: AbortSignal) {
    const timed = {
      id: agent,
      schedule: { kind: 'every' as const, everyMs: rule.everyMs },
      createdAtMs: anchor,
    }
    const slot = async () => (await nextSlot(timed, Math.max(clock.now(), anchor))) as number
    let due = await slot()
    let again = false
    while (!signal.aborted) {
      const asked = await rest(agent, again ? Math.min(due, clock.now() + busyMs) : due, signal)
      if (signal.aborted) break
      if (clock.now() >= due) {
        due = await slot()
        again = false
      }
      try {
        again = await beat(agent, rule, { asked, again })
      } catch (error) {
        if (signal.aborted) break
        log.error('a regular turn did not begin', { agent, error: describeError(error) })
      }
    }
    wakers.delete(agent)
  }

  /** After a change of the config, such as a new key, those that stood still are tried again. */
  function goOn(agents: readonly string[]) {
    const still = agents.some((agent) => ['no-person', 'refused'].includes(brakeOf(db, agent, clock.now()) ?? ''))
    if (!still) return
    db.write(() => release(db, clock.now())).catch((error: unknown) =>
      log.warn('the regular turns do not go on yet', { error: describeError(error) }),
    )
  }

  return {
    async start(scope) {
      const rules = settings.agents().flatMap((agent) => {
        const rule = settings.heartbeat(agent)
        return rule ? [{ agent, rule, print: JSON.stringify(rule) }] : []
      })
      const changed = rules.filter(({ agent, print }) => anchorOf(db, agent)?.rule !== print)
      if (changed.length)
        await db.write(() => {
          for (const { agent, print } of changed) setAnchor(db, agent, print, clock.now())
        })
      const done = rules.map(({ agent, rule }) =>
        keep(agent, rule, anchorOf(db, agent)?.at ?? clock.now(), scope.signal),
      )
      const deaf = world.news.listen((n) => {
        if (n.type === 'config' && n.valid && n.paths.length) goOn(rules.map(({ agent }) => agent))
      })
      scope.defer('heartbeat', async () => {
        deaf()
        await Promise.all(done)
      })
    },
    takes(session) {
      const agent = agentOf(session, settings.defaultAgent())
      const rule = wakers.has(agent) ? settings.heartbeat(agent) : undefined
      return rule?.session === session && brakeOf(db, agent, clock.now()) === undefined
    },
    now(session) {
      const agent = agentOf(session, settings.defaultAgent())
      wishes.add(agent)
      wakers.get(agent)?.()
    },
    last: () => skipped ?? (JSON.parse(kv.get(db, 'switch', 'heartbeat.last') ?? 'null') as HeartbeatNews | null),
    async enable(on) {
      await db.write(() => {
        kv.set(db, 'switch', 'heartbeat.enabled', String(on))
        if (on) release(db, clock.now())
      })
    },
    brake: (agent) => (settings.heartbeat(agent) ? brakeOf(db, agent, clock.now()) : undefined),
  }
}
