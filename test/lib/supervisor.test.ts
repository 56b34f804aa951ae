// What runs is made equal to what is wanted: boot, reload, failure, breakdown and shutdown.
import { expect, test } from 'bun:test'
import { nextTick, testClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { inOrder, supervisor, type Unit } from '../../src/lib/supervisor.ts'

function stage() {
  const root = new Scope('root')
  const clock = testClock()
  const log: string[] = []
  const fails = new Map<string, (error: unknown) => void>()
  const bad = new Set<string>()
  const s = supervisor(root, clock, (key, state, error) =>
    log.push(`${key} ${state}${error instanceof Error ? `: ${error.message}` : ''}`),
  )
  const unit = (key: string, more: Partial<Unit> = {}): Unit => ({
    key,
    fingerprint: '1',
    async start(scope, fail) {
      await nextTick()
      if (bad.has(key)) throw new Error(`${key} cannot`)
      fails.set(key, fail)
      scope.defer('run', () => log.push(`${key} closed`))
    },
    ...more,
  })
  const take = () => log.splice(0)
  return { root, clock, s, unit, bad, fails, take }
}

test('boot goes by need, shutdown backwards', async () => {
  const { root, s, unit, take } = stage()
  await s.reconcile([unit('c', { needs: ['b', 'nobody'] }), unit('a'), unit('b', { needs: ['a'] })])
  expect(take().filter((l) => l.endsWith(' up'))).toEqual(['a up', 'b up', 'c up'])
  await s.reconcile([])
  expect(take()).toEqual(['c closed', 'c stopped', 'b closed', 'b stopped', 'a closed', 'a stopped'])
  expect([s.keys(), root.open]).toEqual([[], []])
})

test('reload touches only what changed', async () => {
  const { s, unit, take } = stage()
  await s.reconcile([unit('a'), unit('b'), unit('c')])
  take()
  await s.reconcile([unit('a'), unit('b', { fingerprint: '2' }), unit('d')])
  const log = take()
  expect(log.slice(0, 4)).toEqual(['c closed', 'c stopped', 'b closed', 'b stopped'])
  expect(log.slice(4).sort()).toEqual(['b starting', 'b up', 'd starting', 'd up'])
})

test('a slow unit holds up neither the others nor the next change for long', async () => {
  const { s, clock, unit, take } = stage()
  const slow = unit('slow', {
    start: (scope) =>
      new Promise((_, reject) => scope.signal.addEventListener('abort', () => reject(new Error('given up')))),
  })
  const done = s.reconcile([slow, unit('quick')])
  await nextTick()
  await nextTick()
  expect(take()).toContain('quick up')
  await clock.advance(10_000)
  await done
  await s.reconcile([unit('quick')])
  expect(take()).toContain('slow stopped')
})

test('a unit can be started anew for a reason', async () => {
  const { s, clock, unit, take } = stage()
  await s.reconcile([unit('a')])
  take()
  s.restart('a', new Error('silent'))
  s.restart('nobody', new Error('silent'))
  await nextTick()
  await clock.advance(1000)
  await nextTick()
  expect(take()).toEqual(['a closed', 'a failed: silent', 'a starting', 'a up'])
})

test('a critical unit that cannot start brings the old ones back', async () => {
  const { s, unit, bad, take } = stage()
  await s.reconcile([unit('a'), unit('b', { critical: true })])
  take()
  bad.add('x')
  const change = s.reconcile([unit('a', { fingerprint: '2' }), unit('x', { critical: true })])
  expect(await change.catch((e: unknown) => (e as Error).message)).toBe('x cannot')
  expect(s.keys().sort()).toEqual(['a', 'b'])
  const log = take()
  expect(log).toContain('x failed: x cannot')
  expect(log.slice(-2)).toEqual(['b starting', 'b up'])
  await s.reconcile([unit('a'), unit('b', { critical: true })])
  expect(take()).toEqual([])
})

test('another unit is tried again, ever more slowly', async () => {
  const { s, clock, unit, bad, take } = stage()
  bad.add('a')
  await s.reconcile([unit('a')])
  expect(take()).toEqual(['a starting', 'a failed: a cannot'])
  await clock.advance(1000)
  await clock.advance(1)
  expect(take()).toHaveLength(2)
  await clock.advance(1500)
  expect(take()).toEqual([])
  bad.delete('a')
  await clock.advance(1000)
  await clock.advance(1)
  expect(take()).toEqual(['a starting', 'a up'])
})

test('a unit that breaks down is closed and started anew; one that was stopped is not', async () => {
  const { s, clock, unit, fails, take } = stage()
  await s.reconcile([unit('a')])
  take()
  fails.get('a')?.(new Error('lost'))
  await clock.advance(1000)
  await nextTick()
  expect(take()).toEqual(['a closed', 'a failed: lost', 'a starting', 'a up'])
  fails.get('a')?.(new Error('again'))
  await s.reconcile([])
  await clock.advance(600_000)
  expect(take().filter((l) => l === 'a up')).toEqual([])
})

test('closing the root ends all, also what waits to be tried again', async () => {
  const { root, s, clock, unit, bad, take } = stage()
  bad.add('b')
  await s.reconcile([unit('a'), unit('b')])
  take()
  await root.close()
  await clock.advance(600_000)
  expect(take()).toEqual(['a closed'])
  expect(root.open).toEqual([])
})

test('changes queue, and a ring of needs is refused', async () => {
  const { s, unit, take } = stage()
  await Promise.all([s.reconcile([unit('a')]), s.reconcile([unit('b')])])
  expect(take().filter((l) => !l.endsWith('starting'))).toEqual(['a up', 'a closed', 'a stopped', 'b up'])
  expect(() => inOrder([unit('a', { needs: ['b'] }), unit('b', { needs: ['a'] })])).toThrow('a -> b -> a')
})
