// What happens in chats and is no message: edits, deletions, reactions, pins, people coming and going, new names. Pure.
import type { Happening } from '../../domain/message.ts'
import { emojiOf } from './emoji.ts'
import { byUs, placeOf, textOf, toMs, type Look, type Me } from './inbound.ts'
import type { SlackEvent } from './payload.ts'
import { nameOf } from './text.ts'

/** Which reactions are told. */
export interface ReactionRule {
  readonly mode: 'off' | 'own' | 'all' | 'allowlist'
  readonly allowed: readonly string[]
}

/** What is told: who did it, where, and the line; undefined parts mean that nothing is told. */
interface Told {
  readonly id: string
  readonly chat: string | undefined
  readonly user: string | undefined
  readonly text: string
}

const short = (text: string) => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

function reaction(e: SlackEvent, me: Me, rule: ReactionRule, by: string): Told | undefined {
  const { item, user, reaction: name } = e
  if (item?.type !== 'message' || !item.ts || !user || !name || rule.mode === 'off') return undefined
  if (rule.mode === 'own' && e.item_user !== me.user) return undefined
  if (rule.mode === 'allowlist' && !rule.allowed.some((id) => id === user || id === '*')) return undefined
  const what = e.type === 'reaction_added' ? 'added' : 'removed'
  return {
    id: `reaction:${what}:${item.ts}:${user}:${name}:${e.event_ts ?? ''}`,
    chat: item.channel,
    user,
    text: `reaction ${what}: ${emojiOf(name)} by ${by} on msg ${item.ts}`,
  }
}

function pin(e: SlackEvent, me: Me, look: Look, by: string): Told | undefined {
  const message = e.item?.message
  const ts = message?.ts ?? e.item?.ts
  if (!ts) return undefined
  const what = e.type === 'pin_added' ? 'pinned' : 'unpinned'
  const chat = e.channel_id ?? e.channel ?? e.item?.channel ?? ''
  const shown = message && look.citable(placeOf(me, look, { chat }), message.user)
  const cited = shown ? `: ${short(textOf(message, look))}` : ''
  return {
    id: `pin:${what}:${ts}:${e.event_ts ?? ''}`,
    chat,
    user: e.user,
    text: `message ${what} by ${by}, msg ${ts}${cited}`,
  }
}

function edited(e: SlackEvent, me: Me, look: Look): Told | undefined {
  const { message: now, previous_message: before } = e
  // Slack also tells of previews it adds to links; those are no edits.
  if (!now?.ts || byUs(now, me) || now.text === before?.text || !now.user) return undefined
  const by = nameOf(look.user(now.user)) ?? now.user
  return {
    id: `edit:${now.ts}:${now.edited?.ts ?? e.event_ts ?? ''}`,
    chat: e.channel,
    user: now.user,
    text: `message edited by ${by}, msg ${now.ts}: ${short(textOf(now, look))}`,
  }
}

function deleted(e: SlackEvent, me: Me, look: Look): Told | undefined {
  const gone = e.previous_message
  if (!e.deleted_ts || !gone?.user || byUs(gone, me)) return undefined
  const by = nameOf(look.user(gone.user)) ?? gone.user
  return {
    id: `deleted:${e.deleted_ts}`,
    chat: e.channel,
    user: gone.user,
    text: `message of ${by} deleted, msg ${e.deleted_ts}`,
  }
}

function told(e: SlackEvent, me: Me, look: Look, rule: ReactionRule): Told | undefined {
  const by = e.user ? (nameOf(look.user(e.user)) ?? e.user) : 'somebody'
  switch (e.type === 'message' ? `message.${e.subtype ?? ''}` : e.type) {
    case 'message.message_changed':
      return edited(e, me, look)
    case 'message.message_deleted':
      return deleted(e, me, look)
    case 'reaction_added':
    case 'reaction_removed':
      return reaction(e, me, rule, by)
    case 'pin_added':
    case 'pin_removed':
      return pin(e, me, look, by)
    case 'member_joined_channel':
      return { id: `joined:${e.user}:${e.event_ts ?? ''}`, chat: e.channel, user: e.user, text: `${by} joined` }
    case 'member_left_channel':
      return { id: `left:${e.user}:${e.event_ts ?? ''}`, chat: e.channel, user: e.user, text: `${by} left` }
    case 'message.channel_name':
    case 'message.group_name':
      return {
        id: `renamed:${e.ts ?? ''}`,
        chat: e.channel,
        user: e.user,
        text: `channel renamed by ${by}: #${e.old_name ?? '?'} is now #${e.name ?? '?'}`,
      }
    default:
      return undefined
  }
}

/** What an event tells beside messages; undefined for what we did ourselves, and what is not to be told. */
export function toHappening(e: SlackEvent, me: Me, look: Look, rule: ReactionRule): Happening | undefined {
  const found = told(e, me, look, rule)
  if (!found?.chat || !found.user || found.user === me.user) return undefined
  const thread = e.message?.thread_ts ?? e.previous_message?.thread_ts
  return {
    id: found.id,
    at: toMs(e.event_ts ?? e.ts ?? '0'),
    ...placeOf(me, look, { chat: found.chat, thread, channel_type: channelType(e) }),
    from: look.user(found.user) ?? { id: found.user },
    text: found.text,
  }
}

/** Joins say `C` and `G` where messages say `channel` and `group`. */
const channelType = (e: SlackEvent) => ({ C: 'channel', G: 'group' })[e.channel_type ?? ''] ?? e.channel_type
