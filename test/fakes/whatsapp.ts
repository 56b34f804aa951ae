// A WhatsApp Web server on loopback: it pairs and logs in devices, and carries encrypted messages between people.
import { getBinaryNodeChild, type BinaryNode, type proto } from 'baileys'
import { mailbox } from './whatsapp-mailbox.ts'
import { lineServer, type Line } from './whatsapp-line.ts'
import { trustTheFake, type Hello } from './whatsapp-noise.ts'
import { person, type Person } from './whatsapp-people.ts'
import { linkedRows, phone, shown } from './whatsapp-phone.ts'
import { answer, type Device, type Directory, type Group } from './whatsapp-stanzas.ts'

/** What happens to the next message the device sends. */
export type Trouble = { readonly error: number } | { readonly cut: 'before' | 'after' } | { readonly silent: true }

const ownNumber = '4915100000001'

/** Starts a server with one account on it; `url` is the `webSocketUrl`. */
export async function fakeWhatsApp() {
  trustTheFake()
  const owner = person('Owner', ownNumber, '900000001')
  const people = new Map<string, Person>()
  const groups = new Map<string, Group>()
  const mobile = phone()
  const lines = new Set<Line>()
  const refused: string[] = []
  const removed: string[] = []
  const troubles: Trouble[] = []
  const stanzas: BinaryNode[] = []
  let device: Device | undefined
  let hole = false
  let devices = 6
  let away: number | undefined
  let logins = 0
  const asked = Promise.withResolvers<BinaryNode>()
  let code = ''

  const everybody = () => [owner, ...people.values()]
  const bare = (jid: string) => jid.replace(/:\d+@/, '@')
  const personAt = (jid: string) => everybody().find((p) => p.jid === bare(jid) || p.lid === bare(jid))
  const directory = (): Directory => ({
    person: personAt,
    owner,
    device: device as Device,
    group: (id) => groups.get(id),
    groups: [...groups.values()],
    mediaHost: 'mmg.example',
  })
  const current = () => [...lines].find((line) => line.loggedIn)
  const mail = mailbox({
    owner,
    device: () => device as Device,
    person: personAt,
    group: (id) => groups.get(id),
    line: () => (hole ? undefined : current()),
  })

  function register(
    keys: Omit<Device, 'jid' | 'lid' | 'oneTime' | 'plenty' | 'noiseKey'>,
    noiseKey: Uint8Array,
    plenty: boolean,
  ) {
    const n = ++devices
    device = {
      ...keys,
      noiseKey,
      plenty,
      jid: owner.jid.replace('@', `:${n}@`),
      lid: owner.lid.replace('@', `:${n}@`),
      oneTime: [],
    }
    return device
  }

  const failLogin = (line: Line, reason: number) => {
    line.send({ tag: 'failure', attrs: { reason: String(reason) } })
    line.close()
  }

  function onHello(line: Line, said: Hello) {
    const { payload, noiseKey } = said
    if (!payload.username) {
      line.fresh = said
      const refs = Array.from({ length: 6 }, (_, i): BinaryNode => ({
        tag: 'ref',
        attrs: {},
        content: Buffer.from(`ref-${i}`),
      }))
      line.send({
        tag: 'iq',
        attrs: { from: 's.whatsapp.net', type: 'set', id: 'pair-device-1', xmlns: 'md' },
        content: [{ tag: 'pair-device', attrs: {}, content: refs }],
      })
      return
    }
    logins++
    if (away !== undefined) return failLogin(line, away)
    const jid = `${String(payload.username)}:${payload.device}@s.whatsapp.net`
    if (device?.jid !== jid || !Buffer.from(noiseKey).equals(device.noiseKey)) return failLogin(line, 401)
    for (const other of lines) if (other.loggedIn) conflict(other)
    line.loggedIn = true
    line.send({ tag: 'success', attrs: { t: '1790000000', lid: device.lid } })
    mail.catchUp(line)
  }

  function conflict(line: Line) {
    line.send({ tag: 'stream:error', attrs: {}, content: [{ tag: 'conflict', attrs: { type: 'replaced' } }] })
    line.loggedIn = false
    line.close()
  }

  async function onMessage(line: Line, node: BinaryNode) {
    const trouble = troubles.shift()
    const id = node.attrs['id'] ?? ''
    if (trouble && 'cut' in trouble) {
      if (trouble.cut === 'after') await mail.take(node)
      return line.close()
    }
    if (trouble && 'silent' in trouble) return
    const ack = { tag: 'ack', attrs: { class: 'message', id, from: node.attrs['to'] ?? '', t: '1790000001' } }
    if (trouble) return line.send({ ...ack, attrs: { ...ack.attrs, error: String(trouble.error) } })
    await mail.take(node)
    line.send(ack)
  }

  function onIq(line: Line, node: BinaryNode): Promise<void> | void {
    const type = node.attrs['type']
    if (type === 'result') {
      if (getBinaryNodeChild(node, 'pair-device-sign')) {
        line.send({ tag: 'stream:error', attrs: { code: '515' } })
        line.close()
      }
      return
    }
    const stage = getBinaryNodeChild(node, 'link_code_companion_reg')
    const done = { tag: 'iq', attrs: { from: 's.whatsapp.net', type: 'result', id: node.attrs['id'] ?? '' } }
    if (stage?.attrs['stage'] === 'companion_hello') {
      asked.resolve(stage)
      return line.send({ ...done, content: [{ tag: 'link_code_companion_reg', attrs: {} }] })
    }
    if (stage?.attrs['stage'] === 'companion_finish') return onFinish(line, stage, done)
    const gone = getBinaryNodeChild(node, 'remove-companion-device')
    if (gone) {
      removed.push(gone.attrs['jid'] ?? '')
      device = undefined
      return line.send(done)
    }
    if (!line.loggedIn) return void refused.push(`a query before login: ${node.attrs['xmlns']}`)
    return answer(directory(), node, (what) => refused.push(what)).then((result) => line.send(result))
  }

  async function onFinish(line: Line, stage: BinaryNode, done: BinaryNode) {
    line.send(done)
    const secret = await mobile.finish(code, await asked.promise, stage)
    pair(line, secret)
  }

  function pair(line: Line, { identity, adv }: { identity: Uint8Array; adv: Uint8Array }) {
    if (!line.fresh) throw new Error('nobody asks to be linked')
    const keys = shown(line.fresh.payload)
    if (!Buffer.from(identity).equals(keys.identity)) throw new Error('the code is of another device')
    const made = register(keys, line.fresh.noiseKey, false)
    line.send(mobile.success({ jid: made.jid, lid: made.lid, identity: keys.identity, adv }))
  }

  async function onStanza(line: Line, node: BinaryNode) {
    if (hole) return
    stanzas.push(node)
    if (node.tag === 'message') return onMessage(line, node)
    if (node.tag === 'iq') return onIq(line, node)
    if (node.tag === 'receipt' || node.tag === 'ack') return mail.heard(node)
    if (node.tag === 'ib') return mail.more(line, node)
    if (node.tag !== 'presence' && node.tag !== 'chatstate') refused.push(`<${node.tag}>`)
  }

  const events = {
    hello: onHello,
    stanza: (line: Line, node: BinaryNode) =>
      void onStanza(line, node).catch((error: unknown) => refused.push(`${node.tag}: ${String(error)}`)),
    nonsense(line: Line, error: unknown) {
      refused.push(String(error))
      line.close()
    },
  }

  const station = lineServer(lines, events, () => hole)
  await station.up()

  const user = (name: string): Person => {
    const known = people.get(name)
    if (known) return known
    const n = people.size + 1
    const made = person(name, `49151000001${String(n).padStart(2, '0')}`, `80000000${n}`)
    people.set(name, made)
    return made
  }

  return {
    owner,
    refused,
    /** Devices that gave up their link. */
    removed,
    stanzas,
    mail,
    /** What the device said, readable. */
    sent: mail.sent,
    /** The `webSocketUrl`. */
    get url() {
      return `ws://127.0.0.1:${station.port()}/ws/chat`
    },
    /** Whether the linked device is logged in right now. */
    get online() {
      return current() !== undefined
    },
    get device() {
      return device
    },
    user,
    /** Someone writes to the account, or in a group. */
    says: (name: string, message: string | proto.IMessage, more: { group?: string; id?: string } = {}) =>
      mail.write(user(name), typeof message === 'string' ? { conversation: message } : message, more),
    /** The owner writes on the phone: to a person, or (without one) to themselves. */
    echo(text: string, to?: string) {
      const chat = to === undefined ? owner : user(to)
      mail.write(owner, { deviceSentMessage: { destinationJid: chat.lid, message: { conversation: text } } })
    },
    group(id: string, subject: string, names: readonly string[]) {
      const made: Group = { id, subject, members: [owner, ...names.map(user)] }
      groups.set(id, made)
      return made
    },
    /** The rows of an account that is linked already. */
    link: () => linkedRows(mobile, (keys, noiseKey) => register(keys, noiseKey, true)),
    /** The owner scans a QR code. */
    scan(text: string) {
      const line = [...lines].find((l) => l.fresh)
      if (!line) throw new Error('nobody asks to be linked')
      pair(line, mobile.scan(text))
    },
    /** The owner types a pairing code. */
    async type(text: string) {
      const hello = await asked.promise
      const line = [...lines].find((l) => l.fresh)
      if (!line) throw new Error('nobody asked for a code')
      code = text
      line.send(await mobile.typed(text, hello))
    },
    /** The server ends the stream: a code, or `conflict`. */
    endStream(why: number | 'conflict') {
      const line = current()
      if (!line) throw new Error('no device is logged in')
      if (why === 'conflict') return conflict(line)
      line.send({ tag: 'stream:error', attrs: { code: String(why) } })
      line.close()
    },
    /** From now on logins fail with this code. */
    turnAway(reason: number) {
      away = reason
    },
    get logins() {
      return logins
    },
    /** The owner removes the device on the phone. */
    unlink() {
      device = undefined
      current()?.send({
        tag: 'stream:error',
        attrs: { code: '401' },
        content: [{ tag: 'conflict', attrs: { type: 'device_removed' } }],
      })
      for (const line of lines) line.close()
    },
    /** Sends any stanza to the device. */
    push: (node: BinaryNode) => current()?.send(node),
    /** Sends bytes that are no frame. */
    garble: () => void current()?.socket.send(Buffer.from([0, 0, 20, ...Array<number>(20).fill(7)])),
    next: (trouble: Trouble) => void troubles.push(trouble),
    /** From now on nothing gets through, though sockets stay open; `false` ends it. */
    blackhole(on: boolean) {
      hole = on
    },
    down: station.down,
    up: station.up,
    [Symbol.asyncDispose]: station.down,
  }
}

export type FakeWhatsApp = Awaited<ReturnType<typeof fakeWhatsApp>>
