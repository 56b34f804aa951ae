// What this build does not have says so, with a sentence, instead of pretending.
import { expect, test } from 'bun:test'
import { calls } from './calls.ts'

const absent: readonly (readonly [string, object])[] = [
  ['update.run', {}],
  ['push.test', { nodeId: 'x' }],
]

test('what is absent is refused as unavailable, with a reason', async () => {
  await using w = calls()
  for (const [method, params] of absent) expect(await w.refused(method, params)).toMatch(/^UNAVAILABLE .{20,}/)
})

test('lists of what is absent are empty, and truthful', async () => {
  await using w = calls()
  expect(await w.call('cron.list', { includeDisabled: true })).toEqual({ jobs: [] })
  expect(await w.call('cron.status')).toMatchObject({ enabled: true, jobs: 0, nextWakeAtMs: null })
  for (const method of ['wizard.next', 'wizard.status', 'wizard.cancel'])
    expect(await w.refused(method, { sessionId: 'x' })).toBe('NOT_FOUND wizard not found')
})
