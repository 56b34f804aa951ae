// The calls of Discord's API we use: what they take, and what Discord refuses.
import { z } from 'zod'

/** A refusal in Discord's words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly more: { readonly errors?: unknown; readonly retry_after?: number; readonly global?: boolean } = {},
  ) {
    super(message)
  }
}

const id = z.string().regex(/^\d{17,20}$/)
const text = (max: number) => z.string().min(1).max(max)
const mentions = z.strictObject({
  parse: z.array(z.enum(['users', 'roles', 'everyone'])),
  replied_user: z.boolean().optional(),
})
const attachment = z.strictObject({
  id: z.number(),
  filename: z.string(),
  duration_secs: z.number().positive().optional(),
  waveform: z.string().optional(),
})
const button = z.strictObject({
  type: z.literal(2),
  style: z.number().min(1).max(5),
  label: text(80),
  custom_id: text(100),
})
/** Lists to choose from: of texts (3), people, roles and channels. */
const list = z.strictObject({
  type: z.union([z.literal(3), z.number().min(5).max(8)]),
  custom_id: text(100),
  options: z
    .array(z.strictObject({ label: text(100), value: text(100) }))
    .max(25)
    .optional(),
  placeholder: text(150).optional(),
})
const row = z.strictObject({
  type: z.literal(1),
  components: z.union([z.array(button).min(1).max(5), z.array(list).length(1)]),
})
/** Components of the second kind: a text, a line, what holds them together. */
const piece: z.ZodType = z.union([
  row,
  z.strictObject({ type: z.literal(10), content: text(4000) }),
  z.strictObject({ type: z.literal(14), divider: z.boolean().optional() }),
  z.strictObject({
    type: z.literal(17),
    accent_color: z.number().int().min(0).max(0xffffff).optional(),
    components: z.array(z.lazy(() => piece)).min(1),
  }),
])
const form = z.strictObject({
  title: text(45),
  custom_id: text(100),
  components: z
    .array(
      z.strictObject({
        type: z.literal(1),
        components: z
          .array(
            z.strictObject({ type: z.literal(4), custom_id: text(100), style: z.literal([1, 2]), label: text(45) }),
          )
          .length(1),
      }),
    )
    .min(1)
    .max(5),
})
const poll = z.strictObject({
  question: z.strictObject({ text: text(300) }),
  answers: z
    .array(z.strictObject({ poll_media: z.strictObject({ text: text(55) }) }))
    .min(1)
    .max(10),
  duration: z.number().int().min(1).max(768),
  allow_multiselect: z.boolean(),
})

/** https://discord.com/developers/docs/resources/message#create-message-jsonform-params */
export const messageBody = z.strictObject({
  content: z.string().max(2000).optional(),
  nonce: z.string().max(25).optional(),
  enforce_nonce: z.boolean().optional(),
  allowed_mentions: mentions.optional(),
  message_reference: z.strictObject({ message_id: id, fail_if_not_exists: z.boolean().optional() }).optional(),
  components: z.array(piece).max(40).optional(),
  attachments: z.array(attachment).max(10).optional(),
  sticker_ids: z.array(id).max(3).optional(),
  flags: z.number().int().optional(),
  poll: poll.optional(),
})

const edited = messageBody.pick({ content: true, allowed_mentions: true, components: true, attachments: true })
const threadName = { name: text(100), auto_archive_duration: z.literal([60, 1440, 4320, 10_080]).optional() }
const choice = z.strictObject({ name: text(100), value: z.string().max(100) })
const option = z.strictObject({
  type: z.literal(3),
  name: z.string().regex(/^[-_a-z0-9]{1,32}$/),
  description: text(100),
  required: z.boolean(),
  choices: z.array(choice).max(25).optional(),
})
const command = z.strictObject({
  type: z.literal(1),
  name: z.string().regex(/^[-_a-z0-9]{1,32}$/),
  description: text(100),
  options: z.array(option).max(25),
})
const nothing = z.undefined()

