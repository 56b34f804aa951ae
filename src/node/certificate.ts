// Sockets to a gateway whose certificate nobody has signed, but whose fingerprint is known.
import { connect } from 'node:tls'
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'

/** Bun's WebSocket takes TLS options, which the web's own type does not know. */
const BunSocket = WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => WebSocket

const plain = (print: string) => print.replaceAll(':', '').toLowerCase()

/** The certificate a host shows, as PEM, and its SHA-256. Throws UNAVAILABLE when it shows none. */
function shown(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<{ readonly pem: string; readonly print: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false }, () => {
      const { raw, fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      const body = raw
        .toString('base64')
        .replaceAll(/(.{64})/g, '$1\n')
        .trim()
      resolve({
        pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
        print: plain(fingerprint256),
      })
    })
    const no = (cause: unknown) => reject(new Fault('UNAVAILABLE', `no answer at ${host}:${port}`, { cause }))
    socket.once('error', no)
    signal.addEventListener(
      'abort',
      () => {
        socket.destroy()
        no(signal.reason)
      },
      { once: true },
    )
  })
}

/** How long a host may take to show its certificate, in ms. */
const patienceMs = 10_000

/** A kind of WebSocket that talks only to whoever shows the certificate of this fingerprint. Throws FORBIDDEN for another. */
export async function pinnedSocket(
  { host, port, fingerprint }: { readonly host: string; readonly port: number; readonly fingerprint: string },
  clock: Clock,
  signal: AbortSignal,
): Promise<new (url: string) => WebSocket> {
  const limit = deadline(clock, patienceMs, new Fault('TIMEOUT', 'no answer in time'), signal)
  const { pem, print } = await shown(host, port, limit.signal).finally(limit.done)
  if (print !== fingerprint)
    throw new Fault(
      'FORBIDDEN',
      `${host}:${port} shows another certificate (SHA-256 ${print}) than the one this node knows; if it was changed on purpose: --tls-fingerprint ${print}`,
    )
  return class extends BunSocket {
    constructor(url: string) {
      super(url, { tls: { ca: pem, checkServerIdentity: () => undefined } })
    }
  }
}
