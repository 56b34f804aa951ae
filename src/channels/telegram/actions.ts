// What else a bot can do: topics, stickers, and questions about chats and their members.
import { z } from 'zod'
import type { ChannelAction } from '../../define/channel.ts'
import type { TelegramAccount } from './account.ts'
import type { Bot } from './api.ts'

const target = z.string().min(1).describe('the chat')

/** An action whose parameters are checked before it runs. */
const action = <P extends z.ZodObject>(
  summary: string,
  changes: boolean,
  params: P,
  run: (params: z.output<P>, signal: AbortSignal) => Promise<unknown>,
): ChannelAction => ({ summary, changes, params, run })

/** The actions of a bot that its account's `actions` leave open. */
export function actionsOf(bot: Bot, gates: TelegramAccount['actions']): Readonly<Record<string, ChannelAction>> {
  const all = allOf(bot)
  const shut = [gates?.sticker === false && 'sticker-send', gates?.sendMessage === false && 'thread-create']
  return Object.fromEntries(Object.entries(all).filter(([name]) => !shut.includes(name)))
}

const allOf = (bot: Bot): Readonly<Record<string, ChannelAction>> => ({
  'thread-create': action(
    'Opens a topic in a forum.',
    true,
    z.strictObject({ target, threadName: z.string().min(1).max(128).describe('its name') }),
    (p, signal) =>
      bot.call('createForumTopic', (api, s) => api.createForumTopic({ chat_id: p.target, name: p.threadName }, s), {
        signal,
      }),
  ),
  'sticker-send': action(
    'Sends a sticker Telegram knows.',
    true,
    z.strictObject({ target, stickerId: z.array(z.string().min(1)).length(1).describe('its file id') }),
    (p, signal) => {
      const args = { chat_id: p.target, sticker: p.stickerId[0] as string }
      return bot.call('sendSticker', (api, s) => api.sendSticker(args, s), { signal })
    },
  ),
  'channel-info': action('Says what a chat is.', false, z.strictObject({ target }), (p, signal) =>
    bot.call('getChat', (api, s) => api.getChat({ chat_id: p.target }, s), { signal }),
  ),
  'member-info': action(
    'Says who someone is in a chat.',
    false,
    z.strictObject({ target, userId: z.string().regex(/^\d+$/).describe('their id') }),
    (p, signal) =>
      bot.call('getChatMember', (api, s) => api.getChatMember({ chat_id: p.target, user_id: Number(p.userId) }, s), {
        signal,
      }),
  ),
})

/** How many of the listed groups the bot is in, as the end of a sentence; empty when none is listed by number. */
export async function membership(
  bot: Bot,
  me: number,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const ids = groups.filter((id) => /^-\d+$/.test(id)).slice(0, 20)
  if (!ids.length) return ''
  const seen = await Promise.all(
    ids.map(async (id) => {
      const ask = { chat_id: id, user_id: me }
      const found = await bot
        .call('getChatMember', (api, s) => api.getChatMember(ask, s), { signal })
        .catch(() => undefined) // not there, which is what is asked
      return found && !['left', 'kicked'].includes(found.status) ? undefined : id
    }),
  )
  const away = seen.filter((id) => id !== undefined)
  return away.length ? `, not in ${away.join(', ')}: add the bot there` : `, in all ${ids.length} listed groups`
}
