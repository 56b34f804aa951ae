// Whether an answer may go to its chat, and what stands before it.
import type { TurnStart } from './turn-kit.ts'
import type { World } from './world.ts'

/** Whether the session and the config let answers go to the turn's chat. */
export function maySend(world: World, { to, session, kind }: TurnStart): boolean {
  if (!to || to.channel === 'webchat' || session.settings.sendPolicy === 'deny') return false
  return session.settings.sendPolicy === 'allow' || world.settings.sendAllowed(session.key, to.channel, kind)
}

/** The text with what the account or the config puts before every answer. */
export function withPrefix(world: World, { to }: TurnStart, text: string): string {
  const own = to && world.settings.account(to.channel, to.account)?.common.responsePrefix
  const prefix = own ?? world.settings.responsePrefix()
  return prefix ? `${prefix} ${text}` : text
}
