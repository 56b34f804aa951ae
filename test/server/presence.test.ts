// What clients and nodes are told of: machines, voice, wake words.
import { expect, test } from 'bun:test'
import { device, type Frame } from './client.ts'
import { gateway, token } from './fixture.ts'

test('a machine that says what it does is shown to everyone', async () => {
  await using g = gateway()
  const c = await g.open()
  await c.connect({ device: device(), token })
  const text = 'Node: foo (192.0.2.4) · app 1.0 · last input 3s ago · mode ui · reason launch'
  expect((await c.call('system-event', { text })).payload).toEqual({ ok: true })
  const about = { host: 'foo', ip: '192.0.2.4', version: '1.0', lastInputSeconds: 3, mode: 'ui', reason: 'launch' }
  const { payload } = await c.event('presence', (p) => p.presence.length > 1)
  expect(payload.presence.at(-1)).toMatchObject(about)
  const list = (await c.call('system-presence')).payload
  expect(list[0]).toMatchObject({ mode: 'gateway', reason: 'self' })
  expect(list.filter((x: Frame) => x.host === 'foo')).toHaveLength(1)
})

test('talking and wake words are told to clients, and wake words to nodes', async () => {
  await using g = gateway()
  const [c, node] = [await g.open(), await g.open()]
  await c.connect({ device: device(), token })
  await node.connect({ device: device(), token, role: 'node', scopes: [] })
  expect((await node.event('voicewake.changed')).payload).toEqual({ triggers: ['openclaw', 'claude', 'computer'] })
  const said = (await c.call('talk.mode', { enabled: true })).payload
  expect((await c.event('talk.mode')).payload).toEqual(said)
  await c.call('voicewake.set', { triggers: ['molly'] })
  expect((await c.event('voicewake.changed')).payload).toEqual({ triggers: ['molly'] })
  expect((await node.event('voicewake.changed', (p) => p.triggers[0] === 'molly')).seq).toBeUndefined()
})
