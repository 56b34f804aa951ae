// Pairing: a stranger gets a code, a person with access approves it, and from then on the stranger is heard.
import { Fault } from '../../lib/fault.ts'
import type { InboundMessage } from '../../domain/message.ts'
import * as events from '../../store/events.ts'
import * as pairings from '../../store/pairings.ts'
import type { World } from '../world.ts'
import { say } from '../say.ts'

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** A code is good for an hour. */
const lifeMs = 3_600_000
/** Strangers who may wait at a time on one account. */
const maxPending = 3

/** A fresh code of eight letters and digits that cannot be mistaken for one another. */
const newCode = () => [...crypto.getRandomValues(new Uint8Array(8))].map((b) => alphabet[b % alphabet.length]).join('')

/** Notes a stranger's request and answers once with a code; inside a transaction. */
export function requestPairing(world: World, m: InboundMessage): void {
  const { db, clock } = world
  const at = { channel: m.to.channel, account: m.to.account }
  const now = clock.now()
  const fresh = pairings.list(db, { state: 'pending', ...at }).filter((p) => now - p.at < lifeMs)
  if (fresh.some((p) => p.user === m.from.id)) return pairings.seen(db, { ...at, user: m.from.id, at: now })
  if (fresh.length >= maxPending) return
  const code = newCode()
  pairings.ask(db, { ...at, person: m.from, chat: m.to.chat, code, at: now })
  events.append(db, {
    at: now,
    kind: 'pairing.requested',
    subject: `${at.channel}:${m.from.id}`,
    data: { ...at, user: m.from.id },
  })
  say(world, m.to, pairingText(m, code), { key: `pair:${at.channel}:${at.account}:${m.from.id}:${code}` })
}

function pairingText(m: InboundMessage, code: string): string {
  return [
    'This assistant does not know you yet.',
    '',
    `Your ${m.to.channel} id: ${m.from.id}`,
    `Pairing code: ${code}`,
    '',
    'Ask its owner to run:',
    `oclaw pairing approve ${m.to.channel} ${code}`,
  ].join('\n')
}

/** Requests still good, oldest first. */
export function pendingPairings(world: World, channel?: string, account?: string): pairings.Pairing[] {
  const q = { state: 'pending' as const, ...(channel ? { channel } : {}), ...(account ? { account } : {}) }
  return pairings.list(world.db, q).filter((p) => world.clock.now() - p.at < lifeMs)
}

/** The request a code is of. Throws NOT_FOUND when no good request has it. */
function waiting(world: World, channel: string, wanted: string): pairings.Pairing {
  const found = pendingPairings(world, channel).find((p) => p.code === wanted)
  if (found) return found
  throw new Fault(
    'NOT_FOUND',
    `no pending ${channel} pairing has the code ${wanted}; see \`oclaw pairing list ${channel}\``,
  )
}

/** Turns the bearer of a code away without a word. Throws NOT_FOUND when no good request has it. */
export async function rejectPairing(world: World, channel: string, code: string): Promise<pairings.Pairing> {
  const found = waiting(world, channel, code.trim().toUpperCase())
  const at = { channel: found.channel, account: found.account, user: found.user }
  await world.db.write(() => {
    pairings.remove(world.db, at)
    events.append(world.db, {
      at: world.clock.now(),
      kind: 'pairing.rejected',
      subject: `${channel}:${found.user}`,
      data: at,
    })
  })
  return found
}

/** Lets the bearer of a code in and tells them. Throws NOT_FOUND when no good request has it. */
export async function approvePairing(
  world: World,
  channel: string,
  code: string,
  tell = true,
): Promise<pairings.Pairing> {
  const wanted = code.trim().toUpperCase()
  const found = waiting(world, channel, wanted)
  const now = world.clock.now()
  const at = { channel: found.channel, account: found.account }
  await world.db.write(() => {
    pairings.allow(world.db, { ...at, user: found.user, at: now })
    events.append(world.db, {
      at: now,
      kind: 'pairing.approved',
      subject: `${channel}:${found.user}`,
      data: { ...at, user: found.user },
    })
    if (tell)
      say(world, { ...at, chat: found.chat }, 'You are paired now. Say hello!', {
        key: `paired:${found.channel}:${found.user}:${wanted}`,
      })
  })
  return found
}
