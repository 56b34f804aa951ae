// The socket side of a Slack on loopback: tickets, hello, envelopes, acknowledgements.
import type { Server, ServerWebSocket } from 'bun'
import { z } from 'zod'
import { me } from './slack-world.ts'
import { wire } from './wire.ts'

interface Seat {
  readonly ticket: string
}

type Client = ServerWebSocket<Seat>

const acknowledgement = z.strictObject({ envelope_id: z.string(), payload: z.looseObject({}).optional() })

/** Something told through a socket. */
export interface Told {
  readonly id: string
  readonly type: string
  readonly payload: object
  readonly by: Client
  acknowledged: boolean
  answer?: unknown
}

/** Starts the sockets; `news` hears of each change. */
export async function slackSockets(news: () => void) {
  const tickets = new Set<string>()
  const clients: Client[] = []
  const told: Told[] = []
  const wrong: string[] = []
  let pings = 0
  let count = 0
  let mute = false
  let server: Server<Seat> | undefined

  const serve = () =>
    Bun.serve<Seat>({
      port: 0,
      hostname: '127.0.0.1',
      fetch(request, self) {
        const ticket = new URL(request.url).searchParams.get('ticket') ?? ''
        if (!tickets.delete(ticket)) return new Response('invalid ticket', { status: 403 })
        return self.upgrade(request, { data: { ticket } }) ? undefined : new Response('upgrade', { status: 400 })
      },
      websocket: {
        sendPings: false,
        idleTimeout: 0,
        open(client) {
          clients.push(client)
          if (!mute)
            client.send(
              JSON.stringify({
                type: 'hello',
                num_connections: clients.length,
                debug_info: { host: 'applink-1', approximate_connection_time: 18_060 },
                connection_info: { app_id: me.app },
              }),
            )
          news()
        },
        ping() {
          pings++
          news()
        },
        message(client, data) {
          const parsed = acknowledgement.safeParse(JSON.parse(String(data)))
          const one = parsed.success
            ? told.find((t) => t.id === parsed.data.envelope_id && t.by === client && !t.acknowledged)
            : undefined
          if (!one) wrong.push(String(data))
          else Object.assign(one, { acknowledged: true, answer: parsed.data?.payload })
          news()
        },
        close(client) {
          clients.splice(clients.indexOf(client), 1)
          news()
        },
      },
    })
  server = serve()
  const line = await wire(() => server?.port ?? 0)

  return {
    told,
    /** Acknowledgements of what was never told, or twice. */
    wrong,
    clients,
    get pings() {
      return pings
    },
    line,
    /** Opens sockets that never say hello. */
    set mute(on: boolean) {
      mute = on
    },
    /** The address of a new socket. */
    address() {
      const ticket = `ticket-${++count}`
      tickets.add(ticket)
      return `ws://127.0.0.1:${line.port}/link/?ticket=${ticket}&app_id=${me.app}`
    },
    /** Tells something through the newest socket; says whether there is one. */
    tell(type: string, payload: object, retry = 0): Told | undefined {
      const by = clients.at(-1)
      if (!by) return undefined
      const one: Told = { id: `env-${++count}`, type, payload, by, acknowledged: false }
      told.push(one)
      const more = retry ? { retry_attempt: retry, retry_reason: 'timeout' } : {}
      const accepts_response_payload = type !== 'events_api'
      by.send(JSON.stringify({ envelope_id: one.id, type, accepts_response_payload, payload, ...more }))
      return one
    },
    /** Sends a `disconnect` through a socket, the newest without one. */
    disconnect(reason: string, client = clients.at(-1)) {
      client?.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }))
    },
    async down() {
      await line.close()
      await server?.stop(true)
      clients.splice(0)
    },
    async up() {
      server = serve()
      await line.listen()
    },
  }
}
