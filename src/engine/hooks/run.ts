// Runs hooks when something happens: each in its own row, one event after the other, never in anybody's way.
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { lanes } from '../../lib/lanes.ts'
import type { Scope } from '../../lib/scope.ts'
import type { GatewayEvent } from '../../domain/agent-event.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { HookEvent } from '../../domain/hook.ts'
import * as outbox from '../../store/outbox.ts'
import * as sessions from '../../store/sessions.ts'
import { builtinHook, type HookEngine } from './builtin.ts'
import { callHook, fit, runMs, targetsOf, type Target } from './call.ts'
import type { Hooks } from './index.ts'
import { say } from '../say.ts'

/** Longest time hooks may hold up the end of the gateway, in ms. */
const endMs = 5000
/** Events that wait for one hook at most. */
const maxWaiting = 200

const aboutMessage = (m: InboundMessage) => ({
  from: m.from.id,
  ...(m.from.name === undefined ? {} : { senderName: m.from.name }),
  content: m.text,
  channelId: m.to.channel,
  accountId: m.to.account,
  conversationId: m.to.chat,
  messageId: m.id,
  timestamp: m.at,
})

/** News as hooks are told of them; undefined for those they do not hear. */
function eventOf({ world: { db, clock } }: HookEngine, n: GatewayEvent): HookEvent | undefined {
  const timestamp = clock.now()
  switch (n.type) {
    case 'command': {
      const context = {
        commandSource: n.message.to.channel,
        senderId: n.message.from.id,
        args: n.args,
        sessionId: sessions.byKey(db, n.session)?.id,
      }
      return { type: 'command', action: n.name, sessionKey: n.session, timestamp, context }
    }
    case 'session': {
      const context = { sessionId: n.sessionId, agentId: n.agent, fields: n.fields }
      return { type: 'session', action: n.change, sessionKey: n.key, timestamp, context }
    }
    case 'message':
      return { type: 'message', action: 'received', sessionKey: n.session, timestamp, context: aboutMessage(n.message) }
    case 'delivery': {
      const row = n.state === 'sent' || n.state === 'failed' ? outbox.byId(db, n.out) : undefined
      if (!row) return undefined
      const { to, text } = row.message
      const context = {
        to: to.chat,
        content: text,
        channelId: to.channel,
        accountId: to.account,
        success: n.state === 'sent',
        ...(n.error === undefined ? {} : { error: n.error }),
      }
      return { type: 'message', action: 'sent', sessionKey: '', timestamp, context }
    }
    default:
      return undefined
  }
}

/** Starts listening; hooks run until the scope closes. */
export function runHooks(e: HookEngine, all: Hooks, scope: Scope): void {
  const { world } = e
  const { clock, log } = world
  const lane = lanes(4)
  const waiting = new Map<string, number>()
  const busy = new Set<Promise<void>>()
  const over = new AbortController()

  /** Says what a hook has to say on a command, in the chat the command came from. */
  async function tell(output: string, from: GatewayEvent) {
    if (from.type !== 'command' || !output.trim().startsWith('{')) return
    const { messages } = JSON.parse(output) as { messages?: unknown }
    const texts = Array.isArray(messages) ? messages.filter((m): m is string => typeof m === 'string' && m !== '') : []
    const { to } = from.message
    if (texts.length && to.channel !== 'webchat') await world.db.write(() => void say(world, to, texts.join('\n\n')))
  }

  async function run(t: Target, event: HookEvent, from: GatewayEvent | undefined): Promise<void> {
    const limit = deadline(clock, runMs, new Fault('TIMEOUT', `it took longer than ${runMs} ms`), over.signal)
    try {
      const own = t.hook?.bundled ? builtinHook(t.name) : undefined
      if (own) return await own.run(event, e)
      if (t.hook && !fit(all, t.hook.name)) return // it was changed while it waited its turn
      const output = await callHook(world, t, event, limit.signal)
      if (from) await tell(output, from)
    } catch (error) {
      log.warn('a hook failed', { hook: t.name, event: `${event.type}:${event.action}`, error: describeError(error) })
    } finally {
      limit.done()
    }
  }

  function fire(event: HookEvent, from?: GatewayEvent): Promise<unknown> {
    const runs = targetsOf(world, all, event).map((t) => {
      const before = waiting.get(t.name) ?? 0
      if (before >= maxWaiting) {
        log.warn('a hook is too slow; it does not hear of this', {
          hook: t.name,
          event: `${event.type}:${event.action}`,
        })
        return Promise.resolve()
      }
      waiting.set(t.name, before + 1)
      const done = lane
        .run(t.name, () => run(t, event, from))
        .finally(() => {
          waiting.set(t.name, (waiting.get(t.name) ?? 1) - 1)
          busy.delete(done)
        })
      busy.add(done)
      return done
    })
    return Promise.all(runs)
  }

  const gateway = (action: string): HookEvent => ({
    type: 'gateway',
    action,
    sessionKey: '',
    timestamp: clock.now(),
    context: {},
  })

  const deaf = world.news.listen((n) => {
    const event = eventOf(e, n)
    if (event) void fire(event, n)
  })
  scope.defer('hooks', async () => {
    deaf()
    const ended = fire(gateway('shutdown')).then(() => Promise.all(busy))
    await Promise.race([ended, clock.sleep(endMs, over.signal).catch(() => undefined)])
    over.abort(new Fault('CANCELLED', 'the gateway is ending'))
  })
  if (all.starting()) void fire(gateway('startup'))
}
