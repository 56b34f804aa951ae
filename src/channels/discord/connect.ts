// One Discord bot at work: heard by its gateway and answered by its REST API.
import { z } from 'zod'
import type { ChannelContext, Connection } from '../../define/channel.ts'
import type { Address } from '../../domain/address.ts'
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { proxyFetch } from '../../lib/proxy-fetch.ts'
import { accentOf, allows, maxFileBytes, missing, openByEnv, type DiscordAccount } from './account.ts'
import { actionsOf } from './actions/index.ts'
import { pluralkit } from './pluralkit.ts'
import { openRest, publicRoot, type Rest } from './api.ts'
import { catchUp, forgetOld } from './catchup.ts'
import { menuOf, showMenu } from './commands.ts'
import { keepConnected, type Gateway } from './gateway.ts'
import { gestures } from './gestures.ts'
import { listener, type Listener } from './hear.ts'
import type { Me } from './inbound.ts'
import { intentsOf, presenceOf, switchesOf } from './identity.ts'
import { known, type Known } from './known.ts'
import type { Dispatch } from './link.ts'
import { fileHosts } from './media.ts'
import { natives } from './native.ts'
import { edit, send, type Outgoing } from './outbound.ts'
import { idInPath, nameOf, user } from './payload.ts'
import { readPosition, type Position } from './position.ts'
import { reader } from './reader.ts'

type Context = ChannelContext<DiscordAccount>

/** How long the first connection may take, in ms. */
const firstMs = 45_000

/** Where messages for a chat go: to its thread, or to the channel; that with a person is opened first. */
function channelFinder(rest: Rest) {
  const opened = new Map<string, string>()
  return async (at: Address, signal?: AbortSignal): Promise<string> => {
    const person = /^user:(\d+)$/.exec(at.chat)?.[1]
    if (person === undefined) return idInPath(at.thread ?? at.chat)
    const before = opened.get(person)
    if (before !== undefined) return before
    const body = { recipient_id: person }
    const answer = z.looseObject({ id: z.string() })
    const { id } = await rest.ask(answer, { method: 'POST', path: '/users/@me/channels', body, signal })
    opened.set(person, id)
    return id
  }
}

/** Shows our commands in Discord's menu. The bot works without it, so nobody waits for it. */
function tellCommands(ctx: Context, rest: Rest): void {
  const menu = ctx.account.commands?.native === false ? [] : menuOf(ctx.commands)
  const done = showMenu(rest, ctx.state, menu).catch((error: unknown) =>
    ctx.log.warn('the slash commands could not be registered', { why: describeError(error) }),
  )
  const forget = ctx.scope.defer('commands', () => done)
  void done.finally(forget)
}

/** Resolves when events flow. Throws UNAVAILABLE when that takes too long, so that all is begun anew. */
async function firstContact(ctx: Context, gateway: Gateway): Promise<void> {
  const late = new Fault('UNAVAILABLE', `Discord's gateway could not be reached within ${firstMs / 1000} s`)
  const limit = deadline(ctx.clock, firstMs, late, ctx.scope.signal)
  const over = new Promise<never>((_, reject) =>
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true }),
  )
  try {
    await Promise.race([gateway.settled, over])
  } finally {
    limit.done()
  }
}

function openGateway(
  ctx: Context,
  rest: Rest,
  start: Position | undefined,
  hear: (e: Dispatch, p: Position) => void,
  held: Listener,
): Gateway {
  const a = ctx.account
  if (!a.token) throw new Fault('INVALID_REQUEST', missing(a) ?? 'not configured')
  const gateway = keepConnected({
    rest,
    token: a.token,
    proxy: a.proxy,
    intents: intentsOf(a),
    switches: switchesOf(a),
    presence: presenceOf(a),
    clock: ctx.clock,
    log: ctx.log,
    signal: ctx.scope.signal,
    start,
    heard: hear,
    room: () => held.room(),
    full: () => held.full(),
    status: (state, why) => ctx.status(state, why),
    fail: (error) => ctx.fail(error),
  })
  ctx.scope.defer('gateway', () => gateway.ended)
  return gateway
}

