// One Slack app at work: over a socket we open, or by calls to our port.
import { z } from 'zod'
import type { ChannelContext, Connection } from '../../define/channel.ts'
import { Fault } from '../../lib/fault.ts'
import { newId } from '../../lib/ids.ts'
import { common, limits, missing, type SlackAccount } from './account.ts'
import { actions } from './actions.ts'
import { openWeb, publicRoot, type Web } from './api.ts'
import { callers } from './callers.ts'
import { directory } from './directory.ts'
import { gestures } from './gestures.ts'
import { hearing, type Hearing } from './hear.ts'
import type { Me } from './inbound.ts'
import type { CommandRule } from './interact.ts'
import { takeActions, takeCommand, type Interplay } from './interplay.ts'
import { edit, send, stream, type Outgoing } from './outbound.ts'
import { lookups } from './reading.ts'
import { openSocket } from './socket.ts'
import { threads } from './threads.ts'
import { watchSlack, webhook, type Webhook } from './webhook.ts'

type Context = ChannelContext<SlackAccount>

const defaultMediaMb = 20

const identity = z.looseObject({
  user_id: z.string(),
  user: z.string().catch('bot'),
  bot_id: z.string().optional().catch(undefined),
  team_id: z.string(),
  team: z.string().optional().catch(undefined),
  enterprise_id: z.string().optional().catch(undefined),
})

/** Asks who the bot token is for. */
async function whoAmI(web: Web, accountId: string, signal: AbortSignal): Promise<Me> {
  const answer = await web.call('auth.test', (w) => w.auth.test({}), { signal })
  const parsed = identity.safeParse(answer)
  if (!parsed.success)
    throw new Fault('UNAVAILABLE', 'Slack did not say who the bot is; is apiRoot the address of its Web API?')
  const { user_id: user, user: handle, bot_id: bot, team_id: team, team: teamName, enterprise_id } = parsed.data
  return {
    user,
    handle,
    account: accountId,
    team,
    ...(bot === undefined ? {} : { bot }),
    ...(teamName === undefined ? {} : { teamName }),
    ...(enterprise_id === undefined ? {} : { enterprise: enterprise_id }),
  }
}

const ruleOf = (ctx: Context): CommandRule => ({
  enabled: ctx.account.slashCommand?.enabled ?? false,
  name: ctx.account.slashCommand?.name ?? 'openclaw',
  sessionPrefix: ctx.account.slashCommand?.sessionPrefix ?? 'slack:slash',
  native: ctx.account.commands?.native === true,
  commands: ctx.commands,
})

/** Hears over a socket. */
async function hearBySocket(ctx: Context, web: Web, hear: Hearing, interplay: Interplay): Promise<undefined> {
  const { closed } = await openSocket({
    web,
    clock: ctx.clock,
    log: ctx.log,
    signal: ctx.scope.signal,
    async take(type, payload) {
      if (type === 'events_api') await hear.event(payload, true)
      else if (type === 'slash_commands') return takeCommand(interplay, payload, true)
      else if (type === 'interactive') await takeActions(interplay, payload, true)
      return undefined
    },
    status: (state, why) => ctx.status(state, why),
    fail: (error) => ctx.fail(error),
    gap: () => hear.gap(),
  })
  ctx.scope.defer('socket', () => closed)
}

/** Hears by calls of Slack. Throws INVALID_REQUEST without the signing secret, since anybody could call us then. */
function hearByCalls(ctx: Context, web: Web, hear: Hearing, interplay: Interplay) {
  const secret = ctx.account.signingSecret
  if (!secret?.reveal()) throw new Fault('INVALID_REQUEST', missing(ctx.account) ?? 'not configured: signingSecret')
  const hook: Webhook = {
    secret,
    web,
    clock: ctx.clock,
    log: ctx.log,
    signal: ctx.scope.signal,
    event: (body) => hear.event(body, false),
    command: (body) => takeCommand(interplay, body, false),
    actions: (body) => takeActions(interplay, body, false),
    status: (state, why) => ctx.status(state, why),
    fail: (error) => ctx.fail(error),
    gap: () => hear.gap(),
  }
  ctx.status('online')
  const watching = watchSlack(hook)
  ctx.scope.defer('watch', () => watching)
  return webhook(hook)
}

/** Connects an account; throws a Fault that says what is missing or refused. */
export async function connect(ctx: Context): Promise<Connection> {
  const { account: a, scope, clock, log } = ctx
  const { signal } = scope
  const why = missing(a)
  if (why) throw new Fault('INVALID_REQUEST', why)
  ctx.status('connecting')
  if (a.groupPolicy === undefined && common(a, ctx.source).groupPolicy === 'open')
    log.warn(
      'the config says nothing of slack, so every channel the bot is invited to is heard; ' +
        'narrow it with `oclaw config set channels.slack.groupPolicy allowlist`',
    )
  const tokens = { bot: a.botToken, app: a.appToken, user: a.userToken }
  const web = await openWeb({ tokens, apiRoot: a.apiRoot ?? publicRoot, fetch: ctx.fetch, clock })
  const me = await whoAmI(web, ctx.accountId, signal)
  const people = directory(web, clock, log, signal)
  const known = threads(ctx.state)
  const maxBytes = (a.mediaMaxMb ?? defaultMediaMb) * 1_000_000
  const downloads = { web, media: ctx.media, clock, log, signal, maxBytes }
  const hear = hearing({ ctx, web, me, directory: people, threads: known, downloads })
  const called = callers(web, clock, a.slashCommand?.ephemeral === false ? 'in_channel' : 'ephemeral')
  const interplay = { me, hearing: hear, directory: people, callers: called, rule: ruleOf(ctx), clock, log }
  const answer =
    a.mode === 'http' ? hearByCalls(ctx, web, hear, interplay) : await hearBySocket(ctx, web, hear, interplay)
  hear.gap()
  const out: Outgoing = {
    web,
    directory: people,
    callers: called,
    media: ctx.media,
    tables: a.markdown?.tables ?? 'code',
    names: { allowed: true },
    maxBytes: Math.min(limits.media, (a.mediaMaxMb ?? Infinity) * 1_000_000),
    spoke(chat, thread) {
      for (const [key, value] of Object.entries(known.note(chat, thread, true))) ctx.state.set(key, value)
    },
  }
  const allowed = a.actions ?? {}
  const lookup = { web, me, directory: people, look: hear.look, signal }
  return {
    me: { id: me.user, handle: me.handle, name: me.handle },
    send: (message, end) => send(out, message, end),
    stream: (message, person, end) => stream({ ...out, team: me.team }, message, person, end),
    edit: (at, id, text, end) => edit(out, at, id, text, end),
    ...gestures({ web, directory: people, log, signal }),
    ...lookups(lookup, {
      reactions: allowed.reactions !== false,
      messages: allowed.messages !== false,
      pins: allowed.pins !== false,
    }),
    actions: actions({
      web,
      directory: people,
      allowed,
      account: ctx.accountId,
      send: (message, end) => send(out, { id: newId('out', clock), media: [], ...message }, end),
    }),
    ...(answer ? { webhook: answer } : {}),
    async probe(end) {
      const now = await whoAmI(web, ctx.accountId, end)
      return `@${now.handle} (${now.user}) in ${now.teamName ?? now.team}, ${a.mode === 'http' ? 'webhook' : 'socket'}`
    },
  }
}
