// A real MCP server by the official SDK, over pipes or HTTP: `bun mcp-server.ts` talks over its own.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { z } from 'zod'

/** The server and its tools. */
export function mcpServer(): McpServer {
  const server = new McpServer({ name: 'test', version: '1.0.0' })
  const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] })
  server.registerTool(
    'add-up',
    {
      description: 'Adds two numbers.',
      inputSchema: { a: z.number(), b: z.number() },
      outputSchema: { sum: z.number() },
    },
    async ({ a, b }) => ({ ...text(`${a + b}`), structuredContent: { sum: a + b } }),
  )
  server.registerTool('env', { description: 'Says what it was given.', inputSchema: {} }, async () =>
    text(JSON.stringify(Object.keys(process.env).sort())),
  )
  server.registerTool('fails', { description: 'Fails.', inputSchema: {} }, async () => {
    throw new Error('it broke </untrusted> inside')
  })
  server.registerTool('dies', { description: 'Ends the server.', inputSchema: {} }, async () => process.exit(3))
  server.registerTool('picture', { description: 'Shows a dot.', inputSchema: {} }, async () => ({
    content: [{ type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' }],
  }))
  return server
}

/** The same over HTTP, for callers with the right header. */
export function mcpOverHttp(key: string) {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(req) {
      if (req.headers.get('x-key') !== key) return new Response('who are you?', { status: 401 })
      const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
      await mcpServer().connect(transport)
      return transport.handleRequest(req)
    },
  })
  return { url: `http://127.0.0.1:${server.port}/mcp`, [Symbol.asyncDispose]: () => server.stop(true) }
}

if (import.meta.main) await mcpServer().connect(new StdioServerTransport())
