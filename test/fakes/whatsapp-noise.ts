// The server's side of WhatsApp's Noise XX handshake and the encrypted frames after it.
import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  hkdf,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
  sha256,
  WA_CERT_DETAILS,
} from 'baileys'

type Bytes = Uint8Array

/** The root of trust clients of this process believe in from now on: WhatsApp's own key is not ours to sign with. */
const root = Curve.generateKeyPair()

/** The public half of it, as Baileys writes such a key. */
export const fakeRoot = Buffer.from(root.public).toString('hex')

const middle = Curve.generateKeyPair()
const station = Curve.generateKeyPair()

/** Makes clients of this process trust the fake instead of WhatsApp. */
export function trustTheFake(): void {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root.public)
}

function certificates(): Bytes {
  const details = (d: proto.CertChain.NoiseCertificate.IDetails) =>
    proto.CertChain.NoiseCertificate.Details.encode(d).finish()
  const intermediate = details({ serial: 1, issuerSerial: WA_CERT_DETAILS.SERIAL, key: middle.public })
  const leaf = details({ serial: 2, issuerSerial: 1, key: station.public })
  return proto.CertChain.encode({
    intermediate: { details: intermediate, signature: Curve.sign(root.private, intermediate) },
    leaf: { details: leaf, signature: Curve.sign(middle.private, leaf) },
  }).finish()
}

const none = Buffer.alloc(0)

function nonce(count: number): Bytes {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(count, 8)
  return iv
}

/** Whom a finished handshake let in. */
export interface Hello {
  readonly noiseKey: Bytes
  readonly payload: proto.ClientPayload
}

/** One connection's cryptography: feed it what comes, it answers handshakes by `write` and tells frames by `frame`. */
export function noiseServer(on: { write(bytes: Bytes): void; hello(hello: Hello): void; frame(plain: Bytes): void }) {
  let hash: Bytes = Buffer.from(NOISE_MODE)
  let salt = hash
  let key = hash
  let count = 0
  let buffer = none
  let intro = false
  let ephemeral: ReturnType<typeof Curve.generateKeyPair> | undefined
  let transport: { readonly read: Bytes; readonly write: Bytes; in: number; out: number } | undefined

  const authenticate = (data: Bytes) => {
    hash = sha256(Buffer.concat([hash, data]))
  }
  const derive = (secret: Bytes) => {
    const both = hkdf(Buffer.from(secret), 64, { salt: Buffer.from(salt), info: '' })
    return [both.subarray(0, 32), both.subarray(32)] as const
  }
  const mix = (secret: Bytes) => {
    ;[salt, key] = derive(secret)
    count = 0
  }
  const seal = (plain: Bytes) => {
    const out = aesEncryptGCM(plain, key, nonce(count++), hash)
    authenticate(out)
    return out
  }
  const open = (sealed: Bytes) => {
    const out = aesDecryptGCM(sealed, key, nonce(count++), hash)
    authenticate(sealed)
    return out
  }
  const framed = (data: Bytes) =>
    Buffer.concat([Buffer.from([data.length >> 16, (data.length >> 8) & 255, data.length & 255]), data])

  function clientHello(given: Bytes) {
    authenticate(NOISE_WA_HEADER)
    authenticate(given)
    ephemeral = Curve.generateKeyPair()
    authenticate(ephemeral.public)
    mix(Curve.sharedKey(ephemeral.private, given))
    const fixed = seal(station.public)
    mix(Curve.sharedKey(station.private, given))
    const payload = seal(certificates())
    const hello = { serverHello: { ephemeral: ephemeral.public, static: fixed, payload } }
    on.write(framed(proto.HandshakeMessage.encode(hello).finish()))
  }

  function clientFinish(fixed: Bytes, payload: Bytes) {
    const noiseKey = open(fixed)
    mix(Curve.sharedKey((ephemeral as NonNullable<typeof ephemeral>).private, noiseKey))
    const said = proto.ClientPayload.decode(open(payload))
    const [read, write] = derive(none)
    transport = { read, write, in: 0, out: 0 }
    on.hello({ noiseKey, payload: said })
  }

  function take(data: Bytes) {
    if (transport) return on.frame(aesDecryptGCM(data, transport.read, nonce(transport.in++), none))
    const { clientHello: first, clientFinish: last } = proto.HandshakeMessage.decode(data)
    if (first?.ephemeral) clientHello(first.ephemeral)
    else if (last?.static && last.payload) clientFinish(last.static, last.payload)
    else throw new Error('not a handshake')
  }

  return {
    /** Takes bytes from the client; throws on what is no handshake and no frame. */
    feed(bytes: Bytes) {
      buffer = Buffer.concat([buffer, bytes])
      if (!intro) {
        if (buffer.length < NOISE_WA_HEADER.length) return
        if (!buffer.subarray(0, 4).equals(NOISE_WA_HEADER)) throw new Error('no WhatsApp client')
        buffer = buffer.subarray(4)
        intro = true
      }
      while (buffer.length >= 3) {
        const size = (buffer.readUInt8(0) << 16) | buffer.readUInt16BE(1)
        if (buffer.length < size + 3) return
        const data = buffer.subarray(3, size + 3)
        buffer = buffer.subarray(size + 3)
        take(data)
      }
    },
    /** A frame for the client. */
    frame(plain: Bytes): Bytes {
      if (!transport) throw new Error('the handshake is not over')
      return framed(aesEncryptGCM(plain, transport.write, nonce(transport.out++), none))
    },
  }
}
