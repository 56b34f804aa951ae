// Regular turns as programs see them: the rule of the config, the last one, the switch, and what health says.
import { expect, test } from 'bun:test'
import { app, type Answer } from './app.ts'

test('a gateway shows its regular turns truthfully, switches them, and takes one when it is woken', async () => {
  const config = `{ agents: { defaults: { model: 'demo/demo', heartbeat: {
    every: '1h', target: 'none', activeHours: { start: '08:00', end: '08:00' } } } } }`
  await using w = await app(config)
  const health = () => w.call('health', { probe: true })
  expect(await health()).toMatchObject({
    heartbeatSeconds: 3600,
    agents: [{ agentId: 'main', heartbeat: { enabled: true, every: '1h', everyMs: 3_600_000, target: 'none' } }],
  })
  expect(await w.call('last-heartbeat')).toBeNull()
  expect(await w.call('set-heartbeats', { enabled: false })).toEqual({ ok: true, enabled: false })
  expect((await health()).agents[0].heartbeat).toMatchObject({ enabled: false, stopped: 'disabled' })
  expect((await w.call('status')).heartbeat.agents[0]).toMatchObject({ enabled: false, everyMs: 3_600_000 })
  await w.call('set-heartbeats', { enabled: true })
  expect((await health()).agents[0].heartbeat.enabled).toBe(true)
  const beat = Promise.withResolvers<unknown>()
  w.gateway.engine.world.news.listen((n) => (n.type === 'heartbeat' ? beat.resolve(n.beat) : undefined))
  expect(await w.call('wake', { mode: 'now', text: 'The laundry is done.' })).toEqual({ ok: true })
  expect(await beat.promise).toMatchObject({ agentId: 'main' })
  expect(await w.call('last-heartbeat')).toEqual(await beat.promise)
})

test('without a word in the config there are none, and switching them on makes none', async () => {
  await using w = await app(`{ agents: { defaults: { model: 'demo/demo' } } }`)
  await w.call('set-heartbeats', { enabled: true })
  const health = await w.call('health', { probe: true })
  expect(health.heartbeatSeconds).toBe(0)
  expect(health.agents[0].heartbeat).toMatchObject({ enabled: false, everyMs: null })
})

test('when agents have regular turns of their own, only those take them', async () => {
  await using w = await app(`{ agents: {
    defaults: { model: 'demo/demo', heartbeat: { every: '1h', prompt: 'Usual?' } },
    list: [{ id: 'main', default: true }, { id: 'watch', heartbeat: { every: '2h', target: 'none' } }],
  } }`)
  const health = await w.call('health', { probe: true })
  expect(health.heartbeatSeconds).toBe(0)
  expect(health.agents.map((a: Answer) => [a.agentId, a.heartbeat.everyMs, a.heartbeat.prompt])).toEqual([
    ['main', null, ''],
    ['watch', 7_200_000, 'Usual?'],
  ])
})
