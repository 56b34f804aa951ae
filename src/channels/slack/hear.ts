// Everything Slack tells us, on its way in: chats in order, each message stored before Slack is told that we have it.
import type { ChannelContext, Heard } from '../../define/channel.ts'
import type { InboundMessage } from '../../domain/message.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { backoff, type Backoff } from '../../lib/retry.ts'
import { channelEntry, citable, type SlackAccount } from './account.ts'
import type { Web } from './api.ts'
import type { Directory } from './directory.ts'
import { toHappening, type ReactionRule } from './happenings.ts'
import { readSpan } from './history.ts'
import { asEvent, toInbound, transcript, unknownsOf, type Inbound, type Look, type Me } from './inbound.ts'
import { withMedia, type Downloads } from './media.ts'
import { missed, type Missed } from './missed.ts'
import { eventBody, type SlackEvent } from './payload.ts'
import type { Threads } from './threads.ts'

/** Waits between attempts to store. */
const storeWait: Backoff = { firstMs: 1000, factor: 2, maxMs: 10_000, jitter: 0.1 }
const maxRemembered = 5000
/** Events held in memory while nothing can be stored; what comes then is read from the chats later. */
const maxWaiting = 2000
const initialThread = 20

/** What hearing works with. */
export interface HearingParts {
  readonly ctx: ChannelContext<SlackAccount>
  readonly web: Web
  readonly me: Me
  readonly directory: Directory
  readonly threads: Threads
  readonly downloads: Downloads
}

/** What hears. With `insist` what cannot be stored is tried again until it can; without, it rejects. */
export interface Hearing {
  readonly look: Look
  /** Takes an event in; resolves when it is stored, or is none for us. Rejects when it could not be stored. */
  event(body: unknown, insist: boolean): Promise<void>
  /** Takes a message in that is in no history, such as a command. */
  message(message: InboundMessage, insist: boolean): Promise<Heard>
  /** Called when there was a gap in hearing. */
  gap(): void
}

/** One thing at a time per chat, until the signal aborts. */
function lanes(signal: AbortSignal) {
  const tails = new Map<string, Promise<unknown>>()
  return <T>(chat: string, task: () => Promise<T>): Promise<T> => {
    const before = tails.get(chat) ?? Promise.resolve()
    const run = before.then(() => {
      // What came before may just have failed to be stored: nothing may overtake it.
      signal.throwIfAborted()
      return task()
    })
    const tail = run.catch(() => undefined)
    tails.set(chat, tail)
    void tail.then(() => tails.get(chat) === tail && tails.delete(chat))
    return run
  }
}

/** The events that end the account: nobody may speak for it any more. */
const ends = new Set(['tokens_revoked', 'app_uninstalled'])

