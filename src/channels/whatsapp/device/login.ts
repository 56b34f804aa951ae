// Links an account to a phone, by a QR code or a code to type, and gives the link up.
import type { ChannelContext, LoginHow } from '../../../define/channel.ts'
import { deadline } from '../../../lib/clock.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import type { WhatsAppAccount } from '../account.ts'
import { nameOf, phoneOf, target } from '../jid.ts'
import { loadBaileys, type Baileys } from './baileys.ts'
import { openLink, type Link, type LinkNews } from './link.ts'
import { afterEnd, patienceOf, type Ended } from './policy.ts'
import { recent } from './recent.ts'
import { linked, unlink } from './linked.ts'
import { openVault, type Vault } from './vault.ts'

type Context = ChannelContext<WhatsAppAccount>

/** How long a person has to scan or type, and how long the link may take to open after that, in ms. */
const personMs = 180_000
const openMs = 60_000
const logoutMs = 15_000

/** A socket that links and no more: what people write meanwhile stays at WhatsApp, for the connection after. */
function lonely(ctx: Context, baileys: Baileys, vault: Vault, news: LinkNews): Link {
  const link: Link = openLink(
    {
      baileys,
      account: ctx.account,
      vault,
      clock: ctx.clock,
      log: ctx.log,
      recent: recent(),
      groups: () => Promise.resolve(undefined),
      makeSignalRepository(auth, logger, lookUp) {
        const made = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, lookUp)
        const later = async (): Promise<Uint8Array> => {
          await link.ended
          throw new Error('messages wait for the connection')
        }
        return { ...made, decryptMessage: later, decryptGroupMessage: later }
      },
      heard: () => undefined,
    },
    news,
  )
  const close = () => link.end(428, 'linking was given up')
  if (ctx.scope.signal.aborted) close()
  else ctx.scope.signal.addEventListener('abort', close, { once: true })
  void link.ended.then(() => ctx.scope.signal.removeEventListener('abort', close))
  return link
}

/** Resolves with how the link ended, or undefined once it is open; ends it when `ms` pass first. */
async function settled(ctx: Context, link: Link, ms: number, late: string): Promise<Ended | undefined> {
  const limit = deadline(ctx.clock, ms, new Fault('TIMEOUT', late))
  const end = () => link.end(408, late)
  limit.signal.addEventListener('abort', end, { once: true })
  try {
    return await Promise.race([link.opened.then(() => undefined), link.ended])
  } finally {
    limit.signal.removeEventListener('abort', end)
    limit.done()
  }
}

/** The digits of the number to ask a code for. Throws INVALID_REQUEST for what is no number. */
function digitsOf(phone: string): string {
  const chat = target(phone)?.chat ?? ''
  if (!chat.startsWith('+')) throw new Fault('INVALID_REQUEST', `"${phone}" is no phone number; write it as +49…`)
  return chat.slice(1)
}

/** Opens the first link and shows the person what to scan or type, until the phone has confirmed us. */
async function pair(ctx: Context, baileys: Baileys, vault: Vault, how: LoginHow): Promise<void> {
  let paired = false
  let asked = false
  const askCode = async (link: Link, digits: string) => {
    const code = await link.sock.requestPairingCode(digits)
    how.tell({ kind: 'code', code: `${code.slice(0, 4)}-${code.slice(4)}` })
  }
  const digits = how.phone === undefined ? undefined : digitsOf(how.phone)
  const link = lonely(ctx, baileys, vault, {
    onCode(qr) {
      if (digits === undefined) return how.tell({ kind: 'qr', text: qr })
      if (asked) return
      asked = true
      askCode(link, digits).catch((error: unknown) => link.end(500, describeError(error)))
    },
    onPaired() {
      paired = true
      how.tell({ kind: 'note', text: 'The phone has confirmed the device; finishing …' })
    },
  })
  const ended = await settled(ctx, link, personMs, 'nobody scanned or typed the code')
  ctx.scope.signal.throwIfAborted()
  if (paired || ended === undefined) return
  if (ended.code === 408 && ended.answered)
    throw new Fault(
      'TIMEOUT',
      'nobody scanned or typed the code in time; run `oclaw channels login --channel whatsapp` again',
    )
  throw new Fault('UNAVAILABLE', `WhatsApp did not link the device: ${ended.why}; try again in a minute`)
}

/** Opens the link of a device the phone has just confirmed; WhatsApp wants a new connection for it. */
async function confirm(ctx: Context, baileys: Baileys, vault: Vault): Promise<void> {
  for (let tries = 0; ; tries++) {
    const link = lonely(ctx, baileys, vault, {})
    const ended = await settled(ctx, link, openMs, 'WhatsApp did not answer')
    ctx.scope.signal.throwIfAborted()
    if (ended === undefined) {
      await vault.saveCreds()
      return link.end(428, 'linked')
    }
    const next = afterEnd(ended, tries, Math.random(), patienceOf(ctx.account).wait)
    if (next.kind === 'stop') throw next.fault
    if (next.kind === 'logged out' || tries >= 4)
      throw new Fault('UNAVAILABLE', `the device was linked, but WhatsApp did not let it in: ${ended.why}; try again`)
    await ctx.clock.sleep(next.waitMs, ctx.scope.signal)
  }
}

/** Links the account; see `Channel.login`. */
export async function login(ctx: Context, how: LoginHow): Promise<void> {
  if (how.phone !== undefined) digitsOf(how.phone)
  const baileys = await loadBaileys()
  if (linked(ctx.state)) {
    if (!how.force) {
      const id = openVault(baileys, ctx.state).creds.me?.id ?? ''
      return how.tell({ kind: 'note', text: `Already linked as ${nameOf(id)}.` })
    }
    await logout(ctx)
  }
  await unlink(ctx.state)
  const vault = openVault(baileys, ctx.state)
  try {
    await pair(ctx, baileys, vault, how)
    await confirm(ctx, baileys, vault)
  } catch (error) {
    await vault.forget()
    throw error
  }
  how.tell({ kind: 'note', text: `Linked as ${phoneOf(vault.creds.me?.id) ?? 'a device'}.` })
}

/** Gives the link up; see `Channel.logout`. */
export async function logout(ctx: Context): Promise<void> {
  if (linked(ctx.state)) {
    const baileys = await loadBaileys()
    const vault = openVault(baileys, ctx.state)
    const link = lonely(ctx, baileys, vault, {})
    const ended = await settled(ctx, link, logoutMs, 'WhatsApp did not answer')
    if (ended === undefined) {
      const device = {
        tag: 'remove-companion-device',
        attrs: { jid: vault.creds.me?.id ?? '', reason: 'user_initiated' },
      }
      const attrs = { to: baileys.S_WHATSAPP_NET, type: 'set', xmlns: 'md', id: link.sock.generateMessageTag() }
      const told = link.sock
        .query({ tag: 'iq', attrs, content: [device] })
        .catch((error: unknown) => ctx.log.warn('WhatsApp did not confirm the logout', { why: describeError(error) }))
      const limit = deadline(ctx.clock, logoutMs, new Error('late'), ctx.scope.signal)
      const late = new Promise((resolve) => limit.signal.addEventListener('abort', resolve, { once: true }))
      await Promise.race([told, link.ended, late])
      limit.done()
    } else ctx.log.warn('WhatsApp could not be told of the logout; remove the device on the phone', { why: ended.why })
    link.end(428, 'logged out')
    await vault.forget()
  }
  const rows = [...ctx.state.all('').keys()]
  await ctx.state.write(Object.fromEntries(rows.map((key) => [key, undefined])))
}
