// What WhatsApp's server answers to queries, and what it refuses.
import { getBinaryNodeChild, getBinaryNodeChildBuffer, getBinaryNodeChildren, type BinaryNode } from 'baileys'
import type { Person } from './whatsapp-people.ts'

/** The linked device, as the server knows it. */
export interface Device {
  readonly jid: string
  readonly lid: string
  readonly noiseKey: Uint8Array
  readonly registrationId: number
  readonly identity: Uint8Array
  readonly signed: { readonly id: number; readonly key: Uint8Array; readonly signature: Uint8Array }
  readonly oneTime: { readonly id: number; readonly key: Uint8Array }[]
  /** Whether the server says it has one-time keys enough, so that none are uploaded. */
  readonly plenty: boolean
}

/** A group and who is in it. */
export interface Group {
  readonly id: string
  subject: string
  readonly members: readonly Person[]
}

/** What the answers depend on. */
export interface Directory {
  /** A person by phone or hidden jid; the owner of the account, too. */
  person(jid: string): Person | undefined
  readonly owner: Person
  readonly device: Device
  group(id: string): Group | undefined
  readonly groups: readonly Group[]
  /** The address files go to. */
  readonly mediaHost: string
}

const user = (jid: string) => jid.replace(/[:@].*/, '')

function failure(code: number, text: string): BinaryNode {
  return { tag: 'error', attrs: { code: String(code), text } }
}

/** A query the server refuses. */
class Refused extends Error {
  constructor(
    readonly code: number,
    text: string,
  ) {
    super(text)
  }
}

function devicesOf(d: Directory, jid: string): BinaryNode {
  const own = user(jid) === user(d.device.jid) || user(jid) === user(d.device.lid)
  const list = [{ tag: 'device', attrs: { id: '0' } }]
  if (own) list.push({ tag: 'device', attrs: { id: String(d.device.jid.split(/[:@]/)[1]), 'key-index': '1' } as never })
  return {
    tag: 'devices',
    attrs: {},
    content: [{ tag: 'device-list', attrs: {}, content: list }],
  }
}

function usync(d: Directory, iq: BinaryNode): BinaryNode[] {
  const query = getBinaryNodeChild(iq, 'usync')
  if (!query) throw new Refused(400, 'bad-request')
  const asks = new Set(((getBinaryNodeChild(query, 'query')?.content ?? []) as BinaryNode[]).map((n) => n.tag))
  const users = getBinaryNodeChildren(getBinaryNodeChild(query, 'list'), 'user')
  const list = users.flatMap((one): BinaryNode[] => {
    const phone = getBinaryNodeChild(one, 'contact')?.content
    const asked = phone
      ? `${Buffer.from(phone as Uint8Array)
          .toString()
          .slice(1)}@s.whatsapp.net`
      : ''
    const jid = one.attrs['jid'] ?? asked
    const found = d.person(jid)
    if (!found) return []
    const content: BinaryNode[] = []
    if (asks.has('devices')) content.push(devicesOf(d, jid))
    if (asks.has('contact')) content.push({ tag: 'contact', attrs: { type: 'in' } })
    if (asks.has('lid')) content.push({ tag: 'lid', attrs: { val: found.lid } })
    return [{ tag: 'user', attrs: { jid }, content }]
  })
  return [{ tag: 'usync', attrs: {}, content: [{ tag: 'list', attrs: {}, content: list }] }]
}

async function bundles(d: Directory, iq: BinaryNode): Promise<BinaryNode[]> {
  const users = getBinaryNodeChildren(getBinaryNodeChild(iq, 'key'), 'user')
  const list = users.map(async (one) => {
    const found = d.person(one.attrs['jid'] ?? '')
    if (!found) throw new Refused(404, 'item-not-found')
    return found.bundle(one.attrs['jid'] ?? '')
  })
  return [{ tag: 'list', attrs: {}, content: await Promise.all(list) }]
}

