// The people of a fake Discord: they write, react, use slash commands and press buttons.
import type { discordGateway } from './discord-gateway.ts'
import type { performer, Pending } from './discord-perform.ts'
import type { Channel, Kept, World } from './discord-world.ts'

type Extra = Readonly<Record<string, unknown>>

/** What people can do in a world. */
export function discordPeople(
  world: World,
  gateway: ReturnType<typeof discordGateway>,
  acting: ReturnType<typeof performer>,
  app: string,
) {
  function interact(at: Channel, name: string, type: number, data: object, message?: Kept): Pending {
    const id = world.nextId()
    const one: Pending = {
      id,
      token: `token-${id}`,
      channel: at.id,
      answer: undefined,
      original: undefined,
      followUps: [],
    }
    acting.pending.set(id, one)
    const who = world.user(name)
    const about = at.guild_id
      ? { guild_id: at.guild_id, member: { user: who, nick: null, roles: world.memberOf(at.guild_id, who).roles } }
      : { user: who }
    gateway.tell('INTERACTION_CREATE', {
      id,
      application_id: app,
      type,
      token: one.token,
      version: 1,
      channel_id: at.id,
      channel: at,
      data,
      ...about,
      ...(message ? { message: world.shown(message) } : {}),
    })
    return one
  }

  return {
    /** A person writes. */
    says(at: Channel, name: string, text: string, extra: Extra = {}): Kept {
      const reply = extra['message_reference']
      return world.write(at, world.user(name), text, { extra, ...(reply ? { raw: { message_reference: reply } } : {}) })
    },
    /** The direct chat with a person. */
    direct: (name: string) => world.direct(world.user(name)),
    /** A channel of a server; both exist from now on. */
    channel(guild: string, name: string, type = 0): Channel {
      const of = [...world.guilds.values()].find((g) => g.name === guild) ?? world.guild(guild)
      const found = [...world.channels.values()].find((c) => c.guild_id === of.id && c.name === name)
      return found ?? world.addChannel({ type, name, guild_id: of.id })
    },
    /** A person uses a slash command. */
    command(at: Channel, name: string, command: string, options: Readonly<Record<string, string>> = {}): Pending {
      const given = Object.entries(options).map(([key, value]) => ({ name: key, type: 3, value }))
      return interact(at, name, 2, { id: '1', type: 1, name: command, options: given })
    },
    /** A person presses a button. */
    press: (at: Channel, name: string, message: Kept, data: string): Pending =>
      interact(at, name, 3, { custom_id: data, component_type: 2 }, message),
    /** A person chooses from a list. */
    choose: (at: Channel, name: string, message: Kept, list: string, values: readonly string[]): Pending =>
      interact(at, name, 3, { custom_id: list, component_type: 3, values }, message),
    /** A person fills in a form that a button of a message opened. */
    fills: (
      at: Channel,
      name: string,
      message: Kept,
      form: string,
      fields: Readonly<Record<string, string>>,
    ): Pending =>
      interact(
        at,
        name,
        5,
        {
          custom_id: form,
          components: Object.entries(fields).map(([custom_id, value]) => ({
            type: 1,
            components: [{ type: 4, custom_id, value }],
          })),
        },
        message,
      ),
    /** A person reacts to a message, or takes it back. */
    react(at: Channel, name: string, message: Kept, emoji: string, change: 'ADD' | 'REMOVE' = 'ADD') {
      const who = world.user(name)
      const server = at.guild_id
      const member = server && { user: who, nick: null, roles: world.memberOf(server, who).roles }
      const data = {
        user_id: who.id,
        channel_id: at.id,
        message_id: message.id,
        emoji: { id: null, name: emoji },
        burst: false,
        ...(server ? { guild_id: server } : {}),
        ...(change === 'ADD' ? { message_author_id: message.author.id, ...(member ? { member } : {}) } : {}),
      }
      gateway.tell(`MESSAGE_REACTION_${change}`, data, server)
    },
  }
}
