// The methods of Slack's Web API we use: what they take, from which token, with which scope, and what is refused.
import { z } from 'zod'

/** A refusal in Slack's words. */
export class Refusal extends Error {
  constructor(
    readonly error: string,
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(error)
  }
}

export type Token = 'bot' | 'app' | 'user'

interface Method {
  readonly tokens: readonly Token[]
  /** One of these is needed. */
  readonly scopes: readonly string[]
  readonly params: z.ZodObject
}

const text = z.string()
const ts = z.string().regex(/^\d{10}\.\d{6}$/)
const flag = z.enum(['true', 'false']).transform((v) => v === 'true')
const int = z.string().regex(/^\d+$/).transform(Number)
const json = <T extends z.ZodType>(inner: T) =>
  z
    .string()
    .transform((v): unknown => JSON.parse(v))
    .pipe(inner)

const plain = z.strictObject({ type: z.literal('plain_text'), text: z.string().max(75), emoji: z.boolean().optional() })
const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().max(255),
  text: plain,
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
})

/** Blocks as far as we send them: https://docs.slack.dev/reference/block-kit/blocks. */
export const blocks = z
  .array(
    z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('section'),
        text: z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3000) }),
      }),
      z.strictObject({ type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
    ]),
  )
  .max(50)
  .refine((list) => {
    const ids = list.flatMap((b) => (b.type === 'actions' ? b.elements.map((e) => e.action_id) : []))
    return new Set(ids).size === ids.length
  })

const method = (tokens: string, scopes: string, params: z.core.$ZodLooseShape = {}): Method => ({
  tokens: tokens.split(' ') as Token[],
  scopes: scopes.split(' ').filter(Boolean),
  params: z.strictObject(params),
})

const page = { limit: int.optional(), cursor: text.optional() }
const span = { ...page, oldest: ts.optional(), latest: ts.optional(), inclusive: flag.optional() }
const lists = { ...page, types: text.optional(), exclude_archived: flag.optional() }
const history = 'channels:history groups:history im:history mpim:history'
const reads = 'channels:read groups:read im:read mpim:read'
const reaction = { channel: text, timestamp: ts, name: text }

/** Methods by name. */
export const methods: Readonly<Record<string, Method>> = {
  'auth.test': method('bot user app', ''),
  'apps.connections.open': method('app', ''),
  'users.info': method('bot user', 'users:read', { user: text }),
  'users.list': method('bot user', 'users:read', page),
  'users.conversations': method('bot user', reads, lists),
  'conversations.list': method('bot user', reads, lists),
  'conversations.members': method('bot user', reads, { channel: text, limit: int.optional(), cursor: text.optional() }),
  'conversations.info': method('bot user', reads, { channel: text, include_num_members: flag.optional() }),
  'conversations.open': method('bot', 'im:write', { users: text }),
  'conversations.history': method('bot user', history, { channel: text, ...span }),
  'conversations.replies': method('bot user', history, { channel: text, ts, ...span }),
  'chat.postMessage': method('bot', 'chat:write', {
    channel: text,
    text: text.optional(),
    mrkdwn: flag.optional(),
    unfurl_links: flag.optional(),
    unfurl_media: flag.optional(),
    thread_ts: ts.optional(),
    blocks: json(z.unknown()).optional(),
    username: text.optional(),
    icon_emoji: z
      .string()
      .regex(/^:[a-z0-9_+'-]+:$/)
      .optional(),
  }),
  'chat.postEphemeral': method('bot', 'chat:write', {
    channel: text,
    user: text,
    text: text.optional(),
    thread_ts: ts.optional(),
    blocks: json(z.unknown()).optional(),
  }),
  'chat.startStream': method('bot', 'chat:write', {
    channel: text,
    thread_ts: ts,
    markdown_text: text.max(12_000).optional(),
    recipient_user_id: text.optional(),
    recipient_team_id: text.optional(),
  }),
  'chat.appendStream': method('bot', 'chat:write', { channel: text, ts, markdown_text: text.max(12_000) }),
  'chat.stopStream': method('bot', 'chat:write', { channel: text, ts, markdown_text: text.max(12_000).optional() }),
  'chat.update': method('bot', 'chat:write', { channel: text, ts, text }),
  'chat.delete': method('bot', 'chat:write', { channel: text, ts }),
  'reactions.add': method('bot', 'reactions:write', reaction),
  'reactions.remove': method('bot', 'reactions:write', reaction),
  'reactions.get': method('bot', 'reactions:read', { channel: text, timestamp: ts, full: flag.optional() }),
  'pins.add': method('bot', 'pins:write', { channel: text, timestamp: ts }),
  'pins.remove': method('bot', 'pins:write', { channel: text, timestamp: ts }),
  'pins.list': method('bot', 'pins:read', { channel: text }),
  'files.info': method('bot', 'files:read', { file: text }),
  'files.delete': method('bot', 'files:write', { file: text }),
  'files.getUploadURLExternal': method('bot', 'files:write', { filename: text, length: int }),
  'files.completeUploadExternal': method('bot', 'files:write', {
    files: json(z.array(z.strictObject({ id: text, title: text.optional() })).min(1)),
    channel_id: text.optional(),
    thread_ts: ts.optional(),
    initial_comment: text.optional(),
  }),
  'assistant.threads.setStatus': method('bot', 'assistant:write', { channel_id: text, thread_ts: ts, status: text }),
  'emoji.list': method('bot', 'emoji:read'),
  'search.messages': method('user', 'search:read', { query: text, count: int.optional() }),
}

/** Every scope a bot may have been given. */
export const allScopes: readonly string[] = [
  ...new Set(
    Object.values(methods)
      .filter((m) => m.tokens.includes('bot'))
      .flatMap((m) => m.scopes),
  ),
  'app_mentions:read',
  'mpim:write',
]

/** The parameters of a call. Throws a Refusal for unknown methods, fields and scopes, and the wrong kind of token. */
export function readCall(
  name: string,
  token: Token,
  scopes: ReadonlySet<string>,
  body: string,
): Record<string, unknown> {
  const found = methods[name]
  if (!found) throw new Refusal('unknown_method')
  if (!found.tokens.includes(token)) throw new Refusal('not_allowed_token_type')
  if (token === 'bot' && found.scopes.length && !found.scopes.some((s) => scopes.has(s)))
    throw new Refusal('missing_scope', { needed: found.scopes.join(','), provided: [...scopes].join(',') })
  if (new URLSearchParams(body).has('username') && !scopes.has('chat:write.customize'))
    throw new Refusal('missing_scope', { needed: 'chat:write.customize', provided: [...scopes].join(',') })
  const parsed = found.params.safeParse(Object.fromEntries(new URLSearchParams(body)))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new Refusal('invalid_arguments', {
    response_metadata: { messages: [`[ERROR] ${issue?.message} [json-pointer:/${issue?.path.join('/')}]`] },
  })
}
