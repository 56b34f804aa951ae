// A page as text: one line an element, with refs that actions take. Pure; what is told comes from `tree.ts`.
import { isInteractive, seenIn, type FrameNodes, type Seen } from './tree.ts'

/** What a ref stands for. */
export interface RefTarget<F> {
  readonly frame: F
  readonly backend: number
  readonly role: string
  readonly name: string
}

/** How much is told. `maxChars` cuts the text; `maxDepth` counts from 0. */
export interface SnapshotOptions {
  readonly interactive: boolean
  readonly compact: boolean
  readonly maxDepth?: number | undefined
  readonly maxChars?: number | undefined
}

/** A page as text. `refs` is what programs are told, `targets` what actions need. */
export interface Snapshot<F> {
  readonly snapshot: string
  readonly truncated: boolean
  readonly refs: Readonly<Record<string, { role: string; name?: string; nth?: number }>>
  readonly stats: {
    readonly lines: number
    readonly chars: number
    readonly refs: number
    readonly interactive: number
  }
  readonly targets: ReadonlyMap<string, RefTarget<F>>
}

/** One element of the plain list. */
export interface AriaNode {
  readonly ref: string
  readonly role: string
  readonly name: string
  readonly value?: string
  readonly description?: string
  readonly backendDOMNodeId?: number
  readonly depth: number
}

/** Longest name or value told, in characters. */
const maxName = 300

const short = (text: string) => (text.length > maxName ? `${text.slice(0, maxName)}…` : text)
const quoted = (text: string) => JSON.stringify(short(text))

/** Whether something below is worth a line of its own when only what matters is told. */
const matters = <F>(n: Seen<F>): boolean => isInteractive(n.role) || n.role === 'text' || n.children.some(matters)

/** The text and refs of a page. */
export function snapshotOf<F>(roots: readonly Seen<F>[], o: SnapshotOptions): Snapshot<F> {
  const targets = new Map<string, RefTarget<F>>()
  const counts = new Map<string, string[]>()
  const refs: Record<string, { role: string; name?: string; nth?: number }> = {}
  const lines: string[] = []

  const refOf = (n: Seen<F>): string => {
    if (n.backend === undefined) return ''
    const ref = `e${targets.size + 1}`
    targets.set(ref, { frame: n.frame, backend: n.backend, role: n.role, name: n.name })
    const alike = counts.get(`${n.role}:${n.name}`) ?? []
    counts.set(`${n.role}:${n.name}`, [...alike, ref])
    refs[ref] = { role: n.role, ...(n.name ? { name: short(n.name) } : {}), nth: alike.length }
    return ` [ref=${ref}]${alike.length ? ` [nth=${alike.length}]` : ''}`
  }
  const head = (n: Seen<F>) =>
    `- ${n.role}${n.name ? ` ${quoted(n.name)}` : ''}${n.marks.map((m) => ` [${m}]`).join('')}${refOf(n)}`

  const flat = (n: Seen<F>, depth: number) => {
    if (o.maxDepth !== undefined && depth > o.maxDepth) return
    if (isInteractive(n.role)) lines.push(`${head(n)}${n.value === undefined ? '' : `: ${short(n.value)}`}`)
    const inner = n.role === 'text' || n.role === 'option' ? [] : n.children
    for (const c of inner) flat(c, depth + 1)
  }
  const deep = (n: Seen<F>, depth: number) => {
    if (o.maxDepth !== undefined && depth > o.maxDepth) return
    const pad = '  '.repeat(depth)
    if (n.role === 'text') return void lines.push(`${pad}- text: ${short(n.name)}`)
    if (o.compact && !n.name && !isInteractive(n.role)) {
      if (!n.children.some(matters)) return
      if (n.role !== 'heading') {
        for (const c of n.children) deep(c, depth)
        return
      }
    }
    const only = n.children.length === 1 && n.children[0]?.role === 'text' ? n.children[0] : undefined
    const said = n.value ?? only?.name
    const children = only ? [] : n.children
    const url = n.url !== undefined && !o.compact ? [`${pad}  - /url: ${short(n.url)}`] : []
    const more = url.length > 0 || children.length > 0
    lines.push(`${pad}${head(n)}${said === undefined ? (more ? ':' : '') : `: ${short(said)}`}`, ...url)
    for (const c of children) deep(c, depth + 1)
  }
  for (const root of roots) (o.interactive ? flat : deep)(root, 0)
  for (const alike of counts.values()) if (alike.length === 1) delete refs[alike[0] as string]?.nth

  const whole = lines.join('\n') || (o.interactive ? '(no interactive elements)' : '(empty)')
  const truncated = o.maxChars !== undefined && whole.length > o.maxChars
  const text = truncated
    ? `${whole.slice(0, o.maxChars)}\n[cut at ${o.maxChars} characters; ask for a selector, a frame or only what is interactive]`
    : whole
  return {
    snapshot: text,
    truncated,
    refs,
    stats: {
      lines: lines.length,
      chars: text.length,
      refs: targets.size,
      interactive: [...targets.values()].filter((t) => isInteractive(t.role)).length,
    },
    targets,
  }
}

/** The plain list of elements, at most `limit`, and what their refs stand for. */
export function ariaList<F>(
  top: FrameNodes<F>,
  limit: number,
): { nodes: AriaNode[]; targets: Map<string, RefTarget<F>> } {
  const nodes: AriaNode[] = []
  const targets = new Map<string, RefTarget<F>>()
  const visit = (n: Seen<F>, depth: number) => {
    if (nodes.length >= limit) return
    const ref = `ax${nodes.length + 1}`
    nodes.push({
      ref,
      role: n.role,
      name: n.name,
      ...(n.value === undefined ? {} : { value: n.value }),
      ...(n.description === undefined ? {} : { description: n.description }),
      ...(n.backend === undefined ? {} : { backendDOMNodeId: n.backend }),
      depth,
    })
    if (n.backend !== undefined) targets.set(ref, { frame: n.frame, backend: n.backend, role: n.role, name: n.name })
    for (const c of n.children) visit(c, depth + 1)
  }
  for (const root of seenIn(top)) visit(root, 0)
  return { nodes, targets }
}
