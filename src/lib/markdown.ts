// Markdown to what chat platforms show: one walk over marked's tokens, one style per platform.
import { Marked, type MarkedToken, type Token, type Tokens } from 'marked'

/** What may be put around text. */
export type Mark = 'bold' | 'italic' | 'strike'

/** How one platform writes what Markdown means. Each function gets finished text of the platform. */
export interface Style {
  text(plain: string): string
  mark(mark: Mark, inner: string): string
  code(plain: string): string
  pre(plain: string, language: string): string
  link(label: string, href: string): string
  quote(inner: string): string
  /** Whether the line after `line` is inside a block of code, `before` telling whether `line` itself is. */
  inCode(line: string, before: boolean): boolean
}

/** How tables are shown: as an aligned block of code, as bullets, or as they were written. */
export type TableMode = 'code' | 'bullets' | 'off'

/** What surrounds the token being rendered: marks already on, and whether a quote, link or list item is open. */
interface Inside {
  readonly marks: readonly Mark[]
  readonly quote: boolean
  readonly link: boolean
  readonly item: boolean
  readonly tables: TableMode
}

const nothing: Inside = { marks: [], quote: false, link: false, item: false, tables: 'code' }
const parser = new Marked({ gfm: true, breaks: false })
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' }

/** The text of a Markdown text token: its character references resolved. */
const unescapeText = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => named[name] ?? _)

const escapeHtml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

