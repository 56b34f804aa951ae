// Writes what goes over sockets into the log, one line per call or per frame, with everything secret hidden.
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Socket } from './connection.ts'

/** `compact` tells of calls and events by name, `full` of every frame. */
export type FrameStyle = 'compact' | 'full'

/** How frames are written. */
export interface FrameRule {
  readonly style: FrameStyle
  /** A copy of a value with its secrets hidden. */
  hide(value: unknown): unknown
}

/** The longest text of a frame that is written whole, in characters. */
const longest = 300

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** A value whose long texts are cut. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(short)
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, short(v)]))
  if (typeof value !== 'string' || value.length <= longest) return value
  return `${value.slice(0, longest)}… (${value.length} characters)`
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined // no frame of ours: its size is all that is told
  }
}

/** What is kept of a socket: its number, and when its open calls were made, in ms. */
interface Watched {
  readonly conn: number
  readonly open: Map<unknown, { readonly method: unknown; readonly since: number }>
}

/** Watches sockets. `send` is what the socket is given in place of its own; the others are told what happens to it. */
export function frameLog(log: Log, clock: Clock, { style, hide }: FrameRule) {
  const all = new WeakMap<object, Watched>()
  let count = 0

  function whole(message: string, conn: number, text: string) {
    const frame = parsed(text)
    log.info(message, { conn, ...(frame ? { frame: short(hide(frame)) } : { characters: text.length }) })
  }

  function sent({ conn, open }: Watched, text: string) {
    if (style === 'full') return whole('frame sent', conn, text)
    const frame = parsed(text)
    const call = frame && open.get(frame['id'])
    if (frame && call) {
      open.delete(frame['id'])
      const { error } = frame
      const code = isRecord(error) ? { code: error['code'] } : {}
      log.info('call', { conn, method: call.method, ok: error === undefined, ...code, ms: clock.now() - call.since })
    } else if (typeof frame?.['event'] === 'string') log.info('event', { conn, event: frame['event'] })
  }

  return {
    /** A socket whose frames are written down as they are sent. */
    watch(ws: Socket): Socket {
      const watched: Watched = { conn: ++count, open: new Map() }
      all.set(ws, watched)
      log.info('connected', { conn: watched.conn })
      return {
        send(text) {
          sent(watched, text)
          return ws.send(text)
        },
        close: (code, reason) => ws.close(code, reason),
        terminate: () => ws.terminate(),
        ping: () => ws.ping(),
        getBufferedAmount: () => ws.getBufferedAmount(),
      }
    },
    /** Hears a frame that came in. */
    heard(ws: object, data: string | Uint8Array): void {
      const watched = all.get(ws)
      if (!watched) return
      const text = typeof data === 'string' ? data : new TextDecoder().decode(data)
      if (style === 'full') whole('frame heard', watched.conn, text)
      const frame = parsed(text)
      if (frame && 'method' in frame)
        watched.open.set(frame['id'], { method: short(frame['method']), since: clock.now() })
    },
    /** Hears that a socket is closed. */
    closed(ws: object): void {
      const watched = all.get(ws)
      if (watched) log.info('disconnected', { conn: watched.conn })
    },
  }
}
