// The only way out a browser of ours has: a SOCKS5 proxy on loopback that looks each name up, judges it and connects
// to the judged address itself, so that neither redirects nor names that change their mind lead inside.
import { createServer, connect, type Server, type Socket } from 'node:net'
import { describeError, Fault } from '../../lib/fault.ts'
import { isPublicAddress } from '../../lib/fetch.ts'
import type { Gate } from './guard.ts'

/** A running proxy. */
export interface Socks {
  readonly port: number
  /** Why a host was refused last; undefined when it was not. */
  refusal(host: string): Fault | undefined
  close(): Promise<void>
}

/** Hosts whose refusal is remembered. */
const maxRefusals = 200

const portOf = (server: Server): number => {
  const at = server.address()
  return typeof at === 'object' && at ? at.port : 0
}

const answer = (code: number) => Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0])

/** Host and port of a CONNECT request, and how long it is; undefined while it is incomplete, a code when it is wrong. */
export function readRequest(b: Buffer): { host: string; port: number; length: number } | number | undefined {
  if (b.length < 5) return undefined
  if (b[0] !== 5) return 1
  if (b[1] !== 1) return 7
  const kind = b[3]
  const size = kind === 1 ? 4 : kind === 4 ? 16 : kind === 3 ? (b[4] as number) : -1
  if (size < 0) return 8
  const from = kind === 3 ? 5 : 4
  const length = from + size + 2
  if (b.length < length) return undefined
  const raw = b.subarray(from, from + size)
  const v6 = () => Array.from({ length: 8 }, (_, i) => raw.readUInt16BE(i * 2).toString(16)).join(':')
  const host = kind === 3 ? raw.toString('latin1') : kind === 1 ? [...raw].join('.') : v6()
  return { host, port: b.readUInt16BE(from + size), length }
}

/**
 * Starts a proxy on a free port of 127.0.0.1: https://www.rfc-editor.org/rfc/rfc1928. Nobody is led to the proxy itself
 * or to the port `own` answers, the browser's debugger, even where the config opens this machine to it.
 */
export function socks(
  gate: Gate,
  signal: AbortSignal,
  own: () => number | undefined = () => undefined,
): Promise<Socks> {
  const refused = new Map<string, Fault>()
  const open = new Set<Socket>()
  const isOwn = (port: number) => port === own() || port === portOf(server)
  const keep = (s: Socket) => {
    open.add(s)
    s.on('close', () => open.delete(s))
    s.on('error', () => s.destroy())
  }

  async function relay(client: Socket, to: { host: string; port: number }, early: Buffer) {
    let address: string
    try {
      address = await gate.resolve(to.host, signal)
      if (isOwn(to.port) && !isPublicAddress(address))
        throw new Fault('FORBIDDEN', `port ${to.port} is the browser's own`)
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('UNAVAILABLE', describeError(error), { cause: error })
      refused.delete(to.host)
      refused.set(to.host, fault)
      if (refused.size > maxRefusals) refused.delete(refused.keys().next().value as string)
      client.end(answer(fault.code === 'NOT_FOUND' ? 4 : 2))
      return
    }
    refused.delete(to.host)
    const server = connect({ host: address, port: to.port })
    keep(server)
    server.once('connect', () => {
      client.write(answer(0))
      if (early.length) server.write(early)
      client.pipe(server)
      server.pipe(client)
    })
    server.once('error', () => client.writable && client.end(answer(5)))
    server.once('close', () => client.destroy())
    client.once('close', () => server.destroy())
  }

  const server = createServer((client) => {
    keep(client)
    let seen = Buffer.alloc(0)
    let greeted = false
    const hear = (more: Buffer) => {
      seen = Buffer.concat([seen, more])
      if (!greeted) {
        if (seen.length < 2 || seen.length < 2 + (seen[1] as number)) return
        if (seen[0] !== 5) return void client.destroy()
        seen = seen.subarray(2 + (seen[1] as number))
        greeted = true
        client.write(Buffer.from([5, 0]))
      }
      const request = readRequest(seen)
      if (request === undefined) return
      client.off('data', hear)
      if (typeof request === 'number') return void client.end(answer(request))
      client.pause()
      void relay(client, request, seen.subarray(request.length))
    }
    client.on('data', hear)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: portOf(server),
        refusal: (host) => refused.get(host),
        close: () =>
          new Promise((done) => {
            server.close(() => done())
            for (const s of open) s.destroy()
          }),
      })
    })
  })
}
