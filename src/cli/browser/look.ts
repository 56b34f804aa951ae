// Looking at pages, and at what they say and load, from the command line.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { Command } from '../context.ts'
import { json } from '../print.ts'
import { askBrowser, browserCommand, browserRun, ref, targetId, timeoutMs, type Answer } from './command.ts'

const on = (about: string) => z.boolean().optional().describe(about)
const str = (v: unknown): string => (typeof v === 'string' || typeof v === 'number' ? String(v) : '')
const list = (v: unknown): readonly Answer[] => (Array.isArray(v) ? (v as Answer[]) : [])

const ariaText = (a: Answer): string =>
  list(a['nodes'])
    .map((n) => {
      const name = n['name'] ? ` "${str(n['name'])}"` : ''
      const value = n['value'] ? ` = "${str(n['value'])}"` : ''
      return `${'  '.repeat(Math.min(20, Number(n['depth'])))}- ${str(n['role'])}${name}${value}`
    })
    .join('\n')

const snapshot = browserRun({
  path: 'snapshot',
  summary: 'Shows a page as text, with refs for click, type and the like.',
  flags: () => ({
    format: z.enum(['aria', 'ai']).default('ai').describe('ai: text with refs; aria: the accessibility tree'),
    limit: z.number().int().min(1).optional().describe('aria: at most so many elements'),
    mode: z.enum(['efficient']).optional().describe('only what one can act on'),
    efficient: on('the same as --mode efficient'),
    interactive: on('only what one can act on'),
    compact: on('without empty groups'),
    depth: z.number().int().min(0).optional().describe('at most so deep'),
    selector: z.string().optional().describe('only this part, as CSS'),
    frame: z.string().optional().describe('only this frame, as CSS'),
    labels: on('also a picture that shows the refs'),
    out: z.string().optional().describe('write it into this file'),
    targetId,
  }),
  examples: ['snapshot', 'snapshot --format aria --limit 200', 'snapshot --efficient'],
  async run(p, run) {
    const { format, limit, interactive, compact, depth, selector, frame, labels } = p
    const mode = p.efficient ? 'efficient' : p.mode
    const query = { format, limit, interactive, compact, depth, selector, frame, labels, mode, targetId: p.targetId }
    const answer = await askBrowser(run, p.browserProfile, {
      method: 'GET',
      path: '/snapshot',
      query,
      timeoutMs: 20_000,
    })
    const picture = answer['imagePath'] ? { imagePath: answer['imagePath'] } : {}
    const media = answer['imagePath'] ? `MEDIA:${str(answer['imagePath'])}\n` : ''
    const text = format === 'ai' ? str(answer['snapshot']) : ariaText(answer)
    const say = (o: unknown, human: string) => run.ctx.stdout(run.globals.json ? json(o) : human)
    if (p.out === undefined) say(answer, `${text}\n${media}`)
    else {
      await writeFile(resolve(p.out), format === 'ai' ? text : JSON.stringify(answer, null, 2))
      say({ ok: true, out: p.out, ...picture }, `${p.out}\n${media}`)
    }
    return 0
  },
})

