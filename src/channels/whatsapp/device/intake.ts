// Takes messages from the socket to the engine without losing one.
//
// Baileys sends WhatsApp the receipt of a message before anybody hears of the message, and by then the Signal session
// has moved on, so that the same message could not be decrypted again. So we put a hand on decrypting, which Baileys
// awaits before the receipt: the changed keys and the decrypted message become durable in one transaction there. When
// that fails, the link is cut before anything is acknowledged and the keys are as before: WhatsApp brings the message
// again. From there on it is ours: it is handed over, tried again while it cannot be stored, and forgotten only after.
import type { BinaryNode, proto } from 'baileys'
import type { AccountState } from '../../../define/channel.ts'
import type { Clock } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import { backoff, type Backoff } from '../../../lib/retry.ts'
import type { Baileys, Logger } from './baileys.ts'
import { isForUs, toInbound, type Envelope, type Me } from './inbound.ts'
import { openJournal, type Kept } from './journal.ts'
import type { Vault } from './vault.ts'

type Make = NonNullable<Parameters<Baileys['makeWASocket']>[0]['makeSignalRepository']>
type Info = proto.IWebMessageInfo

/** Waits while messages cannot be stored. */
const storeBackoff: Backoff = { firstMs: 1000, factor: 2, maxMs: 30_000, jitter: 0.2 }

/** What the intake works with. */
export interface IntakeKit {
  readonly baileys: Baileys
  readonly state: AccountState
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  me(): Me
  /** Cuts the link at once, before anything is acknowledged. */
  cut(why: string): void
  /** Hands an envelope over; rejects when it was not stored. */
  give(envelope: Envelope): Promise<void>
}

/** The way in. */
export interface Intake {
  /** Hears of a stanza before Baileys does. */
  heard(node: BinaryNode): void
  /** Baileys' decrypting, with our hand on it. */
  readonly makeSignalRepository: Make
  /** Takes a message that came in another way: the phone had to be asked for it. */
  take(info: Info): Promise<void>
  /** Hands over what earlier connections left. */
  recover(): void
  /** Resolves when nothing is being handed over any more. */
  idle(): Promise<void>
}

/** Opens the way in. */
export function openIntake(kit: IntakeKit): Intake {
  const { baileys, vault, log } = kit
  const journal = openJournal(baileys, kit.state, (row, error) =>
    log.error('a kept message cannot be read', { row, why: describeError(error) }),
  )
  const nodes = new WeakMap<Uint8Array, BinaryNode>()
  const tails = new Map<string, Promise<void>>()

  const envelopeOf = (info: Info & { key: proto.IMessageKey }, message: proto.IMessage): Envelope => {
    const seconds = Number(info.messageTimestamp ?? 0)
    const key: proto.IMessageKey & { remoteJidAlt?: string; participantAlt?: string } = info.key
    return {
      chat: key.remoteJid ?? '',
      ...(key.remoteJidAlt ? { chatAlt: key.remoteJidAlt } : {}),
      id: key.id ?? '',
      fromMe: key.fromMe ?? false,
      ...(key.participant ? { author: key.participant } : {}),
      ...(key.participantAlt ? { authorAlt: key.participantAlt } : {}),
      at: seconds > 0 ? seconds * 1000 : kit.clock.now(),
      ...(info.pushName ? { name: info.pushName } : {}),
      message,
    }
  }

  /** What a decrypted part of a stanza is to us; undefined for keys, settings, and what others are to read. */
  function read(ciphertext: Uint8Array, plain: Uint8Array): Envelope | undefined {
    const node = nodes.get(ciphertext)
    if (!node || node.attrs['category'] === 'peer') return undefined
    try {
      const me = kit.me()
      const { fullMessage } = baileys.decodeMessageNode(node, me.jid, me.lid ?? '')
      const message = baileys.proto.Message.decode(baileys.unpadRandomMax16(plain))
      const envelope = envelopeOf(fullMessage, message.deviceSentMessage?.message ?? message)
      return isForUs(envelope, me) && toInbound(envelope, me) ? envelope : undefined
    } catch (error) {
      log.error('a message could not be read', { id: node.attrs['id'], why: describeError(error) })
      return undefined
    }
  }

  /** Changes keys; they are durable when it resolves. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => vault.together(work, () => ({}))

  /** Decrypts; what it says is durable with the keys it used up, or nothing happened. */
  async function decrypt(ciphertext: Uint8Array, work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    let kept: Kept | undefined
    let decrypted = false
    try {
      const plain = await vault.together(work, (value) => {
        decrypted = true
        const envelope = read(ciphertext, value)
        if (!envelope) return {}
        const entry = journal.enter(envelope)
        kept = entry.kept
        return entry.rows
      })
      if (kept) offer(kept)
      return plain
    } catch (error) {
      // Decrypting that failed is for Baileys to mend: it asks the sender for the message again.
      if (decrypted) kit.cut('a message could not be stored')
      throw error
    }
  }

  /** Hands over in the order of the chat; one that cannot be stored holds up its own chat only. */
  function offer(kept: Kept) {
    const { chat } = kept.envelope
    const before = tails.get(chat) ?? Promise.resolve()
    const done = before.then(() => hand(kept))
    tails.set(chat, done)
    void done.then(() => {
      if (tails.get(chat) === done) tails.delete(chat)
    })
  }

  async function hand({ row, envelope }: Kept): Promise<void> {
    for (let tries = 0; !kit.signal.aborted; tries++) {
      try {
        await kit.give(envelope)
        await journal.done(row)
        return
      } catch (error) {
        if (kit.signal.aborted) return
        const waitMs = backoff(tries, storeBackoff, Math.random())
        log.warn('a message could not be stored; it is kept and tried again', { why: describeError(error), waitMs })
        await kit.clock.sleep(waitMs, kit.signal).catch(() => undefined)
      }
    }
  }

  return {
    heard(node) {
      if (node.tag !== 'message' || !Array.isArray(node.content)) return
      // Baileys takes what we missed aside, and newer messages would overtake it.
      delete node.attrs['offline']
      for (const child of node.content) if (child.content instanceof Uint8Array) nodes.set(child.content, node)
    },
    makeSignalRepository: (auth, logger: Logger, lookUp) => {
      const repository = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, logger, lookUp)
      return {
        ...repository,
        // One at a time with decrypting: libsignal would run what had to wait as a part of what it waited for.
        encryptMessage: (o) => alone(() => repository.encryptMessage(o)),
        encryptGroupMessage: (o) => alone(() => repository.encryptGroupMessage(o)),
        injectE2ESession: (o) => alone(() => repository.injectE2ESession(o)),
        deleteSession: (jids) => alone(() => repository.deleteSession(jids)),
        migrateSession: (from, to) => alone(() => repository.migrateSession(from, to)),
        decryptMessage: (o) => decrypt(o.ciphertext, () => repository.decryptMessage(o)),
        decryptGroupMessage: (o) => decrypt(o.msg, () => repository.decryptGroupMessage(o)),
      }
    },
    async take(info) {
      if (!info.message || !info.key) return
      const envelope = envelopeOf({ ...info, key: info.key }, info.message)
      if (!isForUs(envelope, kit.me()) || !toInbound(envelope, kit.me())) return
      const { kept, rows } = journal.enter(envelope)
      await kit.state.write(rows)
      offer(kept)
    },
    recover: () => journal.left().forEach(offer),
    async idle() {
      while (tails.size) await Promise.all(tails.values())
    },
  }
}
