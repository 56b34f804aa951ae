// What we read of Discord's payloads; everything else in them is let through unread.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'

const id = z.string().regex(/^\d{1,20}$/)

/** Fields Discord gives as null when there is nothing are the same to us as absent ones. */
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform((v) => v ?? undefined)

/** A list of which what we cannot read is passed over. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .nullish()
    .transform((list) =>
      (list ?? []).flatMap((one) => {
        const read = item.safeParse(one)
        return read.success ? [read.data] : []
      }),
    )

/** A person or bot. */
export const user = z.looseObject({
  id,
  username: z.string().default(''),
  global_name: maybe(z.string()),
  bot: maybe(z.boolean()),
})

/** What a server knows of a person. */
export const member = z.looseObject({
  user: maybe(user),
  nick: maybe(z.string()),
  roles: z.array(id).default([]),
})

const attachment = z.looseObject({
  id,
  filename: z.string().default('file'),
  url: z.string(),
  size: z.number().default(0),
  content_type: maybe(z.string()),
  description: maybe(z.string()),
})

const poll = z.looseObject({
  question: z.looseObject({ text: maybe(z.string()) }),
  answers: listOf(z.looseObject({ poll_media: z.looseObject({ text: maybe(z.string()) }) })),
})

const content = {
  content: z.string().default(''),
  attachments: listOf(attachment),
  embeds: listOf(z.looseObject({ title: maybe(z.string()), description: maybe(z.string()), url: maybe(z.string()) })),
  sticker_items: listOf(z.looseObject({ id, name: z.string() })),
  flags: z.number().default(0),
}

const emoji = z.looseObject({ id: maybe(id), name: maybe(z.string()) })

/** A message, from the gateway or read by REST. */
export const message = z.looseObject({
  ...content,
  id,
  channel_id: id,
  guild_id: maybe(id),
  author: user,
  member: maybe(member),
  timestamp: z.string(),
  type: z.number().default(0),
  webhook_id: maybe(id),
  mentions: listOf(user),
  mention_roles: z.array(id).default([]),
  poll: maybe(poll),
  message_reference: maybe(z.looseObject({ type: maybe(z.number()), message_id: maybe(id) })),
  referenced_message: maybe(z.looseObject({ ...content, id, author: user })),
  message_snapshots: listOf(z.looseObject({ message: z.looseObject(content) })),
  reactions: listOf(z.looseObject({ count: z.number(), me: z.boolean().default(false), emoji })),
})

/** A channel, thread or direct chat. */
export const channel = z.looseObject({
  id,
  type: z.number(),
  guild_id: maybe(id),
  name: maybe(z.string()),
  topic: maybe(z.string()),
  parent_id: maybe(id),
  owner_id: maybe(id),
  last_message_id: maybe(id),
  recipients: listOf(user),
})

/** A server as the gateway tells it when it becomes available. */
export const guild = z.looseObject({
  id,
  name: maybe(z.string()),
  unavailable: maybe(z.boolean()),
  channels: listOf(channel),
  threads: listOf(channel),
  members: listOf(member),
})

/** A reaction put on a message or taken off it. */
export const reaction = z.looseObject({
  user_id: id,
  channel_id: id,
  message_id: id,
  guild_id: maybe(id),
  member: maybe(member),
  message_author_id: maybe(id),
  emoji,
})

/** A slash command or a pressed button. */
export const interaction = z.looseObject({
  id,
  application_id: id,
  type: z.number(),
  token: z.string(),
  guild_id: maybe(id),
  channel_id: maybe(id),
  channel: maybe(channel),
  member: maybe(member),
  user: maybe(user),
  message: maybe(message),
  data: maybe(
    z.looseObject({
      name: maybe(z.string()),
      custom_id: maybe(z.string()),
      component_type: maybe(z.number()),
      values: listOf(z.string()),
      components: listOf(z.unknown()),
      options: listOf(z.looseObject({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
    }),
  ),
})

/** The first event of a session. */
export const ready = z.looseObject({
  session_id: z.string(),
  resume_gateway_url: z.string(),
  user,
  application: maybe(z.looseObject({ id })),
  guilds: listOf(z.looseObject({ id })),
})

export type UserPayload = z.output<typeof user>
export type MemberPayload = z.output<typeof member>
export type MessagePayload = z.output<typeof message>
export type AttachmentPayload = z.output<typeof attachment>
export type ChannelPayload = z.output<typeof channel>
export type GuildPayload = z.output<typeof guild>
export type ReactionPayload = z.output<typeof reaction>
export type InteractionPayload = z.output<typeof interaction>
export type EmojiPayload = z.output<typeof emoji>

/** An id as part of a path. Throws INVALID_REQUEST for anything else, so that no name of a message leads elsewhere. */
export function idInPath(text: string): string {
  if (/^\d{1,20}$/.test(text)) return text
  throw new Fault('INVALID_REQUEST', `"${text.slice(0, 40)}" is no id of Discord's; ids are numbers of about 18 digits`)
}

/** Kinds of channel: https://discord.com/developers/docs/resources/channel#channel-object-channel-types. */
export const channelTypes = {
  text: 0,
  dm: 1,
  voice: 2,
  groupDm: 3,
  category: 4,
  news: 5,
  stage: 13,
  forum: 15,
} as const

/** Whether a kind of channel is a thread. */
export const isThread = (type: number): boolean => type === 10 || type === 11 || type === 12

/** When a message was made, in ms: its id holds it. https://discord.com/developers/docs/reference#snowflakes */
export const timeOf = (id: string): number => Number((BigInt(id) >> 22n) + 1_420_070_400_000n)

/** The least id of a time in ms. */
export const idAt = (at: number): string => String(BigInt(Math.max(0, Math.floor(at) - 1_420_070_400_000)) << 22n)

/** Whether an id is younger than another. */
export const younger = (a: string, b: string): boolean => BigInt(a) > BigInt(b)

/** How a person is called. */
export const nameOf = (u: UserPayload, m?: MemberPayload): string => m?.nick ?? u.global_name ?? u.username
