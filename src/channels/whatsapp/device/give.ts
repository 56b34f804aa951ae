// Hands what came in to the engine: names and files looked up, votes read, and the message marked as read once heard.
import type { ChannelContext } from '../../../define/channel.ts'
import { describeError } from '../../../lib/fault.ts'
import type { WhatsAppAccount } from '../account.ts'
import { withMedia, type Downloads } from '../download.ts'
import { isGroup, isLid, phoneOf } from '../jid.ts'
import type { Baileys } from './baileys.ts'
import type { RemoteFile } from './content.ts'
import type { Groups } from './groups.ts'
import { isSelfChat, placeOf, toInbound, toVote, type Envelope, type Me } from './inbound.ts'
import type { Link } from './link.ts'
import { fetchable, publicMedia } from './media.ts'
import { readVote } from './polls.ts'
import type { Recent } from './recent.ts'

/** What handing over works with. */
export interface Giving {
  readonly ctx: ChannelContext<WhatsAppAccount>
  readonly baileys: Baileys
  readonly recent: Recent
  readonly groups: Groups
  me(): Me
  link(): Link | undefined
}

/** WhatsApp's own key of a message. */
const keyOf = (e: Envelope) => ({
  remoteJid: e.chat,
  id: e.id,
  fromMe: e.fromMe,
  ...(e.author ? { participant: e.author } : {}),
})

/** Makes the function that hands an envelope over; it rejects when that was not stored. */
export function giver(g: Giving): (envelope: Envelope) => Promise<void> {
  const { ctx, baileys, recent, groups } = g
  const { account: a, log } = ctx
  const maxBytes = a.mediaMaxMb * 1_000_000
  const downloads: Downloads = { media: ctx.media, clock: ctx.clock, log, signal: ctx.scope.signal, maxBytes }

  /** The phone number behind a hidden id, when we have met it. */
  async function alt(jid: string | undefined, given: string | undefined): Promise<string | undefined> {
    if (!jid || !isLid(jid) || phoneOf(given)) return given
    const found = await g.link()?.sock.signalRepository.lidMapping.getPNForLID(jid)
    return found ?? given
  }

  async function known(e: Envelope): Promise<Envelope> {
    const [chatAlt, authorAlt] = [await alt(e.chat, e.chatAlt), await alt(e.author, e.authorAlt)]
    return { ...e, ...(chatAlt ? { chatAlt } : {}), ...(authorAlt ? { authorAlt } : {}) }
  }

  function remote(e: Envelope, file: RemoteFile) {
    return fetchable(file, {
      fetch: ctx.fetch,
      root: a.mediaUrl ?? publicMedia,
      maxBytes,
      async renew() {
        const sock = g.link()?.sock
        if (!sock) return undefined
        const fresh = await sock.updateMediaMessage({ key: keyOf(e), message: e.message })
        return fresh.message ? (baileys.assertMediaContent(fresh.message).directPath ?? undefined) : undefined
      },
    })
  }

  /** Lets the writer see that it was read; nobody waits for it. */
  function markRead(e: Envelope): void {
    if (a.sendReadReceipts === false || isSelfChat(e, g.me())) return
    const sock = g.link()?.sock
    sock
      ?.readMessages([keyOf(e)])
      .catch((error: unknown) => log.debug('a message could not be marked as read', { why: describeError(error) }))
  }

  const prefixed = (text: string) =>
    a.messagePrefix && text && !text.startsWith('/') ? `${a.messagePrefix} ${text}` : text

  return async (envelope) => {
    const e = await known(envelope)
    const me = g.me()
    const opened = toInbound(e, me)
    const { chat } = placeOf(e, me).to
    // Our own answers in the chat with ourselves come back from the phone.
    if (!opened || (e.fromMe && recent.get(chat, e.id)?.key.fromMe)) return
    const title = isGroup(e.chat) ? await groups.title(g.link()?.sock, e.chat) : undefined
    const named = title === undefined ? {} : { title }
    if (opened.kind === 'happening') return void (await ctx.happened({ ...opened.happening, ...named }))
    if (opened.kind === 'vote') {
      const vote = readVote(baileys, ctx.state, e, me, opened)
      return vote && void (await ctx.happened({ ...toVote(e, me, vote, vote.chosen), ...named }))
    }
    recent.add(chat, { key: keyOf(e), message: e.message })
    const files = opened.files.map((file) => remote(e, file))
    const message = await withMedia(
      { ...opened.message, text: prefixed(opened.message.text), ...named },
      files,
      downloads,
    )
    if ((await ctx.receive(message)) === 'heard') markRead(e)
  }
}
