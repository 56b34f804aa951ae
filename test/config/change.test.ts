// Changes to the text of a config keep its comments, its order and everything they are not about.
import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { mergePatch, merged, rewrite, setPath, unsetPath } from '../../src/config/change.ts'
import { treeOf } from '../../src/config/tree.ts'
import { getPath, parsePath, withPath } from '../../src/config/path.ts'

const parse = (text: string): unknown => Bun.JSON5.parse(text)

describe('typed paths', () => {
  const good: readonly [string, string[]][] = [
    ['gateway.port', ['gateway', 'port']],
    ['agents.list[0].id', ['agents', 'list', '0', 'id']],
    [
      'channels.telegram.groups["-100.5"].requireMention',
      ['channels', 'telegram', 'groups', '-100.5', 'requireMention'],
    ],
    ["a['b c']", ['a', 'b c']],
    ['a["x\\"]y"]', ['a', 'x"]y']],
    ['a\\.b.c', ['a.b', 'c']],
    [' a . b ', ['a', 'b']],
    ['groups.-100123', ['groups', '-100123']],
    ['a[b]', ['a', 'b']],
  ]
  for (const [text, path] of good) test(text, () => expect(parsePath(text)).toEqual(path))
  for (const text of ['', '.', 'a[', 'a[]', 'a["x"', '__proto__.x', 'a.constructor', 'a["prototype"]'])
    test(`refuses ${JSON.stringify(text)}`, () => expect(() => parsePath(text)).toThrow(/config path/))
})

const rich = `// the gateway of the house
{
  // where it listens
  gateway: { port: 18789, bind: 'loopback', /* inside */ },
  "agents": {
    list: [
      { id: 'main' }, // the first
      { id: "work", name: 'it\\'s "quoted"' } // the second
    ]
  },
  tools: { deny: [ 'exec', // never
    'browser' ] },
  empty: {
    // nothing yet
  }, none: {}, numbers: [1, 2, 3]
  // the end
}
// after all
`

describe('changes on a rich text', () => {
  test('a value is replaced where it stands', () => {
    const out = setPath(rich, ['gateway', 'port'], 19_000)
    expect(out).toBe(rich.replace('18789', '19000'))
  })

  test('a new key goes to the end of its object, in the style of the file', () => {
    expect(setPath(rich, ['gateway', 'mode'], 'local')).toBe(
      rich.replace("bind: 'loopback',", `bind: 'loopback', mode: "local",`),
    )
    expect(setPath('{\n  "a": 1 // one\n}\n', ['b'], { c: [1, { d: 2 }] })).toBe(
      '{\n  "a": 1, // one\n  "b": {\n    "c": [\n      1,\n      {\n        "d": 2\n      }\n    ]\n  }\n}\n',
    )
    expect(setPath(rich, ['empty', 'x'], 1)).toContain('    // nothing yet\n    x: 1\n  }, none')
    expect(setPath(rich, ['none', 'x'], 1)).toContain('none: {\n    x: 1\n  }, numbers')
  })

  test('a key or list entry is taken out with its line', () => {
    expect(unsetPath('{\n  a: 1, // one\n  b: 2,\n  c: 3\n}', ['b'])).toBe('{\n  a: 1, // one\n  c: 3\n}')
    expect(unsetPath('{\n  a: 1,\n  c: 3\n}', ['c'])).toBe('{\n  a: 1\n}')
    expect(unsetPath(rich, ['numbers', '1'])).toContain('numbers: [1, 3]')
    expect(unsetPath(rich, ['agents', 'list', '0'])).toContain('// the first')
    expect(() => unsetPath(rich, ['agents', 'nothing'])).toThrow('Config path not found: agents.nothing')
  })

  test('what the CST parser of the library cannot read is edited all the same', () => {
    const odd = `{ a: '"', b: "\\x41\\0", true: 1, tab: "\t", line: "\u2028", "ü😀": 'x', h: 0xFF } // 😀`
    expect(parse(setPath(odd, ['h'], 16))).toEqual({ ...(parse(odd) as object), h: 16 })
    expect(setPath(odd, ['h'], 16)).toBe(odd.replace('0xFF', '16'))
  })

  test('Windows line ends stay', () => {
    expect(setPath('{\r\n  a: 1\r\n}\r\n', ['b'], 2)).toBe('{\r\n  a: 1,\r\n  b: 2\r\n}\r\n')
  })

  test('the last of two equal keys counts, and both go', () => {
    expect(setPath('{a: 1, a: 2}', ['a'], 3)).toBe('{a: 1, a: 3}')
    expect(parse(unsetPath('{a: 1, a: 2, b: 1}', ['a']))).toEqual({ b: 1 })
  })

  test('prototypes cannot be reached, lists have no holes', () => {
    expect(() => setPath('{}', ['__proto__', 'x'], 1)).toThrow('not allowed')
    expect(() => mergePatch('{}', parse('{"__proto__": {"x": 1}}'))).toThrow('__proto__')
    expect(() => setPath('{a: [1]}', ['a', '5'], 1)).toThrow('the next free one is 1')
    expect(() => mergePatch('{}', [1])).toThrow('must be an object')
  })

  test('an empty file becomes an object', () => {
    expect(parse(setPath('', ['a', 'b', '0'], 1))).toEqual({ a: { b: [1] } })
  })
})

