// Which hooks hear an event, and one of them called: a program that is started, or an address it is posted to.
import { Fault } from '../../lib/fault.ts'
import { hears, isScript, type Hook, type HookEvent } from '../../domain/hook.ts'
import type { Hooks } from './index.ts'
import type { World } from '../world.ts'

/** Longest time of a program or a call, in ms. */
export const runMs = 30_000
const maxBytes = 100_000

/** A program or an address that hears of events. */
export interface Target {
  readonly name: string
  readonly handler: string
  readonly env: Readonly<Record<string, string>>
  readonly hook?: Hook
}

const runs = (h: Hook) => h.enabled && h.eligible && !h.changed

/** Whether a hook may run as its files are now. */
export const fit = (all: Hooks, name: string): boolean => all.all().some((h) => h.name === name && runs(h))

/** Who hears an event. */
export function targetsOf({ settings }: Pick<World, 'settings'>, all: Hooks, event: HookEvent): Target[] {
  const rule = settings.hooks()
  if (!rule.enabled) return []
  const plain = rule.handlers
    .filter((h) => hears([h.event], event))
    .map((h) => ({ name: h.run, handler: h.run, env: {} }))
  const own = all
    .all()
    .filter((h) => runs(h) && h.handler !== undefined && hears(h.events, event))
    .map((h) => ({ name: h.name, handler: h.handler as string, env: rule.entry(h.key)?.env ?? {}, hook: h }))
  return [...plain, ...own]
}

async function post({ outside }: World, t: Target, body: string, signal: AbortSignal): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const answer = await outside.fetch(t.handler, { method: 'POST', headers, body, signal, redirect: 'error' })
  if (!answer.ok) throw new Fault('UNAVAILABLE', `${t.handler} answered ${answer.status}`)
  return (await answer.text()).slice(0, maxBytes)
}

/** Tells a hook of an event; answers what it has to say. Throws a Fault that says how it failed. */
export async function callHook(world: World, t: Target, event: HookEvent, signal: AbortSignal): Promise<string> {
  const body = JSON.stringify({ ...event, messages: [] })
  if (/^https?:/.test(t.handler)) return post(world, t, body, signal)
  if (isScript(t.handler))
    throw new Fault('INVALID_REQUEST', `${t.handler} is code of the original; a hook here is a program or an address`)
  const env = {
    ...world.outside.childEnv,
    ...t.env,
    OPENCLAW_HOOK: t.name,
    OPENCLAW_HOOK_EVENT: `${event.type}:${event.action}`,
  }
  let said = ''
  const done = await world.outside.spawn([t.handler], {
    cwd: world.settings.hooks().stateDir,
    env,
    signal,
    timeoutMs: runMs,
    maxBytes: 4000,
    input: body,
    heard: (chunk, error) => {
      if (!error && said.length < maxBytes) said += chunk
    },
  })
  if (done.code !== 0)
    throw new Fault('UNAVAILABLE', `it ended with ${done.signal ?? done.code}: ${done.output.slice(-400)}`)
  return said
}
