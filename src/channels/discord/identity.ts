// What the bot asks of the gateway and how it is shown: https://discord.com/developers/docs/events/gateway#gateway-intents.
import type { DiscordAccount } from './account.ts'
import type { Presence } from './gateway.ts'

const bit = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  guildReactions: 1 << 10,
  directMessages: 1 << 12,
  directReactions: 1 << 13,
  messageContent: 1 << 15,
} as const

/** The events we want to hear. */
export const intentsOf = (a: Pick<DiscordAccount, 'intents'>): number =>
  bit.guilds |
  bit.guildMessages |
  bit.guildReactions |
  bit.directMessages |
  bit.directReactions |
  bit.messageContent |
  (a.intents?.guildMembers ? bit.guildMembers : 0) |
  (a.intents?.presence ? bit.guildPresences : 0)

/** The switches of the Developer Portal these intents need. */
export const switchesOf = (a: Pick<DiscordAccount, 'intents'>): string =>
  [
    'Message Content Intent',
    ...(a.intents?.guildMembers ? ['Server Members Intent'] : []),
    ...(a.intents?.presence ? ['Presence Intent'] : []),
  ].join(' and ')

const custom = 4

/** How the bot is shown, as the config says; undefined when it says nothing. */
export function presenceOf(
  a: Pick<DiscordAccount, 'activity' | 'activityType' | 'activityUrl' | 'status'>,
): Presence | undefined {
  if (a.activity === undefined && a.status === undefined) return undefined
  const type = a.activityType ?? custom
  const activity =
    type === custom
      ? { name: 'Custom Status', type, state: a.activity }
      : { name: a.activity, type, ...(a.activityUrl ? { url: a.activityUrl } : {}) }
  return {
    since: null,
    afk: false,
    status: a.status ?? 'online',
    activities: a.activity === undefined ? [] : [activity],
  }
}
