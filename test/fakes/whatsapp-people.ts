// People on WhatsApp with real Signal sessions: they encrypt to the linked device and read what it says to them.
import {
  DEFAULT_CONNECTION_CONFIG,
  encodeBigEndian,
  encodeWAMessage,
  generateSignalPubKey,
  initAuthCreds,
  proto,
  unpadRandomMax16,
  xmppPreKey,
  xmppSignedPreKey,
  Curve,
  type BinaryNode,
  type SignalDataSet,
  type SignalDataTypeMap,
} from 'baileys'

const silent = {
  level: 'silent',
  child: () => silent,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** Keys that live as long as the fake. */
function memory() {
  const rows = new Map<string, unknown>()
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      return Object.fromEntries(
        ids.flatMap((id) =>
          rows.has(`${type}/${id}`) ? [[id, rows.get(`${type}/${id}`) as SignalDataTypeMap[T]]] : [],
        ),
      )
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data))
        for (const [id, value] of Object.entries(values))
          if (value === null) rows.delete(`${type}/${id}`)
          else rows.set(`${type}/${id}`, value)
    },
  }
}

/** What a person needs to know of a device to write to it. */
export interface Bundle {
  readonly jid: string
  readonly registrationId: number
  readonly identity: Uint8Array
  readonly signed: { readonly id: number; readonly key: Uint8Array; readonly signature: Uint8Array }
  /** Takes one of the device's one-time keys, when there is one left. */
  once(): { readonly id: number; readonly key: Uint8Array } | undefined
}

/** A person: a phone number, its hidden id, and one phone. */
export function person(name: string, number: string, lidUser: string) {
  const creds = initAuthCreds()
  // Not Baileys' own transactions: people share libsignal's queue, which would mix them up.
  const keys = { ...memory(), isInTransaction: () => false, transaction: <T>(work: () => Promise<T>) => work() }
  const repo = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, silent)
  const known = new Set<string>()
  let nextKey = 1

  async function meet(device: Bundle) {
    if (known.has(device.jid)) return
    known.add(device.jid)
    const once = device.once()
    await repo.injectE2ESession({
      jid: device.jid,
      session: {
        registrationId: device.registrationId,
        identityKey: generateSignalPubKey(device.identity),
        signedPreKey: {
          keyId: device.signed.id,
          publicKey: generateSignalPubKey(device.signed.key),
          signature: device.signed.signature,
        },
        ...(once ? { preKey: { keyId: once.id, publicKey: generateSignalPubKey(once.key) } } : {}),
      },
    })
  }

  const enc = (type: string, content: Uint8Array): BinaryNode => ({ tag: 'enc', attrs: { v: '2', type }, content })

  async function toDevice(device: Bundle, message: proto.IMessage): Promise<BinaryNode> {
    await meet(device)
    const { type, ciphertext } = await repo.encryptMessage({ jid: device.jid, data: encodeWAMessage(message) })
    return enc(type, ciphertext)
  }

  return {
    name,
    number,
    jid: `${number}@s.whatsapp.net`,
    lid: `${lidUser}@lid`,
    /** The message as `enc` nodes for the device, as a direct chat has them. */
    direct: async (device: Bundle, message: proto.IMessage) => [await toDevice(device, message)],
    /** The message as `enc` nodes for a group: the sender's key first, when the device may lack it. */
    async group(device: Bundle, group: string, message: proto.IMessage) {
      const made = await repo.encryptGroupMessage({ group, meId: `${lidUser}@lid`, data: encodeWAMessage(message) })
      const key = {
        senderKeyDistributionMessage: {
          groupId: group,
          axolotlSenderKeyDistributionMessage: made.senderKeyDistributionMessage,
        },
      }
      return [await toDevice(device, key), enc('skmsg', made.ciphertext)]
    },
    /** Reads what the device encrypted to us; throws when it cannot be read. */
    async read(from: string, node: BinaryNode): Promise<proto.Message> {
      const type = node.attrs['type']
      if (type !== 'pkmsg' && type !== 'msg') throw new Error(`no message for a person: ${type}`)
      known.add(from)
      const plain = await repo.decryptMessage({ jid: from, type, ciphertext: node.content as Uint8Array })
      const message = proto.Message.decode(unpadRandomMax16(plain))
      const key = message.senderKeyDistributionMessage
      if (key) await repo.processSenderKeyDistributionMessage({ item: key, authorJid: from })
      return message
    },
    /** Reads what the device encrypted to a group. */
    async readGroup(group: string, from: string, node: BinaryNode): Promise<proto.Message> {
      const plain = await repo.decryptGroupMessage({ group, authorJid: from, msg: node.content as Uint8Array })
      return proto.Message.decode(unpadRandomMax16(plain))
    },
    /** Begins anew with a device that could not read us. */
    startOver: (jid: string) => void known.delete(jid),
    /** Our keys, as the server hands them to who wants to write to us. */
    bundle(jid: string): BinaryNode {
      const id = nextKey++
      const pair = Curve.generateKeyPair()
      keys.set({ 'pre-key': { [id]: pair } })
      return {
        tag: 'user',
        attrs: { jid, t: '1' },
        content: [
          { tag: 'registration', attrs: {}, content: encodeBigEndian(creds.registrationId) },
          { tag: 'type', attrs: {}, content: Buffer.from([5]) },
          { tag: 'identity', attrs: {}, content: creds.signedIdentityKey.public },
          xmppPreKey(pair, id),
          xmppSignedPreKey(creds.signedPreKey),
        ],
      }
    },
  }
}

export type Person = ReturnType<typeof person>
