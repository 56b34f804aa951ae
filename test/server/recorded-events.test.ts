// Events of a conversation have the shape recorded from OpenClaw 2026.2.19.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import { modelFault } from '../engine/scripted.ts'
import { device, type Frame } from './client.ts'
import { gateway, token, type GatewayWish } from './fixture.ts'
import recorded from './frames/events.json'
import { differences } from './shape.ts'

const look = defineTool({
  id: 'look',
  summary: 'Looks.',
  params: z.strictObject({}),
  risk: 'read',
  run: async () => ({ ok: true, text: 'seen' }),
})

const nameOf = ({ event, payload: p }: Frame) =>
  event === 'chat' ? `chat ${p.state}` : `agent ${p.stream} ${p.data.phase ?? ''}`.trim()

/** How each recorded conversation is brought about here. */
const scenes: readonly {
  name: keyof typeof recorded
  wish: GatewayWish
  before?: string
  method?: string
  params: object
}[] = [
  { name: 'answer', wish: { script: () => 'Hello there.' }, params: { message: 'hello' } },
  {
    name: 'tools',
    wish: { tools: [look], script: (_r, n) => (n ? 'Done.' : { text: 'A moment.', calls: [{ tool: 'look' }] }) },
    params: { message: 'look' },
  },
  {
    name: 'tools, said in full',
    wish: { tools: [look], script: (_r, n) => (n ? 'Done.' : { text: 'A moment.', calls: [{ tool: 'look' }] }) },
    before: '/verbose full',
    params: { message: 'look' },
  },
  { name: 'command', wish: {}, params: { message: '/status' } },
  {
    name: 'failure',
    wish: {
      script: () => {
        throw modelFault('auth')
      },
    },
    params: { message: 'hello' },
  },
  {
    name: 'injected',
    wish: { script: () => 'Hello there.' },
    before: 'hello',
    method: 'chat.inject',
    params: { message: 'a note' },
  },
]

for (const scene of scenes)
  test(`events of a conversation: ${scene.name}`, async () => {
    await using g = gateway(scene.wish)
    const c = await g.open()
    expect((await c.connect({ device: device(), token, caps: ['tool-events'] })).ok).toBe(true)
    const over = (run: string) => c.event('chat', (p) => p.runId === run && p.state !== 'delta')
    if (scene.before) {
      await c.call('chat.send', { sessionKey: 'main', message: scene.before, idempotencyKey: 'before' })
      await over('before')
    }
    const from = c.frames.length
    const key = scene.method ? {} : { idempotencyKey: 'run' }
    const answer = await c.call(scene.method ?? 'chat.send', { sessionKey: 'main', ...scene.params, ...key })
    expect(answer.error).toBeUndefined()
    await over(scene.method ? `inject-${answer.payload.messageId}` : 'run')
    const heard = c.frames.slice(from).filter((f) => f.event === 'chat' || f.event === 'agent')
    const wrong = Object.entries(recorded[scene.name]).flatMap(([name, was]) => {
      const is = heard.find((f) => nameOf(f) === name)
      return is ? differences(was, is, name) : [`${name} was not heard`]
    })
    expect(wrong).toEqual([])
    expect(heard.map(nameOf).filter((n) => !(n in recorded[scene.name]))).toEqual([])
  })

test('the words of tools are told by default where the agent is set up so', async () => {
  await using g = gateway({ tools: [look], script: (_r, n) => (n ? 'Done.' : { calls: [{ tool: 'look' }] }) })
  const rule = g.world.settings.agent('main')
  Object.assign(g.world.settings, { agent: () => ({ ...rule, verbose: 'full' }) })
  const c = await g.open()
  expect((await c.connect({ device: device(), token, caps: ['tool-events'] })).ok).toBe(true)
  const told = async (run: string) => {
    await c.call('chat.send', { sessionKey: 'main', message: 'look', idempotencyKey: run })
    await c.event('chat', (p) => p.runId === run && p.state === 'final')
    const done = c.events('agent').find((f) => f.payload.runId === run && f.payload.data.phase === 'result')
    return done?.payload.data.result?.content[0].text as string | undefined
  }
  expect(await told('usual')).toBe('seen')
})

test('the words of tools are told in one turn whose caller asks for them', async () => {
  await using g = gateway({ tools: [look], script: (_r, n) => (n % 2 ? 'Done.' : { calls: [{ tool: 'look' }] }) })
  const [c, own] = [await g.open(), await g.open()]
  expect((await c.connect({ device: device(), token, caps: ['tool-events'] })).ok).toBe(true)
  expect((await own.connect({ device: device(), token, caps: ['oclaw'] })).ok).toBe(true)
  await c.call('chat.send', { sessionKey: 'main', message: 'look', idempotencyKey: 'first' })
  await c.event('chat', (p) => p.runId === 'first' && p.state === 'final')
  const told = async (run: string, more: object) => {
    await own.call('agent', { sessionKey: 'main', message: 'look', idempotencyKey: run, ...more })
    await c.event('chat', (p) => p.runId === run && p.state === 'final')
    const done = c.events('agent').find((f) => f.payload.runId === run && f.payload.data.phase === 'result')
    return done?.payload.data.result?.content[0].text as string | undefined
  }
  expect(await told('plain', {})).toBeUndefined()
  expect(await told('full', { verbose: 'full' })).toBe('seen')
})
