// Being found on the local network, and finding gateways there: https://www.rfc-editor.org/rfc/rfc6763
import { networkInterfaces } from 'node:os'
import type { Clock } from '../lib/clock.ts'

/** The type of service gateways are found by. */
export const serviceType = '_openclaw-gw._tcp.local'

/** What is told of a gateway. */
export interface Beacon {
  /** A name for people; dots in it become spaces. */
  readonly name: string
  /** The host's name, without `.local`. */
  readonly host: string
  readonly port: number
  readonly txt: Readonly<Record<string, string>>
}

/** Where the packets go; every network of this machine unless a test says otherwise. */
export interface MdnsPlace {
  readonly interface?: string
  readonly port?: number
}

/** Seconds an answer may be remembered. */
const ttl = 120

const label = (text: string) => text.replaceAll('.', ' ').slice(0, 60)

const open = async (at: MdnsPlace) => {
  const { default: multicast } = await import('multicast-dns')
  // With `interface` alone nothing is heard: the socket must be bound to all addresses.
  const where = at.interface === undefined ? {} : { interface: at.interface, bind: '0.0.0.0' }
  return multicast({ ...where, ...(at.port === undefined ? {} : { port: at.port }), loopback: true })
}

function addresses(at: MdnsPlace): string[] {
  if (at.interface !== undefined) return [at.interface]
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter((i) => i.family === 'IPv4' && !i.internal).map((i) => i.address),
  )
}

function records(b: Beacon, at: MdnsPlace, life: number) {
  const instance = `${label(b.name)}.${serviceType}`
  const host = `${label(b.host)}.local`
  const txt = Object.entries(b.txt).map(([k, v]) => `${k}=${v}`)
  return [
    { name: '_services._dns-sd._udp.local', type: 'PTR', ttl: life, data: serviceType },
    { name: serviceType, type: 'PTR', ttl: life, data: instance },
    { name: instance, type: 'SRV', ttl: life, data: { target: host, port: b.port, priority: 0, weight: 0 } },
    { name: instance, type: 'TXT', ttl: life, data: txt },
    ...addresses(at).map((data) => ({ name: host, type: 'A' as const, ttl: life, data })),
  ] as const
}

/** Answers who asks for gateways, until `close`, which says goodbye. `broken` hears when the network is not there. */
export async function advertise(
  beacon: Beacon,
  at: MdnsPlace,
  broken: (error: unknown) => void,
): Promise<{ close(): Promise<void> }> {
  const mdns = await open(at)
  mdns.on('error', broken)
  mdns.on('warning', () => undefined) // packets of others that cannot be read
  mdns.on('query', (query) => {
    const all = records(beacon, at, ttl)
    const wanted = new Set((query.questions ?? []).map((q) => q.name.toLowerCase()))
    const asked = all.filter((r) => wanted.has(r.name.toLowerCase()))
    if (asked.length) mdns.respond({ answers: asked, additionals: all.filter((r) => !asked.includes(r)) })
  })
  await new Promise<void>((resolve) => mdns.on('ready', resolve))
  mdns.respond({ answers: records(beacon, at, ttl) } as never)
  return {
    close: () =>
      new Promise((resolve) => {
        mdns.respond({ answers: records(beacon, at, 0) } as never, () => mdns.destroy(resolve))
      }),
  }
}

/** A gateway that answered. */
export interface Found {
  readonly instanceName: string
  readonly host: string
  readonly port: number
  readonly addresses: readonly string[]
  readonly txt: Readonly<Record<string, string>>
}

const txtOf = (data: unknown): Record<string, string> =>
  Object.fromEntries(
    (Array.isArray(data) ? data : [data]).map((d: unknown) => {
      const text = d instanceof Uint8Array ? new TextDecoder().decode(d) : typeof d === 'string' ? d : ''
      const at = text.indexOf('=')
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )

/** Asks who is there, and gathers answers for `ms`, or until the signal aborts. What they say is a hint, never a proof. */
export async function discover(clock: Clock, at: MdnsPlace, ms: number, signal: AbortSignal): Promise<Found[]> {
  const mdns = await open(at)
  const found = new Map<string, Found>()
  const hosts = new Map<string, Set<string>>()
  mdns.on('error', () => undefined) // no network: nobody is found
  mdns.on('warning', () => undefined)
  mdns.on('response', (packet) => {
    for (const r of [...(packet.answers ?? []), ...(packet.additionals ?? [])]) {
      if (r.type === 'A') hosts.set(r.name, (hosts.get(r.name) ?? new Set()).add(r.data))
      if (!r.name.endsWith(`.${serviceType}`)) continue
      const instanceName = r.name.slice(0, -serviceType.length - 1)
      const before = found.get(instanceName) ?? { instanceName, host: '', port: 0, addresses: [], txt: {} }
      if (r.type === 'SRV') found.set(instanceName, { ...before, host: r.data.target, port: r.data.port })
      if (r.type === 'TXT') found.set(instanceName, { ...before, txt: txtOf(r.data) })
    }
  })
  await new Promise<void>((resolve) => mdns.on('ready', resolve))
  mdns.query({ questions: [{ name: serviceType, type: 'PTR' }] })
  await clock.sleep(ms, signal).catch(() => undefined)
  await new Promise<void>((resolve) => mdns.destroy(resolve))
  return [...found.values()].filter((f) => f.port > 0).map((f) => ({ ...f, addresses: [...(hosts.get(f.host) ?? [])] }))
}
