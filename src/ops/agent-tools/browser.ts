// The tool that drives a browser. What pages say is someone else's text, and is marked so.
import { randomUUID } from 'node:crypto'
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { BrowserCall } from '../../define/browser.ts'
import type { AnyTool, ToolContext, ToolResult } from '../../define/tool.ts'
import { untrusted } from '../../domain/untrusted.ts'
import { placeFor, uploadFolder } from '../../os/browser/paths.ts'
import { nodeBrowser } from '../node-browser.ts'
import type { Services } from '../services.ts'
import { ownersOnly, told, tool } from './calls.ts'

/** Longest time one call may take, in ms. */
const callMs = 125_000

const text = (about?: string) => (about === undefined ? z.string() : z.string().describe(about)).optional()
const count = () => z.number().optional()
const yes = () => z.boolean().optional()

/** Every action, and how it is told to the route: one sentence, for a model reads all of this at every turn. */
const howToAct =
  'for act: {kind: click, ref, doubleClick?, button?, modifiers?} | {kind: type, ref, text, submit?, slowly?} | {kind: press, key} | {kind: hover | scrollIntoView, ref} | {kind: drag, startRef, endRef} | {kind: select, ref, values} | {kind: fill, fields: [{ref, type: text | checkbox | radio | select, value}]} | {kind: resize, width, height} | {kind: wait, text? | textGone? | selector? | url? | timeMs? | fn?} | {kind: evaluate, fn, ref?} | {kind: close}'

const actions = [
  'status',
  'start',
  'stop',
  'profiles',
  'tabs',
  'open',
  'focus',
  'close',
  'snapshot',
  'screenshot',
  'navigate',
  'console',
  'pdf',
  'upload',
  'download',
  'dialog',
  'act',
] as const

/** Made with the tool: an agent without it does not pay for it. */
const inputs = () =>
  z.strictObject({
    action: z.enum(actions),
    target: z.enum(['sandbox', 'host', 'node']).optional(),
    node: text(),
    profile: text(),
    targetUrl: text('for open, navigate'),
    targetId: text('the tab; the last used when absent'),
    limit: count(),
    maxChars: count(),
    mode: z.enum(['efficient']).optional().describe('snapshot of only what one can act on'),
    snapshotFormat: z.enum(['aria', 'ai']).optional(),
    refs: z.enum(['role', 'aria']).optional(),
    interactive: yes(),
    compact: yes(),
    depth: count(),
    selector: text('CSS, for a part of the snapshot'),
    frame: text(),
    labels: yes(),
    fullPage: yes(),
    ref: text('for screenshot, upload, download'),
    element: text('CSS, instead of ref'),
    type: z.enum(['png', 'jpeg']).optional(),
    level: text(),
    paths: z.array(z.string()).optional().describe('workspace files, for upload'),
    path: text('name for a download, kept in downloads/'),
    inputRef: text('the file field, for upload'),
    timeoutMs: count(),
    accept: yes(),
    promptText: text(),
    request: z.looseObject({ kind: z.string() }).optional().describe(howToAct),
  })

type Params = z.output<ReturnType<typeof inputs>>
type Answer = Readonly<Record<string, unknown>>

const needed = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new Fault('INVALID_REQUEST', `${name} is required`)
  return value
}