const telegram: Style = {
  text: escapeHtml,
  mark(mark, inner) {
    const tag = { bold: 'b', italic: 'i', strike: 's' }[mark]
    return `<${tag}>${inner}</${tag}>`
  },
  code: (plain) => `<code>${escapeHtml(plain)}</code>`,
  pre: (plain, language) =>
    /^[\w+#.-]+$/.test(language)
      ? `<pre><code class="language-${language}">${escapeHtml(plain)}</code></pre>`
      : `<pre>${escapeHtml(plain)}</pre>`,
  link: (label, href) =>
    /^(https?|tg|mailto):/i.test(href) ? `<a href="${escapeHtml(href).replace(/"/g, '&quot;')}">${label}</a>` : label,
  quote: (inner) => `<blockquote>${inner}</blockquote>`,
  inCode: (line, before) => (line.includes('<pre>') || before) && !line.includes('</pre>'),
}

const plain: Style = {
  text: (text) => text,
  mark: (_, inner) => inner,
  code: (text) => text,
  pre: (text) => text,
  link: (label, href) => (label === href || `mailto:${label}` === href ? label : `${label} (${href})`),
  quote: (inner) => inner.replace(/^/gm, '> '),
  inCode: () => false,
}

/** Only what a table needs of Discord's own Markdown: the rest stays as it was written. */
const discord: Style = { ...plain, pre: (text, language) => `\`\`\`${language}\n${text}\n\`\`\`` }

/** Puts a mark around `render`'s text, unless it is on already. */
function marked(style: Style, mark: Mark, tokens: readonly Token[], inside: Inside): string {
  if (inside.marks.includes(mark)) return inline(style, tokens, inside)
  const inner = inline(style, tokens, { ...inside, marks: [...inside.marks, mark] })
  return inner ? style.mark(mark, inner) : ''
}

function link(style: Style, label: string, href: string, inside: Inside): string {
  return inside.link || !label ? label : style.link(label, href)
}

function inline(style: Style, tokens: readonly Token[], inside: Inside): string {
  return (tokens as readonly MarkedToken[]).map((t) => one(style, t, inside)).join('')
}

function one(style: Style, t: MarkedToken, inside: Inside): string {
  switch (t.type) {
    case 'strong':
      return marked(style, 'bold', t.tokens, inside)
    case 'em':
      return marked(style, 'italic', t.tokens, inside)
    case 'del':
      return marked(style, 'strike', t.tokens, inside)
    case 'codespan':
      return style.code(t.text)
    case 'br':
      return '\n'
    case 'link':
      return link(style, inline(style, t.tokens, { ...inside, link: true }), t.href, inside)
    case 'image':
      return link(style, style.text(t.text || t.href), t.href, inside)
    case 'escape':
      return style.text(t.text)
    case 'checkbox':
      return t.checked ? '☑ ' : '☐ '
    case 'html':
      return /^<br\s*\/?>\s*$/i.test(t.raw) ? '\n' : style.text(t.raw.trimEnd())
    case 'text':
      return t.tokens ? inline(style, t.tokens, inside) : style.text(unescapeText(t.text))
    default:
      return block(style, t, inside)
  }
}

function block(style: Style, t: MarkedToken, inside: Inside): string {
  switch (t.type) {
    case 'heading':
      return marked(style, 'bold', t.tokens, inside)
    case 'paragraph':
      return inline(style, t.tokens, inside)
    case 'code':
      return style.pre(t.text, (t.lang ?? '').split(/\s/)[0] ?? '')
    case 'blockquote': {
      const inner = blocks(style, t.tokens, { ...inside, quote: true })
      return inside.quote || !inner ? inner : style.quote(inner)
    }
    case 'list':
      return list(style, t, inside)
    case 'table':
      return table(style, t, inside)
    case 'hr':
      return '———'
    case 'def':
      return style.text(t.raw.trim())
    case 'space':
      return ''
    default:
      return one(style, t, inside)
  }
}

function list(style: Style, t: Tokens.List, inside: Inside): string {
  const first = t.start === '' ? 1 : t.start
  const items = t.items.map((item, i) => {
    const bullet = t.ordered ? `${first + i}. ` : item.task ? '' : '• '
    const body = blocks(style, item.tokens, { ...inside, item: true }, item.loose ? '\n\n' : '\n')
    return bullet + indent(style, body, '  ')
  })
  return items.join('\n')
}

/** Indents all lines but the first; code blocks keep their own lines as they are. */
function indent(style: Style, text: string, by: string): string {
  let code = false
  return text
    .split('\n')
    .map((line, i) => {
      const out = i && line && !code ? by + line : line
      code = style.inCode(line, code)
      return out
    })
    .join('\n')
}

function table(style: Style, t: Tokens.Table, inside: Inside): string {
  if (inside.tables === 'off') return style.text(t.raw.trim())
  const show = (cell: Tokens.TableCell) => inline(plain, cell.tokens, nothing).replace(/\s+/g, ' ').trim()
  const head = t.header.map(show)
  const rows = t.rows.map((row) => row.map(show))
  if (inside.tables === 'bullets')
    return rows
      .map((row) => `• ${row.map((cell, i) => style.text(head[i] ? `${head[i]}: ${cell}` : cell)).join('\n  ')}`)
      .join('\n')
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (t.align[i] === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join(' | ')
      .trimEnd()
  return style.pre([line(head), widths.map((w) => '-'.repeat(w)).join('-+-'), ...rows.map(line)].join('\n'), '')
}

function blocks(style: Style, tokens: readonly Token[], inside: Inside, between = '\n\n'): string {
  let out = ''
  let joined = false
  for (const t of tokens as readonly MarkedToken[]) {
    const text = block(style, t, inside)
    if (!text) continue
    out += out && !joined ? (t.type === 'list' ? between.slice(0, inside.item ? 1 : 2) : between) + text : text
    joined = t.type === 'checkbox'
  }
  return out
}

/** Markdown in the style of a platform. Never throws. */
export function toStyle(md: string, style: Style, tables: TableMode = 'code'): string {
  return blocks(style, parser.lexer(md), { ...nothing, tables }).trim()
}

/** Markdown as HTML that Telegram accepts: https://core.telegram.org/bots/api#html-style. Never throws. */
export function toTelegramHtml(md: string, tables: TableMode = 'code'): string {
  return toStyle(md, telegram, tables)
}

/** Markdown as text without any markup; links keep their address in brackets. */
export function toPlain(md: string): string {
  return toStyle(md, plain)
}

const deepHeading = /^#{4,6}\s/

/** A block as Discord shows it: it knows most of Markdown, but no tables, small headings, rules and images. */
function discordBlock(t: MarkedToken, tables: TableMode): string {
  const inside = { ...nothing, tables }
  if (t.type === 'table' && tables !== 'off') return table(discord, t, inside)
  if (t.type === 'hr') return '———'
  if (t.type === 'heading' && deepHeading.test(t.raw)) return `**${t.text}**`
  return t.raw
    .trimEnd()
    .replace(/!\[([^\]]*)\]\((\S+?)(?:\s"[^"]*")?\)/g, (_, alt: string, to: string) => (alt ? `[${alt}](${to})` : to))
}

/** Markdown as Discord writes it: https://support.discord.com/hc/articles/210298617. Never throws. */
export function toDiscordMarkdown(md: string, tables: TableMode = 'code'): string {
  return (parser.lexer(md) as readonly MarkedToken[])
    .map((t) => {
      const shown = t.type === 'code' || t.type === 'space' ? t.raw.trimEnd() : discordBlock(t, tables)
      return shown + (/\n*$/.exec(t.raw)?.[0] ?? '')
    })
    .join('')
    .trim()
}
