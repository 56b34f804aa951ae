// Who is heard where on Discord, by servers, channels, people and roles: pure.
import type { GroupRule } from '../../define/account-fields.ts'
import type { Place } from '../../define/channel.ts'
import type { Person } from '../../domain/message.ts'
import { personEntry, type ChannelEntry, type DiscordAccount, type GuildEntry } from './account.ts'

/** A name as it is written in the config: lower case, words joined by hyphens. */
export const slug = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/^#/, '')
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')

/** The entry for an id or name; `*` stands for what is not listed. */
function entryOf<T>(entries: Readonly<Record<string, T>>, ids: readonly string[], name?: string): T | undefined {
  for (const id of ids) if (entries[id]) return entries[id]
  const wanted = name === undefined ? '' : slug(name)
  const named = wanted ? Object.entries(entries).find(([key]) => key !== '*' && slug(key) === wanted) : undefined
  return named?.[1] ?? entries['*']
}

/** What the config says of a server. */
export const guildEntry = (a: DiscordAccount, space: Place['space']): GuildEntry | undefined =>
  space && entryOf(a.guilds ?? {}, [space.id], space.name)

/** What the config says of a channel of a server; threads are their channel's unless they have an entry of their own. */
export function channelEntry(guild: GuildEntry, place: Pick<Place, 'to' | 'title'>): ChannelEntry | undefined {
  const { chat, thread } = place.to
  return entryOf(guild.channels ?? {}, thread === undefined ? [chat] : [thread, chat], place.title)
}

/** Whether a person is on a list of ids and user names; display names do not count, since anybody may take any. */
export function onList(list: readonly string[], who: Person): boolean {
  const own = [who.id, who.handle, who.handle && `@${who.handle}`].map((n) => n?.toLowerCase())
  return list.some((entry) => entry === '*' || own.includes(personEntry(entry).toLowerCase()))
}

/** The people heard somewhere: those listed, and the author when a role of theirs is; undefined when no list is there. */
function heardHere(lists: Pick<ChannelEntry, 'users' | 'roles'>, place: Place): string[] | undefined {
  const { users, roles } = lists
  if (!users?.length && !roles?.length) return undefined
  const byRole = roles?.some((role) => role === '*' || place.space?.roles?.includes(role)) ?? false
  return [...(users ?? []).map(personEntry), ...(byRole ? [place.from.id] : [])]
}

/** A chat of several people outside any server. */
function groupChat(a: DiscordAccount, place: Place): GroupRule {
  const listed = a.dm?.groupChannels ?? []
  const names = [place.to.chat, ...(place.title ? [slug(place.title)] : [])]
  const open =
    a.dm?.groupEnabled === true && (!listed.length || listed.some((l) => l === '*' || names.includes(slug(l))))
  return open ? { requireMention: false, ...anybody(a) } : { enabled: false }
}

/** All are heard, unless the account lists whom it hears in groups; that alone makes nobody's commands count. */
const anybody = (a: DiscordAccount) => ({
  allowFrom: a.groupAllowFrom?.map(personEntry) ?? ['*'],
  trusted: owners(a),
})

/** People whose commands count wherever they are heard. */
const owners = (a: DiscordAccount): string[] =>
  (a.allowFrom ?? a.dm?.allowFrom ?? []).map(personEntry).filter((entry) => entry !== '*')

/** The account's rule for a server's channel or a group chat. */
export function groupRule(a: DiscordAccount, place: Place): GroupRule | undefined {
  if (!place.space) return place.kind === 'direct' ? undefined : groupChat(a, place)
  const guild = guildEntry(a, place.space)
  if (!guild) return a.groupPolicy === 'open' ? anybody(a) : a.guilds === undefined ? undefined : { enabled: false }
  const channel = channelEntry(guild, place)
  const listsChannels = Object.keys(guild.channels ?? {}).length > 0
  if ((listsChannels && !channel) || channel?.allow === false || channel?.enabled === false) return { enabled: false }
  const own = channel && (channel.users?.length || channel.roles?.length) ? channel : guild
  const heard = heardHere(own, place)
  return {
    requireMention: channel?.requireMention ?? guild.requireMention,
    ...(heard ? { allowFrom: heard, trusted: [...heard.filter((entry) => entry !== '*'), ...owners(a)] } : anybody(a)),
    systemPrompt: channel?.systemPrompt,
    skills: channel?.skills,
    tools: channel?.tools ?? guild.tools,
    toolsBySender: channel?.toolsBySender ?? guild.toolsBySender,
  }
}

/** Whether the agent hears of a reaction: on a message of ours or not, by whom. */
export function hearsReaction(a: DiscordAccount, place: Place, onOurs: boolean): boolean {
  const guild = guildEntry(a, place.space)
  const mode = guild?.reactionNotifications ?? 'own'
  if (mode === 'allowlist') return onList(guild?.users ?? [], place.from)
  return mode === 'all' || (mode === 'own' && onOurs)
}
