// Long texts are cut so that each piece fits, no word is lost, and code stays code.
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { splitText } from '../../src/lib/split.ts'

const word = fc.stringMatching(/^[a-zA-Z0-9.,é☺]{1,12}$/)
const line = fc.array(word, { maxLength: 12 }).map((w) => w.join(' '))
const code = fc
  .tuple(fc.constantFrom('```', '~~~', '````'), fc.constantFrom('', 'ts', 'python'), fc.array(line, { maxLength: 10 }))
  .map(([mark, info, lines]) => [`${mark}${info}`, ...lines, mark].join('\n'))
const document = fc.array(fc.oneof(line, code), { maxLength: 20 }).map((parts) => parts.join('\n'))
const limits = fc.record({
  chars: fc.integer({ min: 60, max: 400 }),
  lines: fc.option(fc.integer({ min: 6, max: 30 })),
})

const fenceLine = /^ {0,3}(```+|~~~+)(.*)$/
const words = (text: string) =>
  text
    .split('\n')
    .filter((l) => !fenceLine.test(l))
    .join('\n')
    .split(/\s+/)
    .filter(Boolean)

/** Whether every code fence of a piece is closed in it. */
function balanced(piece: string): boolean {
  let open: string | undefined
  for (const l of piece.split('\n')) {
    const m = fenceLine.exec(l)
    if (!m) continue
    const mark = m[1] as string
    if (open === undefined) open = mark
    else if (mark[0] === open[0] && mark.length >= open.length && !(m[2] as string).trim()) open = undefined
  }
  return open === undefined
}

test('every piece fits, keeps its fences balanced, and no word is lost', () => {
  fc.assert(
    fc.property(document, limits, (text, { chars, lines }) => {
      const pieces = splitText(text, { chars, ...(lines === null ? {} : { lines }) })
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(chars)
        expect(piece.trim()).not.toBe('')
        if (lines !== null) expect(piece.split('\n').length).toBeLessThanOrEqual(lines)
        expect([piece, balanced(piece)]).toEqual([piece, true])
      }
      expect(pieces.flatMap(words).join('')).toBe(words(text).join(''))
    }),
    { numRuns: 1500 },
  )
})

test('a text that fits stays as it is, and emptiness is nothing', () => {
  expect(splitText('one\n\ntwo', { chars: 100 })).toEqual(['one\n\ntwo'])
  expect(splitText('  \n ', { chars: 100 })).toEqual([])
})

test('it is cut at the kindest place', () => {
  expect(splitText('aaaa bbbb cccc\n\ndddd eeee', { chars: 24 })).toEqual(['aaaa bbbb cccc', 'dddd eeee'])
  expect(splitText('x'.repeat(100), { chars: 40 }).join('')).toBe('x'.repeat(100))
  const faces = splitText('😀'.repeat(50), { chars: 33 })
  expect(faces.join('')).toBe('😀'.repeat(50))
  expect(faces.every((p) => !/[\ud800-\udbff]$/.test(p))).toBe(true)
})
