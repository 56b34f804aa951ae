// Browsers and their tabs: start and stop, profiles, open and close.
import { z } from 'zod'
import type { Command } from '../context.ts'
import { json } from '../print.ts'
import { askBrowser, browserCommand, browserRun, type Answer } from './command.ts'

const str = (v: unknown, otherwise = ''): string =>
  typeof v === 'string' || typeof v === 'number' ? String(v) : otherwise
const rows = (v: unknown): readonly Answer[] => (Array.isArray(v) ? (v as Answer[]) : [])

const state = (s: Answer): string =>
  [
    `profile: ${str(s['profile'])}`,
    `enabled: ${s['enabled'] === true}`,
    `running: ${s['running'] === true}`,
    `cdpPort: ${str(s['cdpPort'])}`,
    `cdpUrl: ${str(s['cdpUrl'])}`,
    `browser: ${str(s['chosenBrowser'], 'none yet')}`,
    `detectedBrowser: ${str(s['detectedBrowser'], 'none')}`,
    `detectedPath: ${str(s['detectedExecutablePath'], 'none')}`,
    `profileColor: ${str(s['color'])}`,
    `headless: ${s['headless'] === true}`,
    ...(s['detectError'] ? [`detectError: ${str(s['detectError'])}`] : []),
  ].join('\n')

const tabList = (a: Answer): string =>
  rows(a['tabs'])
    .map((t, i) => `${i + 1}. ${str(t['title']) || '(untitled)'}\n   ${str(t['url'])}\n   id: ${str(t['targetId'])}`)
    .join('\n') || 'No tabs (browser closed or no targets).'

const toggle = (path: 'start' | 'stop', summary: string): Command =>
  browserRun({
    path,
    summary,
    async run(p, run) {
      await askBrowser(run, p.browserProfile, { method: 'POST', path: `/${path}`, timeoutMs: 30_000 })
      const now = await askBrowser(run, p.browserProfile, { method: 'GET', path: '/' })
      const line = `browser [${str(now['profile'])}] running: ${now['running'] === true}\n`
      run.ctx.stdout(run.globals.json ? json(now) : line)
      return 0
    },
  })

const place = (p: Answer) => (p['isRemote'] === true ? `cdpUrl: ${str(p['cdpUrl'])}` : `port: ${str(p['cdpPort'])}`)

const index = z.number().int().min(1).describe('number of the tab in the list, from 1')

