// What the README lists is what there is.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { readmeFile, renewed } from './readme.ts'

test('the tables of README.md are what the definitions make; else: bun test/laws/readme.ts --write', () => {
  const text = readFileSync(readmeFile, 'utf8')
  expect(text).toBe(renewed(text))
})

test('a stale table is found and made anew, and what stands around it stays', () => {
  const text = readFileSync(readmeFile, 'utf8')
  const stale = text.replace(/^\| `oclaw status` .*\n/m, '').replace(/^\| `health` .*\n/m, '')
  expect(stale.length).toBeLessThan(text.length)
  expect(renewed(stale)).toBe(text)
  expect(() => renewed('nothing to see')).toThrow('docs:cli')
})
