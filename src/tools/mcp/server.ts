// Tools of an MCP server: connected over a program's pipes or HTTP, offered under its name. The SDK loads at the first connection.
import type { CallToolResult, Tool } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import type { AnyTool, ToolContext, ToolResult } from '../../define/tool.ts'
import { untrusted } from '../../domain/untrusted.ts'
import { deadline, type Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'

/** A server as configured: a program, or an address. Times in ms. */
export interface McpServer {
  readonly name: string
  readonly command?: string | undefined
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Only these of its tools; all when absent. */
  readonly only?: readonly string[] | undefined
}

/** A connection to a server. */
export interface McpLink {
  /** Its tools as they are now. */
  tools(): readonly AnyTool[]
  close(): Promise<void>
}

/** What a connection tells. */
export interface McpNews {
  /** Its tools are others. */
  changed(): void
  /** It is gone. */
  closed(why: string): void
}

/** How long a server may take to greet us, in ms. */
const greetMs = 20_000
const maxTools = 200

const clean = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '_')

/** A tool's name as models see it. */
export const mcpToolName = (server: string, tool: string): string => `mcp_${clean(server)}_${clean(tool)}`.slice(0, 64)

/** Connects to a server and asks for its tools. Throws UNAVAILABLE with what went wrong. */
export async function connectMcp(s: McpServer, clock: Clock, news: McpNews): Promise<McpLink> {
  const [{ Client }, { CfWorkerJsonSchemaValidator }, { ToolListChangedNotificationSchema }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/validation/cfworker'),
    import('@modelcontextprotocol/sdk/types.js'),
  ])
  const client = new Client({ name: 'oclaw', version: '1' }, { jsonSchemaValidator: new CfWorkerJsonSchemaValidator() })
  const state: { tools: readonly AnyTool[]; said: string } = { tools: [], said: '' }
  const late = new Fault('TIMEOUT', `the MCP server ${s.name} did not greet us within ${greetMs / 1000} s`)
  const limit = deadline(clock, greetMs, late)

  async function list() {
    const found: Tool[] = []
    let cursor: string | undefined
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor })
      found.push(...page.tools)
      cursor = page.nextCursor
    } while (cursor !== undefined && found.length < maxTools)
    const kept = found.filter((t) => !s.only || s.only.includes(t.name)).slice(0, maxTools)
    state.tools = kept.map((t) => toolOf(s, t, (input, ctx) => call(t.name, input, ctx)))
  }

  const call = async (name: string, input: Record<string, unknown>, ctx: ToolContext): Promise<CallToolResult> => {
    const options = { signal: ctx.signal, timeout: s.timeoutMs, resetTimeoutOnProgress: true }
    return (await client.callTool({ name, arguments: input }, undefined, options)) as CallToolResult
  }

  try {
    const transport = await transportOf(s, (text) => {
      state.said = (state.said + text).slice(-500)
    })
    const gone = new Promise<never>((_, reject) => {
      limit.signal.addEventListener('abort', () => reject(late), { once: true })
    })
    gone.catch(() => undefined)
    await Promise.race([client.connect(transport), gone])
    client.setNotificationHandler(ToolListChangedNotificationSchema, async () => {
      await list()
      news.changed()
    })
    client.onclose = () => news.closed(state.said.trim() || 'it ended')
    if (client.getServerCapabilities()?.tools) await Promise.race([list(), gone])
  } catch (error) {
    await client.close().catch(() => undefined)
    if (error === late) throw late
    const why = error instanceof Error ? error.message : 'unknown'
    const said = state.said.trim()
    throw new Fault('UNAVAILABLE', `the MCP server ${s.name} cannot be used: ${why}${said ? ` (${said})` : ''}`, {
      cause: error,
    })
  } finally {
    limit.done()
  }
  return {
    tools: () => state.tools,
    async close() {
      client.onclose = () => undefined
      await client.close()
    },
  }
}

async function transportOf(s: McpServer, hear: (text: string) => void) {
  if (s.command !== undefined) {
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js')
    const transport = new StdioClientTransport({
      command: s.command,
      args: [...s.args],
      env: { ...s.env },
      stderr: 'pipe',
      ...(s.cwd === undefined ? {} : { cwd: s.cwd }),
    })
    transport.stderr?.on('data', (chunk: Uint8Array) => hear(new TextDecoder().decode(chunk)))
    return transport
  }
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  return new StreamableHTTPClientTransport(new URL(s.url ?? ''), { requestInit: { headers: { ...s.headers } } })
}

const anything = z.looseObject({})

function toolOf(
  s: McpServer,
  t: Tool,
  call: (input: Record<string, unknown>, ctx: ToolContext) => Promise<CallToolResult>,
): AnyTool {
  const id = mcpToolName(s.name, t.name)
  return {
    id,
    summary: (t.description ?? t.title ?? t.name).replaceAll(/\s+/g, ' ').slice(0, 1000),
    params: anything,
    schema: t.inputSchema,
    risk: 'net',
    timeoutMs: s.timeoutMs,
    async run(input: Record<string, unknown>, ctx) {
      try {
        return await resultOf(s, t, await call(input, ctx), ctx)
      } catch (error) {
        if (ctx.signal.aborted) throw error
        const why = error instanceof Error ? error.message : 'it failed'
        return { ok: false, text: `${t.name} of the MCP server ${s.name} failed: ${why}` }
      }
    },
  }
}

/** What a server answered, its words marked as others'. */
async function resultOf(s: McpServer, t: Tool, r: CallToolResult, ctx: ToolContext): Promise<ToolResult> {
  const texts: string[] = []
  const media: NonNullable<ToolResult['media']>[number][] = []
  for (const c of r.content ?? []) {
    if (c.type === 'text') texts.push(c.text)
    else if (c.type === 'image' || c.type === 'audio') {
      const kind = c.type === 'image' ? ('image' as const) : ('audio' as const)
      media.push(await ctx.media.save(Uint8Array.fromBase64(c.data), { mime: c.mimeType, kind }))
    } else if (c.type === 'resource_link') texts.push(`[${c.name}: ${c.uri}]`)
    else texts.push('text' in c.resource ? c.resource.text : `[${c.resource.uri}: ${c.resource.mimeType ?? 'a file'}]`)
  }
  const text = texts.join('\n') || (r.structuredContent ? JSON.stringify(r.structuredContent) : '')
  return {
    ok: r.isError !== true,
    text: text ? untrusted(`${t.name} of the MCP server ${s.name}`, text) : '[no text]',
    ...(media.length ? { media } : {}),
    ...(r.structuredContent ? { details: r.structuredContent } : {}),
  }
}
