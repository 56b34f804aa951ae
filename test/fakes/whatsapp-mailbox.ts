// Messages on their way: to the device until it takes them, and what it said to people.
import type { proto } from 'baileys'
import { getBinaryNodeChild, getBinaryNodeChildren, type BinaryNode } from 'baileys'
import type { Line } from './whatsapp-line.ts'
import type { Person } from './whatsapp-people.ts'
import type { Device, Group } from './whatsapp-stanzas.ts'

/** Something the device said, as its reader sees it. */
export interface Sent {
  readonly id: string
  /** The chat it was said in. */
  readonly chat: string
  readonly reader: string
  readonly message: proto.Message
  readonly attrs: Readonly<Record<string, string>>
}

interface Waiting {
  readonly node: BinaryNode
  readonly from: Person
  readonly message: proto.IMessage
  readonly group?: string | undefined
}

const start = 1_790_000_000

/** Throws at what WhatsApp's apps would not show. */
function check(message: proto.Message) {
  const m = message.deviceSentMessage?.message ?? message
  const text = m.extendedTextMessage?.text
  if (m.extendedTextMessage && (!text || text.length > 65_536)) throw new Error('an empty or endless text')
  const options = (m.pollCreationMessage ?? m.pollCreationMessageV3)?.options
  if (options && (options.length < 2 || options.length > 12)) throw new Error('a poll needs 2 to 12 answers')
}

/** Makes the mailbox of one account. */
export function mailbox(world: {
  readonly owner: Person
  device(): Device
  person(jid: string): Person | undefined
  group(id: string): Group | undefined
  line(): Line | undefined
}) {
  const waiting = new Map<string, Waiting>()
  const history: Waiting[] = []
  const sent: Sent[] = []
  /** What came back for messages to the device: receipts by type, and refusals. */
  const receipts: { readonly id: string; readonly type: string; readonly error?: string }[] = []
  /** Messages the device asked to have again. */
  const asked = new Set<string>()
  let tail: Promise<unknown> = Promise.resolve()
  let count = 0
  let named = 0

  const bundle = () => {
    const d = world.device()
    return { ...d, jid: d.lid, once: () => d.oneTime.shift() }
  }

  async function encrypted(from: Person, message: proto.IMessage, id: string, group?: string): Promise<BinaryNode> {
    const own = from === world.owner
    const content = group ? await from.group(bundle(), group, message) : await from.direct(bundle(), message)
    const at = String(start + ++count)
    const common = { id, t: at, notify: from.name, type: 'text', addressing_mode: 'lid' }
    if (group)
      return {
        tag: 'message',
        attrs: { ...common, from: group, participant: from.lid, participant_pn: from.jid },
        content,
      }
    const recipient = own
      ? { recipient: message.deviceSentMessage?.destinationJid ?? from.lid }
      : { sender_pn: from.jid }
    return { tag: 'message', attrs: { ...common, from: from.lid, ...recipient }, content }
  }

  function deliver(one: Waiting) {
    waiting.set(one.node.attrs['id'] ?? '', one)
    world.line()?.send(one.node)
  }

  function write(from: Person, message: proto.IMessage, more: { group?: string; id?: string } = {}): string {
    const id = more.id ?? `3A${String(++named).padStart(18, '0')}`
    tail = tail.then(async () => {
      const node = await encrypted(from, message, id, more.group)
      const one = { node, from, message, group: more.group }
      history.push(one)
      deliver(one)
    })
    return id
  }

  /** What a person's app does when the device could not read it: it encrypts the message anew in a new session. */
  function again(id: string) {
    tail = tail.then(async () => {
      const one = waiting.get(id)
      if (!one) return
      one.from.startOver(bundle().jid)
      deliver({ ...one, node: await encrypted(one.from, one.message, id, one.group) })
    })
  }

  async function take(node: BinaryNode): Promise<void> {
    const chat = node.attrs['to'] ?? ''
    const id = node.attrs['id'] ?? ''
    const from = world.device().lid
    const group = world.group(chat)
    if (chat.endsWith('@g.us') && !group) throw new Error(`a message to an unknown group ${chat}`)
    if (!group && !world.person(chat)) throw new Error(`a message to nobody: ${chat}`)
    const keys = new Map<Person, proto.Message>()
    for (const to of getBinaryNodeChildren(getBinaryNodeChild(node, 'participants'), 'to')) {
      const reader = world.person(to.attrs['jid'] ?? '')
      const enc = getBinaryNodeChild(to, 'enc')
      if (!reader || !enc) throw new Error(`a message for nobody: ${to.attrs['jid']}`)
      keys.set(reader, await reader.read(from, enc))
    }
    for (const message of keys.values()) check(message)
    const common = getBinaryNodeChild(node, 'enc')
    if (group && common) {
      const reader = group.members.find((m) => m !== world.owner)
      if (!reader) throw new Error('a group of one')
      const message = await reader.readGroup(chat, from, common)
      sent.push({ id, chat, reader: reader.name, message, attrs: node.attrs })
      return
    }
    for (const [reader, message] of keys)
      if (reader !== world.owner || world.person(chat) === world.owner)
        sent.push({
          id,
          chat,
          reader: reader.name,
          message: (message.deviceSentMessage?.message as proto.Message) ?? message,
          attrs: node.attrs,
        })
  }

  return {
    sent,
    receipts,
    write,
    take,
    /** Ids of messages the device has not taken yet. */
    get waiting(): readonly string[] {
      return [...waiting.keys()]
    },
    /** What the device says about a message: that it has it, wants it again, or cannot read it. */
    heard(node: BinaryNode) {
      const id = node.attrs['id'] ?? ''
      const { error } = node.attrs
      const type = node.tag === 'ack' ? `ack ${node.attrs['class']}` : (node.attrs['type'] ?? 'delivery')
      receipts.push({ id, type, ...(error === undefined ? {} : { error }) })
      if (type === 'retry') {
        asked.add(id)
        return again(id)
      }
      // The refusal after it is of what could not be read, not of what comes instead.
      if (error === undefined || !asked.has(id)) waiting.delete(id)
    },
    /** Announces to a device that came back what it missed. */
    catchUp(line: Line) {
      line.send({
        tag: 'ib',
        attrs: { from: 's.whatsapp.net' },
        content: [{ tag: 'offline_preview', attrs: { count: String(waiting.size), message: String(waiting.size) } }],
      })
    },
    /** Hands out what the device missed, once it asks for it. */
    more(line: Line, node: BinaryNode) {
      if (!getBinaryNodeChild(node, 'offline_batch')) return
      for (const one of waiting.values()) line.send({ ...one.node, attrs: { ...one.node.attrs, offline: '0' } })
      line.send({
        tag: 'ib',
        attrs: { from: 's.whatsapp.net' },
        content: [{ tag: 'offline', attrs: { count: String(waiting.size) } }],
      })
    },
    /** Tells everything again, encrypted anew under the same ids. */
    redeliver() {
      tail = tail.then(async () => {
        for (const one of history)
          deliver({ ...one, node: await encrypted(one.from, one.message, one.node.attrs['id'] ?? '', one.group) })
      })
    },
    /** The very same stanzas again, as after a connection that broke before the receipt. */
    repeat() {
      tail = tail.then(() => history.forEach(deliver))
    },
    /** Resolves when all that was written is on its way. */
    settled: () => tail,
  }
}
