// What else Slack can do, by name: about people and channels, emoji, search, scopes, threads.
import { z } from 'zod'
import type { ChannelAction } from '../../define/channel.ts'
import type { OutboundMessage } from '../../domain/message.ts'
import type { SlackAccount } from './account.ts'
import type { Web } from './api.ts'
import type { Directory } from './directory.ts'

/** What actions work with. */
export interface Acting {
  readonly web: Web
  readonly directory: Directory
  readonly allowed: NonNullable<SlackAccount['actions']>
  send(message: Pick<OutboundMessage, 'to' | 'text'>, signal: AbortSignal): Promise<{ readonly platformId: string }>
  readonly account: string
}

const action = <P extends z.ZodObject>(
  summary: string,
  params: P,
  run: (params: z.output<P>, signal: AbortSignal) => Promise<unknown>,
  changes = false,
): ChannelAction => ({ summary, changes, params, run })

const chat = () => z.string().min(1).describe('the channel: its id or #name')
const count = () => z.number().int().min(1).max(100).default(20).describe('at most this many')

const match = z.looseObject({
  ts: z.string().optional(),
  text: z.string().optional(),
  username: z.string().optional(),
  permalink: z.string().optional(),
  channel: z.looseObject({ id: z.string().optional(), name: z.string().optional() }).optional(),
})

/** Strips what is of no use to a reader from what Slack says of a person. */
const memberInfo = (web: Web) =>
  action(
    'Tells who a person of the workspace is.',
    z.strictObject({ userId: z.string().min(1).describe('the id, U…') }),
    async ({ userId: user }, signal) => {
      const { user: u } = await web.call('users.info', (w) => w.users.info({ user }), { signal })
      return {
        id: u?.id,
        handle: u?.name,
        name: u?.profile?.display_name || u?.real_name,
        title: u?.profile?.title,
        email: u?.profile?.email,
        timezone: u?.tz,
        status: u?.profile?.status_text,
        bot: u?.is_bot,
        admin: u?.is_admin,
        gone: u?.deleted,
      }
    },
  )

const channelInfo = ({ web, directory }: Acting) =>
  action('Tells what a channel is about.', z.strictObject({ target: chat() }), async (p, signal) => {
    const channel = await directory.conversation(p.target, signal)
    const args = { channel, include_num_members: true }
    const { channel: c } = await web.call('conversations.info', (w) => w.conversations.info(args), { signal })
    return {
      id: c?.id,
      name: c?.name,
      topic: c?.topic?.value,
      purpose: c?.purpose?.value,
      members: c?.num_members,
      private: c?.is_private,
      archived: c?.is_archived,
      joined: c?.is_member,
    }
  })

const emojiList = ({ web }: Acting) =>
  action('Lists the emoji the workspace has made for itself.', z.strictObject({}), async (_, signal) => {
    const { emoji } = await web.call('emoji.list', (w) => w.emoji.list({}), { signal })
    return { emoji: Object.keys(emoji ?? {}).sort() }
  })

const search = ({ web }: Acting) =>
  action(
    'Searches messages of the workspace, with what the user token may see.',
    z.strictObject({ query: z.string().min(1).describe('words, or Slack’s search terms'), limit: count() }),
    async ({ query, limit }, signal) => {
      const args = { query, count: limit }
      const answer = await web.call('search.messages', (w) => w.search.messages(args), { as: 'user', signal })
      const found: unknown[] = answer.messages?.matches ?? []
      return {
        messages: found.flatMap((one) => {
          const m = match.safeParse(one).data
          return m ? [{ id: m.ts, text: m.text, from: m.username, chat: m.channel, link: m.permalink }] : []
        }),
      }
    },
  )

const permissions = ({ web }: Acting) =>
  action('Tells which scopes the bot token has.', z.strictObject({}), async (_, signal) => {
    const answer = await web.call('auth.test', (w) => w.auth.test({}), { signal })
    return { bot: answer.user, workspace: answer.team, scopes: answer.response_metadata?.scopes ?? [] }
  })

const threadReply = (a: Acting) =>
  action(
    'Says something in a thread.',
    z.strictObject({
      target: chat(),
      replyTo: z
        .string()
        .regex(/^\d+\.\d+$/)
        .describe('the id of the message the thread is under'),
      message: z.string().min(1).max(4000).describe('what to say, in Markdown'),
    }),
    async (p, signal) => {
      const to = { channel: 'slack', account: a.account, chat: p.target, thread: p.replyTo }
      return { id: (await a.send({ to, text: p.message }, signal)).platformId }
    },
    true,
  )

/** The actions the account allows. */
export function actions(a: Acting): Readonly<Record<string, ChannelAction>> {
  const { allowed } = a
  return {
    ...(allowed.memberInfo === false ? {} : { 'member-info': memberInfo(a.web) }),
    ...(allowed.channelInfo === false ? {} : { 'channel-info': channelInfo(a) }),
    ...(allowed.emojiList === false ? {} : { 'emoji-list': emojiList(a) }),
    ...(allowed.search === false || !a.web.hasUser ? {} : { search: search(a) }),
    ...(allowed.permissions === false ? {} : { permissions: permissions(a) }),
    ...(allowed.messages === false ? {} : { 'thread-reply': threadReply(a) }),
  }
}
