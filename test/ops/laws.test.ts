// What holds for every operation, whatever it does.
import { expect, test } from 'bun:test'
import { z } from 'zod'
import { ops } from '../../src/ops/index.ts'
import { allScopes, dispatcher } from '../../src/server/rpc.ts'
import type { AnyOp, Caller } from '../../src/define/op.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { engineWorld } from '../engine/fixture.ts'
import { servicesOf } from './services.ts'

const all: readonly AnyOp[] = ops.all
const scopes = ['public', 'read', 'write', 'approvals', 'pairing', 'admin']
const caller: Caller = { kind: 'cli', id: 'test', scopes: allScopes }

test('each says in a sentence what it does, and who may', () => {
  expect(all.filter((o) => !/^[A-Z].{8,}[^.]\.$/s.test(o.summary)).map((o) => o.id)).toEqual([])
  expect(all.filter((o) => !scopes.includes(o.scope)).map((o) => o.id)).toEqual([])
})

test('each describes every parameter', () => {
  const silent = all.flatMap((o) =>
    Object.entries(o.params.shape)
      .filter(([, field]) => !(field as z.ZodType).description)
      .map(([name]) => `${o.id} ${name}`),
  )
  expect(silent).toEqual([])
})

test('each can be described as JSON Schema, both what it takes and what it answers', () => {
  for (const o of all) {
    const params = z.toJSONSchema(o.params, { io: 'input' })
    expect([o.id, params.type, params.additionalProperties]).toEqual([o.id, 'object', false])
    expect(z.toJSONSchema(o.result, { io: 'output', unrepresentable: 'any' })).toBeObject()
  }
})

test('each has examples, and their parameters are right', () => {
  for (const o of all) {
    expect([o.id, o.examples.length > 0]).toEqual([o.id, true])
    for (const e of o.examples) expect([o.id, o.params.safeParse(e.params).success]).toEqual([o.id, true])
  }
})

test('each refuses what it does not know, strictly; and drops it, leniently', () => {
  for (const o of all) {
    const params = { ...(o.examples[0]?.params as object), 'no-such-key': 1 }
    expect([o.id, o.params.safeParse(params).success]).toEqual([o.id, false])
    expect([o.id, o.params.strip().safeParse(params).success]).toEqual([o.id, true])
  }
})

test('on the command line each has words of its own', () => {
  const words = all.flatMap((o) => (o.cli ? [o.cli.path, ...(o.cli.aliases ?? [])] : []))
  expect(words.filter((w, i) => words.indexOf(w) !== i)).toEqual([])
  const shorts = all.flatMap((o) =>
    Object.entries(o.cli?.short ?? {}).filter(([name, flag]) => !(name in o.params.shape) || String(flag).length !== 1),
  )
  expect(shorts).toEqual([])
  const args = all.flatMap((o) => (o.cli?.args ?? []).filter((name) => !(name in o.params.shape)))
  expect(args).toEqual([])
  const only = all.flatMap((o) => (o.simpleOnly ?? []).filter((name) => !(name in o.params.shape)))
  expect(only).toEqual([])
})

for (const o of all)
  for (const [i, e] of o.examples.entries())
    if (e.note === undefined)
      test(`${o.id}, example ${i + 1}, works`, async () => {
        await using w = engineWorld({ clock: systemClock })
        const call = dispatcher(ops, servicesOf(w))
        const accepted: unknown[] = []
        const result = await call.call(o.id, e.params, {
          caller,
          signal: AbortSignal.timeout(4000),
          lenient: true,
          accepted: (value) => accepted.push(value),
        })
        await w.idle()
        expect(o.result.safeParse(result).success).toBe(true)
        expect(accepted.length).toBe(o.accepts ? 1 : 0)
        if (o.accepts) expect(o.accepts.safeParse(accepted[0]).success).toBe(true)
        if (o.cli?.print) expect(o.cli.print(result as never, o.params.parse(e.params) as never)).toBeString()
      })
