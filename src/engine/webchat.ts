// The chat of browsers and programs as a platform: what is sent there is written into its session and told to listeners.
import { newId } from '../lib/ids.ts'
import type { Connection } from '../define/channel.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { Part } from '../domain/turn.ts'
import * as entries from '../store/entries.ts'
import * as events from '../store/events.ts'
import * as kv from '../store/kv.ts'
import * as sessions from '../store/sessions.ts'
import type { Dispatch } from './dispatch.ts'
import { estimateTokens } from './prompt/history.ts'
import { ensureSession } from './sessions/index.ts'
import type { AccountRule } from './settings.ts'
import type { World } from './world.ts'

/** What holds for it: nothing is too long, and a message that is written twice is there once. */
export const webchatRule: AccountRule = {
  common: { dmPolicy: 'open', allowFrom: ['*'], groupPolicy: 'disabled', historyLimit: 0 }, // nothing is overheard there
  limits: { text: 1_000_000, caption: 1_000_000, media: 100_000_000 },
  idempotent: true,
  preview: false,
  buttons: false,
  group: () => undefined,
}

/** Writes words of the assistant into a session that no turn made, and tells of them; inside a transaction. */
export function writeInto(
  world: World,
  at: { session: string; key: string; run: string },
  parts: readonly Part[],
): number {
  const { db, clock } = world
  const now = clock.now()
  const about = { session: at.session, turn: undefined, role: 'assistant' as const, at: now }
  const { id } = entries.append(db, { ...about, parts, tokens: estimateTokens(parts) })
  sessions.touch(db, at.session, 1, now)
  const text = parts.flatMap((p) => (p.type === 'text' ? [p.text] : [])).join('\n')
  const news: GatewayEvent = { type: 'chat', run: at.run, session: at.key, text, at: now }
  events.appendNews(db, now, at.key, news)
  db.afterCommit(() => world.news.publish(news))
  return id
}

/** The way out to it; a chat there is a session by its key. It waits for the turn that is going on in it. */
export const webchat = (world: World, dispatch: () => Dispatch): Connection => ({
  me: { id: 'gateway' },
  send: (message) =>
    dispatch().alone(message.to.chat, async () => {
      const { db } = world
      const known = kv.get(db, 'webchat', message.id)
      if (known !== undefined) return { platformId: known }
      const platformId = newId('msg', world.clock)
      await db.write(() => {
        const { id, key } = ensureSession(world, message.to.chat, {}, world.clock.now())
        const text = message.poll
          ? [message.poll.question, ...message.poll.options.map((o) => `- ${o}`)].join('\n')
          : message.text
        const parts = [
          ...(text ? [{ type: 'text' as const, text }] : []),
          ...message.media.map((ref) => ({ type: 'media' as const, ref })),
        ]
        writeInto(world, { session: id, key, run: `inject-${platformId}` }, parts)
        kv.set(db, 'webchat', message.id, platformId)
      })
      return { platformId }
    }),
})
