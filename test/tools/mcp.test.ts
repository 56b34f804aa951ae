// MCP servers as tools: connected when needed, their words marked, their failures survived.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { mcpTools } from '../../src/app/mcp.ts'
import type { McpServer } from '../../src/tools/mcp/server.ts'
import { specOf } from '../../src/engine/tools/toolbox.ts'
import { mcpOverHttp } from '../fakes/mcp-server.ts'
import { until } from '../engine/fixture.ts'
import { keptLog } from '../engine/kept-log.ts'
import { workspace } from './fixture.ts'

const stdio = (more: Partial<McpServer> = {}): McpServer => ({
  name: 'My Test',
  command: process.execPath,
  args: [join(import.meta.dir, '..', 'fakes', 'mcp-server.ts')],
  env: { PATH: process.env['PATH'] ?? '', GIVEN: '1' },
  headers: {},
  timeoutMs: 5000,
  ...more,
})

function stage(servers: McpServer[]) {
  const ws = workspace()
  const scope = new Scope('test')
  const lines: string[] = []
  const mcp = mcpTools(() => servers, { scope, clock: systemClock, log: keptLog(lines) })
  return {
    ws,
    mcp,
    lines,
    servers,
    async run(id: string, input: object = {}) {
      const tool = mcp.tools().find((t) => t.id === id)
      if (!tool) throw new Error(`no tool ${id}`)
      return tool.run(input as never, ws.ctx)
    },
    async [Symbol.asyncDispose]() {
      await scope.close()
      ws[Symbol.dispose]()
    },
  }
}

test('a program’s tools are offered by its own description, and called', async () => {
  process.env['MCP_CANARY'] = 'x'
  await using s = stage([stdio()])
  expect(s.mcp.tools()).toEqual([])
  await s.mcp.prepare()
  const add = s.mcp.tools().find((t) => t.id === 'mcp_my_test_add-up')
  expect(add && specOf(add)).toMatchObject({
    description: 'Adds two numbers.',
    params: { type: 'object', required: ['a', 'b'] },
  })
  const r = await s.run('mcp_my_test_add-up', { a: 2, b: 40 })
  expect(r.text).toMatch(/^<untrusted id="\w+" what="add-up of the MCP server My Test">\n42\n/)
  expect(r.details).toEqual({ sum: 42 })
  expect((await s.run('mcp_my_test_picture')).media).toHaveLength(1)
  expect((await s.run('mcp_my_test_env')).text).toContain('"GIVEN"')
  expect((await s.run('mcp_my_test_env')).text).not.toContain('MCP_CANARY')
})

test('what fails comes back as a result; a server that ended is connected again', async () => {
  await using s = stage([stdio()])
  await s.mcp.prepare()
  const bad = await s.run('mcp_my_test_fails')
  expect([bad.ok, bad.text.match(/<\/untrusted/g)?.length]).toEqual([false, 1])
  expect((await s.run('mcp_my_test_add-up', { a: 'x' })).ok).toBe(false)
  expect((await s.run('mcp_my_test_dies')).ok).toBe(false)
  await until('its tools to be gone', () => s.mcp.tools().length === 0)
  expect(s.lines.join()).toContain('went away')
})

test('over HTTP, with headers; and only the tools that are wanted', async () => {
  await using http = mcpOverHttp('sesame')
  const at = { name: 'web', command: undefined, args: [], url: http.url }
  await using s = stage([
    stdio({ ...at, headers: { 'x-key': 'sesame' }, only: ['add-up'] }),
    stdio({ ...at, name: 'shut', headers: {} }),
    stdio({ name: 'absent', command: '/no/such/program' }),
  ])
  await s.mcp.prepare()
  expect(s.mcp.tools().map((t) => t.id)).toEqual(['mcp_web_add-up'])
  expect((await s.run('mcp_web_add-up', { a: 1, b: 2 })).text).toContain('\n3\n')
  expect(s.lines.filter((l) => l.includes('cannot be used')).length).toBe(2)
  const before = s.lines.length
  await s.mcp.prepare() // those that failed rest for a while
  expect(s.lines.length).toBe(before)
  const list = s.mcp.tools()
  expect(s.mcp.tools()).toBe(list)
  s.servers.splice(0)
  await s.mcp.prepare()
  expect(s.mcp.tools()).toEqual([])
})
