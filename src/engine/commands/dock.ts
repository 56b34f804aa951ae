// The commands that have the answers of a direct chat go to another channel of the same person.
import { Fault } from '../../lib/fault.ts'
import type { Address } from '../../domain/address.ts'
import type { Session } from '../../domain/session.ts'
import type { ChatCommand, CommandAsk } from './index.ts'
import { patchSession } from '../sessions/index.ts'
import type { World } from '../world.ts'

const channels = { telegram: 'Telegram', discord: 'Discord', slack: 'Slack', whatsapp: 'WhatsApp' } as const
type Dock = keyof typeof channels

/** Channels whose direct chats have the id of the person. */
const byPerson: readonly string[] = ['telegram', 'whatsapp']

/** Where the answers of a session go instead of the chat they were asked in; undefined for there. */
export function dockOf(s: Pick<Session, 'settings'>): Address | undefined {
  const { dock } = s.settings
  return dock === undefined ? undefined : (JSON.parse(dock) as Address)
}

/** The person's own chat on another channel, by `session.identityLinks`. Throws NOT_FOUND when it is not known. */
function chatOn(world: World, { row }: CommandAsk, channel: Dock): Address {
  const { to, from } = row.message
  const links = Object.values(world.settings.identityLinks())
  const own = [`${to.channel}:${from.id}`, from.id].map((x) => x.toLowerCase())
  const mine = links.find((list) => list.some((id) => own.includes(id.toLowerCase())))
  const id = mine?.find((x) => x.toLowerCase().startsWith(`${channel}:`))?.slice(channel.length + 1)
  if (id === undefined)
    throw new Fault(
      'NOT_FOUND',
      `which account of ${channels[channel]} is yours is not known; \`oclaw config set session.identityLinks.<you> '["${own[0]}","${channel}:<id>"]'\` says so`,
    )
  const account = 'default'
  if (!world.settings.account(channel, account))
    throw new Fault('NOT_FOUND', `${channels[channel]} is not set up (channels.${channel})`)
  return { channel, account, chat: byPerson.includes(channel) ? id : `user:${id}` }
}

/** The commands: one for each channel. */
export const dockCommands = (world: World): ChatCommand[] =>
  (Object.keys(channels) as Dock[]).map((channel) => ({
    name: `dock-${channel}`,
    aliases: [`dock_${channel}`],
    summary: `Has answers of this chat go to ${channels[channel]}.`,
    run: async (ask) => {
      const { message } = ask.row
      if (message.kind !== 'direct' || message.to.channel === 'webchat')
        throw new Fault('INVALID_REQUEST', 'this is for direct chats of a channel')
      const home = message.to.channel === channel
      const dock = home ? null : JSON.stringify(chatOn(world, ask, channel))
      await patchSession(world, ask.session, { settings: { dock } })
      return {
        reply: home
          ? 'Answers come here again.'
          : `Answers go to ${channels[channel]} now; /dock-${message.to.channel} brings them back.`,
      }
    },
  }))
