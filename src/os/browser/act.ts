// What one does on a page: click, type, choose, wait.
import type { ElementHandle, KeyInput, MouseButton } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { z } from 'zod'
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { flag, maybeNumber, maybeWord, word, words, type Route, type RouteWorld } from './route.ts'
import { called, on, run } from './page-script.ts'
import { elementOf, type Tab } from './tab.ts'
import { evaluateOff, wait, Wait } from './wait.ts'

/** Longest time an action takes unless it says so, in ms. */
const actMs = 20_000

const ref = word
const value = z.union([z.string(), z.number(), z.boolean()])

const keys = {
  Alt: 'Alt',
  Control: 'Control',
  ControlOrMeta: process.platform === 'darwin' ? 'Meta' : 'Control',
  Meta: 'Meta',
  Shift: 'Shift',
} as const

/** The kinds of action, and what each needs. */
const kinds = {
  click: z.object({
    ref,
    doubleClick: flag,
    button: z.enum(['left', 'right', 'middle']).default('left'),
    modifiers: z.array(z.enum(['Alt', 'Control', 'ControlOrMeta', 'Meta', 'Shift'])).default([]),
  }),
  type: z.object({ ref, text: z.string(), submit: flag, slowly: flag }),
  press: z.object({ key: word, delayMs: maybeNumber }),
  hover: z.object({ ref }),
  scrollIntoView: z.object({ ref }),
  drag: z.object({ startRef: ref, endRef: ref }),
  select: z.object({ ref, values: words }),
  fill: z.object({
    fields: z.array(z.object({ ref, type: z.string().default('text'), value: value.optional() })).min(1),
  }),
  resize: z.object({ width: z.coerce.number().min(1), height: z.coerce.number().min(1) }),
  wait: Wait,
  evaluate: z.object({ fn: word, ref: maybeWord }),
  close: z.object({}),
} as const

type Kind = keyof typeof kinds
type Given<K extends Kind> = z.output<(typeof kinds)[K]>

/** An element in sight, in a tab in front: Chromium neither draws the others nor lets them hear a mouse. */
async function point(tab: Tab, name: string): Promise<ElementHandle> {
  const element = await elementOf(tab, name)
  await tab.page.bringToFront()
  await element.scrollIntoView()
  return element
}

async function click(tab: Tab, p: Given<'click'>) {
  const element = await point(tab, p.ref)
  const held = p.modifiers.map((m) => keys[m])
  for (const key of held) await tab.page.keyboard.down(key)
  try {
    await element.click({ button: p.button as MouseButton, count: p.doubleClick ? 2 : 1 })
  } finally {
    for (const key of held.reverse()) await tab.page.keyboard.up(key)
  }
}

/** Empties a field, so that what is typed is all it holds. */
const empty = `function () {
  if (this.isContentEditable) { const r = document.createRange(); r.selectNodeContents(this); const s = getSelection(); s.removeAllRanges(); s.addRange(r); return 'rich' }
  if (!('value' in this)) return 'none'
  if (this.readOnly || this.disabled) return 'closed'
  this.select?.()
  return /^(date|time|month|week|datetime-local|color|range)$/.test(this.type) ? 'set' : 'text'
}`

/** Sets a field no keys can be typed into, such as a date. */
const assign = (text: string) => `function () {
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(this), 'value').set.call(this, ${JSON.stringify(text)})
  for (const e of ['input', 'change']) this.dispatchEvent(new Event(e, { bubbles: true }))
}`

async function write(tab: Tab, name: string, text: string, slowly = false) {
  const element = await point(tab, name)
  await element.focus()
  const kind = await on(element, empty)
  if (kind === 'none' || kind === 'closed')
    throw new Fault(
      'INVALID_REQUEST',
      `nothing can be written into "${name}": it is ${kind === 'none' ? 'no field' : 'read-only'}`,
    )
  if (kind === 'set') return void (await on(element, assign(text)))
  const { keyboard } = tab.page
  await keyboard.press('Backspace')
  if (slowly) await keyboard.type(text, { delay: 50 })
  else if (text) await keyboard.sendCharacter(text)
}

const isTrue = (v: unknown) => v === true || v === 1 || /^(true|1|yes|on|checked)$/i.test(String(v))

async function fill(tab: Tab, { fields }: Given<'fill'>) {
  for (const f of fields) {
    if (f.type === 'checkbox' || f.type === 'radio') {
      const element = await point(tab, f.ref)
      const checked = await on(
        element,
        `function () { return this.checked ?? this.getAttribute('aria-checked') === 'true' }`,
      )
      if (checked !== isTrue(f.value)) await element.click()
    } else if (f.type === 'select' || f.type === 'combobox')
      await choose(tab, { ref: f.ref, values: [String(f.value ?? '')] })
    else await write(tab, f.ref, String(f.value ?? ''))
  }
}

/** Chooses options by value or by what they show. */
async function choose(tab: Tab, p: Given<'select'>) {
  const element = await point(tab, p.ref)
  const found = await on(
    element,
    `function () {
      if (this.tagName !== 'SELECT') return null
      const wanted = ${JSON.stringify(p.values)}
      return wanted.map((w) => [...this.options].find((o) => o.value === w || o.label.trim() === w)?.value ?? null)
    }`,
  )
  if (!Array.isArray(found))
    throw new Fault('INVALID_REQUEST', `"${p.ref}" is no list of options; click it, and then what it shows`)
  const missing = p.values.filter((_, i) => found[i] === null)
  if (missing.length)
    throw new Fault('NOT_FOUND', `the list "${p.ref}" has no option ${missing.map((m) => `"${m}"`).join(', ')}`)
  await element.select(...(found as string[]))
}