/** Bodies by route; `:name` stands for a part of the path. What is not here does not exist. */
export const routes = {
  'GET /users/@me': nothing,
  'GET /users/@me/guilds': nothing,
  'POST /users/@me/channels': z.strictObject({ recipient_id: id }),
  'GET /users/:user': nothing,
  'GET /applications/@me': nothing,
  'PUT /applications/:app/commands': z.array(command).max(100),
  'GET /gateway/bot': nothing,
  'GET /channels/:channel': nothing,
  'PATCH /channels/:channel': z.strictObject({
    name: text(100).optional(),
    topic: z.string().max(1024).optional(),
    parent_id: id.optional(),
  }),
  'DELETE /channels/:channel': nothing,
  'POST /channels/:channel/typing': nothing,
  'GET /channels/:channel/messages': nothing,
  'POST /channels/:channel/messages': messageBody,
  'GET /channels/:channel/messages/pins': nothing,
  'PUT /channels/:channel/messages/pins/:message': nothing,
  'DELETE /channels/:channel/messages/pins/:message': nothing,
  'GET /channels/:channel/messages/:message': nothing,
  'PATCH /channels/:channel/messages/:message': edited,
  'DELETE /channels/:channel/messages/:message': nothing,
  'GET /channels/:channel/messages/:message/reactions/:emoji': nothing,
  'PUT /channels/:channel/messages/:message/reactions/:emoji/@me': nothing,
  'DELETE /channels/:channel/messages/:message/reactions/:emoji/@me': nothing,
  'POST /channels/:channel/messages/:message/threads': z.strictObject(threadName),
  'POST /channels/:channel/threads': z.strictObject({
    ...threadName,
    type: z.literal(11).optional(),
    message: messageBody.optional(),
  }),
  'GET /channels/:channel/threads/archived/public': nothing,
  'GET /guilds/:guild': nothing,
  'GET /guilds/:guild/channels': nothing,
  'POST /guilds/:guild/channels': z.strictObject({
    name: text(100),
    type: z.number(),
    topic: z.string().max(1024).optional(),
    parent_id: id.optional(),
  }),
  'GET /guilds/:guild/roles': nothing,
  'GET /guilds/:guild/emojis': nothing,
  'POST /guilds/:guild/emojis': z.strictObject({
    name: z.string().regex(/^\w{2,32}$/),
    image: z.string().regex(/^data:image\/(png|jpeg|gif|webp);base64,/),
    roles: z.array(id).optional(),
  }),
  'POST /guilds/:guild/stickers': z.undefined(),
  'GET /guilds/:guild/threads/active': nothing,
  'GET /guilds/:guild/scheduled-events': nothing,
  'POST /guilds/:guild/scheduled-events': z.strictObject({
    name: text(100),
    privacy_level: z.literal(2),
    scheduled_start_time: z.iso.datetime({ offset: true }),
    scheduled_end_time: z.iso.datetime({ offset: true }).optional(),
    entity_type: z.number().min(1).max(3),
    description: z.string().max(1000).optional(),
    entity_metadata: z.strictObject({ location: text(100) }).optional(),
    channel_id: id.optional(),
  }),
  'GET /guilds/:guild/messages/search': nothing,
  'GET /guilds/:guild/members/search': nothing,
  'GET /guilds/:guild/members/:user': nothing,
  'PATCH /guilds/:guild/members/:user': z.strictObject({
    communication_disabled_until: z.iso.datetime({ offset: true }).nullable(),
  }),
  'DELETE /guilds/:guild/members/:user': nothing,
  'PUT /guilds/:guild/members/:user/roles/:role': nothing,
  'DELETE /guilds/:guild/members/:user/roles/:role': nothing,
  'PUT /guilds/:guild/bans/:user': z.strictObject({ delete_message_seconds: z.number().min(0).max(604_800) }),
  'GET /guilds/:guild/voice-states/:user': nothing,
  'POST /interactions/:id/:token/callback': z.strictObject({
    type: z.number(),
    data: z.union([z.strictObject({ content: text(2000), flags: z.number() }), form]).optional(),
  }),
  'POST /webhooks/:app/:token': messageBody.omit({ nonce: true, enforce_nonce: true, message_reference: true }),
  'PATCH /webhooks/:app/:token/messages/@original': edited,
  'DELETE /webhooks/:app/:token/messages/@original': nothing,
} as const

export type Route = keyof typeof routes

const patterns = Object.keys(routes).map((route) => {
  const [method = '', path = ''] = route.split(' ')
  return { route: route as Route, method, parts: path.split('/').slice(1) }
})

/** The route of a request and the named parts of its path; fixed parts win over named ones. */
export function findRoute(method: string, path: string) {
  const given = path.split('/').slice(1)
  for (const p of patterns) {
    if (p.method !== method || p.parts.length !== given.length) continue
    if (!p.parts.every((part, i) => part.startsWith(':') || part === given[i])) continue
    const params = Object.fromEntries(
      p.parts.flatMap((part, i) => (part.startsWith(':') ? [[part.slice(1), decodeURIComponent(given[i] ?? '')]] : [])),
    )
    return { route: p.route, params: params as Readonly<Record<string, string>> }
  }
  return undefined
}

/** Whether a route needs the bot's token; the others hold one of their own. */
export const isOpen = (route: Route): boolean => /^\w+ \/(webhooks|interactions)\//.test(route)

/** What Discord says of a body it does not take: https://discord.com/developers/docs/reference#error-messages. */
export function invalidForm(error: z.ZodError): Refusal {
  const errors: Record<string, unknown> = {}
  for (const issue of error.issues) {
    const path = [...issue.path.map(String), ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])]
    let at = errors
    for (const step of path) at = (at[step] ??= {}) as Record<string, unknown>
    at['_errors'] = [{ code: 'BASE_TYPE', message: issue.message }]
  }
  return new Refusal(400, 50_035, 'Invalid Form Body', { errors })
}
