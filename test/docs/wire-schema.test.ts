// The JSON Schema of the wire, held against frames of a gateway that runs.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import type { AnyOp } from '../../src/define/op.ts'
import { events } from '../../src/docs/events.ts'
import { methods } from '../../src/docs/methods.ts'
import { wireSchema } from '../../src/docs/wire-schema.ts'
import { ops } from '../../src/ops/index.ts'
import { adm, device, type Frame } from '../server/client.ts'
import { gateway, token } from '../server/fixture.ts'

const wire = (ops.all as readonly AnyOp[]).filter((op) => op.where !== 'local')
const schema = wireSchema(methods(ops.all), events().strict, '1') as Frame

/** A check by one of the definitions; by the whole without a name. */
function check(name?: string) {
  const { $defs, anyOf } = schema
  return z.fromJSONSchema(name === undefined ? { $defs, anyOf } : { $defs, $ref: `#/$defs/${name}` })
}

const any = check()
const request = check('request')
const fits = (value: unknown, how = any) => how.safeParse(value).error?.issues ?? []

test('every reference leads somewhere, and every method and event has its definitions', () => {
  const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map((m) => m[1] as string)
  expect(refs.filter((name) => !(name in schema.$defs))).toEqual([])
  expect(Object.keys(schema.methods)).toEqual(wire.map((op) => op.id).sort())
  for (const op of wire) expect(schema.$defs[`${op.id}.params`].type).toBe('object')
})

test('examples are requests that fit, unless only the simple dialect may send them', () => {
  for (const op of wire)
    for (const { params } of op.examples) {
      const strict = !Object.keys(params as object).some((name) => op.simpleOnly?.includes(name))
      const issues = fits({ type: 'req', id: '1', method: op.id, params }, request)
      expect([op.id, issues.length === 0]).toEqual([op.id, strict])
    }
})

test('what is wrong does not fit', () => {
  const asked = (method: string, params: unknown, more = {}) => ({ type: 'req', id: '1', method, params, ...more })
  expect(fits(asked('sessions.list', { limit: 5 }))).toEqual([])
  for (const wrong of [
    asked('sessions.list', { limit: 0 }),
    asked('sessions.list', { bogus: 1 }),
    asked('nosuch', {}),
    asked('health', {}, { extra: 1 }),
    { type: 'req', id: '1', method: 'chat.send' },
    { type: 'event', event: 'tick', payload: {} },
    { type: 'res', id: '1', ok: false },
  ])
    expect([wrong, fits(wrong).length > 0]).toEqual([wrong, true])
})

test('the frames of a running gateway fit', async () => {
  await using g = gateway()
  const c = await g.open()
  const sent: Frame[] = []
  const send = c.ws.send.bind(c.ws)
  c.ws.send = (text) => {
    if (typeof text === 'string') sent.push(JSON.parse(text))
    send(text)
  }
  const hello = await c.connect({ device: device(), token, scopes: adm, caps: ['tool-events'] })
  expect(fits(hello.payload, check('connect.result'))).toEqual([])
  for (const [method, params] of [
    ['health', {}],
    ['status', {}],
    ['sessions.list', {}],
    ['models.list', {}],
    ['chat.history', { sessionKey: 'main' }],
  ] as const) {
    const answer = await c.call(method, params)
    expect([method, answer.ok, fits(answer.payload, check(`${method}.result`))]).toEqual([method, true, []])
  }
  const started = await c.call('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'k1' })
  expect(fits(started.payload, check('chat.send.result'))).toEqual([])
  await c.frame('the end', (f) => f.event === 'chat' && ['final', 'error'].includes(f.payload.state))
  await c.call('chat.inject', { sessionKey: 'main', message: 'a note' })
  expect((await c.call('sessions.list', { limit: 0 })).ok).toBe(false)
  const seen = new Set(c.frames.map((f) => f.event ?? f.type))
  for (const name of ['connect.challenge', 'agent', 'chat', 'res']) expect(seen).toContain(name)
  for (const f of c.frames) expect([f, fits(f)]).toEqual([f, []])
  const right = sent.filter((f) => f.params?.limit !== 0)
  for (const f of right) expect([f, fits(f)]).toEqual([f, []])
})
