// The MCP servers of the config as tools: connected when a turn first needs tools, again after they went away.
import { describeError } from '../lib/fault.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import type { AnyTool } from '../define/tool.ts'
import type { McpLink, McpServer } from '../tools/mcp/server.ts'
import type { Config } from './catalog.ts'

/** How long a server that failed is left alone, in ms. */
const restMs = 60_000

/** How long a turn waits for servers that are being connected, in ms. */
const waitMs = 8000

/** The tools of servers. */
export interface McpTools {
  /** Those that are connected; the same list until it changes. */
  tools(): readonly AnyTool[]
  /** Resolves when every server of the config is connected or has failed, or takes too long; at once when all are there. */
  prepare(): Promise<void>
}

interface Known {
  readonly form: string
  link?: McpLink
  connecting?: Promise<void>
  failedAt?: number
}

/** The servers a config names. */
export function serversOf(c: Config, childEnv: () => Readonly<Record<string, string>>): McpServer[] {
  return Object.entries(c.tools.mcp.servers).flatMap(([name, s]) => {
    if (s.enabled === false || (s.command === undefined && s.url === undefined)) return []
    return [
      {
        name,
        command: s.command,
        args: s.args ?? [],
        env: { ...childEnv(), ...s.env },
        cwd: s.cwd,
        url: s.url,
        headers: s.headers ?? {},
        timeoutMs: s.timeoutSeconds * 1000,
        only: s.tools,
      },
    ]
  })
}

/** Keeps the connections; they end with `scope`. */
export function mcpTools(
  servers: () => readonly McpServer[],
  { scope, clock, log }: { readonly scope: Scope; readonly clock: Clock; readonly log: Log },
): McpTools {
  const known = new Map<string, Known>()
  let list: readonly AnyTool[] = []
  const renew = () => {
    list = [...known.values()].flatMap((k) => k.link?.tools() ?? [])
  }
  let closing = false

  async function drop(name: string) {
    const gone = known.get(name)
    known.delete(name)
    renew()
    await gone?.link
      ?.close()
      .catch((error: unknown) =>
        log.debug('an MCP server did not close', { server: name, error: describeError(error) }),
      )
  }

  async function connect(s: McpServer, k: Known) {
    try {
      const { connectMcp } = await import('../tools/mcp/server.ts')
      const link = await connectMcp(s, clock, {
        changed: renew,
        closed: (why) => {
          if (known.get(s.name) !== k || closing) return
          log.warn('an MCP server went away', { server: s.name, why })
          delete k.link
          k.failedAt = clock.now() - restMs + 5000 // it may come back sooner than one that never was there
          renew()
        },
      })
      if (known.get(s.name) !== k || closing) return await link.close()
      k.link = link
      delete k.failedAt
      renew()
      log.info('an MCP server is connected', { server: s.name, tools: link.tools().length })
    } catch (error) {
      k.failedAt = clock.now()
      log.warn('an MCP server cannot be used', { server: s.name, error: describeError(error) })
    } finally {
      delete k.connecting
    }
  }

  return {
    tools: () => list,
    async prepare() {
      const wanted = servers()
      if (!wanted.length && !known.size) return
      if (!known.size && !closing)
        scope.defer('mcp', () => {
          closing = true
          return Promise.all([...known.keys()].map(drop))
        })
      const now = clock.now()
      for (const name of known.keys()) if (!wanted.some((s) => s.name === name)) await drop(name)
      for (const s of wanted) {
        const form = JSON.stringify(s)
        if (known.has(s.name) && known.get(s.name)?.form !== form) await drop(s.name)
        const k: Known = known.get(s.name) ?? { form }
        known.set(s.name, k)
        const rests = k.failedAt !== undefined && now - k.failedAt < restMs
        if (!k.link && !k.connecting && !rests && !closing) k.connecting = connect(s, k)
      }
      const going = [...known.values()].flatMap((k) => k.connecting ?? [])
      if (!going.length) return
      const over = new AbortController()
      const patience = clock.sleep(waitMs, over.signal).catch(() => undefined)
      await Promise.race([Promise.all(going), patience]) // a slow one joins a later turn
      over.abort(new Error('no longer waited for'))
    },
  }
}

/** Our own tools and those of servers in one list, the same as long as they are. */
export function withMcp(own: () => readonly AnyTool[], mcp: McpTools): () => readonly AnyTool[] {
  const joined: { theirs?: readonly AnyTool[]; all: readonly AnyTool[] } = { all: [] }
  return () => {
    const theirs = mcp.tools()
    if (joined.theirs !== theirs) Object.assign(joined, { theirs, all: [...own(), ...theirs] })
    return joined.all
  }
}
