// One socket to WhatsApp: opened, watched, and closed so that nothing of it escapes.
import type { BinaryNode, CacheStore } from 'baileys'
import type { Clock } from '../../../lib/clock.ts'
import { describeError } from '../../../lib/fault.ts'
import type { Log } from '../../../lib/log.ts'
import type { WhatsAppAccount } from '../account.ts'
import { loggerOf, type Baileys, type Sock } from './baileys.ts'
import type { Ended } from './policy.ts'
import type { Recent } from './recent.ts'
import type { Vault } from './vault.ts'

type Options = Parameters<Baileys['makeWASocket']>[0]

/** What a link works with, and whom it tells. */
export interface LinkKit {
  readonly baileys: Baileys
  readonly account: WhatsAppAccount
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  readonly recent: Recent
  readonly groups: NonNullable<Options['cachedGroupMetadata']>
  /** Our hand on decrypting: see intake.ts. */
  readonly makeSignalRepository: NonNullable<Options['makeSignalRepository']>
  /** Each stanza as it comes, before Baileys sees it. */
  heard(node: BinaryNode | undefined): void
}

/** What a link tells while it lives. */
export interface LinkNews {
  /** A QR code to scan; told anew while nobody does. */
  onCode?(qr: string): void
  /** The phone has confirmed us; the credentials are on their way to the disk. */
  onPaired?(): void
}

/** A socket to WhatsApp. */
export interface Link {
  readonly sock: Sock
  /** Resolves once messages can flow; never rejects: a link that does not open ends. */
  readonly opened: Promise<void>
  /** Resolves when it is over, however that came about. */
  readonly ended: Promise<Ended>
  readonly over: boolean
  /** When WhatsApp last said anything, by the clock's `monotonic`; undefined until it did. */
  lastAt(): number | undefined
  /** Asks WhatsApp for a sign of life; it comes as a stanza. */
  ping(): void
  /** Ends it at once, without waiting for the other side. */
  end(code: number, why: string): void
}

/** How long (ms) Baileys may wait by itself; our own watch is stricter, and these only end what it forgot. */
const connectMs = 20_000
const watchdogMs = 30 * 60_000

/** Kinds of history that are only past messages: FULL and RECENT, by WhatsApp's numbers. */
const pastMessages: ReadonlySet<number> = new Set([2, 3])

/** A store Baileys keeps small things in, without a timer of its own. */
function cache(): CacheStore {
  const all = new Map<string, unknown>()
  return {
    get: (key) => all.get(key) as never,
    set: (key, value) => {
      all.set(key, value)
      const [oldest] = all.keys()
      if (all.size > 5000 && oldest !== undefined) all.delete(oldest)
    },
    del: (key) => void all.delete(key),
    flushAll: () => all.clear(),
  }
}

/** Events whose listeners run one after the other: messages would overtake those whose sender has to be looked up. */
const inOrder: ReadonlySet<string | symbol> = new Set(['CB:message'])

/** Makes every listener of an emitter safe: what it throws, now or later, ends the link and nothing else. */
function guard(emitter: Sock['ws'], over: () => boolean, broke: (error: unknown) => void) {
  for (const event of emitter.eventNames()) {
    let tail: Promise<unknown> | undefined
    for (const listener of emitter.listeners(event)) {
      const call = async (args: unknown[]): Promise<unknown> => (over() ? undefined : listener(...args))
      emitter.removeListener(event, listener as () => void)
      emitter.on(event, (...args: unknown[]) => {
        const done = (tail && inOrder.has(event) ? tail.then(() => call(args)) : call(args)).catch(broke)
        if (inOrder.has(event)) tail = done
      })
    }
  }
}

