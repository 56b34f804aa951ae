// A certificate nobody has signed but itself: ECDSA on P-256, for hosts that encrypt before they have a real one.
import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

/** A certificate and its key, as PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

const concat = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

/** A value of ASN.1 in DER: https://www.itu.int/rec/T-REC-X.690 */
function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const body = concat(...content)
  const n = body.length
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255]
  return concat(new Uint8Array([tag, ...length]), body)
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts)
const bytes = (...b: readonly number[]) => new Uint8Array(b)
const octets = (inner: Uint8Array) => der(0x04, inner)
const text = (tag: number, value: string) => der(tag, new TextEncoder().encode(value))

function oid(dotted: string): Uint8Array {
  const [a = 0, b = 0, ...rest] = dotted.split('.').map(Number)
  const out = [a * 40 + b]
  for (const n of rest) {
    const groups = [n & 127]
    for (let left = n >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128)
    out.push(...groups)
  }
  return der(0x06, new Uint8Array(out))
}

/** A time; from 2050 on it is written with four digits of the year. */
function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '')
  return Number(digits.slice(0, 4)) < 2050 ? text(0x17, digits.slice(2)) : text(0x18, digits)
}

function addressBytes(ip: string): Uint8Array {
  if (isIPv4(ip)) return new Uint8Array(ip.split('.').map(Number))
  const [head = '', tail] = ip.split('::')
  const words = (s: string) => (s ? s.split(':').map((w) => Number.parseInt(w, 16)) : [])
  const [left, right] = [words(head), words(tail ?? '')]
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return new Uint8Array(all.flatMap((w) => [w >> 8, w & 255]))
}

const altName = (name: string) => (isIPv4(name) || isIPv6(name) ? der(0x87, addressBytes(name)) : text(0x82, name))

const extension = (id: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(id), ...(critical ? [bytes(0x01, 0x01, 0xff)] : []), octets(value))

const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'))

const pem = (label: string, data: Uint8Array) =>
  `-----BEGIN ${label}-----\n${(
    Buffer.from(data)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  ).join('\n')}\n-----END ${label}-----\n`

/** Makes a certificate for these host names and addresses, the first one its name; good from a day before `now` (ms). */
export function selfSigned(p: {
  readonly names: readonly string[]
  readonly now: number
  readonly days: number
}): CertificatePair {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  const keyId = new Uint8Array(createHash('sha1').update(spki.subarray(-65)).digest()) // what RFC 5280 uses it for: a name
  const name = sequence(der(0x31, sequence(oid('2.5.4.3'), text(0x0c, (p.names[0] ?? 'openclaw').slice(0, 64)))))
  const serial = crypto.getRandomValues(new Uint8Array(16))
  serial[0] = ((serial[0] as number) & 0x7f) | 0x40
  const day = 86_400_000
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, der(0x03, bytes(7, 0x80))),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(...p.names.map(altName))),
    extension('2.5.29.14', false, octets(keyId)),
    extension('2.5.29.35', false, sequence(der(0x80, keyId))),
  ]
  const body = sequence(
    der(0xa0, bytes(0x02, 0x01, 0x02)),
    der(0x02, serial),
    ecdsaSha256,
    name,
    sequence(time(p.now - day), time(p.now + p.days * day)),
    name,
    spki,
    der(0xa3, sequence(...extensions)),
  )
  const signature = new Uint8Array(sign('sha256', body, privateKey))
  return {
    cert: pem('CERTIFICATE', sequence(body, ecdsaSha256, der(0x03, bytes(0), signature))),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** SHA-256 of a certificate in upper-case hex with colons, as browsers show it; throws when it is none. */
export const fingerprintOf = (cert: string): string => new X509Certificate(cert).fingerprint256

/** What is wrong with a pair at a time (ms), in words; undefined when nothing is. */
export function flawOf(pair: CertificatePair, now: number): string | undefined {
  let x: X509Certificate
  try {
    x = new X509Certificate(pair.cert)
  } catch {
    return 'the certificate is no PEM certificate'
  }
  try {
    if (!x.checkPrivateKey(createPrivateKey(pair.key))) return 'the key is of another certificate'
  } catch {
    return 'the key is no PEM key'
  }
  if (new Date(x.validTo).getTime() < now) return `the certificate ended on ${x.validTo}`
  return undefined
}
