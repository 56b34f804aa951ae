// The DNS zone: good to a real name server, found through it, and not written again when nothing changed.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { discoverWide, writeZone, zoneDomain, zonePath, zoneText } from '../../src/os/wide-area.ts'
import { until } from '../e2e/program.ts'
import { nameServer, nsd } from './name-server.ts'

let top = ''
beforeAll(() => void (top = mkdtempSync(join(tmpdir(), 'oclaw-zone-'))))
afterAll(() => rmSync(top, { recursive: true, force: true }))

const facts = {
  host: 'Ann’s Box.home',
  address: '127.0.0.1',
  port: 18_789,
  txt: { role: 'gateway', displayName: 'Ann’s "Box"', cliPath: 'C:\\oclaw', gatewayPort: '18789' },
}
const signal = () => AbortSignal.timeout(10_000)

test('domains are checked, and kept from becoming paths', () => {
  expect(zoneDomain(' OpenClaw.Internal. ')).toBe('openclaw.internal')
  for (const bad of ['', 'internal', '../x.y', 'a b.c', '-a.b', `${'a'.repeat(64)}.b`, 'x.1'])
    expect(() => zoneDomain(bad)).toThrow('is no domain')
})

test('it is written once, and again with a higher serial when something is new', async () => {
  const clock = { now: () => 1_700_000_000_000 }
  const path = zonePath(top, 'openclaw.internal')
  expect(await writeZone(clock, top, 'openclaw.internal', facts)).toBe(true)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(await writeZone(clock, top, 'openclaw.internal', facts)).toBe(false)
  expect(await writeZone(clock, top, 'openclaw.internal', { ...facts, port: 1 })).toBe(true)
  expect(readFileSync(path, 'utf8')).toContain('hostmaster 1700000001 7200')
})

test.if(existsSync('/usr/bin/named-checkzone'))('BIND finds nothing wrong with it, with and without a gateway', () => {
  for (const f of [facts, undefined, { ...facts, address: '2001:db8::1' }, { ...facts, host: 'ns1' }]) {
    const zone = zoneText('openclaw.internal', 7, f)
    const checked = Bun.spawnSync(['/usr/bin/named-checkzone', 'openclaw.internal', '/dev/stdin'], {
      stdin: new TextEncoder().encode(zone),
    })
    expect([checked.exitCode, checked.stdout.toString()]).toEqual([0, expect.stringContaining('OK')])
    expect(checked.stdout.toString()).not.toMatch(/warning|error/i)
  }
})

test.if(existsSync(nsd))('a gateway in it is found through a real name server', async () => {
  await writeZone(systemClock, top, 'far.openclaw.internal', facts)
  await using dns = await nameServer('far.openclaw.internal', zonePath(top, 'far.openclaw.internal'))
  const look = () => discoverWide(systemClock, 'far.openclaw.internal', 2000, signal(), dns.address)
  await until('the name server', async () => (await look()).length > 0)
  expect(await look()).toEqual([
    {
      instanceName: 'ann-s-box',
      host: 'ann-s-box.far.openclaw.internal',
      port: 18_789,
      addresses: ['127.0.0.1'],
      txt: facts.txt,
    },
  ])
  expect(await discoverWide(systemClock, 'elsewhere.internal', 500, signal(), dns.address)).toEqual([])
})

test('a name server that does not answer is not waited for', async () => {
  using deaf = await Bun.udpSocket({ hostname: '127.0.0.1', socket: { data: () => undefined } }).then((s) => ({
    port: s.port,
    [Symbol.dispose]: () => s.close(),
  }))
  const since = performance.now()
  expect(await discoverWide(systemClock, 'openclaw.internal', 200, signal(), `127.0.0.1:${deaf.port}`)).toEqual([])
  expect(performance.now() - since).toBeLessThan(2000)
})