export const commands: readonly Command[] = [
  snapshot,
  browserCommand({
    path: 'screenshot',
    summary: 'Takes a picture of a page or an element.',
    args: ['targetId'],
    flags: () => ({
      targetId,
      fullPage: on('the whole page'),
      ref: ref.optional(),
      element: z.string().optional().describe('an element, as CSS'),
      type: z.enum(['png', 'jpeg']).default('png').describe('kind of picture'),
    }),
    examples: ['screenshot', 'screenshot --full-page', 'screenshot --ref e12'],
    ask: ({ targetId: t, fullPage, ref: r, element, type }) => ({
      method: 'POST',
      path: '/screenshot',
      body: { targetId: t, fullPage, ref: r, element, type },
      timeoutMs: 20_000,
    }),
    print: (a) => `MEDIA:${str(a['path'])}`,
  }),
  browserCommand({
    path: 'pdf',
    summary: 'Keeps a page as PDF.',
    flags: () => ({ targetId }),
    ask: (p) => ({ method: 'POST', path: '/pdf', body: { targetId: p.targetId }, timeoutMs: 20_000 }),
    print: (a) => `PDF: ${str(a['path'])}`,
  }),
  browserCommand({
    path: 'console',
    summary: 'Shows what a page wrote to its console.',
    flags: () => ({ level: z.string().optional().describe('error, warning or info, and what is worse'), targetId }),
    examples: ['console --level error'],
    ask: (p) => ({ method: 'GET', path: '/console', query: { level: p.level, targetId: p.targetId } }),
    print: (a) => JSON.stringify(a['messages'], null, 2),
  }),
  browserCommand({
    path: 'errors',
    summary: 'Shows errors nothing in the page caught.',
    flags: () => ({ clear: on('forget them afterwards'), targetId }),
    ask: (p) => ({ method: 'GET', path: '/errors', query: { clear: p.clear, targetId: p.targetId } }),
    print: (a) =>
      list(a['errors'])
        .map((e) => `${str(e['timestamp'])} ${e['name'] ? `${str(e['name'])}: ` : ''}${str(e['message'])}`)
        .join('\n') || 'No page errors.',
  }),
  browserCommand({
    path: 'requests',
    summary: 'Shows what a page asked the network for.',
    flags: () => ({
      filter: z.string().optional().describe('only addresses that contain this'),
      clear: on('forget them afterwards'),
      targetId,
    }),
    examples: ['requests --filter api'],
    ask: (p) => ({
      method: 'GET',
      path: '/requests',
      query: { filter: p.filter, clear: p.clear, targetId: p.targetId },
    }),
    print: (a) =>
      list(a['requests'])
        .map((r) => {
          const ok = r['ok'] === true ? ' ok' : r['ok'] === false ? ' fail' : ''
          const why = r['failureText'] ? ` (${str(r['failureText'])})` : ''
          const status = r['status'] === undefined ? '' : ` ${str(r['status'])}`
          return `${str(r['timestamp'])} ${str(r['method'])}${status}${ok} ${str(r['url'])}${why}`
        })
        .join('\n') || 'No requests recorded.',
  }),
  browserCommand({
    path: 'responsebody',
    summary: 'Waits for an answer of the network and shows its body.',
    args: ['url'],
    flags: () => ({
      url: z.string().describe('the address, a part of it, or with * and **'),
      maxChars: z.number().int().min(1).default(200_000).describe('at most so many characters'),
      targetId,
      timeoutMs: timeoutMs(20_000),
    }),
    examples: ['responsebody **/api'],
    ask: ({ url, maxChars, targetId: t, timeoutMs: ms }) => ({
      method: 'POST',
      path: '/response/body',
      body: { url, maxChars, targetId: t, timeoutMs: ms },
      timeoutMs: ms,
    }),
    print: (a) => str((a['response'] as Answer | undefined)?.['body']),
  }),
  browserCommand({
    path: 'highlight',
    summary: 'Marks an element for five seconds.',
    args: ['ref'],
    flags: () => ({ ref, targetId }),
    examples: ['highlight e12'],
    ask: (p) => ({ method: 'POST', path: '/highlight', body: { ref: p.ref, targetId: p.targetId } }),
    print: (_a, p) => `highlighted ${p.ref}`,
  }),
  browserCommand({
    path: 'trace start',
    summary: 'Begins to record what the browser does, for the performance panel of its developer tools.',
    flags: () => ({
      screenshots: z.boolean().default(true).describe('with pictures'),
      snapshots: z.boolean().default(true).describe('taken no notice of'),
      sources: on('with a profile of the scripts'),
      targetId,
    }),
    ask: ({ screenshots, snapshots, sources, targetId: t }) => ({
      method: 'POST',
      path: '/trace/start',
      body: { screenshots, snapshots, sources, targetId: t },
    }),
    print: () => 'trace started',
  }),
  browserCommand({
    path: 'trace stop',
    summary: 'Ends the recording and keeps it as JSON.',
    flags: () => ({ out: z.string().optional().describe('name of the file in the browser’s folder traces'), targetId }),
    ask: (p) => ({ method: 'POST', path: '/trace/stop', body: { path: p.out, targetId: p.targetId } }),
    print: (a) => `TRACE:${str(a['path'])}`,
  }),
]
