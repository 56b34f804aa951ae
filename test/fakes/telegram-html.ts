// Reads Telegram's HTML as its Bot API does, with its words for what it cannot parse.

/** A span of formatted text, in UTF-16 units. */
export interface Entity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

const types: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  blockquote: 'blockquote',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
}
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }
const bytes = (text: string) => new TextEncoder().encode(text).length

interface Open {
  readonly tag: string
  readonly offset: number
  readonly attribute: string
}

/** The text and entities of `html`; throws an Error with Telegram's description of what it cannot parse. */
export function parseTelegramHtml(html: string): { text: string; entities: Entity[] } {
  const refuse = (why: string) => new Error(`Bad Request: can't parse entities: ${why}`)
  const open: Open[] = []
  const entities: Entity[] = []
  let text = ''
  let at = 0
  while (at < html.length) {
    const rest = html.slice(at)
    const reference = /^&(amp|lt|gt|quot|#\d+|#x[0-9a-f]+);/i.exec(rest)
    if (reference) {
      const name = (reference[1] as string).toLowerCase()
      const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
      text += named[name] ?? String.fromCodePoint(code)
      at += reference[0].length
    } else if (html[at] === '<') {
      const tag = /^<(\/?)([a-z-]*)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?)*)\s*>/i.exec(rest)
      const where = `at byte offset ${bytes(html.slice(0, at))}`
      const name = tag?.[2]?.toLowerCase() ?? /^<\/?([a-z-]*)/i.exec(rest)?.[1] ?? ''
      if (!tag || !types[name]) {
        const kind = rest.startsWith('</') ? 'Unexpected end tag' : `Unsupported start tag "${name}"`
        throw refuse(`${kind} ${where}`)
      }
      if (tag[1]) {
        const last = open.pop()
        if (!last) throw refuse(`Unexpected end tag ${where}`)
        if (last.tag !== name) throw refuse(`Unmatched end tag ${where}, expected "</${last.tag}>", found "</${name}>"`)
        const length = text.length - last.offset
        const url = name === 'a' && /href\s*=\s*["']?([^"'\s>]*)/i.exec(last.attribute)?.[1]
        const language = name === 'code' && /language-([\w+#.-]+)/.exec(last.attribute)?.[1]
        if (length)
          entities.push({
            type: types[name],
            offset: last.offset,
            length,
            ...(url ? { url } : {}),
            ...(language ? { language } : {}),
          })
      } else open.push({ tag: name, offset: text.length, attribute: tag[3] ?? '' })
      at += tag[0].length
    } else {
      text += html[at]
      at++
    }
  }
  const left = open.at(-1)
  if (left) throw refuse(`Can't find end tag corresponding to start tag "${left.tag}"`)
  return { text, entities }
}
