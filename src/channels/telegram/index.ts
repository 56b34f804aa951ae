// The Telegram channel: one bot per account, by long polling or webhook.
import { readFile } from 'node:fs/promises'
import type { Update } from 'grammy/types'
import { defineChannel, type ChannelContext, type Connection } from '../../define/channel.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { proxyFetch } from '../../lib/proxy-fetch.ts'
import { account, buttonsOf, groupRule, missing, target, type TelegramAccount } from './account.ts'
import { openBot, publicRoot, type Bot } from './api.ts'
import { privacyCheck, tokenCheck } from './check.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { actionsOf, membership } from './actions.ts'
import { toInbound, toMigration, type Inbound, type Me } from './inbound.ts'
import { withMedia, type Downloads } from './media.ts'
import { edit, gestures, limits, send, type Outgoing } from './outbound.ts'
import { poll, type Hearing } from './poll.ts'
import { answerWebhook, listenWebhook, setWebhook, watchWebhook, type Webhook } from './webhook.ts'

type Context = ChannelContext<TelegramAccount>

const defaultMediaMb = 5
const usualPath = '/telegram-webhook'

/** The bot token: written in the config, or in a file. Throws INVALID_REQUEST when there is none. */
async function tokenOf(a: TelegramAccount): Promise<string> {
  if (a.botToken) return a.botToken.reveal()
  const why = missing(a)
  if (!a.tokenFile) throw new Fault('INVALID_REQUEST', why ?? 'not configured: no bot token')
  const text = await readFile(a.tokenFile, 'utf8').catch((cause: unknown) => {
    throw new Fault('INVALID_REQUEST', `channels.telegram.tokenFile ${a.tokenFile} cannot be read; check its path`, {
      cause,
    })
  })
  return text.trim()
}

