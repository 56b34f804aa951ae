// Baileys, loaded when first needed, its talk kept out of our output and its ratchet mended.
import type * as baileys from 'baileys'
import { once } from '../../../lib/once.ts'
import type { Log } from '../../../lib/log.ts'
import { mendRatchet } from './ratchet.ts'

export type Baileys = typeof baileys
export type Sock = ReturnType<Baileys['makeWASocket']>
export type Logger = NonNullable<Parameters<Baileys['makeWASocket']>[0]['logger']>

/** What libsignal prints by itself, whole sessions with their keys among it. */
const chatter =
  /^(V1 session storage migration|Migrating session|Session already|Closing (open )?session|Opening session|Removing old closed|Failed to decrypt message with any|Session error:|Decrypted message with closed)/

/** Loads Baileys, its ratchet mended; from then on libsignal's chatter, which shows key material, is printed nowhere. */
export const loadBaileys = once(async (): Promise<Baileys> => {
  const [loaded, { SessionCipher }] = await Promise.all([import('baileys'), import('libsignal')])
  mendRatchet(SessionCipher)
  for (const level of ['info', 'warn', 'error'] as const) {
    const print = console[level].bind(console)
    console[level] = (...said: unknown[]) => {
      if (typeof said[0] !== 'string' || !chatter.test(said[0])) print(...said)
    }
  }
  return loaded
})

/** The reason inside what Baileys logs beside its sentence; nothing else of it, since it may hold keys. */
function reasonOf(about: unknown): string | undefined {
  if (typeof about !== 'object' || about === null) return undefined
  const found = Object.values(about).find((v) => v instanceof Error)
  return found?.message
}

/** Our log as Baileys wants it: sentences only, at our lowest level. */
export function loggerOf(log: Log): Logger {
  const say = (about: unknown, message?: string) => {
    const why = reasonOf(about)
    log.debug('baileys', {
      said: message ?? (typeof about === 'string' ? about : ''),
      ...(why === undefined ? {} : { why }),
    })
  }
  const quiet = () => undefined
  const logger: Logger = {
    level: 'warn',
    child: () => logger,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: say,
    error: say,
  }
  return logger
}
