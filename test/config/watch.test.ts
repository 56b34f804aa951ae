// Changes on disk are noticed: written in place, replaced, taken away, or made in an include.
import { expect, test } from 'bun:test'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { watchConfig } from '../../src/config/watch.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { configHome } from './fixture.ts'

async function watching(files: Readonly<Record<string, string>>, includes: readonly string[] = []) {
  const home = configHome(files)
  const scope = new Scope('test')
  const heard: (string | undefined)[] = []
  const broken: unknown[] = []
  let wake = () => {}
  await watchConfig({
    scope,
    clock: systemClock,
    files: () => [home.paths.configPath, ...includes.map((n) => join(home.dir, n))],
    debounceMs: () => 20,
    changed: (raw) => {
      heard.push(raw)
      wake()
    },
    broken: (error) => broken.push(error),
  })
  const until = (n: number) =>
    new Promise<void>((resolve) => {
      const see = () => (heard.length >= n ? resolve() : undefined)
      wake = see
      see()
    })
  return { ...home, scope, heard, broken, until, [Symbol.asyncDispose]: () => scope.close() }
}

test('a file written in place, replaced, and taken away', async () => {
  await using home = await watching({ 'openclaw.json': '{ a: 1 }' })
  home.put('openclaw.json', '{ a: 2 }')
  await home.until(1)
  home.put('next.tmp', '{ a: 3 }')
  renameSync(join(home.dir, 'next.tmp'), home.paths.configPath)
  await home.until(2)
  home.put('next.tmp', '{ a: 4 }')
  renameSync(join(home.dir, 'next.tmp'), home.paths.configPath)
  await home.until(3)
  rmSync(home.paths.configPath)
  await home.until(4)
  expect(home.heard).toEqual(['{ a: 2 }', '{ a: 3 }', '{ a: 4 }', undefined])
  expect(home.broken).toEqual([])
})

test('changes in quick succession are one, and none when the text is the same', async () => {
  await using home = await watching({ 'openclaw.json': '{ a: 1 }' })
  home.put('openclaw.json', '{ a: 1 }')
  for (let i = 2; i < 9; i++) home.put('openclaw.json', `{ a: ${i} }`)
  await home.until(1)
  home.put('openclaw.json', '{ a: 8 }')
  home.put('other.json', 'x')
  home.put('openclaw.json', '{ a: 9 }')
  await home.until(2)
  expect(home.heard).toEqual(['{ a: 8 }', '{ a: 9 }'])
})

test('an include counts too, in a folder of its own', async () => {
  await using home = await watching({ 'openclaw.json': '{}', 'parts/a.json': '1' }, ['parts/a.json'])
  home.put('parts/a.json', '2')
  await home.until(1)
  expect(home.heard).toEqual(['{}'])
})

test('nothing is left when the scope closes', async () => {
  const home = await watching({ 'openclaw.json': '{}' })
  home.put('openclaw.json', '{ a: 1 }')
  await home.scope.close()
  expect(home.scope.open).toEqual([])
  expect(home.heard).toEqual([])
})
