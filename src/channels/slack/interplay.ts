// Slash commands and pressed buttons on their way in, and what their caller is told at once.
import { describeError } from '../../lib/fault.ts'
import type { Log } from '../../lib/log.ts'
import type { Clock } from '../../lib/clock.ts'
import type { Callers } from './callers.ts'
import type { Directory } from './directory.ts'
import type { Hearing } from './hear.ts'
import type { Me } from './inbound.ts'
import { ephemeral, fromActions, fromCommand, menuFor, type CommandRule, type Ephemeral } from './interact.ts'
import { actionBody, commandBody } from './payload.ts'

/** What it works with. */
export interface Interplay {
  readonly me: Me
  readonly hearing: Hearing
  readonly directory: Directory
  readonly callers: Callers
  readonly rule: CommandRule
  readonly clock: Clock
  readonly log: Log
}

/** Whether something comes from a workspace the token is not for. */
const foreign = (me: Me, team: string | undefined, enterprise: string | undefined) =>
  team !== undefined && team !== me.team && (enterprise === undefined || enterprise !== me.enterprise)

/** Takes a slash command in; what it answers is shown to the caller. Rejects when it could not be stored. */
export async function takeCommand(i: Interplay, body: unknown, insist: boolean): Promise<Ephemeral | undefined> {
  const parsed = commandBody.safeParse(body)
  if (!parsed.success) {
    i.log.warn('Slack sent a slash command that is none', { why: describeError(parsed.error) })
    return undefined
  }
  const c = parsed.data
  if (foreign(i.me, c.team_id, c.enterprise_id)) return undefined
  const menu = menuFor(c, i.rule)
  if (menu) return menu
  await i.directory.learn({ users: [c.user_id], chats: [c.channel_id] })
  const message = fromCommand(c, i.me, i.hearing.look, i.rule, i.clock.now())
  if (!message)
    return ephemeral(
      `${c.command} is not switched on; the owner can do so with \`oclaw config set channels.slack.slashCommand.enabled true\` ` +
        'and channels.slack.slashCommand.name, or channels.slack.commands.native',
    )
  if (c.response_url) i.callers.note(message.id, c.response_url)
  const heard = await i.hearing.message(message, insist)
  return heard === 'refused' ? ephemeral('You are not allowed to use this bot here.') : undefined
}

/** Takes pressed buttons and chosen entries in. Rejects when they could not be stored. */
export async function takeActions(i: Interplay, body: unknown, insist: boolean): Promise<void> {
  const parsed = actionBody.safeParse(body)
  if (!parsed.success) return i.log.debug('Slack sent an interaction that is no button')
  const a = parsed.data
  if (foreign(i.me, a.team?.id ?? a.user.team_id, a.enterprise?.id)) return
  await i.directory.learn({ users: [a.user.id], chats: [a.channel.id] })
  for (const message of fromActions(a, i.me, i.hearing.look, i.clock.now())) {
    if (a.response_url && a.container?.is_ephemeral) i.callers.note(message.id, a.response_url)
    await i.hearing.message(message, insist)
  }
}
