// Clocks, lifetimes, retries and lanes: what everything else waits by.
import { expect, test } from 'bun:test'
import { deadline, nextTick, systemClock, testClock } from '../../src/lib/clock.ts'
import { lanes } from '../../src/lib/lanes.ts'
import { backoff, retry } from '../../src/lib/retry.ts'
import { Scope } from '../../src/lib/scope.ts'

test('a test clock wakes sleepers in order and lets aborted ones go', async () => {
  const clock = testClock(100)
  const woken: string[] = []
  const stop = new AbortController()
  void clock.sleep(20).then(() => woken.push(`b${clock.now()}`))
  void clock.sleep(10).then(() => woken.push(`a${clock.now()}`))
  const gone = clock.sleep(5, stop.signal).catch((e: unknown) => e)
  stop.abort('no more')
  expect(await gone).toBe('no more')
  await clock.advance(19)
  expect(woken).toEqual(['a110'])
  await clock.advance(1)
  await nextTick()
  expect([...woken, clock.now()]).toEqual(['a110', 'b120', 120])
  expect(await clock.sleep(5, stop.signal).catch((e: unknown) => e)).toBe('no more')
})

test('the system clock sleeps, and wakes when told to stop', async () => {
  const start = systemClock.monotonic()
  await systemClock.sleep(5)
  expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(4)
  const stop = new AbortController()
  const asleep = systemClock.sleep(60_000, stop.signal).catch((e: unknown) => e)
  stop.abort('up')
  expect(await asleep).toBe('up')
})

test('a deadline ends by time, by its parent, or not at all', async () => {
  const clock = testClock()
  const parent = new AbortController()
  const [byTime, byParent, freed] = [
    deadline(clock, 10, 'late'),
    deadline(clock, 10_000, 'late', parent.signal),
    deadline(clock, 10, 'late'),
  ]
  freed.done()
  parent.abort('parent')
  await clock.advance(20)
  expect([byTime.signal.reason, byParent.signal.reason, freed.signal.aborted]).toEqual(['late', 'parent', false])
})

test('a scope undoes in reverse, once, and leaves nothing open', async () => {
  const root = new Scope('root')
  const order: string[] = []
  root.defer('a', () => order.push('a'))
  const child = root.child('child')
  child.defer('b', async () => {
    await nextTick()
    order.push('b')
  })
  const take = root.defer('c', () => order.push('c'))
  take()
  expect(root.open).toEqual(['a', 'child'])
  await Promise.all([root.close('why'), root.close()])
  expect([order, root.open, child.open, child.signal.reason]).toEqual([['b', 'a'], [], [], 'why'])
  expect(() => root.defer('late', () => undefined)).toThrow('root is closed; late came too late')
})

test('a child that closed is no longer held, and what fails to close does not stop the rest', async () => {
  const root = new Scope('root')
  const child = root.child('child')
  await child.close()
  expect(root.open).toEqual([])
  const order: string[] = []
  root.defer('a', () => order.push('a'))
  root.defer('bad', () => Promise.reject(new Error('stuck')))
  const error = await root.close().catch((e: unknown) => e)
  expect(error).toBeInstanceOf(AggregateError)
  expect([order, root.open]).toEqual([['a'], []])
})

test('waits grow to a ceiling and are spread', () => {
  const rule = { firstMs: 100, factor: 2, maxMs: 500, jitter: 0.1 }
  expect([0, 1, 2, 3, 9].map((n) => backoff(n, rule))).toEqual([100, 200, 400, 500, 500])
  expect([backoff(0, rule, 0), backoff(0, rule, 1)]).toEqual([90, 110])
})

test('retry tries again until it works, is told not to, or has tried enough', async () => {
  const clock = testClock()
  const signal = new AbortController().signal
  const failing = (times: number) => async (n: number) => {
    if (n < times) throw new Error(`try ${n}`)
    return n
  }
  const go = async <T>(work: Promise<T>) => {
    const end = work.catch((e: unknown) => (e as Error).message)
    await clock.advance(60_000)
    return end
  }
  expect(await go(retry(failing(2), { clock, signal, attempts: 5 }))).toBe(2)
  expect(await go(retry(failing(9), { clock, signal, attempts: 3 }))).toBe('try 2')
  expect(await go(retry(failing(9), { clock, signal, attempts: 9, again: () => false }))).toBe('try 0')
  const at = clock.now()
  const waits: number[] = []
  const timed = retry(
    async (n) => {
      waits.push(clock.now() - at)
      if (n < 2) throw new Error('no')
    },
    { clock, signal, attempts: 9, again: () => 700 },
  )
  await clock.advance(5000)
  await timed
  expect(waits).toEqual([0, 700, 1400])
})

test('retry stops waiting when its signal aborts', async () => {
  const stop = new AbortController()
  const clock = testClock()
  const end = retry(() => Promise.reject(new Error('x')), { clock, signal: stop.signal, attempts: 9 }).catch(
    (e: unknown) => e,
  )
  await nextTick()
  stop.abort('enough')
  expect(await end).toBe('enough')
})

test('lanes: one at a time per key, a limit for all, in order', async () => {
  const lane = lanes(2)
  const log: string[] = []
  const gates = new Map<string, () => void>()
  const task = (key: string, name: string) =>
    lane.run(key, async () => {
      log.push(`+${name}`)
      await new Promise<void>((resolve) => gates.set(name, resolve))
      log.push(`-${name}`)
      return name
    })
  const all = [task('a', 'a1'), task('a', 'a2'), task('b', 'b1'), task('c', 'c1')]
  const open = async (name: string) => {
    gates.get(name)?.()
    await nextTick()
  }
  await nextTick()
  expect([log, lane.running, lane.busy('a'), lane.busy('c')]).toEqual([['+a1', '+b1'], 2, true, false])
  await open('a1')
  expect(log).toEqual(['+a1', '+b1', '-a1', '+c1'])
  lane.widen(3)
  await nextTick()
  expect(log.at(-1)).toBe('+a2')
  for (const name of ['b1', 'c1', 'a2']) await open(name)
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'b1', 'c1'])
  expect(lane.running).toBe(0)
})

test('lanes: a task that fails frees its lane', async () => {
  const lane = lanes(1)
  const bad = lane.run('a', () => Promise.reject(new Error('bad'))).catch((e: unknown) => (e as Error).message)
  expect([await bad, await lane.run('a', async () => 'good')]).toEqual(['bad', 'good'])
})