/** A key as Chromium calls it; combinations are written Control+A. */
async function press(tab: Tab, p: Given<'press'>) {
  const parts = p.key === '+' ? ['+'] : p.key.split('+')
  const names = parts.map((k) => keys[k as keyof typeof keys] ?? k)
  const last = names.pop() as KeyInput
  await tab.page.bringToFront()
  for (const k of names) await tab.page.keyboard.down(k)
  try {
    await tab.page.keyboard.press(last, p.delayMs === undefined ? {} : { delay: p.delayMs })
  } catch (error) {
    throw new Fault(
      'INVALID_REQUEST',
      `there is no key "${p.key}"; keys are written like Enter, ArrowDown, a, Control+A`,
      { cause: error },
    )
  } finally {
    for (const k of names.reverse()) await tab.page.keyboard.up(k)
  }
}

async function evaluate(tab: Tab, p: Given<'evaluate'>, x: RouteWorld): Promise<unknown> {
  if (!x.browsers.parts.settings.evaluate) throw evaluateOff('act:evaluate')
  if (!p.ref) return run(tab.page.mainFrame(), called(p.fn))
  return on(await elementOf(tab, p.ref), `function () { return ${called(p.fn, 'this')} }`)
}

async function drag(tab: Tab, p: Given<'drag'>) {
  const [from, to] = [await point(tab, p.startRef), await elementOf(tab, p.endRef)]
  const a = await from.clickablePoint()
  const { mouse } = tab.page
  await mouse.move(a.x, a.y)
  await mouse.down()
  try {
    const b = await to.clickablePoint()
    await mouse.move((a.x + b.x) / 2, (a.y + b.y) / 2, { steps: 5 })
    await mouse.move(b.x, b.y, { steps: 5 })
  } finally {
    await mouse.up()
  }
}

const runs: { readonly [K in Kind]: (tab: Tab, p: Given<K>, x: RouteWorld) => Promise<unknown> } = {
  click,
  async type(tab, p) {
    await write(tab, p.ref, p.text, p.slowly)
    if (p.submit) await tab.page.keyboard.press('Enter')
  },
  press,
  hover: async (tab, p) => (await point(tab, p.ref)).hover(),
  scrollIntoView: (tab, p) => point(tab, p.ref),
  drag,
  select: choose,
  fill,
  resize: (tab, p) => tab.page.setViewport({ width: Math.round(p.width), height: Math.round(p.height) }),
  wait,
  evaluate,
  close: async (tab, _p, x) => (await x.session()).closeTab(tab.id),
}

/** Clicks an element; for what a click sets off. */
export const clickRef = (tab: Tab, name: string): Promise<void> =>
  click(tab, { ref: name, doubleClick: undefined, button: 'left', modifiers: [] })

/** What went wrong with an element, in words. */
function explained(error: unknown, kind: string): unknown {
  const said = describeError(error)
  if (error instanceof Fault) return error
  if (/not clickable|not visible|not an Element|detached|not attached/i.test(said))
    return new Fault(
      'INVALID_REQUEST',
      `${kind}: the element is not visible or cannot be reached; scroll, close what covers it, or take a new snapshot`,
      { cause: error },
    )
  return new Fault('INVALID_REQUEST', `${kind} did not work: ${said.split('\n')[0]}`, { cause: error })
}

async function perform(
  kind: Kind,
  given: Readonly<Record<string, unknown>>,
  tab: Tab,
  x: RouteWorld,
): Promise<unknown> {
  const read = kinds[kind].safeParse(given)
  if (!read.success) {
    const [issue] = read.error.issues
    const name = issue?.path.join('.') ?? ''
    throw new Fault(
      'INVALID_REQUEST',
      given[name] === undefined ? `${name} is required` : `${name}: ${issue?.message ?? 'wrong'}`,
    )
  }
  const act: (tab: Tab, p: never, x: RouteWorld) => Promise<unknown> = runs[kind]
  return act(tab, read.data as never, x)
}

const kindOf = (said: unknown): Kind => {
  if (typeof said === 'string' && Object.hasOwn(kinds, said)) return said as Kind
  throw new Fault('INVALID_REQUEST', `kind is required: one of ${Object.keys(kinds).join(', ')}`)
}

/** Does what a call of `/act` says. Throws a Fault with what stands in the way. */
async function act(given: Readonly<Record<string, unknown>>, x: RouteWorld): Promise<unknown> {
  const kind = kindOf(given['kind'])
  if (given['selector'] !== undefined && kind !== 'wait')
    throw new Fault('INVALID_REQUEST', 'selector is not taken here; take a snapshot, and use the ref it shows')
  const tab = await x.tab()
  const { clock } = x.browsers.parts
  const ms = Number(given['timeoutMs'] ?? actMs)
  const limit = deadline(
    clock,
    ms + (kind === 'wait' ? Number(given['timeMs'] ?? 0) + 1000 : 0),
    new Fault('TIMEOUT', `${kind} took longer than ${ms} ms`),
    x.signal,
  )
  const late = new Promise<never>((_, reject) =>
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true }),
  )
  late.catch(() => undefined)
  try {
    const result = await Promise.race([perform(kind, given, tab, { ...x, signal: limit.signal }), late])
    const url = ['click', 'resize', 'evaluate'].includes(kind) ? { url: tab.page.url() } : {}
    return { ok: true, targetId: tab.id, ...url, ...(kind === 'evaluate' ? { result: result ?? null } : {}) }
  } catch (error) {
    throw explained(error, kind)
  } finally {
    limit.done()
  }
}

/** The route of all actions. */
export const actRoutes: readonly Route[] = [{ method: 'POST', path: '/act', run: act }]
