// Questions other programs ask, their answers, and the file of standing permissions.
import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { testClock } from '../../src/lib/clock.ts'
import { until } from '../engine/fixture.ts'
import { calls } from './calls.ts'

test('a question is asked, answered, and its answer can be asked for a moment longer', async () => {
  await using w = calls()
  const asked = w.call('exec.approval.request', { id: 'q1', command: 'ls', cwd: '/tmp', host: 'node', twoPhase: true })
  await until('an acceptance', () => w.accepted.length > 0)
  const waiting = w.call('exec.approval.waitDecision', { id: 'q1' })
  expect(w.accepted).toMatchObject([{ status: 'accepted', id: 'q1' }])
  expect(await w.refused('exec.approval.request', { id: 'q1', command: 'ls' })).toContain('already pending')
  expect(w.heard.find((n) => n.type === 'approval.requested')?.request).toMatchObject({ host: 'node', command: 'ls' })
  await w.call('exec.approval.resolve', { id: 'q1', decision: 'allow-once' })
  const answer = await asked
  expect(answer).toMatchObject({ id: 'q1', decision: 'allow-once' })
  expect([await waiting, await w.call('exec.approval.waitDecision', { id: 'q1' })]).toEqual([answer, answer])
  expect(await w.refused('exec.approval.waitDecision', { id: 'x' })).toContain('approval expired or not found')
  expect(await w.refused('exec.approval.request', { command: 'rm \u202e x' })).toContain('cannot be shown')
})

test('a question nobody answers ends with no decision', async () => {
  const clock = testClock(1_790_000_000_000)
  await using w = calls({ clock })
  const asked = w.call('exec.approval.request', { id: 'q1', command: 'ls', timeoutMs: 5000 })
  await until('a question', () => w.approvals.pending().length > 0)
  await clock.advance(5000)
  expect(await asked).toMatchObject({ id: 'q1', decision: null })
  expect(w.approvals.pending()).toEqual([])
  await clock.advance(15_000)
  expect(await w.refused('exec.approval.waitDecision', { id: 'q1' })).toContain('expired')
})

test('standing permissions are guarded by their hash, and their socket keeps its secret', async () => {
  await using w = calls()
  const path = join(w.top, 'exec-approvals.json')
  const none = await w.call('exec.approvals.get')
  expect(none).toMatchObject({ path, exists: false, file: { version: 1, defaults: {}, agents: {} } })
  const socket = { path: '/x.sock', token: 'very secret' }
  writeFileSync(path, JSON.stringify({ version: 1, socket, agents: {} }))
  const { hash, file } = await w.call('exec.approvals.get')
  expect(file.socket).toEqual({ path: '/x.sock' })
  const next = { ...file, agents: { main: { security: 'allowlist', allowlist: [{ pattern: '/bin/ls' }] } } }
  expect(await w.refused('exec.approvals.set', { file: next })).toContain('base hash required')
  expect(await w.refused('exec.approvals.set', { file: next, baseHash: 'x' })).toContain('changed since last load')
  const done = await w.call('exec.approvals.set', { file: next, baseHash: hash })
  expect([done.exists, JSON.stringify(done).includes('secret')]).toEqual([true, false])
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ ...next, socket })
  expect(await w.refused('exec.approvals.node.get', { nodeId: 'x' })).toBe('UNAVAILABLE node not connected')
})