describe('merge patches', () => {
  test('null deletes, objects merge, lists are replaced', () => {
    const out = mergePatch(rich, { gateway: { bind: null, port: 1 }, numbers: [9] })
    expect(parse(out)).toEqual({ ...(parse(rich) as object), gateway: { port: 1 }, numbers: [9] })
    expect(out).toContain('/* inside */')
  })

  test('lists of things with ids merge by id', () => {
    const out = mergePatch(rich, {
      agents: {
        list: [
          { id: 'work', name: 'W' },
          { id: 'new', name: null },
        ],
      },
    })
    expect(getPath(parse(out), ['agents', 'list'])).toEqual([{ id: 'main' }, { id: 'work', name: 'W' }, { id: 'new' }])
    expect(out).toContain('// the second')
  })
})

const key = fc.oneof(fc.constantFrom('a', 'b', 'id', 'a-b', 'ü', 'true', '0', '"', "it's"), fc.string({ maxLength: 4 }))
const safeKey = key.filter((k) => !['__proto__', 'prototype', 'constructor'].includes(k))
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(safeKey, tie('any'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any
const record = fc.dictionary(safeKey, value, { maxKeys: 5, noNullPrototype: true })

/** Prints a value as JSON5 with numbered comments, odd spaces, quotes and trailing commas wherever they may be. */
function decorate(value: unknown, dice: () => number): { text: string; comments: number } {
  let comments = 0
  const gap = () =>
    ['', ' ', '\n  ', '\t', () => ` /* comment${comments++}; */ `, () => ` // comment${comments++};\n`][dice() % 6] as
      string | (() => string)
  const space = () => {
    const g = gap()
    return typeof g === 'string' ? g : g()
  }
  const quote = (s: string) =>
    dice() % 2 ? JSON.stringify(s) : `'${JSON.stringify(s).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  const name = (s: string) => (dice() % 2 && /^[a-z]+$/.test(s) ? s : quote(s))
  const print = (v: unknown): string => {
    const list = (items: string[], open: string, close: string) =>
      open + items.join(',') + (items.length && dice() % 2 ? `,${space()}` : space()) + close
    if (Array.isArray(v))
      return list(
        v.map((i) => space() + print(i) + space()),
        '[',
        ']',
      )
    if (typeof v === 'object' && v !== null) {
      const items = Object.entries(v).map(([k, i]) => `${space()}${name(k)}${space()}:${space()}${print(i)}${space()}`)
      return list(items, '{', '}')
    }
    if (typeof v === 'string') return quote(v)
    return typeof v === 'number' ? (Object.is(v, -0) ? '-0' : String(v)) : JSON.stringify(v)
  }
  const text = space() + print(value) + space()
  return { text, comments }
}

const textOf = fc.tuple(record, fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 })).map(([v, seeds]) => {
  let at = 0
  return { value: v, ...decorate(v, () => seeds[at++ % seeds.length] ?? 0) }
})

const commentsIn = (text: string) => [...text.matchAll(/comment\d+;/g)].length

describe('properties', () => {
  test('setting a value changes that value only, and no comment outside it goes', () => {
    fc.assert(
      fc.property(
        textOf,
        fc.array(safeKey, { minLength: 1, maxLength: 3 }),
        value,
        ({ text, value, comments }, path, next) => {
          fc.pre(getPath(value, path.slice(0, -1)) === undefined || !Array.isArray(getPath(value, path.slice(0, -1))))
          fc.pre(!path.some((_, i) => Array.isArray(getPath(value, path.slice(0, i)))))
          const before = getPath(value, path)
          const out = setPath(text, path, next)
          expect(parse(out)).toEqual(withPath(parse(text), path, next))
          if (before === undefined && path.length === 1) expect(commentsIn(out)).toBe(comments)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('a text can be changed to mean anything else', () => {
    fc.assert(
      fc.property(textOf, record, ({ text }, next) => {
        expect(parse(rewrite(text, next))).toEqual(next)
      }),
      { numRuns: 1500 },
    )
  })

  test('replacing, adding and taking out plain values keeps every comment', () => {
    const flat = fc.dictionary(safeKey, fc.oneof(fc.integer(), fc.array(fc.integer(), { maxLength: 3 })), {
      maxKeys: 6,
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(flat, flat, fc.array(fc.nat(1000), { minLength: 40, maxLength: 40 }), (old, next, seeds) => {
        let at = 0
        const simple = Object.fromEntries(Object.entries(old).map(([k, v]) => [k, Array.isArray(v) ? v.length : v]))
        const { text, comments } = decorate(simple, () => seeds[at++ % seeds.length] ?? 0)
        expect(commentsIn(text)).toBe(comments)
        const out = rewrite(text, next)
        expect(parse(out)).toEqual(next)
        // A comment between the key and the value of an entry that goes, goes with it; no other does.
        const gone = treeOf(text).members.filter((m) => !Object.hasOwn(next, m.key))
        const inside = gone.reduce((sum, m) => sum + commentsIn(text.slice(m.start, m.node.end)), 0)
        expect(commentsIn(out)).toBe(comments - inside)
      }),
      { numRuns: 1500 },
    )
  })

  test('a merge patch on the text means the same as on the value', () => {
    fc.assert(
      fc.property(textOf, record, ({ text }, patch) => {
        expect(parse(mergePatch(text, patch))).toEqual(merged(parse(text), patch))
      }),
      { numRuns: 500 },
    )
  })
})
