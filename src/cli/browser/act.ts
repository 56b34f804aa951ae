// What one does on a page, from the command line.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import type { Command } from '../context.ts'
import { json } from '../print.ts'
import { askBrowser, browserCommand, browserRun, ref, targetId, timeoutMs, type Answer, type Ask } from './command.ts'

const act = (kind: string, body: Readonly<Record<string, unknown>>, timeout?: number): Ask => ({
  method: 'POST',
  path: '/act',
  body: { kind, ...body },
  timeoutMs: timeout ?? 20_000,
})

const pixels = (about: string) => z.number().min(1).describe(about)
const at = (a: Answer) => (typeof a['url'] === 'string' ? ` on ${a['url']}` : '')
const download = (a: Answer) => `downloaded: ${(a['download'] as { path: string }).path}`

const resizing = (path: string, done: string): Command =>
  browserCommand({
    path,
    summary: 'Changes the size of the page.',
    args: ['width', 'height'],
    flags: () => ({ width: pixels('pixels'), height: pixels('pixels'), targetId }),
    examples: [`${path} 1280 720`],
    ask: (p) => act('resize', p),
    print: (_a, p) => `${done} ${p.width}x${p.height}`,
  })

/** The fields of a form, from JSON. Throws INVALID_REQUEST with what they should look like. */
async function fieldsOf(text: string | undefined, file: string | undefined): Promise<unknown[]> {
  const source = file === undefined ? text : await readFile(resolve(file), 'utf8')
  try {
    const list: unknown = JSON.parse(source ?? '')
    if (Array.isArray(list) && list.length) return list
  } catch {
    // said below, with an example
  }
  throw new Fault(
    'INVALID_REQUEST',
    `say the fields as JSON: --fields '[{"ref": "e1", "type": "text", "value": "Ada"}]', or --fields-file <path>`,
  )
}

