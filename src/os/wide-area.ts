// Being found beyond the local network: a DNS zone with the gateway in it, and finding gateways in one: https://www.rfc-editor.org/rfc/rfc6763
import { Resolver } from 'node:dns/promises'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { deadline } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { readText, saveText } from './files.ts'
import type { Found } from './mdns.ts'

const service = '_openclaw-gw._tcp'
/** Seconds an answer may be remembered. */
const ttl = 60

/** What is told of a gateway. */
export interface ZoneFacts {
  /** Its name in the zone: a host name. */
  readonly host: string
  readonly address: string
  readonly port: number
  readonly txt: Readonly<Record<string, string>>
}

/** A domain as zones write it: lower case, no dot at the end. Throws INVALID_REQUEST for what is none. */
export function zoneDomain(text: string): string {
  const domain = text.trim().toLowerCase().replace(/\.$/, '')
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/.test(domain))
    throw new Fault('INVALID_REQUEST', `"${text}" is no domain, such as openclaw.internal`)
  return domain
}

/** Where the zone of a domain is kept. */
export const zonePath = (stateDir: string, domain: string): string => join(stateDir, 'dns', `${domain}.db`)

const label = (text: string) =>
  text
    .toLowerCase()
    .split('.')[0]
    ?.replaceAll(/[^a-z0-9-]/g, '-')
    .slice(0, 63) || 'gateway'

/** A string of a master file: https://www.rfc-editor.org/rfc/rfc1035#section-5.1 */
const quoted = (text: string) => {
  const escaped = [...new TextEncoder().encode(text)].slice(0, 255).map((b) => {
    if (b === 34 || b === 92) return `\\${String.fromCodePoint(b)}`
    return b < 32 || b > 126 ? `\\${String(b).padStart(3, '0')}` : String.fromCodePoint(b)
  })
  return `"${escaped.join('')}"`
}

/** The text of a zone; without facts one in which nobody is. */
export function zoneText(domain: string, serial: number, facts: ZoneFacts | undefined): string {
  const records = (f: ZoneFacts) => {
    const host = label(f.host)
    const txt = Object.entries(f.txt).map(([k, v]) => quoted(`${k}=${v}`))
    const kind = isIPv6(f.address) ? 'AAAA' : 'A'
    return [
      `ns1 IN ${kind} ${f.address}`,
      ...(host === 'ns1' ? [] : [`${host} IN ${kind} ${f.address}`]),
      `${service} IN PTR ${host}.${service}`,
      `${host}.${service} IN SRV 0 0 ${f.port} ${host}`,
      `${host}.${service} IN TXT ${txt.join(' ')}`,
    ]
  }
  return [
    `$ORIGIN ${domain}.`,
    `$TTL ${ttl}`,
    `@ IN SOA ns1 hostmaster ${serial} 7200 3600 1209600 ${ttl}`,
    '@ IN NS ns1',
    `_services._dns-sd._udp IN PTR ${service}`,
    'b._dns-sd._udp IN PTR @',
    'lb._dns-sd._udp IN PTR @',
    ...(facts ? records(facts) : ['ns1 IN A 127.0.0.1']),
    '',
  ].join('\n')
}

const withoutSerial = (text: string) => text.replace(/(SOA \S+ \S+) \d+/, '$1')

/** Writes the zone when it says something new, with a newer serial; answers whether it was written. */
export async function writeZone(
  clock: Pick<Clock, 'now'>,
  stateDir: string,
  domain: string,
  facts: ZoneFacts | undefined,
): Promise<boolean> {
  const path = zonePath(stateDir, domain)
  const before = await readText(path)
  const last = Number(/SOA \S+ \S+ (\d+)/.exec(before ?? '')?.[1] ?? 0)
  const text = zoneText(domain, Math.max(last + 1, Math.floor(clock.now() / 1000)), facts)
  if (before !== undefined && withoutSerial(before) === withoutSerial(text)) return false
  await saveText(path, text)
  return true
}

/** Asks the DNS for the gateways of a domain, for at most `ms`; `server` is asked instead of those of this machine. */
export async function discoverWide(
  clock: Clock,
  domain: string,
  ms: number,
  signal: AbortSignal,
  server?: string,
): Promise<Found[]> {
  const resolver = new Resolver()
  if (server !== undefined) resolver.setServers([server])
  const limit = deadline(clock, ms, new Fault('TIMEOUT', 'no answer'), signal)
  const stop = () => resolver.cancel()
  limit.signal.addEventListener('abort', stop, { once: true })
  const none = <T>(asked: Promise<T[]>): Promise<T[]> => asked.catch((): T[] => [])
  try {
    const names = await none(resolver.resolvePtr(`${service}.${domain}`))
    const found = names.map(async (name): Promise<Found[]> => {
      const [srv] = await none(resolver.resolveSrv(name))
      if (!srv) return []
      const [txt, addresses] = await Promise.all([none(resolver.resolveTxt(name)), none(resolver.resolve4(srv.name))])
      const pairs = txt.flat().map((t) => [t.split('=')[0] as string, t.slice(t.indexOf('=') + 1)])
      const instanceName = name.slice(0, name.indexOf(`.${service}`))
      return [
        {
          instanceName,
          host: srv.name,
          port: srv.port,
          addresses,
          txt: Object.fromEntries(pairs) as Record<string, string>,
        },
      ]
    })
    return (await Promise.all(found)).flat()
  } finally {
    limit.signal.removeEventListener('abort', stop)
    limit.done()
  }
}
