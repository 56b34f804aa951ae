// Looking at a page: as text with refs, as a picture, as a PDF.
import { join } from 'node:path'
import { z } from 'zod'
import type { ElementHandle, Frame, Page, ScreenshotOptions } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { newId } from '../../lib/ids.ts'
import { Fault } from '../../lib/fault.ts'
import { flag, maybeNumber, maybeWord, route, type RouteWorld } from './route.ts'
import { on, run } from './page-script.ts'
import { keepAmong } from './paths.ts'
import { ariaList, snapshotOf, type RefTarget } from './snapshot.ts'
import { clientOf, elementOf, type Tab } from './tab.ts'
import { seenIn, type FrameNodes } from './tree.ts'

/** Characters of a snapshot, and of a short one. */
const maxChars = 80_000
const shortChars = 10_000
const shortDepth = 6
/** Pixels of a picture's longer side, and its bytes. */
const maxSide = 2000
const maxBytes = 5_000_000
/** Labels drawn into a picture. */
const maxLabels = 150

/** Keeps a file beside others of its kind; answers its path. */
export const keepFile = (x: RouteWorld, folder: string, name: string, bytes: Uint8Array): Promise<string> =>
  keepAmong(join(x.browsers.parts.dir, folder), name, bytes)

/** The accessibility tree of a frame and of the frames inside. */
async function nodesOf(frame: Frame): Promise<FrameNodes<Frame>> {
  const client = clientOf(frame)
  const { nodes } = await client.send('Accessibility.getFullAXTree', { frameId: frame._id })
  const inside = new Map<number, FrameNodes<Frame>>()
  for (const child of frame.childFrames()) {
    const holder = await child.frameElement().catch(() => null)
    const objectId = holder?.remoteObject().objectId
    if (objectId === undefined) continue
    const { node } = await client.send('DOM.describeNode', { objectId })
    const inner = await nodesOf(child).catch(() => undefined) // it may be gone by now
    if (inner) inside.set(node.backendNodeId, inner)
  }
  return { frame, nodes: nodes, inside }
}

async function backendOf(element: ElementHandle): Promise<number> {
  const { objectId } = element.remoteObject()
  const { node } = await clientOf(element.frame).send('DOM.describeNode', objectId === undefined ? {} : { objectId })
  return node.backendNodeId
}

async function only(frame: Frame, selector: string): Promise<ElementHandle> {
  const found = await frame.$(selector).catch((error: unknown) => {
    throw new Fault('INVALID_REQUEST', `"${selector}" is no CSS selector`, { cause: error })
  })
  if (found) return found
  throw new Fault('NOT_FOUND', `nothing on the page matches ${selector}`)
}

async function frameOf(page: Page, selector: string): Promise<Frame> {
  const frame = await (await only(page.mainFrame(), selector)).contentFrame()
  if (frame) return frame
  throw new Fault('INVALID_REQUEST', `${selector} is no frame`)
}

/** A picture within the limits of size: scaled down, then as JPEG. */
async function picture(
  page: Page,
  o: ScreenshotOptions,
  size: { width: number; height: number; x: number; y: number },
) {
  const scale = Math.min(1, maxSide / Math.max(size.width, size.height, 1))
  const clip = { ...size, scale }
  const shoot = (more: ScreenshotOptions) => page.screenshot({ ...o, ...more, clip, captureBeyondViewport: true })
  const first = await shoot({})
  if (first.length <= maxBytes) return { bytes: first, type: o.type ?? 'png' }
  return { bytes: await shoot({ type: 'jpeg', quality: 60 }), type: 'jpeg' as const }
}

const pageSize = `({ width: Math.max(document.documentElement.scrollWidth, innerWidth), height: Math.max(document.documentElement.scrollHeight, innerHeight), x: 0, y: 0 })`
const viewSize = `({ width: innerWidth, height: innerHeight, x: scrollX, y: scrollY })`

async function shot(tab: Tab, type: 'png' | 'jpeg', fullPage: boolean, element?: ElementHandle) {
  await tab.page.bringToFront() // the others are not drawn
  const o: ScreenshotOptions = { type, ...(type === 'jpeg' ? { quality: 85 } : {}) }
  if (!element) {
    const size = (await run(tab.page.mainFrame(), fullPage ? pageSize : viewSize)) as {
      width: number
      height: number
      x: number
      y: number
    }
    return picture(tab.page, o, size)
  }
  await element.scrollIntoView()
  return { bytes: await element.screenshot(o), type }
}

async function savedShot(x: RouteWorld, made: { bytes: Uint8Array; type: string }): Promise<string> {
  return keepFile(
    x,
    'media',
    `${newId('shot', x.browsers.parts.clock)}.${made.type === 'jpeg' ? 'jpg' : 'png'}`,
    made.bytes,
  )
}