export const commands: readonly Command[] = [
  browserCommand({
    path: 'navigate',
    summary: 'Opens an address in a tab that is there.',
    args: ['url'],
    flags: () => ({ url: z.string().describe('the address'), targetId }),
    examples: ['navigate https://example.com'],
    ask: (p) => ({ method: 'POST', path: '/navigate', body: { url: p.url, targetId: p.targetId }, timeoutMs: 40_000 }),
    print: (a, p) => `navigated to ${typeof a['url'] === 'string' ? a['url'] : p.url}`,
  }),
  resizing('resize', 'resized to'),
  resizing('set viewport', 'viewport set:'),
  browserCommand({
    path: 'click',
    summary: 'Clicks an element.',
    args: ['ref'],
    flags: () => ({
      ref,
      double: z.boolean().optional().describe('twice'),
      button: z.enum(['left', 'right', 'middle']).optional().describe('which button'),
      modifiers: z.array(z.string()).optional().describe('keys held: Shift,Alt,Control,Meta'),
      targetId,
    }),
    examples: ['click e12', 'click e12 --double'],
    ask: ({ ref: r, double, button, modifiers, targetId: t }) =>
      act('click', { ref: r, doubleClick: double, button, modifiers, targetId: t }),
    print: (a, p) => `clicked ref ${p.ref}${at(a)}`,
  }),
  browserCommand({
    path: 'type',
    summary: 'Types a text into a field; what it held goes.',
    args: ['ref', 'text'],
    flags: () => ({
      ref,
      text: z.string().describe('the text'),
      submit: z.boolean().optional().describe('press Enter afterwards'),
      slowly: z.boolean().optional().describe('key by key'),
      targetId,
    }),
    examples: ['type e23 hello --submit'],
    ask: ({ ref: r, text, submit, slowly, targetId: t }) => act('type', { ref: r, text, submit, slowly, targetId: t }),
    print: (_a, p) => `typed into ref ${p.ref}`,
  }),
  browserCommand({
    path: 'press',
    summary: 'Presses a key.',
    args: ['key'],
    flags: () => ({ key: z.string().min(1).describe('the key, such as Enter or Control+A'), targetId }),
    examples: ['press Enter'],
    ask: (p) => act('press', { key: p.key, targetId: p.targetId }),
    print: (_a, p) => `pressed ${p.key}`,
  }),
  browserCommand({
    path: 'hover',
    summary: 'Moves the pointer over an element.',
    args: ['ref'],
    flags: () => ({ ref, targetId }),
    examples: ['hover e44'],
    ask: (p) => act('hover', { ref: p.ref, targetId: p.targetId }),
    print: (_a, p) => `hovered ref ${p.ref}`,
  }),
  browserCommand({
    path: 'scrollintoview',
    summary: 'Scrolls until an element is seen.',
    args: ['ref'],
    flags: () => ({ ref, targetId, timeoutMs: timeoutMs(20_000) }),
    examples: ['scrollintoview e44'],
    ask: (p) => act('scrollIntoView', { ref: p.ref, targetId: p.targetId, timeoutMs: p.timeoutMs }, p.timeoutMs),
    print: (_a, p) => `scrolled into view: ${p.ref}`,
  }),
  browserCommand({
    path: 'drag',
    summary: 'Drags one element onto another.',
    args: ['startRef', 'endRef'],
    flags: () => ({ startRef: ref, endRef: ref, targetId }),
    examples: ['drag e10 e11'],
    ask: ({ startRef, endRef, targetId: t }) => act('drag', { startRef, endRef, targetId: t }),
    print: (_a, p) => `dragged ${p.startRef} → ${p.endRef}`,
  }),
  browserCommand({
    path: 'select',
    summary: 'Chooses options of a list, by value or by what they show.',
    args: ['ref', 'values'],
    flags: () => ({ ref, values: z.array(z.string()).min(1).describe('the options'), targetId }),
    examples: ['select e9 blue'],
    ask: ({ ref: r, values, targetId: t }) => act('select', { ref: r, values, targetId: t }),
    print: (_a, p) => `selected ${p.values.join(', ')}`,
  }),
  browserRun({
    path: 'fill',
    summary: 'Fills a form.',
    flags: () => ({
      fields: z.string().optional().describe('the fields as JSON: [{"ref", "type", "value"}]'),
      fieldsFile: z.string().optional().describe('a file with that JSON'),
      targetId,
    }),
    examples: [`fill --fields '[{"ref":"e1","type":"text","value":"Ada"}]'`],
    async run(p, run) {
      const fields = await fieldsOf(p.fields, p.fieldsFile)
      const answer = await askBrowser(run, p.browserProfile, act('fill', { fields, targetId: p.targetId }))
      run.ctx.stdout(run.globals.json ? json(answer) : `filled ${fields.length} field(s)\n`)
      return 0
    },
  }),
  browserCommand({
    path: 'wait',
    summary: 'Waits for a time, an element, a text, an address, the network or a condition.',
    args: ['selector'],
    flags: () => ({
      selector: z.string().optional().describe('an element to be seen, as CSS'),
      time: z.number().min(0).optional().describe('ms'),
      text: z.string().optional().describe('a text to appear'),
      textGone: z.string().optional().describe('a text to go'),
      url: z.string().optional().describe('an address; * and ** stand for anything'),
      load: z.enum(['load', 'domcontentloaded', 'networkidle']).optional().describe('how far the page has loaded'),
      fn: z.string().optional().describe('a function of the page that comes to be true'),
      targetId,
      timeoutMs: timeoutMs(20_000),
    }),
    examples: ['wait --text Done', 'wait --load networkidle'],
    ask: ({ time, load, selector, text, textGone, url, fn, targetId: t, timeoutMs: ms }) =>
      act(
        'wait',
        { timeMs: time, loadState: load, selector, text, textGone, url, fn, targetId: t, timeoutMs: ms },
        ms + (time ?? 0) + 1000,
      ),
    print: () => 'wait complete',
  }),
  browserCommand({
    path: 'evaluate',
    summary: 'Runs a function in the page, or on an element.',
    flags: () => ({
      fn: z.string().describe('the function, such as (el) => el.textContent'),
      ref: ref.optional(),
      targetId,
    }),
    examples: [`evaluate --fn '() => document.title'`],
    ask: ({ fn, ref: r, targetId: t }) => act('evaluate', { fn, ref: r, targetId: t }),
    print: (a) => JSON.stringify(a['result'] ?? null, null, 2),
  }),
  browserCommand({
    path: 'upload',
    summary: 'Gives files to the next file dialog, or to a field.',
    args: ['paths'],
    flags: () => ({
      paths: z.array(z.string()).min(1).describe('files in the folder uploads of the browser'),
      ref: ref.optional().describe('an element to click, which opens the dialog'),
      inputRef: z.string().optional().describe('ref of the file field'),
      element: z.string().optional().describe('the file field, as CSS'),
      targetId,
      timeoutMs: timeoutMs(120_000),
    }),
    examples: ['upload report.pdf --input-ref e4'],
    ask: ({ paths, ref: r, inputRef, element, targetId: t, timeoutMs: ms }) => ({
      method: 'POST',
      path: '/hooks/file-chooser',
      body: { paths, ref: r, inputRef, element, targetId: t, timeoutMs: ms },
      timeoutMs: ms,
    }),
    print: (_a, p) => `upload armed for ${p.paths.length} file(s)`,
  }),
  browserCommand({
    path: 'download',
    summary: 'Clicks an element and keeps the file that is downloaded.',
    args: ['ref', 'path'],
    flags: () => ({
      ref,
      path: z.string().describe('name of the file in the browser’s folder downloads'),
      targetId,
      timeoutMs: timeoutMs(120_000),
    }),
    examples: ['download e7 report.pdf'],
    ask: ({ ref: r, path, targetId: t, timeoutMs: ms }) => ({
      method: 'POST',
      path: '/download',
      body: { ref: r, path, targetId: t, timeoutMs: ms },
      timeoutMs: ms,
    }),
    print: download,
  }),
  browserCommand({
    path: 'waitfordownload',
    summary: 'Waits for the next download and keeps it.',
    args: ['path'],
    flags: () => ({
      path: z.string().optional().describe('name of the file in the browser’s folder downloads; its own when absent'),
      targetId,
      timeoutMs: timeoutMs(120_000),
    }),
    examples: ['waitfordownload report.pdf'],
    ask: ({ path, targetId: t, timeoutMs: ms }) => ({
      method: 'POST',
      path: '/wait/download',
      body: { path, targetId: t, timeoutMs: ms },
      timeoutMs: ms,
    }),
    print: download,
  }),
  browserCommand({
    path: 'dialog',
    summary: 'Says how the next dialog of the page is answered.',
    flags: () => ({
      accept: z.boolean().optional().describe('accept it'),
      dismiss: z.boolean().optional().describe('dismiss it'),
      prompt: z.string().optional().describe('what is typed into it'),
      targetId,
      timeoutMs: timeoutMs(120_000),
    }),
    examples: ['dialog --accept'],
    ask({ accept, dismiss, prompt, targetId: t, timeoutMs: ms }) {
      if (!accept === !dismiss) throw new Fault('INVALID_REQUEST', 'say --accept or --dismiss')
      return {
        method: 'POST',
        path: '/hooks/dialog',
        body: { accept: accept === true, promptText: prompt, targetId: t, timeoutMs: ms },
      }
    },
    print: () => 'dialog armed',
  }),
]
