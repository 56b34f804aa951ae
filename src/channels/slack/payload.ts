// What Slack brings us, parsed loosely: only the fields we read, and nothing is trusted to be there.
import { z } from 'zod'

const text = () => z.string().optional().catch(undefined)
const number = () => z.number().optional().catch(undefined)
const flag = () => z.boolean().optional().catch(undefined)

const file = z.looseObject({
  id: z.string(),
  name: text(),
  title: text(),
  mimetype: text(),
  size: number(),
  mode: text(),
  subtype: text(),
  file_access: text(),
  url_private: text(),
  url_private_download: text(),
})

const attachment = z.looseObject({
  fallback: text(),
  text: text(),
  pretext: text(),
  title: text(),
  author_name: text(),
  is_msg_unfurl: flag(),
  is_share: flag(),
})

/** The items of a list that fit; the others are left out. */
const items = <T extends z.ZodType>(item: T) =>
  z
    .array(z.unknown())
    .transform((list) => list.flatMap((one) => item.safeParse(one).data ?? []))
    .optional()
    .catch(undefined)

/** The text inside a block of a bot's message. */
const block = z.looseObject({
  type: z.string(),
  text: z.looseObject({ text: z.string() }).optional().catch(undefined),
})

const said = {
  subtype: text(),
  user: z
    .union([z.string(), z.looseObject({ id: z.string() }).transform((u) => u.id)])
    .optional()
    .catch(undefined),
  bot_id: text(),
  username: text(),
  bot_profile: z.looseObject({ name: text() }).optional().catch(undefined),
  text: text(),
  ts: text(),
  thread_ts: text(),
  parent_user_id: text(),
  hidden: flag(),
  files: items(file),
  attachments: items(attachment),
  blocks: items(block),
  edited: z.looseObject({ ts: text(), user: text() }).optional().catch(undefined),
  reply_count: number(),
  latest_reply: text(),
  reactions: items(z.looseObject({ name: z.string(), count: z.number(), users: z.array(z.string()).catch([]) })),
}

/** A message as it is in a chat's history. */
export const slackMessage = z.looseObject(said)

export type SlackMessage = z.output<typeof slackMessage>

/** An event: https://docs.slack.dev/reference/events. */
export const slackEvent = z.looseObject({
  ...said,
  type: z.string(),
  channel: z
    .union([z.string(), z.looseObject({ id: z.string() }).transform((c) => c.id)])
    .optional()
    .catch(undefined),
  channel_id: text(),
  channel_type: text(),
  event_ts: text(),
  message: slackMessage.optional().catch(undefined),
  previous_message: slackMessage.optional().catch(undefined),
  deleted_ts: text(),
  item: z
    .looseObject({ type: text(), channel: text(), ts: text(), message: slackMessage.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  item_user: text(),
  reaction: text(),
  name: text(),
  old_name: text(),
  inviter: text(),
})

export type SlackEvent = z.output<typeof slackEvent>
export type SlackFile = z.output<typeof file>

/** What surrounds an event, over the socket and over HTTP alike. */
export const eventBody = z.looseObject({
  team_id: text(),
  enterprise_id: text(),
  api_app_id: text(),
  event: slackEvent,
})

/** A slash command: https://docs.slack.dev/interactivity/implementing-slash-commands. */
export const commandBody = z.looseObject({
  command: z.string(),
  text: z.string().catch(''),
  user_id: z.string(),
  user_name: text(),
  channel_id: z.string(),
  channel_name: text(),
  team_id: text(),
  enterprise_id: text(),
  response_url: text(),
  trigger_id: z.string(),
})

export type SlackCommand = z.output<typeof commandBody>

/** A pressed button or a chosen entry: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload. */
export const actionBody = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({ id: z.string(), username: text(), name: text(), team_id: text() }),
  team: z.looseObject({ id: text() }).nullish().catch(undefined),
  enterprise: z.looseObject({ id: text() }).nullish().catch(undefined),
  channel: z.looseObject({ id: z.string(), name: text() }),
  container: z.looseObject({ message_ts: text(), thread_ts: text(), is_ephemeral: flag() }).optional().catch(undefined),
  message: z.looseObject({ ts: text(), thread_ts: text() }).optional().catch(undefined),
  response_url: text(),
  trigger_id: text(),
  actions: z.array(
    z.looseObject({
      action_id: z.string(),
      action_ts: text(),
      value: text(),
      selected_option: z.looseObject({ value: z.string() }).nullish().catch(undefined),
    }),
  ),
})

export type SlackAction = z.output<typeof actionBody>

/** What comes through the socket: https://docs.slack.dev/apis/events-api/using-socket-mode. */
export const envelope = z.looseObject({
  type: z.string(),
  envelope_id: text(),
  reason: text(),
  num_connections: number(),
  payload: z.unknown().optional(),
})