function upload(d: Directory, iq: BinaryNode): BinaryNode[] {
  for (const key of getBinaryNodeChildren(getBinaryNodeChild(iq, 'list'), 'key')) {
    const id = getBinaryNodeChildBuffer(key, 'id')
    const value = getBinaryNodeChildBuffer(key, 'value')
    if (!id || value?.length !== 32) throw new Refused(406, 'not-acceptable')
    d.device.oneTime.push({ id: Buffer.from(id).readUIntBE(0, 3), key: value })
  }
  return []
}

/** A group as its members see it. */
export function groupNode(group: Group): BinaryNode {
  return {
    tag: 'group',
    attrs: { id: user(group.id), subject: group.subject, s_t: '1', creation: '1', addressing_mode: 'lid' },
    content: group.members.map((m) => ({ tag: 'participant', attrs: { jid: m.lid, phone_number: m.jid } })),
  }
}

function groups(d: Directory, iq: BinaryNode): BinaryNode[] {
  const to = iq.attrs['to'] ?? ''
  if (getBinaryNodeChild(iq, 'participating')) return [{ tag: 'groups', attrs: {}, content: d.groups.map(groupNode) }]
  if (!getBinaryNodeChild(iq, 'query')) {
    const subject = getBinaryNodeChild(iq, 'subject')
    const group = d.group(to)
    if (!subject || !group) throw new Refused(501, 'feature-not-implemented')
    group.subject = Buffer.from(subject.content as Uint8Array).toString()
    return []
  }
  const group = d.group(to)
  if (!group) throw new Refused(404, 'item-not-found')
  return [groupNode(group)]
}

async function content(d: Directory, iq: BinaryNode): Promise<BinaryNode[]> {
  const about = iq.attrs['xmlns']
  const child = (iq.content as BinaryNode[] | undefined)?.[0]?.tag ?? ''
  switch (`${about} ${iq.attrs['type']} ${child}`) {
    case 'encrypt get count':
      return [{ tag: 'count', attrs: { value: String(d.device.plenty ? 100 : d.device.oneTime.length) } }]
    case 'encrypt get digest':
      return [{ tag: 'digest', attrs: {} }]
    case 'encrypt set registration':
      return upload(d, iq)
    case 'encrypt get key':
      return bundles(d, iq)
    case 'usync get usync':
      return usync(d, iq)
    case 'passive set active':
    case 'w:p get ping':
    case 'privacy set tokens':
    case 'blocklist get ':
    case 'w:stats undefined add':
      return []
    case 'abt get props':
      return [{ tag: 'props', attrs: {} }]
    case 'privacy get privacy':
      return [
        {
          tag: 'privacy',
          attrs: {},
          content: [{ tag: 'category', attrs: { name: 'readreceipts', value: 'all' } }],
        },
      ]
    case 'w:m set media_conn':
      return [
        {
          tag: 'media_conn',
          attrs: { auth: 'media-auth', ttl: '300' },
          content: [{ tag: 'host', attrs: { hostname: d.mediaHost, maxContentLengthBytes: '100000000' } }],
        },
      ]
    default:
      if (about === 'w:g2') return groups(d, iq)
      throw new Refused(501, 'feature-not-implemented')
  }
}

/** The server's answer to a query; `refused` hears of what it does not know. */
export async function answer(d: Directory, iq: BinaryNode, refused: (what: string) => void): Promise<BinaryNode> {
  const attrs = { from: iq.attrs['to'] ?? 's.whatsapp.net', id: iq.attrs['id'] ?? '' }
  try {
    return { tag: 'iq', attrs: { ...attrs, type: 'result' }, content: await content(d, iq) }
  } catch (error) {
    const code = error instanceof Refused ? error.code : 500
    const text = error instanceof Error ? error.message : String(error)
    if (code >= 500) refused(`${iq.attrs['xmlns']} ${iq.attrs['type']}: ${text}`)
    return { tag: 'iq', attrs: { ...attrs, type: 'error' }, content: [failure(code, text)] }
  }
}
