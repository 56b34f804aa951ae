// Being found: one gateway announces itself on the loopback network, another program looks for it.
import { expect, test } from 'bun:test'
import { systemClock } from '../../src/lib/clock.ts'
import { advertise, discover } from '../../src/os/mdns.ts'

const place = { interface: '127.0.0.1', port: 20_000 + (process.pid % 12_000) }
const look = (ms: number, signal = new AbortController().signal) => discover(systemClock, place, ms, signal)

test('a gateway is found with its port and what it tells, and is gone after its goodbye', async () => {
  const txt = { role: 'gateway', gatewayPort: '18789', transport: 'gateway' }
  const beacon = await advertise({ name: 'ann.box (OpenClaw)', host: 'annbox', port: 18_789, txt }, place, (e) => {
    throw e
  })
  const found = await look(300)
  expect(found).toEqual([
    { instanceName: 'ann box (OpenClaw)', host: 'annbox.local', port: 18_789, addresses: ['127.0.0.1'], txt },
  ])
  await beacon.close()
  expect(await look(100)).toEqual([])
})