/** Draws the refs over the page, takes a picture, and takes them away. */
async function labelled(tab: Tab, x: RouteWorld, targets: ReadonlyMap<string, RefTarget<Frame>>) {
  const boxes: { ref: string; x: number; y: number; width: number; height: number }[] = []
  let skipped = 0
  const view = (await run(tab.page.mainFrame(), viewSize)) as { width: number; height: number }
  for (const ref of targets.keys()) {
    const box =
      boxes.length < maxLabels ? await (await elementOf(tab, ref).catch(() => undefined))?.boundingBox() : undefined
    const seen =
      box &&
      box.width > 0 &&
      box.x < view.width &&
      box.y < view.height &&
      box.x + box.width > 0 &&
      box.y + box.height > 0
    if (seen) boxes.push({ ref, ...box })
    else skipped++
  }
  const mark = `oclaw-labels-${boxes.length}`
  const draw = `((boxes) => {
    const all = document.createElement('div')
    all.id = ${JSON.stringify(mark)}
    all.style.cssText = 'position:fixed;inset:0;z-index:2147483647;pointer-events:none'
    for (const b of boxes) {
      const frame = document.createElement('div')
      frame.style.cssText = 'position:absolute;box-sizing:border-box;border:2px solid #FF4500;left:' + b.x + 'px;top:' + b.y + 'px;width:' + b.width + 'px;height:' + b.height + 'px'
      const tag = document.createElement('span')
      tag.textContent = b.ref
      tag.style.cssText = 'position:absolute;left:0;top:0;background:#FF4500;color:#fff;font:bold 11px/1.2 monospace;padding:0 3px'
      frame.append(tag)
      all.append(frame)
    }
    document.documentElement.append(all)
  })(${JSON.stringify(boxes)})`
  await run(tab.page.mainFrame(), draw)
  try {
    const made = await shot(tab, 'png', false)
    const imagePath = await savedShot(x, made)
    return { labels: true, labelsCount: boxes.length, labelsSkipped: skipped, imagePath, imageType: made.type }
  } finally {
    await run(tab.page.mainFrame(), `document.getElementById(${JSON.stringify(mark)})?.remove()`)
  }
}

const snapshot = route(
  'GET',
  '/snapshot',
  {
    format: z.enum(['ai', 'aria']).optional().catch(undefined),
    mode: z.enum(['efficient']).optional().catch(undefined),
    limit: maybeNumber,
    maxChars: maybeNumber,
    interactive: flag,
    compact: flag,
    depth: maybeNumber,
    selector: maybeWord,
    frame: maybeWord,
    labels: flag,
  },
  async (p, x) => {
    const efficient =
      p.mode === 'efficient' || (p.format !== 'aria' && p.mode === undefined && x.browsers.parts.settings.efficient)
    if (p.format === 'aria' && (p.labels || p.mode))
      throw new Fault('INVALID_REQUEST', 'labels/mode=efficient require format=ai')
    const tab = await x.tab()
    const about = { ok: true, format: p.format ?? 'ai', targetId: tab.id, url: tab.page.url() }
    const frame = p.frame ? await frameOf(tab.page, p.frame) : tab.page.mainFrame()
    const tree = await nodesOf(frame)
    if (p.format === 'aria') {
      const { nodes, targets } = ariaList(tree, Math.min(2000, Math.max(1, p.limit ?? 500)))
      tab.refs = targets
      return { ...about, nodes }
    }
    const within = p.selector ? await backendOf(await only(frame, p.selector)) : undefined
    const { targets, ...said } = snapshotOf(seenIn(tree, within), {
      interactive: p.interactive ?? efficient,
      compact: p.compact ?? efficient,
      maxDepth: p.depth ?? (efficient ? shortDepth : undefined),
      maxChars: p.maxChars && p.maxChars > 0 ? Math.floor(p.maxChars) : efficient ? shortChars : maxChars,
    })
    tab.refs = targets
    return { ...about, ...said, ...(p.labels ? await labelled(tab, x, targets) : {}) }
  },
)

const screenshot = route(
  'POST',
  '/screenshot',
  { fullPage: flag, ref: maybeWord, element: maybeWord, type: z.enum(['png', 'jpeg']).default('png').catch('png') },
  async (p, x) => {
    if (p.fullPage && (p.ref || p.element))
      throw new Fault('INVALID_REQUEST', 'fullPage is not supported for element screenshots')
    const tab = await x.tab()
    const found = p.element ? await only(tab.page.mainFrame(), p.element) : undefined
    const element = p.ref ? await elementOf(tab, p.ref) : found
    const path = await savedShot(x, await shot(tab, p.type, p.fullPage ?? false, element))
    return { ok: true, path, targetId: tab.id, url: tab.page.url() }
  },
)

const pdf = route('POST', '/pdf', {}, async (_p, x) => {
  const tab = await x.tab()
  const bytes = await tab.page.pdf({ printBackground: true })
  const path = await keepFile(x, 'media', `${newId('page', x.browsers.parts.clock)}.pdf`, bytes)
  return { ok: true, path, targetId: tab.id, url: tab.page.url() }
})

const highlight = route('POST', '/highlight', { ref: z.coerce.string().min(1) }, async (p, x) => {
  const tab = await x.tab()
  const element = await elementOf(tab, p.ref)
  await tab.page.bringToFront()
  await element.scrollIntoView()
  await on(
    element,
    `function () { this.animate([{ outline: '3px solid #FF4500' }, { outline: '3px solid #FF4500' }], 5000) }`,
  )
  return { ok: true, targetId: tab.id }
})

/** The routes for looking. */
export const lookRoutes = [snapshot, screenshot, pdf, highlight] as const