/** The number of an error of Baileys: of an answer, or of why a connection ended. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { output, data } = error as { output?: { statusCode?: number }; data?: unknown }
  return typeof data === 'number' && !Number.isNaN(data) ? data : output?.statusCode
}

/** Opens a socket. */
export function openLink(kit: LinkKit, news: LinkNews = {}): Link {
  const { baileys, account, vault, clock, log } = kit
  let lastAt: number | undefined
  let over = false
  let finish: (ended: Ended) => void = () => undefined
  let open: () => void = () => undefined
  const ended = new Promise<Ended>((resolve) => (finish = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))

  const sock = baileys.makeWASocket({
    auth: { creds: vault.creds, keys: vault.keys },
    logger: loggerOf(log),
    ...(account.webSocketUrl ? { waWebSocketUrl: account.webSocketUrl } : {}),
    ...(account.version ? { version: account.version } : {}),
    connectTimeoutMs: connectMs,
    keepAliveIntervalMs: watchdogMs,
    // A write that failed is told at once: what could not be stored must not be acknowledged meanwhile.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
    emitOwnEvents: false,
    markOnlineOnConnect: false,
    syncFullHistory: false,
    // Only what brings the phone numbers of hidden ids; past messages are the phone's.
    shouldSyncHistoryMessage: ({ syncType }) => !pastMessages.has(Number(syncType)),
    getMessage: (key) => Promise.resolve(kit.recent.byId(key.id ?? '')?.message),
    cachedGroupMetadata: kit.groups,
    makeSignalRepository: kit.makeSignalRepository,
    msgRetryCounterCache: cache(),
    callOfferCache: cache(),
    placeholderResendCache: cache(),
  })

  // Baileys keeps what a message changes until after it is sent. A process that ends between would use a key twice, and
  // nobody could read the next message: so keys are written at once, which is before the message leaves.
  Object.assign(sock.authState.keys, { get: vault.keys.get, set: vault.keys.set })

  function end(code: number, why: string) {
    if (over) return
    over = true
    finish({ code, why, answered: lastAt !== undefined })
    // Baileys waits for the other side to close; a peer that is gone never does.
    void sock
      .end(undefined)
      .catch((error: unknown) => log.debug('a link did not close well', { why: describeError(error) }))
    const { socket } = sock.ws as unknown as { socket: { terminate(): void } | null }
    socket?.terminate()
  }

  const isOver = () => over
  guard(sock.ws, isOver, (error) => {
    log.warn('the link to WhatsApp broke', { why: describeError(error) })
    end(500, describeError(error))
  })
  // Told by the socket itself: after a failure to connect Baileys waits for a close that has been.
  sock.ws.on('error', (error: unknown) => end(408, describeError(error)))
  sock.ws.on('unexpected-response', (_: unknown, answer: { statusCode?: number }) =>
    end(408, `it answered ${answer.statusCode} instead of opening a socket`),
  )
  sock.ws.on('close', () => end(428, 'the connection was closed'))
  sock.ws.prependListener('frame', (frame: BinaryNode | Uint8Array) => {
    lastAt = clock.monotonic()
    if (!over) kit.heard(frame instanceof Uint8Array ? undefined : frame)
  })
  sock.ev.on('creds.update', () => {
    vault.saveCreds().catch((error: unknown) => end(500, describeError(error)))
  })
  sock.ev.on('connection.update', (update) => {
    if (update.qr !== undefined) news.onCode?.(update.qr)
    if (update.isNewLogin) news.onPaired?.()
    if (update.connection === 'open') open()
    if (update.connection !== 'close') return
    const error = update.lastDisconnect?.error
    end(codeOf(error) ?? 428, error?.message ?? 'the connection was closed')
  })

  return {
    sock,
    opened,
    ended,
    get over() {
      return over
    },
    lastAt: () => lastAt,
    ping() {
      const ping = {
        tag: 'iq',
        attrs: { id: sock.generateMessageTag(), to: baileys.S_WHATSAPP_NET, type: 'get', xmlns: 'w:p' },
        content: [{ tag: 'ping', attrs: {} }],
      }
      sock.sendNode(ping).catch((error: unknown) => end(428, describeError(error)))
    },
    end,
  }
}