/** The tool. */
export function browserTool(s: Services): AnyTool {
  const dir = join(s.gateway.stateDir, 'browser')

  /** Keeps a file of the browser in the workspace's downloads folder; answers its path there. */
  async function bring(ctx: ToolContext, from: string, name: string): Promise<string> {
    const to = await placeFor(ctx.workspace, join('downloads', basename(name)))
    await copyFile(from, to)
    return relative(ctx.workspace, to)
  }

  /** Puts files of the workspace where the browser may take them from. */
  async function lend(ctx: ToolContext, paths: readonly string[]): Promise<string[]> {
    const folder = await uploadFolder(dir, s.clock)
    return Promise.all(
      paths.map(async (path) => {
        const file = await s.engine.world.outside.readFile(path, ctx.workspace)
        const to = join(folder, file.name)
        await writeFile(to, file.bytes, { mode: 0o600 })
        return to
      }),
    )
  }

  async function picture(ctx: ToolContext, path: string) {
    const bytes = new Uint8Array(await readFile(path))
    return ctx.media.save(bytes, { mime: path.endsWith('.jpg') ? 'image/jpeg' : 'image/png', kind: 'image' })
  }

  async function run(p: Params, ctx: ToolContext): Promise<ToolResult> {
    ownersOnly(ctx, 'drive the browser')
    const { target, node } = p
    if (target === 'sandbox') throw new Fault('UNAVAILABLE', 'there is no browser in a sandbox; leave target out')
    const control = nodeBrowser(s, { target, node }) ?? s.browser
    const call = async (method: BrowserCall['method'], path: string, given: object = {}): Promise<Answer> => {
      const all = Object.entries({ profile: p.profile, targetId: p.targetId, timeoutMs: p.timeoutMs, ...given })
      const sent = Object.fromEntries(all.filter(([, v]) => v !== undefined))
      const [query, body] = method === 'GET' ? [sent, {}] : [{}, sent]
      return (await control.call({ method, path, query, body, signal: ctx.signal })) as Answer
    }
    /** What a page has a part in saying. */
    const foreign = (what: string, said: unknown, details: Answer = {}): ToolResult => ({
      ok: true,
      text: untrusted(`browser ${what}`, typeof said === 'string' ? said : JSON.stringify(said, null, 1)),
      details: {
        ok: true,
        ...details,
        externalContent: { untrusted: true, source: 'browser', kind: what, wrapped: true },
      },
    })
    switch (p.action) {
      case 'status':
        return told(await call('GET', '/'))
      case 'start':
      case 'stop':
        await call('POST', `/${p.action}`)
        return told(await call('GET', '/'))
      case 'profiles':
        return told(await call('GET', '/profiles'))
      case 'tabs':
        return foreign('tabs', await call('GET', '/tabs'))
      case 'open':
        return foreign('tab', await call('POST', '/tabs/open', { url: needed(p.targetUrl, 'targetUrl') }))
      case 'navigate':
        return foreign('tab', await call('POST', '/navigate', { url: needed(p.targetUrl, 'targetUrl') }))
      case 'focus':
        return told(await call('POST', '/tabs/focus', { targetId: needed(p.targetId, 'targetId') }))
      case 'close':
        return told(
          p.targetId === undefined
            ? await call('POST', '/act', { kind: 'close' })
            : await call('DELETE', `/tabs/${encodeURIComponent(p.targetId)}`),
        )
      case 'snapshot': {
        const {
          limit,
          maxChars,
          mode,
          interactive,
          compact,
          depth,
          selector,
          frame,
          labels,
          snapshotFormat: format,
        } = p
        const query = { limit, maxChars, mode, interactive, compact, depth, selector, frame, labels, format }
        const { snapshot, refs: _refs, nodes, imagePath, ...about } = await call('GET', '/snapshot', query)
        const page = foreign('snapshot', snapshot ?? { ...about, nodes }, about)
        const head = `targetId ${String(about['targetId'])}`
        const media = typeof imagePath === 'string' ? { media: [await picture(ctx, imagePath)] } : {}
        return { ...page, text: `${head}\n${page.text}`, ...media }
      }
      case 'screenshot': {
        const { fullPage, ref, element, type } = p
        const { path, ...about } = await call('POST', '/screenshot', { fullPage, ref, element, type })
        return { ...foreign('screenshot', about, about), media: [await picture(ctx, String(path))] }
      }
      case 'console':
        return foreign('console', (await call('GET', '/console', { level: p.level }))['messages'])
      case 'pdf': {
        const { path, ...about } = await call('POST', '/pdf')
        const file = await bring(ctx, String(path), String(path))
        return foreign('pdf', { ...about, file }, { file })
      }
      case 'upload': {
        const paths = await lend(ctx, needed(p.paths, 'paths'))
        const { ref, inputRef, element } = p
        return told(await call('POST', '/hooks/file-chooser', { paths, ref, inputRef, element }))
      }
      case 'download': {
        const { download } = (await call('POST', '/download', {
          ref: needed(p.ref, 'ref'),
          path: `${randomUUID()}.part`,
        })) as { download: { url: string; suggestedFilename: string; path: string } }
        const file = await bring(ctx, download.path, p.path ?? download.suggestedFilename)
        await rm(download.path, { force: true })
        return foreign('download', { url: download.url, file }, { file })
      }
      case 'dialog':
        return told(
          await call('POST', '/hooks/dialog', { accept: needed(p.accept, 'accept'), promptText: p.promptText }),
        )
      case 'act': {
        const answer = await call('POST', '/act', needed(p.request, 'request'))
        return foreign('act', answer)
      }
    }
  }

  return tool({
    id: 'browser',
    summary:
      'Drives a web browser: open or navigate, snapshot (the page as text with refs such as e12), act with a ref; also screenshot, pdf, console, download, upload, dialog. Refs last until the next snapshot; pass targetId on.',
    risk: 'net',
    timeoutMs: callMs,
    params: inputs(),
    run,
  })
}
