// A port belongs to one program: who comes second says so, or takes the next one when none was asked for.
import { expect, test } from 'bun:test'
import { base, gateway, merged } from './harness.ts'
import { folder, portOf, run, statusOf, until } from './program.ts'

test('two gateways never share a port, whatever folders they keep their state in', async () => {
  await using first = await gateway()
  using other = folder()
  other.write('openclaw.json', JSON.stringify(base))
  const asked = run(other.path, ['gateway', '--port', String(first.port)])
  expect(await asked.exited).toBe(1)
  expect(asked.output).toContain(`port ${first.port} is taken by another program`)

  other.write('openclaw.json', JSON.stringify(merged(base, { gateway: { port: first.port } })))
  const next = run(other.path, ['gateway'])
  try {
    const port = await until('the second gateway', () => portOf(other.path, next.pid))
    expect(port).toBeGreaterThan(first.port)
    for (let i = 0; i < 20; i++) expect(await statusOf(`${first.url}/health`)).toBe(200)
    expect(await first.call<{ port: number }>('gateway.info')).toMatchObject({ port: first.port })
  } finally {
    next.child.kill()
    await next.exited
  }
})

test('a program that shares its port on purpose does not share it with a gateway', async () => {
  using home = folder()
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', reusePort: true, fetch: () => new Response('mine') })
  home.write('openclaw.json', JSON.stringify(base))
  const refused = run(home.path, ['gateway', '--port', String(server.port)])
  expect(await refused.exited).toBe(1)
  expect(refused.output).toContain(`port ${server.port} is taken`)
})
