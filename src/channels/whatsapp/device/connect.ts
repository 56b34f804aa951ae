// A running account of a linked device.
import type { ChannelContext, Connection } from '../../../define/channel.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import { limits, type WhatsAppAccount } from '../account.ts'
import { isLid, jidOf, nameOf, phoneOf } from '../jid.ts'
import { actions, find } from './actions.ts'
import { loadBaileys } from './baileys.ts'
import { giver } from './give.ts'
import { groups } from './groups.ts'
import type { Me } from './inbound.ts'
import { openIntake } from './intake.ts'
import { keepLinked, type Kept } from './keep.ts'
import { openLink, type Link } from './link.ts'
import { edit, react, remove, send, type Outgoing } from './outbound.ts'
import { notLinked, patienceOf } from './policy.ts'
import { presence } from './presence.ts'
import { recent } from './recent.ts'
import { linked } from './linked.ts'
import { openVault } from './vault.ts'

type Context = ChannelContext<WhatsAppAccount>

/** Connects a linked device; throws UNAUTHORIZED when it is not linked. */
export async function connectDevice(ctx: Context): Promise<Connection> {
  const { account: a, clock, log, scope, state } = ctx
  if (!linked(state)) throw notLinked()
  ctx.status('connecting')
  const baileys = await loadBaileys()
  const vault = openVault(baileys, state)
  const known = recent()
  const rooms = groups(clock, log, scope.signal)
  let kept: Kept | undefined
  const link = (): Link | undefined => kept?.link()

  const me = (): Me => {
    const own = vault.creds.me
    return {
      jid: own?.id ?? '',
      ...(own?.lid ? { lid: own.lid } : {}),
      account: ctx.accountId,
      selfChat: a.selfChatMode ?? false,
    }
  }
  const out: Outgoing = {
    baileys,
    clock,
    state,
    recent: known,
    media: ctx.media,
    fetch: ctx.fetch,
    tables: a.markdown?.tables ?? 'code',
    maxBytes: Math.min(limits.media, a.mediaMaxMb * 1_000_000),
    mediaUrl: a.mediaUrl,
    ours: (chat, id) => ctx.ours(chat, id),
    link() {
      const now = link()
      if (!now) throw new Fault('UNAVAILABLE', 'WhatsApp cannot be reached now', { retryAfterMs: 5000 })
      return now
    },
  }
  const give = giver({ ctx, baileys, recent: known, groups: rooms, me, link })
  let opening: Link | undefined
  const intake = openIntake({
    baileys,
    state,
    vault,
    clock,
    log,
    signal: scope.signal,
    me,
    give,
    cut: (why) => (link() ?? opening)?.end(500, why),
  })
  // What is being decrypted becomes durable before the next connection looks for what this one left.
  scope.defer('messages', () => vault.close().then(() => intake.idle()))
  // Before anything new can come: a chat keeps its order.
  intake.recover()

  const open = (): Link => {
    const made: Link = openLink({
      baileys,
      account: a,
      vault,
      clock,
      log,
      recent: known,
      groups: (jid) => rooms.get(made.sock, jid).catch(() => undefined),
      makeSignalRepository: intake.makeSignalRepository,
      heard(node) {
        if (node) intake.heard(node)
        if (link() === made) ctx.status('online')
      },
    })
    const { ev } = made.sock
    ev.on('messages.upsert', ({ messages, requestId }) => {
      // Only what the phone had to be asked for: all else came in by decrypting.
      if (requestId === undefined) return
      for (const info of messages)
        intake
          .take(info)
          .catch((error: unknown) => made.end(500, `a message could not be stored: ${describeError(error)}`))
    })
    ev.on('groups.update', (list) => list.forEach((g) => g.id && rooms.forget(g.id)))
    ev.on('group-participants.update', ({ id }) => rooms.forget(id))
    opening = made
    return made
  }
  const keeping = await keepLinked({
    clock,
    log,
    signal: scope.signal,
    patience: patienceOf(a),
    open,
    forget: () => vault.forget(),
    status: (is, why) => ctx.status(is, why),
    fail: (error) => ctx.fail(error),
  })
  kept = keeping
  scope.defer('link', () => keeping.done)

  const own = me()
  const show = presence({ clock, log, signal: scope.signal, link })
  const stop = scope.signal
  return {
    me: { id: nameOf(own.jid), ...(vault.creds.me?.name ? { name: vault.creds.me.name } : {}) },
    send: (message, signal) => send(out, message, signal),
    edit: (at, id, text, signal) => edit(out, at, id, text, signal),
    remove: (at, id) => remove(out, at, id, stop),
    react: (at, id, emoji, by) => react(out, at, { id, emoji, ...by }, stop),
    typing: (at) => show.typing(jidOf(at.chat)),
    find: (text, kind, limit) => find(out.link().sock, text, kind, limit),
    async members(at, limit) {
      const { participants } = await rooms.get(out.link().sock, jidOf(at.chat))
      return participants.slice(0, limit).map((p) => ({ id: phoneOf(p.phoneNumber ?? p.id) ?? nameOf(p.id) }))
    },
    actions: actions(a, rooms, () => out.link().sock),
    async probe() {
      const now = out.link()
      now.ping()
      const at = now.lastAt()
      const age = at === undefined ? 'nothing heard yet' : `heard ${Math.round((clock.monotonic() - at) / 1000)} s ago`
      const id = own.lid && isLid(own.jid) ? own.lid : (phoneOf(own.jid) ?? own.jid)
      return Promise.resolve(`${id}, linked device, ${age}`)
    },
  }
}
