// From Chromium's accessibility tree to a tree of what a person meets on a page: controls, headings, texts.

/** A node as Chromium tells it: https://chromedevtools.github.io/devtools-protocol/tot/Accessibility/#type-AXNode */
export interface AxNode {
  readonly nodeId: string
  readonly ignored?: boolean
  readonly role?: { readonly value?: unknown }
  readonly name?: { readonly value?: unknown }
  readonly value?: { readonly value?: unknown }
  readonly description?: { readonly value?: unknown }
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value?: unknown } }[]
  readonly childIds?: readonly string[]
  readonly backendDOMNodeId?: number
}

/** The nodes of one frame, and the frames inside by the DOM node that holds them. */
export interface FrameNodes<F> {
  readonly frame: F
  readonly nodes: readonly AxNode[]
  readonly inside: ReadonlyMap<number, FrameNodes<F>>
}

/** A node worth telling. `text` has a name only. */
export interface Seen<F> {
  readonly role: string
  readonly name: string
  readonly value?: string
  readonly description?: string
  readonly marks: readonly string[]
  readonly url?: string
  /** Whether it can be pointed at. */
  readonly backend?: number
  readonly frame: F
  readonly children: readonly Seen<F>[]
}

/** Roles one does something with: https://www.w3.org/TR/wai-aria-1.2/#widget_roles */
const interactive = new Set(
  'button link textbox searchbox checkbox radio combobox listbox option menuitem menuitemcheckbox menuitemradio slider spinbutton switch tab treeitem'.split(
    ' ',
  ),
)

/** Whether one does something with an element of this role. */
export const isInteractive = (role: string): boolean => interactive.has(role)

/** Chromium's own words for roles, where they differ from what people write. */
const renamed: Readonly<Record<string, string>> = {
  StaticText: 'text',
  image: 'img',
  Iframe: 'iframe',
  IframePresentational: 'iframe',
  DisclosureTriangle: 'button',
  DisclosureTriangleGrouped: 'button',
  LabelText: 'label',
  TextField: 'textbox',
  PopUpButton: 'combobox',
  Date: 'textbox',
  DateTime: 'textbox',
  InputTime: 'textbox',
  ColorWell: 'button',
  Video: 'video',
  Audio: 'audio',
  Canvas: 'canvas',
}

const dropped = new Set(['InlineTextBox', 'LineBreak', 'ListMarker', 'RubyAnnotation'])
const transparent = new Set(
  'RootWebArea WebArea generic none presentation GenericContainer MenuListPopup LayoutTable LayoutTableRow LayoutTableCell Section'.split(
    ' ',
  ),
)

const textOf = (v: { readonly value?: unknown } | undefined): string =>
  typeof v?.value === 'string' || typeof v?.value === 'number' ? String(v.value).replaceAll(/\s+/g, ' ').trim() : ''

function roleOf(node: AxNode): string {
  const raw = textOf(node.role)
  return renamed[raw] ?? (/^[A-Z]/.test(raw) ? raw.charAt(0).toLowerCase() + raw.slice(1) : raw)
}

/** What is said of a node in brackets. */
function marksOf(node: AxNode, role: string): string[] {
  const all = new Map(node.properties?.map((p) => [p.name, p.value.value]))
  const out: string[] = []
  const flag = (name: string, mark = name) => {
    if (all.get(name) === true || all.get(name) === 'true') out.push(mark)
  }
  const checked = all.get('checked')
  if (checked === 'mixed') out.push('checked=mixed')
  else flag('checked')
  flag('disabled')
  if (all.has('expanded')) out.push(all.get('expanded') === true ? 'expanded' : 'collapsed')
  if (all.get('level') !== undefined && role === 'heading') out.push(`level=${String(all.get('level'))}`)
  flag('pressed')
  flag('selected')
  flag('required')
  if (all.get('invalid') === 'true') out.push('invalid')
  flag('focused', 'active')
  return out
}

const property = (node: AxNode, name: string) => node.properties?.find((p) => p.name === name)?.value.value

/** Joins texts that stand beside each other, and leaves out what only repeats the name of what they are in. */
function joined<F>(children: readonly Seen<F>[], name: string): Seen<F>[] {
  const out: Seen<F>[] = []
  for (const c of children) {
    const last = out.at(-1)
    if (c.role === 'text' && !c.name) continue
    if (c.role === 'text' && last?.role === 'text') out[out.length - 1] = { ...last, name: `${last.name} ${c.name}` }
    else out.push(c)
  }
  return out.length === 1 && out[0]?.role === 'text' && out[0].name === name ? [] : out
}

/** What is told of a frame; with `only`, of that DOM node in it. Empty when the node is not there. */
export function seenIn<F>(top: FrameNodes<F>, only?: number): Seen<F>[] {
  const byId = new Map(top.nodes.map((n) => [n.nodeId, n]))
  const visit = (node: AxNode): Seen<F>[] => {
    const raw = textOf(node.role)
    if (dropped.has(raw)) return []
    const inner = (): Seen<F>[] => {
      const own = (node.childIds ?? []).flatMap((id) => {
        const child = byId.get(id)
        return child ? visit(child) : []
      })
      const held = node.backendDOMNodeId === undefined ? undefined : top.inside.get(node.backendDOMNodeId)
      return held ? [...own, ...seenIn(held)] : own
    }
    const name = textOf(node.name)
    const plain = transparent.has(raw) && !(raw === 'generic' && property(node, 'focusable') === true)
    if (node.ignored || plain) return inner()
    const role = roleOf(node)
    const value = textOf(node.value)
    const description = textOf(node.description)
    const url = property(node, 'url')
    return [
      {
        role,
        name,
        ...(value && value !== name ? { value } : {}),
        ...(description ? { description } : {}),
        marks: marksOf(node, role),
        ...(role === 'link' && typeof url === 'string' ? { url } : {}),
        ...(node.backendDOMNodeId === undefined || role === 'text' ? {} : { backend: node.backendDOMNodeId }),
        frame: top.frame,
        children: role === 'text' ? [] : joined(inner(), name),
      },
    ]
  }
  const start = only === undefined ? top.nodes[0] : top.nodes.find((n) => n.backendDOMNodeId === only)
  return start ? joined(visit(start), '') : []
}
