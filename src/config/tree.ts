// Where things are in a JSON5 text: a tree of positions, so that a change touches only what it is about.
import { JsonLexer, JsonParseError } from '@croct/json5-parser'
import type { JsonToken } from '@croct/json5-parser'
import { Fault } from '../lib/fault.ts'
import { isRecord } from './section.ts'

/** An entry of an object (with `key`) or of a list. `comma` is where the comma after it is. */
export interface Member {
  readonly key: string
  readonly start: number
  readonly node: Node
  comma: number | undefined
}

/** A value in the text: from `start` up to `end`. */
export interface Node {
  readonly kind: 'object' | 'list' | 'plain'
  readonly start: number
  readonly end: number
  readonly members: readonly Member[]
}

/** A place in a text; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

interface Token {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/** How deep a config may nest; deeper ones are refused before anything walks them. */
const maxDepth = 100

const skipped = new Set(['WHITESPACE', 'NEWLINE', 'LINE_COMMENT', 'BLOCK_COMMENT'])

class Misplaced extends Error {
  constructor(readonly at: number) {
    super('misplaced')
  }
}

/**
 * The tokens of a text with offsets in UTF-16 units. The lexer counts code points, and stops at U+2028 and U+2029 in
 * strings; so its own positions are not used, and those two are shown to it as spaces.
 */
function tokensOf(text: string): Token[] {
  const lexer = new JsonLexer(text.replace(/[\u2028\u2029]/g, ' '))
  const tokens: Token[] = []
  let at = 0
  try {
    while (!lexer.isEof()) {
      const token: JsonToken = lexer.next()
      tokens.push({
        type: token.type,
        start: at,
        end: at + token.value.length,
        text: text.slice(at, at + token.value.length),
      })
      at += token.value.length
    }
  } catch (error) {
    if (error instanceof JsonParseError) throw new Misplaced(at)
    throw error
  }
  return tokens
}

function build(all: readonly Token[]): Node {
  const tokens = all.filter((t) => !skipped.has(t.type))
  let at = 0
  const peek = (): Token => tokens[Math.min(at, tokens.length - 1)] as Token
  const take = (type?: string): Token => {
    const token = peek()
    if (type !== undefined && token.type !== type) throw new Misplaced(token.start)
    at++
    return token
  }

  function value(depth: number): Node {
    const first = take()
    if (depth > maxDepth) throw new Misplaced(first.start)
    if (first.type === 'BRACE_LEFT') return container('object', 'BRACE_RIGHT', first, depth)
    if (first.type === 'BRACKET_LEFT') return container('list', 'BRACKET_RIGHT', first, depth)
    if (!['STRING', 'NUMBER', 'BOOLEAN', 'NULL'].includes(first.type)) throw new Misplaced(first.start)
    return { kind: 'plain', start: first.start, end: first.end, members: [] }
  }

  function container(kind: 'object' | 'list', close: string, open: Token, depth: number): Node {
    const members: Member[] = []
    while (peek().type !== close) {
      const last = members.at(-1)
      if (last && last.comma === undefined) throw new Misplaced(peek().start)
      const start = peek().start
      const key = kind === 'object' ? keyOf(take()) : String(members.length)
      if (kind === 'object') take('COLON')
      const member: Member = { key, start, node: value(depth + 1), comma: undefined }
      if (peek().type === 'COMMA') member.comma = take().start
      members.push(member)
    }
    return { kind, start: open.start, end: take(close).end, members }
  }

  const root = value(0)
  if (peek().type !== 'EOF') throw new Misplaced(peek().start)
  return root
}

function keyOf(token: Token): string {
  if (token.type === 'STRING') return String(Bun.JSON5.parse(token.text))
  if (!/^[$_\p{ID_Start}]/u.test(token.text)) throw new Misplaced(token.start)
  return token.text
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split(/\r\n|[\n\r\u2028\u2029]/)
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** The tree of a text that `parseJson5` accepts. Throws INVALID_REQUEST where the text cannot be edited. */
export function treeOf(text: string): Node {
  try {
    return build(tokensOf(text))
  } catch (error) {
    if (!(error instanceof Misplaced)) throw error
    const { line, column } = placeOf(text, error.at)
    throw new Fault(
      'INVALID_REQUEST',
      `the config cannot be edited at line ${line}, column ${column}; change it by hand`,
    )
  }
}

/** The first place where a broken text goes wrong, as well as can be told. */
export function brokenAt(text: string): Place {
  try {
    build(tokensOf(text))
    return placeOf(text, text.length)
  } catch (error) {
    return placeOf(text, error instanceof Misplaced ? error.at : text.length)
  }
}

function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length; depth++) {
    if (depth > maxDepth) return true
    level = level.flatMap((v) => (Array.isArray(v) ? (v as unknown[]) : isRecord(v) ? Object.values(v) : []))
  }
  return false
}

/** The value of a JSON5 text. Throws INVALID_REQUEST with file, line and column when it is broken. */
export function parseJson5(text: string, file: string): unknown {
  let value: unknown
  try {
    value = Bun.JSON5.parse(text)
  } catch (error) {
    const { line, column } = brokenAt(text)
    const why = error instanceof Error ? error.message.replace(/^JSON5 Parse error: /, '') : String(error)
    throw new Fault('INVALID_REQUEST', `SyntaxError: JSON5: ${why} in ${file} at line ${line}, column ${column}`, {
      details: { file, line, column },
    })
  }
  if (tooDeep(value)) throw new Fault('INVALID_REQUEST', `${file} nests deeper than ${maxDepth} levels`)
  return value
}
