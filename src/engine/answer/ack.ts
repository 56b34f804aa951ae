// The emoji on a message that says: seen, at work on it.
import { describeError } from '../../lib/fault.ts'
import type { InboundMessage } from '../../domain/message.ts'
import type { AckRule } from '../settings.ts'
import type { TurnStart } from '../turn-kit.ts'
import type { World } from '../world.ts'

/** Whether a message gets the emoji under a rule. */
export function acknowledged(rule: AckRule, m: Pick<InboundMessage, 'kind' | 'addressed'>): boolean {
  if (m.kind === 'direct') return rule.direct
  return rule.group === 'always' || (rule.group === 'mentions' && m.addressed)
}

/** Puts the emoji on the message a turn answers, once the turn is on the disk; `done` takes it off where that is wanted. */
export function acknowledge(world: World, { message, durable, session }: TurnStart): { done(): void } {
  const rule = message && world.settings.ack(message.to.channel, message.to.account, session.agent)
  if (!message || !rule?.emoji || message.native || !acknowledged(rule, message)) return { done: () => undefined }
  const react = async (emoji: string) => {
    try {
      await world.connection(message.to)?.react?.(message.to, message.id, emoji)
    } catch (error) {
      world.log.debug('a message was not acknowledged', { error: describeError(error) })
    }
  }
  const { emoji } = rule
  const put = durable.then(
    () => react(emoji),
    () => undefined, // there was no turn
  )
  return { done: () => void (rule.remove && put.then(() => react(''))) }
}
