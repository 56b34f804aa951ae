// Turns the HTML of an article into Markdown a model can read.

/** The parts of a DOM node this needs; linkedom's nodes have them. */
interface Node {
  readonly nodeType: number
  readonly nodeName: string
  readonly textContent: string | null
  readonly childNodes: Iterable<Node>
  getAttribute?(name: string): string | null
}

const dropped = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'IFRAME', 'SVG', 'BUTTON', 'FORM', 'HEAD'])
const blocks = new Set([
  'P',
  'DIV',
  'SECTION',
  'ARTICLE',
  'MAIN',
  'HEADER',
  'FOOTER',
  'FIGURE',
  'FIGCAPTION',
  'TABLE',
  'DL',
])

/** Stands for a space of preformatted text while the rest is tidied. */
const held = '\uE000'
const keepSpaces = (text: string): string => text.replaceAll('\t', '    ').replaceAll(' ', held)

/** An absolute http address of a link; empty for anything else. */
function address(href: string | null | undefined, base: string): string {
  const url = href ? URL.parse(href, base) : null
  return url && /^https?:$/.test(url.protocol) ? url.href : ''
}

const inner = (node: Node, base: string): string => [...node.childNodes].map((n) => render(n, base)).join('')

function item(node: Node, base: string, mark: string): string {
  return `${mark} ${inner(node, base).trim().replace(/\n/g, '\n  ')}\n`
}

function list(node: Node, base: string): string {
  const items = [...node.childNodes].filter((n) => n.nodeName === 'LI')
  return `\n\n${items.map((n, i) => item(n, base, node.nodeName === 'OL' ? `${i + 1}.` : '-')).join('')}\n`
}

function row(node: Node, base: string): string {
  const cells = [...node.childNodes].filter((n) => n.nodeName === 'TD' || n.nodeName === 'TH')
  return `\n| ${cells.map((c) => inner(c, base).trim().replace(/\s+/g, ' ')).join(' | ')} |`
}

function link(node: Node, base: string): string {
  const text = inner(node, base)
  const href = address(node.getAttribute?.('href'), base)
  return href && text.trim() ? `[${text.trim()}](${href})` : text
}

function render(node: Node, base: string): string {
  if (node.nodeType === 3) return (node.textContent ?? '').replace(/\s+/g, ' ')
  if (node.nodeType !== 1 && node.nodeType !== 11 && node.nodeType !== 9) return ''
  const name = node.nodeName.toUpperCase()
  if (dropped.has(name)) return ''
  const heading = /^H([1-6])$/.exec(name)
  if (heading) return `\n\n${'#'.repeat(Number(heading[1]))} ${inner(node, base).trim()}\n\n`
  if (blocks.has(name)) return `\n\n${inner(node, base)}\n\n`
  switch (name) {
    case 'A':
      return link(node, base)
    case 'BR':
      return '\n'
    case 'HR':
      return '\n\n---\n\n'
    case 'STRONG':
    case 'B':
      return `**${inner(node, base)}**`
    case 'EM':
    case 'I':
      return `*${inner(node, base)}*`
    case 'CODE':
      return `\`${(node.textContent ?? '').replace(/\s+/g, ' ')}\``
    case 'PRE':
      return `\n\n\`\`\`\n${keepSpaces((node.textContent ?? '').trimEnd())}\n\`\`\`\n\n`
    case 'BLOCKQUOTE':
      return `\n\n${inner(node, base).trim().replace(/^/gm, '> ')}\n\n`
    case 'IMG':
      return node.getAttribute?.('alt') ? `[image: ${node.getAttribute('alt')}]` : ''
    case 'UL':
    case 'OL':
      return list(node, base)
    case 'TR':
      return row(node, base)
    default:
      return inner(node, base)
  }
}

/** The Markdown of a node; links are made absolute against `base`. */
export function toMarkdown(node: Node, base: string): string {
  return render(node, base)
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n (?=\S)/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .replaceAll(held, ' ')
}