/** Hears for one account. */
export function hearing(p: HearingParts): Hearing {
  const { ctx, web, me, directory, threads } = p
  const { account, clock, log, scope } = ctx
  const { signal } = scope
  const inLane = lanes(signal)
  const stored = new Set<string>()
  let waiting = 0
  const rule: ReactionRule = {
    mode: account.reactionNotifications ?? 'own',
    allowed: account.reactionAllowlist ?? [],
  }
  const look: Look = {
    ...directory.known,
    ours: (chat, thread) => threads.ours(chat, thread),
    bots: (chat, name) => channelEntry(account, chat, name)?.allowBots ?? account.allowBots ?? false,
    citable: (place, user) => user === me.user || citable(account, place, user),
  }
  const reading: Missed = missed({
    web,
    directory,
    threads,
    state: ctx.state,
    clock,
    log,
    signal,
    sinceKey: `since:${me.team}:${me.user}`,
    inTurn: inLane,
    hand: async (message, chat) => {
      await directory.learn({ users: [], chats: [chat] })
      await hand(asEvent(message, chat, undefined), chat, true)
    },
  })

  async function keep<T>(store: () => Promise<T>, insist: boolean): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await store()
      } catch (error) {
        if (!insist || signal.aborted) throw error
        log.warn('a message could not be stored; it will be tried again', { why: describeError(error) })
        await clock.sleep(backoff(tries, storeWait, Math.random()), signal)
      }
    }
  }

  /** What was said in a thread before we came into it. */
  async function withThread(inbound: Inbound): Promise<Inbound> {
    const { message } = inbound
    const { chat, thread } = message.to
    const limit = account.thread?.initialHistoryLimit ?? initialThread
    if (thread === undefined || !message.replyTo || limit === 0 || threads.known(chat, thread)) return inbound
    try {
      const { messages } = await readSpan(web, { chat, thread, latest: message.id }, signal)
      const [first, ...rest] = messages.filter((m) => look.citable(message, m.user))
      const before = first ? [first, ...(limit > 1 ? rest.slice(1 - limit) : [])] : []
      await directory.learn({ users: before.flatMap((m) => m.user ?? []), chats: [] })
      const text = transcript(before, look)
      return text ? { ...inbound, message: { ...message, replyTo: { ...message.replyTo, text } } } : inbound
    } catch (error) {
      log.debug('the beginning of a thread could not be read', { why: describeError(error) })
      return inbound
    }
  }

  /** What an event says; what cannot be read is logged and passed over, so that it cannot block the rest. */
  function read(e: SlackEvent) {
    try {
      const inbound = toInbound(e, me, look)
      return { inbound, happening: inbound ? undefined : toHappening(e, me, look, rule) }
    } catch (error) {
      log.error('an event could not be read', { type: e.type, ts: e.ts, why: describeError(error) })
      return { inbound: undefined, happening: undefined }
    }
  }

  async function hand(e: SlackEvent, chat: string, insist: boolean): Promise<void> {
    const ts = e.ts ?? ''
    const key = `${chat}/${ts}`
    if (e.type !== 'app_mention' && stored.has(key) && !e.subtype?.startsWith('message_')) return passed(chat, ts)
    await directory.learn(unknownsOf(e))
    const { inbound, happening } = read(e)
    if (!inbound) {
      if (happening) await keep(() => ctx.happened(happening), insist)
      return
    }
    if (stored.has(key)) return
    const whole = await withMedia(await withThread(inbound), p.downloads)
    const { thread } = whole.to
    const noted = thread === undefined ? {} : threads.note(chat, thread, false)
    await keep(() => ctx.receive(whole, { ...reading.position(chat, ts), ...noted }), insist)
    reading.moved(chat, ts)
    remember(key)
  }

  /** A message we have already: only the position may have to move. */
  function passed(chat: string, ts: string) {
    for (const [name, value] of Object.entries(reading.position(chat, ts))) ctx.state.set(name, value)
    reading.moved(chat, ts)
  }

  function remember(key: string) {
    stored.add(key)
    const oldest = stored.size > maxRemembered ? stored.values().next().value : undefined
    if (oldest !== undefined) stored.delete(oldest)
  }

  /** Whether an event is of the workspace the token is for. */
  const foreign = (team: string | undefined, enterprise: string | undefined) =>
    team !== undefined && team !== me.team && (enterprise === undefined || enterprise !== me.enterprise)

  /** What concerns ourselves and the chats as such. */
  function notice(e: SlackEvent) {
    if (ends.has(e.type))
      return ctx.fail(
        new Fault(
          'UNAUTHORIZED',
          'the app was removed from the workspace or its tokens were revoked; install it again at api.slack.com/apps ' +
            'and run `oclaw config set channels.slack.botToken <xoxb-…>`',
        ),
      )
    const chat = e.channel ?? e.channel_id
    if (chat && /^(channel|group)_rename$/.test(e.type)) directory.forget(chat)
    if (chat && e.type === 'member_joined_channel' && e.user === me.user) reading.start(chat, e.event_ts ?? '')
  }

  return {
    look,
    async event(body, insist) {
      const parsed = eventBody.safeParse(body)
      if (!parsed.success) return log.warn('Slack sent an event that is none', { keys: Object.keys(Object(body)) })
      const { event, team_id: team, enterprise_id: enterprise } = parsed.data
      if (foreign(team, enterprise)) return log.debug('an event of another workspace', { team })
      notice(event)
      const chat = event.channel ?? event.channel_id ?? event.item?.channel
      if (chat === undefined) return
      try {
        if (waiting >= maxWaiting) throw new Fault('LIMITED', 'too many messages wait to be stored')
        waiting++
        await inLane(chat, async () => {
          await reading.catchUp(chat)
          await hand(event, chat, insist)
        }).finally(() => waiting--)
      } catch (error) {
        if (!signal.aborted) reading.lost(chat)
        throw error
      }
    },
    message: (message, insist) => inLane(message.to.chat, async () => keep(() => ctx.receive(message), insist)),
    gap: () => reading.begin(),
  }
}