export const commands: readonly Command[] = [
  browserCommand({
    path: 'status',
    summary: 'Shows how a browser stands.',
    ask: () => ({ method: 'GET', path: '/' }),
    print: state,
  }),
  toggle('start', 'Starts a browser, if it does not run.'),
  toggle('stop', 'Ends a browser.'),
  browserCommand({
    path: 'reset-profile',
    summary: 'Ends a browser and moves its data to the trash.',
    ask: () => ({ method: 'POST', path: '/reset-profile' }),
    print: (a) =>
      a['moved'] === true ? `browser profile moved to the trash (${str(a['to'])})` : 'browser profile already missing.',
  }),
  browserCommand({
    path: 'profiles',
    summary: 'Lists the browsers there are.',
    ask: () => ({ method: 'GET', path: '/profiles' }),
    print: (a) =>
      rows(a['profiles'])
        .map((p) => {
          const running = p['running'] === true ? `running (${str(p['tabCount'])} tabs)` : 'stopped'
          const marks = `${p['isDefault'] === true ? ' [default]' : ''}${p['isRemote'] === true ? ' [remote]' : ''}`
          return `${str(p['name'])}: ${running}${marks}\n  ${place(p)}, color: ${str(p['color'])}`
        })
        .join('\n'),
  }),
  browserCommand({
    path: 'create-profile',
    summary: 'Makes another browser, with data of its own.',
    flags: () => ({
      name: z.string().describe('its name: lowercase letters, numbers and hyphens'),
      color: z.string().optional().describe('colour of its window, such as #0066CC'),
      cdpUrl: z.string().optional().describe('address of a browser that runs already'),
      driver: z.string().optional().describe('how it is driven: openclaw'),
    }),
    examples: ['create-profile --name work --color #0066CC'],
    ask: (p) => ({
      method: 'POST',
      path: '/profiles/create',
      body: { name: p.name, color: p.color, cdpUrl: p.cdpUrl, driver: p.driver },
    }),
    print: (a) => `Created profile "${str(a['profile'])}"\n  ${place(a)}\n  color: ${str(a['color'])}`,
  }),
  browserCommand({
    path: 'delete-profile',
    summary: 'Takes a browser out of the config; its data goes to the trash.',
    flags: () => ({ name: z.string().describe('its name') }),
    examples: ['delete-profile --name work'],
    ask: (p) => ({ method: 'DELETE', path: `/profiles/${encodeURIComponent(p.name)}` }),
    print: (a) =>
      `Deleted profile "${str(a['profile'])}" (${a['deleted'] === true ? 'its data is in the trash' : 'it had no data'})`,
  }),
  browserCommand({
    path: 'tabs',
    summary: 'Lists the open tabs.',
    ask: () => ({ method: 'GET', path: '/tabs' }),
    print: tabList,
  }),
  browserCommand({
    path: 'tab',
    summary: 'Lists the open tabs, by number.',
    ask: () => ({ method: 'POST', path: '/tabs/action', body: { action: 'list' } }),
    print: tabList,
  }),
  browserCommand({
    path: 'tab new',
    summary: 'Opens an empty tab.',
    ask: () => ({ method: 'POST', path: '/tabs/action', body: { action: 'new' } }),
    print: () => 'opened new tab',
  }),
  browserCommand({
    path: 'tab select',
    summary: 'Brings a tab to the front, by number.',
    args: ['index'],
    flags: () => ({ index }),
    examples: ['tab select 2'],
    ask: (p) => ({ method: 'POST', path: '/tabs/action', body: { action: 'select', index: p.index - 1 } }),
    print: (_a, p) => `selected tab ${p.index}`,
  }),
  browserCommand({
    path: 'tab close',
    summary: 'Closes a tab, by number; the first when absent.',
    args: ['index'],
    flags: () => ({ index: index.optional() }),
    examples: ['tab close 2'],
    ask: (p) => ({ method: 'POST', path: '/tabs/action', body: { action: 'close', index: p.index && p.index - 1 } }),
    print: () => 'closed tab',
  }),
  browserCommand({
    path: 'open',
    summary: 'Opens an address in a new tab.',
    args: ['url'],
    flags: () => ({ url: z.string().describe('the address') }),
    examples: ['open https://example.com'],
    ask: (p) => ({ method: 'POST', path: '/tabs/open', body: { url: p.url }, timeoutMs: 40_000 }),
    print: (a) => `opened: ${str(a['url'])}\nid: ${str(a['targetId'])}`,
  }),
  browserCommand({
    path: 'focus',
    summary: 'Brings a tab to the front.',
    args: ['targetId'],
    flags: () => ({ targetId: z.string().describe('the tab, by id or the beginning of one') }),
    examples: ['focus abcd1234'],
    ask: (p) => ({ method: 'POST', path: '/tabs/focus', body: { targetId: p.targetId } }),
    print: (_a, p) => `focused tab ${p.targetId}`,
  }),
  browserCommand({
    path: 'close',
    summary: 'Closes a tab; the last used when absent.',
    args: ['targetId'],
    flags: () => ({ targetId: z.string().optional().describe('the tab, by id or the beginning of one') }),
    examples: ['close', 'close abcd1234'],
    ask: (p) =>
      p.targetId === undefined
        ? { method: 'POST', path: '/act', body: { kind: 'close' } }
        : { method: 'DELETE', path: `/tabs/${encodeURIComponent(p.targetId)}` },
    print: () => 'closed tab',
  }),
]
