// Turns that calls from outside cause: an agent of its own session, or a word to the main one.
import { describeError, Fault } from '../../lib/fault.ts'
import type { HookAsk, HookWake } from '../../define/client-ask.ts'
import type { Address } from '../../domain/address.ts'
import { agentOf, canonicalKey, mainKey, type SessionKey } from '../../domain/session-key.ts'
import { untrusted } from '../../domain/untrusted.ts'
import * as entries from '../../store/entries.ts'
import * as inbox from '../../store/inbox.ts'
import * as sessions from '../../store/sessions.ts'
import type { Engine } from '../engine.ts'
import { estimateTokens } from '../prompt/history.ts'
import { ensureSession } from '../sessions/index.ts'
import type { TurnOptions } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Characters of a hook's answer that the main session is told. */
const maxNote = 2000

const said = (hook: string, text: string, marked: boolean) =>
  marked ? untrusted(`what was sent to the hook ${hook}`, text) : text

/** Where the answer of a hook goes; undefined when there is no such place. */
function placeOf(world: World, main: SessionKey, h: HookAsk): Address | undefined {
  if (!h.deliver) return undefined
  const last = sessions.byKey(world.db, main)?.origin.to
  if (h.channel === 'last' || h.channel === last?.channel)
    return last && h.to !== undefined ? { channel: last.channel, account: last.account, chat: h.to } : last
  return h.to === undefined ? undefined : { channel: h.channel, account: 'default', chat: h.to }
}

/** Writes something into a session that its agent sees when it is next spoken to; with a run, once per run. */
async function note(world: World, key: SessionKey, text: string, run?: string): Promise<void> {
  const { db, clock } = world
  const parts = [{ type: 'text' as const, text }]
  await db.write(() => {
    const at = clock.now()
    if (run !== undefined && !noted(db, key, run, text, at)) return
    const session = ensureSession(world, key, {}, at)
    entries.append(db, {
      session: session.id,
      turn: undefined,
      role: 'system',
      parts,
      at,
      tokens: estimateTokens(parts),
    })
    sessions.touch(db, session.id, 0, at)
  })
}

/** Keeps that a run was noted; false when it was before. Inside a transaction. */
function noted(db: World['db'], key: SessionKey, run: string, text: string, at: number): boolean {
  const to = { channel: 'webchat', account: 'default', chat: key }
  const about = { id: run, at, to, kind: 'direct' as const, from: { id: 'hook' }, text, media: [], addressed: true }
  const row = inbox.accept(db, about, { run, session: key, options: {}, at })
  if (row) inbox.settle(db, row.id, 'done', null)
  return row !== undefined
}

/** Tells the main session how a hook's run went. */
async function report(e: Engine, main: SessionKey, h: HookAsk): Promise<void> {
  try {
    const r = await e.runs.wait(h.run, e.world.scope.signal)
    const text = r?.error?.message ?? r?.text ?? ''
    if (r?.status === 'ok' && !text) return
    const outcome = r?.status === 'ok' ? 'has finished' : 'has failed'
    const what = `answer of the hook ${h.name}`
    await note(
      e.world,
      main,
      `[The hook ${h.name.replaceAll(/[\]\n]/g, ' ')} ${outcome}]\n${untrusted(what, text.slice(0, maxNote))}`,
    )
  } catch (error) {
    if (e.world.scope.signal.aborted) return
    e.world.log.error('the end of a hook was not noted', { hook: h.hook, error: describeError(error) })
  }
}

/** Runs an agent for a call from outside; resolves when the call is durable. The same run is taken in once. */
export async function hook(e: Engine, h: HookAsk): Promise<void> {
  const { world } = e
  if (inbox.byRun(world.db, h.run)) return
  const agent = h.agent ?? world.settings.defaultAgent()
  const session = canonicalKey(h.session, agent)
  const owner = agentOf(session, agent)
  if (!world.settings.agent(owner)) throw new Fault('INVALID_REQUEST', `there is no agent "${owner}"`)
  if (h.model !== undefined) world.settings.candidates(owner, h.model)
  const main = mainKey(owner)
  const to = placeOf(world, main, h)
  const options: TurnOptions = {
    hook: h.hook,
    ...(h.model === undefined ? {} : { model: h.model }),
    ...(h.thinking === undefined ? {} : { thinking: h.thinking }),
    ...(h.timeoutMs === undefined ? {} : { timeoutMs: h.timeoutMs }),
    ...(to ? { to } : {}),
  }
  const text = said(h.name, h.text, h.untrusted)
  const submission = { session, text, media: [], run: h.run, client: 'hook', own: true, commands: false }
  await e.intake.submit({ ...submission, options: { ...options } })
  if (session !== main) void report(e, main, h)
}

/** Tells the main session something; resolves when it is durable. */
export async function wake(e: Engine, w: HookWake): Promise<void> {
  const { world } = e
  if (inbox.byRun(world.db, w.run)) return
  const session = mainKey(world.settings.defaultAgent())
  const text = `[System event]\n${said(w.hook, w.text, w.untrusted)}`
  const beat = w.now && e.heartbeat.takes(session)
  if (!w.now || beat) {
    await note(world, session, text, w.run)
    return beat ? e.heartbeat.now(session) : undefined
  }
  const options: TurnOptions = { hook: w.hook, deliver: true }
  const submission = { session, text, media: [], run: w.run, client: 'hook', own: true, commands: false }
  await e.intake.submit({ ...submission, options: { ...options } })
}
