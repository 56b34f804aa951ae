// One tab: what it has said and asked for since it opened, what its refs stand for, and how the next dialog is answered.
import type {
  CDPSession,
  ConsoleMessage,
  Dialog,
  ElementHandle,
  Frame,
  HTTPRequest,
  HTTPResponse,
  Page,
  Target,
} from 'puppeteer-core/internal/puppeteer-core-browser.js'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { RefTarget } from './snapshot.ts'

/** Something the page wrote to its console. `timestamp` ISO 8601. */
export interface ConsoleLine {
  readonly type: string
  readonly text: string
  readonly timestamp: string
  readonly location?: { readonly url?: string; readonly lineNumber?: number; readonly columnNumber?: number }
}

/** Something the page asked the network for. */
export interface RequestLine {
  readonly id: string
  readonly timestamp: string
  readonly method: string
  readonly url: string
  readonly resourceType: string
  readonly status?: number
  readonly ok?: boolean
  readonly failureText?: string
}

/** An error nothing in the page caught. */
export interface ErrorLine {
  readonly message: string
  readonly name?: string
  readonly stack?: string
  readonly timestamp: string
}

/** How the next dialog is answered, until `until` (ms). */
interface ArmedDialog {
  readonly accept: boolean
  readonly promptText?: string | undefined
  readonly until: number
}

/** A tab we can drive. */
export interface Tab {
  readonly id: string
  readonly page: Page
  refs: ReadonlyMap<string, RefTarget<Frame>>
  dialog: ArmedDialog | undefined
  readonly console: ConsoleLine[]
  readonly errors: ErrorLine[]
  readonly requests: RequestLine[]
  /** Hears every answer of the network. */
  readonly answers: Set<(response: HTTPResponse) => void>
}

/** Lines of each kind that are kept. */
const maxLines = 500

const keep = <T>(list: T[], item: T) => {
  list.push(item)
  if (list.length > maxLines) list.splice(0, list.length - maxLines)
}

/** What a message says: texts as they are, objects with what is in them. */
function saidBy(m: ConsoleMessage): string {
  const parts = m.args().map((arg) => {
    const { type, value, description, preview } = arg.remoteObject()
    if (preview?.properties && (type === 'object' || type === 'function') && preview.subtype !== 'error') {
      const inner = preview.properties.map((p) => (preview.subtype === 'array' ? p.value : `${p.name}: ${p.value}`))
      const all = `${inner.join(', ')}${preview.overflow ? ', …' : ''}`
      return preview.subtype === 'array' ? `[${all}]` : `{${all}}`
    }
    return typeof value === 'string' ? value : (description ?? JSON.stringify(value) ?? 'undefined')
  })
  return parts.length ? parts.join(' ') : m.text()
}

/** Puppeteer's words for console messages, as browsers call them. */
const types: Readonly<Record<string, string>> = { warn: 'warning', verbose: 'debug' }

/** Follows a page. */
export function tabOf(page: Page, id: string, clock: Clock): Tab {
  const tab: Tab = {
    id,
    page,
    refs: new Map(),
    dialog: undefined,
    console: [],
    errors: [],
    requests: [],
    answers: new Set(),
  }
  const now = () => new Date(clock.now()).toISOString()
  const at = new WeakMap<HTTPRequest, number>()
  let asked = 0
  const settle = (request: HTTPRequest, more: Partial<RequestLine>) => {
    const nth = at.get(request)
    const i = tab.requests.findIndex((r) => r.id === `r${nth}`)
    if (i >= 0) tab.requests[i] = { ...(tab.requests[i] as RequestLine), ...more }
  }
  page.on('console', (m) =>
    keep(tab.console, { type: types[m.type()] ?? m.type(), text: saidBy(m), timestamp: now(), location: m.location() }),
  )
  page.on('pageerror', (e) => {
    const error = e instanceof Error ? e : new Error(String(e))
    const stack = error.stack === undefined ? {} : { stack: error.stack }
    keep(tab.errors, { message: error.message, name: error.name, ...stack, timestamp: now() })
  })
  page.on('request', (r) => {
    at.set(r, ++asked)
    const about = { method: r.method(), url: r.url(), resourceType: r.resourceType() }
    keep(tab.requests, { id: `r${asked}`, timestamp: now(), ...about })
  })
  page.on('response', (r) => {
    settle(r.request(), { status: r.status(), ok: r.ok() })
    for (const hear of tab.answers) hear(r)
  })
  page.on('requestfailed', (r) => settle(r, { ok: false, failureText: r.failure()?.errorText ?? 'failed' }))
  page.on('framenavigated', (frame) => {
    // Chromium gives the numbers of nodes out again: a ref must not come to mean something on another page
    const gone = (t: RefTarget<Frame>) => frame === page.mainFrame() || t.frame === frame
    tab.refs = new Map([...tab.refs].filter(([, target]) => !gone(target)))
  })
  page.on('dialog', (d) => void answer(d).catch(() => undefined)) // it may have been closed by a person

  async function answer(d: Dialog) {
    const armed = tab.dialog && tab.dialog.until >= clock.now() ? tab.dialog : undefined
    tab.dialog = undefined
    const accept = armed ? armed.accept : d.type() === 'beforeunload' || d.type() === 'alert'
    keep(tab.console, {
      type: 'dialog',
      text: `${d.type()}: ${d.message()} (${accept ? 'accepted' : 'dismissed'})`,
      timestamp: now(),
    })
    await (accept ? d.accept(armed?.promptText) : d.dismiss())
  }
  return tab
}

/** The id of a target, which Puppeteer keeps to itself. */
export const idOfTarget = (target: Target): string => (target as Target & { readonly _targetId: string })._targetId

/** The connection a frame is reached by; frames of other sites have one of their own. */
export const clientOf = (frame: Frame): CDPSession => frame.client

const bare = (ref: string) => ref.trim().replace(/^(@|ref=)/, '')

/** What a ref stands for. Throws NOT_FOUND for one the last snapshot did not give. */
export function targetOf(tab: Tab, ref: string): RefTarget<Frame> {
  const name = bare(ref)
  const found = tab.refs.get(name) ?? tab.refs.get(/^\d+$/.test(name) ? `e${name}` : name)
  if (found) return found
  throw new Fault(
    'NOT_FOUND',
    `there is no ref "${name}" in this tab; take a snapshot and use a ref it shows, such as e12`,
  )
}

/** The element of a ref. Throws NOT_FOUND when the page has it no more. */
export async function elementOf(tab: Tab, ref: string): Promise<ElementHandle> {
  const target = targetOf(tab, ref)
  try {
    const realm = target.frame.mainRealm() as unknown as {
      adoptBackendNode(id: number): Promise<ElementHandle>
    }
    return await realm.adoptBackendNode(target.backend)
  } catch (error) {
    throw new Fault(
      'NOT_FOUND',
      `${target.role} "${target.name}" (${bare(ref)}) is not in the page any more; take a new snapshot`,
      {
        cause: error,
      },
    )
  }
}
