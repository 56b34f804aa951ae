// What the bot may do in a channel: https://discord.com/developers/docs/topics/permissions#permission-overwrites.
import { z } from 'zod'
import { Fault } from '../../../lib/fault.ts'
import { isThread, member } from '../payload.ts'
import type { Acting } from './define.ts'

const overwrite = z.looseObject({ id: z.string(), type: z.number(), allow: z.string(), deny: z.string() })
const place = z.looseObject({
  id: z.string(),
  type: z.number(),
  guild_id: z.string().optional(),
  parent_id: z.string().nullish(),
  permission_overwrites: z.array(overwrite).default([]),
})
const role = z.looseObject({ id: z.string(), permissions: z.string() })
const server = z.looseObject({ owner_id: z.string().optional(), roles: z.array(role) })

/** Names of the rights a person may ask for, by their bit. */
const names: readonly (readonly [number, string])[] = [
  [1, 'KICK_MEMBERS'],
  [2, 'BAN_MEMBERS'],
  [3, 'ADMINISTRATOR'],
  [4, 'MANAGE_CHANNELS'],
  [5, 'MANAGE_GUILD'],
  [6, 'ADD_REACTIONS'],
  [10, 'VIEW_CHANNEL'],
  [11, 'SEND_MESSAGES'],
  [13, 'MANAGE_MESSAGES'],
  [14, 'EMBED_LINKS'],
  [15, 'ATTACH_FILES'],
  [16, 'READ_MESSAGE_HISTORY'],
  [17, 'MENTION_EVERYONE'],
  [18, 'USE_EXTERNAL_EMOJIS'],
  [28, 'MANAGE_ROLES'],
  [30, 'MANAGE_GUILD_EXPRESSIONS'],
  [33, 'MANAGE_EVENTS'],
  [34, 'MANAGE_THREADS'],
  [35, 'CREATE_PUBLIC_THREADS'],
  [38, 'SEND_MESSAGES_IN_THREADS'],
  [40, 'MODERATE_MEMBERS'],
  [46, 'SEND_VOICE_MESSAGES'],
  [49, 'SEND_POLLS'],
  [51, 'PIN_MESSAGES'],
]

const administrator = 1n << 3n
const all = (1n << 53n) - 1n

/** The names of the rights in `bits`. */
export const permissionNames = (bits: bigint): string[] =>
  names.filter(([n]) => bits & (1n << BigInt(n))).map(([, name]) => name)

/** The rights of the bot in a channel; those of a thread are its channel's. Throws INVALID_REQUEST outside servers. */
export async function permissionsIn(a: Acting, channel: string, signal: AbortSignal): Promise<bigint> {
  const ask = <T>(answer: z.ZodType<T>, path: string) => a.rest.ask(answer, { method: 'GET', path, signal })
  const asked = await ask(place, `/channels/${channel}`)
  const here = isThread(asked.type) && asked.parent_id ? await ask(place, `/channels/${asked.parent_id}`) : asked
  const guild = here.guild_id
  if (guild === undefined)
    throw new Fault('INVALID_REQUEST', `channel ${channel} is in no server; permissions are a matter of servers`)
  const [of, us] = await Promise.all([
    ask(server, `/guilds/${guild}`),
    ask(member, `/guilds/${guild}/members/${a.me.id}`),
  ])
  if (of.owner_id === a.me.id) return all
  const ours = new Set([guild, ...us.roles])
  const base = of.roles.filter((r) => ours.has(r.id)).reduce((bits, r) => bits | BigInt(r.permissions), 0n)
  if (base & administrator) return all
  const apply = (bits: bigint, some: readonly z.output<typeof overwrite>[]) => {
    const deny = some.reduce((sum, o) => sum | BigInt(o.deny), 0n)
    const allow = some.reduce((sum, o) => sum | BigInt(o.allow), 0n)
    return (bits & ~deny) | allow
  }
  const list = here.permission_overwrites
  const everyone = list.filter((o) => o.id === guild)
  const roles = list.filter((o) => o.type === 0 && o.id !== guild && ours.has(o.id))
  const own = list.filter((o) => o.type === 1 && o.id === a.me.id)
  return [everyone, roles, own].reduce(apply, base)
}