/** The entries of the bot's menu: https://core.telegram.org/bots/api#botcommand. */
function menuOf(ctx: Context) {
  const custom = ctx.account.customCommands ?? []
  const all = [...ctx.commands.map((c) => ({ command: c.name, description: c.description })), ...custom]
  const byName = new Map(
    all
      .map((c) => ({ command: c.command.replace(/^\//, '').toLowerCase(), description: c.description.slice(0, 256) }))
      .filter((c) => /^[a-z0-9_]{1,32}$/.test(c.command) && c.description.trim())
      .map((c) => [c.command, c] as const),
  )
  return [...byName.values()].slice(0, 100)
}

/** Shows our commands in the bot's menu. The bot works without it, so nobody waits for it. */
function showMenu(ctx: Context, bot: Bot): void {
  const commands = ctx.account.commands?.native === false ? [] : menuOf(ctx)
  const done = bot
    .call('setMyCommands', (api, s) => api.setMyCommands({ commands }, s), { signal: ctx.scope.signal })
    .then(
      () => undefined,
      (error: unknown) => ctx.log.warn('the menu of commands could not be set', { why: describeError(error) }),
    )
  const forget = ctx.scope.defer('menu', () => done)
  void done.finally(forget)
}

/** Reads updates for one account; what is malformed is logged and passed over, so that it cannot block the rest. */
function reader(ctx: Context, me: Me) {
  return (update: Update) => {
    try {
      const moved = toMigration(update)
      if (moved)
        ctx.moved(moved.from, moved.to).catch((error: unknown) =>
          ctx.log.warn('a group has a new id; rename it in channels.telegram.groups', {
            ...moved,
            why: describeError(error),
          }),
        )
      return toInbound(update, me, ctx.clock.now())
    } catch (error) {
      ctx.log.error('an update could not be read', { update: update.update_id, why: describeError(error) })
      return undefined
    }
  }
}

/** Whether the agent is to hear of a reaction: of those to its own messages unless the account says otherwise. */
function wanted(ctx: Context, { to, replyTo }: InboundMessage): boolean {
  const which = ctx.account.reactionNotifications ?? 'own'
  return which === 'all' || (which === 'own' && ctx.ours(to.chat, replyTo?.id ?? ''))
}

/** Hands one thing over, its files fetched; a pressed button is told that it was heard. */
async function handOver(ctx: Context, bot: Bot, one: Inbound, d: Downloads, also?: Readonly<Record<string, string>>) {
  if (one.note) {
    if (wanted(ctx, one.message)) return void (await ctx.happened(one.message, also))
    for (const [key, value] of Object.entries(also ?? {})) ctx.state.set(key, value)
    return
  }
  await ctx.receive(one.files.length ? await withMedia(one, d) : one.message, also)
  const query = /^callback:(.+)$/.exec(one.message.id)?.[1]
  if (query === undefined) return
  bot
    .call('answerCallbackQuery', (api, s) => api.answerCallbackQuery({ callback_query_id: query }, s), {
      signal: d.signal,
    })
    .catch((error: unknown) => ctx.log.debug('a button was not answered', { why: describeError(error) }))
}

/** Hears by polling; a webhook left behind would forbid it. */
async function openPoll(ctx: Context, hear: Hearing, bot: number): Promise<undefined> {
  await hear.bot.call('deleteWebhook', (api, s) => api.deleteWebhook({}, s), { signal: hear.signal })
  ctx.status('online')
  const polling = poll({ ...hear, state: ctx.state, offsetKey: `offset:${bot}` })
  ctx.scope.defer('poll', () => polling)
}

/** Hears by webhook. Throws INVALID_REQUEST without a secret, since anybody could write to us then. */
async function openWebhook(ctx: Context, hear: Hearing, url: string) {
  const secret = ctx.account.webhookSecret?.reveal()
  if (!secret) throw new Fault('INVALID_REQUEST', missing(ctx.account) ?? 'not configured: webhookSecret')
  const hook: Webhook = { ...hear, secret, url }
  const { webhookPath: path = usualPath, webhookHost: host, webhookPort: port } = ctx.account
  listenWebhook(hook, { path, host, port }, ctx.scope)
  await setWebhook(hook)
  ctx.status('online')
  const watching = watchWebhook(hook)
  ctx.scope.defer('webhook', () => watching)
  return (request: Request) => answerWebhook(hook, request)
}

async function connect(ctx: Context): Promise<Connection> {
  const { account: a, scope } = ctx
  ctx.status('connecting')
  const bot = await openBot({
    token: await tokenOf(a),
    apiRoot: a.apiRoot ?? publicRoot,
    fetch: proxyFetch(ctx.fetch, ctx.account.proxy),
    clock: ctx.clock,
    timeoutMs: (a.timeoutSeconds ?? 30) * 1000,
  })
  const user = await bot.call('getMe', (api, s) => api.getMe(s), { signal: scope.signal })
  const me: Me = {
    id: user.id,
    username: user.username,
    account: ctx.accountId,
    commands: new Set(menuOf(ctx).map((c) => c.command)),
  }
  const downloads: Downloads = {
    bot,
    fetch: proxyFetch(ctx.fetch, ctx.account.proxy),
    media: ctx.media,
    clock: ctx.clock,
    log: ctx.log,
    signal: scope.signal,
    maxBytes: (a.mediaMaxMb ?? defaultMediaMb) * 1_000_000,
  }
  const hear: Hearing = {
    bot,
    clock: ctx.clock,
    log: ctx.log,
    signal: scope.signal,
    read: reader(ctx, me),
    receive: (inbound, also) => handOver(ctx, bot, inbound, downloads, also),
    status: (state, why) => ctx.status(state, why),
    fail: (error) => ctx.fail(error),
  }
  const webhook = a.webhookUrl ? await openWebhook(ctx, hear, a.webhookUrl) : await openPoll(ctx, hear, user.id)
  showMenu(ctx, bot)
  const out: Outgoing = {
    bot,
    media: ctx.media,
    tables: a.markdown?.tables ?? 'code',
    linkPreview: a.linkPreview ?? true,
    maxBytes: Math.min(limits.media, (a.mediaMaxMb ?? Infinity) * 1_000_000),
    buttons: buttonsOf(a),
  }
  return {
    me: { id: String(user.id), handle: user.username, name: user.first_name },
    send: (message, signal) => send(out, message, signal),
    edit: (at, id, text, signal) => edit(out, at, id, text, signal),
    ...gestures(bot, scope.signal),
    actions: actionsOf(bot, a.actions),
    ...(webhook ? { webhook } : {}),
    async probe(signal) {
      const now = await bot.call('getMe', (api, s) => api.getMe(s), { signal })
      const hook = await bot.call('getWebhookInfo', (api, s) => api.getWebhookInfo(s), { signal })
      const mode = hook.url ? `webhook ${hook.url}` : 'polling'
      const groups = await membership(bot, user.id, Object.keys(a.groups ?? {}), signal)
      return `@${now.username} (${now.id}), ${mode}, ${hook.pending_update_count} updates waiting${groups}`
    },
  }
}

/** The Telegram channel. */
export const telegram = defineChannel({
  id: 'telegram',
  summary: 'Talks as a Telegram bot, in direct chats, groups, forums and channels.',
  label: 'Telegram',
  detailLabel: 'Telegram Bot',
  systemImage: 'paperplane',
  get account() {
    return account()
  },
  limits,
  idempotent: false,
  setup: [
    {
      key: 'botToken',
      label: 'Bot token',
      help: 'Write /newbot to @BotFather in Telegram; the token is in its answer.',
      secret: true,
      check: (value) =>
        /^\d{5,}:[\w-]{30,}$/.test(value.trim())
          ? undefined
          : 'a bot token looks like 123456789:AAE…, digits, a colon and at least 30 letters',
    },
    {
      key: 'allowFrom',
      label: 'Who may write to the bot',
      help: 'Your numeric Telegram id, several separated by commas; leave it empty to pair by code.',
      optional: true,
      check: (value) =>
        value
          .split(',')
          .map((id) => id.trim())
          .every((id) => !id || /^\d+$/.test(id) || id === '*')
          ? undefined
          : 'ids are numbers such as 123456789; write to @userinfobot to learn yours',
    },
  ],
  can: [
    'direct',
    'group',
    'channel',
    'thread',
    'media',
    'voice',
    'sticker',
    'buttons',
    'edit',
    'delete',
    'react',
    'pin',
    'typing',
    'commands',
  ],
  polls: { options: 12, multiple: true, minOpenMs: 5000, maxOpenMs: 600_000 },
  targetHint: '<chat id> or @name',
  target,
  mode: (a) => (a.webhookUrl ? 'webhook' : 'polling'),
  path: (a) => (a.webhookUrl ? (a.webhookPath ?? usualPath) : undefined),
  checks: [tokenCheck, privacyCheck],
  env: { botToken: 'TELEGRAM_BOT_TOKEN' },
  missing,
  group: groupRule,
  connect,
})
