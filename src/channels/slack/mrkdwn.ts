// Markdown in Slack's own markup: https://docs.slack.dev/messaging/formatting-message-text.
import { toStyle, type Mark, type Style, type TableMode } from '../../lib/markdown.ts'

const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** Escapes what Slack reads as markup; mentions of people and channels stay, those of everybody do not. */
export const escapeText = (text: string): string => escape(text).replace(/&lt;([@#][A-Z0-9]{7,})&gt;/g, '<$1>')

const signs: Record<Mark, string> = { bold: '*', italic: '_', strike: '~' }

/** A zero-width space: keeps signs apart that would mean something together. */
const apart = '\u200B'

/** Marks do not reach over line ends, and must not have spaces inside their ends. */
const markLine = (sign: string, line: string) => {
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(line) ?? []
  return inner ? `${before}${sign}${inner}${sign}${after}` : line
}

const slack: Style = {
  text: escapeText,
  mark: (mark, inner) =>
    inner
      .split('\n')
      .map((line) => markLine(signs[mark], line))
      .join('\n'),
  code: (plain) => (plain.includes('`') ? escape(plain) : `\`${escape(plain)}\``),
  pre: (plain) => `\`\`\`\n${escape(plain).replaceAll('```', `\`\`${apart}\``)}\n\`\`\``,
  link(label, href) {
    if (!/^(https?|mailto|tel|slack):/i.test(href)) return label
    const address = href.replace(/&/g, '&amp;').replace(/[<>|\s]/g, (c) => encodeURIComponent(c))
    const said = label.replace(/\s*\n\s*/g, ' ').replaceAll('|', '¦')
    return said === address || `mailto:${said}` === address ? `<${address}>` : `<${address}|${said}>`
  },
  quote: (inner) => inner.replace(/^/gm, '> '),
  inCode: (line, before) => (line.split('```').length % 2 === 0 ? !before : before),
}

/** Markdown as Slack shows it. Never throws. */
export const toMrkdwn = (md: string, tables: TableMode = 'code'): string => toStyle(md, slack, tables)
