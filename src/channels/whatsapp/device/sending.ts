// One message on its way to WhatsApp: whether it left us, and what the server said to it.
import type { BinaryNode, proto } from 'baileys'
import { deadline, type Clock } from '../../../lib/clock.ts'
import { describeError, Fault } from '../../../lib/fault.ts'
import { codeOf, type Link } from './link.ts'

/** How long the server may take to acknowledge a message, in ms. */
const ackMs = 30_000

/** What the server's codes mean: https://github.com/tulir/whatsmeow/blob/main/errors.go has most of them. */
export function refusal(code: number, what: string): Fault {
  if (code === 429) return new Fault('LIMITED', `WhatsApp limits us (${what})`, { retryAfterMs: 15_000 })
  if (code === 463)
    return new Fault(
      'FORBIDDEN',
      'WhatsApp does not let this number begin chats with strangers now (463); wait until the person writes first',
    )
  if (code === 401 || code === 403) return new Fault('FORBIDDEN', `WhatsApp does not let us write there (${code})`)
  if (code === 404) return new Fault('NOT_FOUND', 'WhatsApp does not know this chat (404); check the number or group')
  if (code >= 500) return new Fault('UNAVAILABLE', `WhatsApp failed (${code}, ${what})`, { retryAfterMs: 5000 })
  return new Fault('INVALID_REQUEST', `WhatsApp refused the message (${code}, ${what})`)
}

/** A list that tells when Baileys asks for its length: the last thing it does before a message leaves. */
function lastLook(nodes: readonly BinaryNode[], leaving: () => void): BinaryNode[] {
  return new Proxy([...nodes], {
    get(list, name) {
      if (name === 'length') leaving()
      const value: unknown = Reflect.get(list, name, list)
      return value
    },
  })
}

/** A message ready to go. */
export interface Ready {
  readonly jid: string
  readonly id: string
  readonly message: proto.IMessage
  readonly attrs?: Readonly<Record<string, string>>
  readonly nodes?: readonly BinaryNode[]
}

/**
 * Sends a message and waits for the server's word. Throws what `Connection.send` throws: UNAVAILABLE while it surely has
 * not left, TIMEOUT when it may have.
 */
export async function dispatch(link: Link, clock: Clock, ready: Ready, signal: AbortSignal): Promise<void> {
  const { jid, id, message } = ready
  const { ws } = link.sock
  let left = false
  let given = false
  const late = new Fault('TIMEOUT', `WhatsApp did not acknowledge the message within ${ackMs / 1000} s`)
  const limit = deadline(clock, ackMs, late, signal)
  let heard: (node: BinaryNode) => void = () => undefined
  const word = new Promise<BinaryNode>((resolve) => (heard = resolve))
  ws.on(`TAG:${id}`, heard)

  const broken = (why: string, code: number | undefined): Fault => {
    // 428 is Baileys' own: it found the socket closed, and wrote nothing.
    if (left && code !== 428) return new Fault('TIMEOUT', `the message may have been sent: ${why}`)
    if (code !== undefined && code >= 400 && code < 500 && code !== 408 && code !== 428) return refusal(code, why)
    return new Fault('UNAVAILABLE', `WhatsApp cannot be reached: ${why}`, { retryAfterMs: 5000 })
  }

  const leave = () => {
    // Whoever was told that it failed may send it again: it must not leave behind their back.
    if (given) throw new Error('the message was given up')
    left = true
  }
  const options = {
    messageId: id,
    additionalNodes: lastLook(ready.nodes ?? [], leave),
    ...(ready.attrs ? { additionalAttributes: { ...ready.attrs } } : {}),
  }
  const relayed = link.sock.relayMessage(jid, message, options).then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const gone = new Promise<'gone'>((resolve) =>
    limit.signal.addEventListener('abort', () => resolve('gone'), { once: true }),
  )
  try {
    if (limit.signal.aborted) throw new Fault('UNAVAILABLE', 'the message was not sent: the gateway is stopping')
    const failed = relayed.then((error) => error ?? new Promise<never>(() => undefined))
    const first = await Promise.race([failed, word, link.ended, gone])
    if (first === 'gone') throw limit.signal.reason === late && left ? late : broken('it was broken off', undefined)
    if ('error' in first) throw broken(describeError(first.error), codeOf(first.error))
    if ('why' in first) throw broken(first.why, undefined)
    const { error } = first.attrs
    if (first.tag === 'ack' && error !== undefined) throw refusal(Number(error), `message ${id}`)
  } finally {
    given = true
    limit.done()
    ws.off(`TAG:${id}`, heard)
  }
}