/** What the bot says of itself for `channels status --probe`. */
async function probe(rest: Rest, gateway: Gateway, places: Known, signal: AbortSignal): Promise<string> {
  const now = await rest.ask(user, { method: 'GET', path: '/users/@me', signal })
  const ms = gateway.latencyMs()
  const beat = ms === undefined ? 'no heartbeat answered yet' : `heartbeat answered in ${Math.round(ms)} ms`
  return `@${now.username} (${now.id}), ${places.guilds.size} servers known, ${beat}`
}

/** Connects an account; throws a Fault that says what is missing or refused. */
export async function connect(ctx: Context): Promise<Connection> {
  const { account: a, scope } = ctx
  if (!a.token) throw new Fault('INVALID_REQUEST', missing(a) ?? 'not configured: no bot token')
  ctx.status('connecting')
  const root = a.apiRoot ?? publicRoot
  const fetch = proxyFetch(ctx.fetch, ctx.account.proxy)
  const rest = await openRest({ token: a.token, apiRoot: root, fetch, clock: ctx.clock, signal: scope.signal })
  const bot = await rest.ask(user, { method: 'GET', path: '/users/@me', signal: scope.signal })
  if (openByEnv(a, ctx.source))
    ctx.log.warn(
      'anybody may mention the bot in any server, since only the environment configures it; ' +
        'limit that with `oclaw config set channels.discord.groupPolicy allowlist`',
    )
  await forgetOld(ctx)
  const me: Me = { id: bot.id, account: ctx.accountId, ...(a.allowBots ? { bots: true } : {}) }
  const places = known(rest, me)
  const waiting = natives({ rest, state: ctx.state, clock: ctx.clock, log: ctx.log })
  const downloads = {
    fetch,
    media: ctx.media,
    clock: ctx.clock,
    log: ctx.log,
    signal: scope.signal,
    maxBytes: maxFileBytes(a),
    hosts: new Set([...fileHosts, ...(a.apiRoot ? [new URL(a.apiRoot).host] : [])]),
  }
  const { clock, log } = ctx
  const proxied = pluralkit({ rule: a.pluralkit, fetch, clock, log, signal: scope.signal })
  const read = reader({ proxied, ctx, rest, known: places, me, natives: waiting, commands: ctx.commands, downloads })
  const positionKey = `position:${bot.id}`
  const start = readPosition(ctx.state.get(positionKey))
  const held = listener(ctx, positionKey, start, (event) => read.read(event))
  const missed = catchUp({ ctx, rest, listener: held, hand: (m) => read.missed(m) })
  const hear = (event: Dispatch, position: Position) => {
    try {
      places.hear(event.type, event.data)
    } catch (error) {
      ctx.log.error('an event could not be read', { event: event.type, why: describeError(error) })
    }
    missed.heard(event)
    held.heard(event, position)
  }
  scope.defer('listener', () => held.close())
  const gateway = openGateway(ctx, rest, start, hear, held)
  await firstContact(ctx, gateway)
  tellCommands(ctx, rest)
  const channelOf = channelFinder(rest)
  const out: Outgoing = {
    rest,
    media: ctx.media,
    natives: waiting,
    state: ctx.state,
    clock,
    tables: a.markdown?.tables ?? 'code',
    accent: accentOf(a),
    maxBytes: maxFileBytes(a),
    channelOf,
    sent: new Map(),
  }
  const { react, ...small } = gestures({ rest, known: places, account: a, signal: scope.signal, channelOf })
  return {
    me: { id: bot.id, handle: bot.username, name: nameOf(bot) },
    send: (message, signal) => send(out, message, signal),
    edit: (at, id, text, signal) => edit(out, at, id, text, signal),
    ...small,
    ...(allows(a, 'reactions') ? { react } : {}),
    actions: actionsOf({ account: a, rest, known: places, media: ctx.media, gateway, me, clock: ctx.clock }),
    probe: (signal) => probe(rest, gateway, places, signal),
  }
}
