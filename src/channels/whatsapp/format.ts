// Markdown as WhatsApp writes it: https://faq.whatsapp.com/539178204879377.
import { toPlain, toStyle, type Mark, type Style, type TableMode } from '../../lib/markdown.ts'

const marks: Readonly<Record<Mark, string>> = { bold: '*', italic: '_', strike: '~' }

const style: Style = {
  text: (plain) => plain,
  mark(mark, inner) {
    // WhatsApp marks one line at a time, and only text without space at its ends.
    const sign = marks[mark]
    return inner.replace(/^([ \t]*)(.*?\S)([ \t]*)$/gm, (_, before: string, text: string, after: string) =>
      text.includes('```') ? before + text + after : `${before}${sign}${text}${sign}${after}`,
    )
  },
  code: (plain) => (plain.includes('`') || plain.includes('\n') ? plain : `\`${plain}\``),
  pre: (plain) => `\`\`\`\n${plain}\n\`\`\``,
  link: (label, href) => (label === href || `mailto:${label}` === href ? label : `${label} (${href})`),
  quote: (inner) => inner.replace(/^/gm, '> '),
  inCode: (line, before) => line.startsWith('```') !== before,
}

/** A Markdown text within `max` characters: as WhatsApp writes it, without markup when that is too long, or as it was. */
export function format(md: string, max: number, tables: TableMode = 'code'): string {
  const styled = toStyle(md, style, tables)
  if (styled && styled.length <= max) return styled
  const plain = toPlain(md)
  return plain && plain.length <= max ? plain : md
}

/** A text on one line, cut where nobody reads on. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200)
