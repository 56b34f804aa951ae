// Pages as text, and the pure decisions around a browser: refs, addresses, paths, flags.
import { expect, test } from 'bun:test'
import type { BrowserPolicy } from '../../src/define/browser.ts'
import { Fault } from '../../src/lib/fault.ts'
import { gate, hostListed, mayShow } from '../../src/os/browser/guard.ts'
import { commandLine, hasScreen } from '../../src/os/browser/launch.ts'
import { matched } from '../../src/os/browser/route.ts'
import { ariaList, snapshotOf } from '../../src/os/browser/snapshot.ts'
import { readRequest } from '../../src/os/browser/socks.ts'
import { seenIn, type AxNode, type FrameNodes } from '../../src/os/browser/tree.ts'
import { urlMatches } from '../../src/os/browser/wait.ts'

/** A node: its role, its name, what is below, and more. */
type Short = readonly [
  role: string,
  name: string,
  children?: readonly Short[],
  more?: Partial<AxNode> & { p?: Record<string, unknown> },
]

/** Nodes as Chromium lists them, from a nested form. Ids count from `first`. */
function nodes(top: Short, first = 1): AxNode[] {
  const out: AxNode[] = []
  let next = first
  const visit = ([role, name, children = [], { p, ...more } = {}]: Short): string => {
    const id = next++
    const at = out.push({ nodeId: String(id) }) - 1
    const childIds = children.map(visit)
    const properties = Object.entries(p ?? {}).map(([key, value]) => ({ name: key, value: { value } }))
    out[at] = {
      nodeId: String(id),
      role: { value: role },
      name: { value: name },
      childIds,
      backendDOMNodeId: id,
      properties,
      ...more,
    }
    return String(id)
  }
  visit(top)
  return out
}

const inner: FrameNodes<string> = {
  frame: 'inner',
  nodes: nodes(['RootWebArea', '', [['button', 'Inside']]], 100),
  inside: new Map(),
}

const page: FrameNodes<string> = {
  frame: 'top',
  nodes: nodes([
    'RootWebArea',
    'Shop',
    [
      ['heading', 'Order', [['StaticText', 'Order', [['InlineTextBox', 'Order']]]], { p: { level: 1 } }],
      [
        'generic',
        '',
        [
          ['StaticText', 'Pay'],
          ['StaticText', 'soon'],
        ],
      ],
      ['generic', '', [['StaticText', 'Menu']], { p: { focusable: true } }],
      [
        'form',
        '',
        [
          ['textbox', 'Name', [], { value: { value: 'Ada' }, p: { focused: true, required: true } }],
          ['checkbox', 'I agree', [], { p: { checked: 'mixed', disabled: true } }],
          [
            'combobox',
            'Colour',
            [['MenuListPopup', '', [['option', 'Red', [], { p: { selected: true } }]]]],
            { p: { expanded: false } },
          ],
          ['button', 'Send'],
          ['button', 'Send'],
        ],
      ],
      ['link', 'Report', [['StaticText', 'Report']], { p: { url: 'https://a.test/report' } }],
      [
        'list',
        '',
        [
          [
            'listitem',
            '',
            [
              ['ListMarker', '•'],
              ['StaticText', 'one "quoted"'],
            ],
          ],
        ],
      ],
      ['none', '', [['image', 'A cat']], { ignored: true }],
      ['Iframe', 'Frame', []],
    ],
  ]),
  inside: new Map(),
}
const frameNode = page.nodes.find((n) => n.role?.value === 'Iframe')?.backendDOMNodeId as number
const whole: FrameNodes<string> = { ...page, inside: new Map([[frameNode, inner]]) }
const all = { interactive: false, compact: false }

test('a page is told as lines with refs', () => {
  const { snapshot, refs, stats, targets } = snapshotOf(seenIn(whole), all)
  expect(snapshot.split('\n')).toEqual([
    '- heading "Order" [level=1] [ref=e1]',
    '- text: Pay soon',
    '- generic [ref=e2]: Menu',
    '- form [ref=e3]:',
    '  - textbox "Name" [required] [active] [ref=e4]: Ada',
    '  - checkbox "I agree" [checked=mixed] [disabled] [ref=e5]',
    '  - combobox "Colour" [collapsed] [ref=e6]:',
    '    - option "Red" [selected] [ref=e7]',
    '  - button "Send" [ref=e8]',
    '  - button "Send" [ref=e9] [nth=1]',
    '- link "Report" [ref=e10]:',
    '  - /url: https://a.test/report',
    '- list [ref=e11]:',
    '  - listitem [ref=e12]: one "quoted"',
    '- img "A cat" [ref=e13]',
    '- iframe "Frame" [ref=e14]:',
    '  - button "Inside" [ref=e15]',
  ])
  expect(refs['e8']).toEqual({ role: 'button', name: 'Send', nth: 0 })
  expect(refs['e9']).toEqual({ role: 'button', name: 'Send', nth: 1 })
  expect(refs['e4']).toEqual({ role: 'textbox', name: 'Name' })
  expect(targets.get('e15')).toEqual({ frame: 'inner', backend: 101, role: 'button', name: 'Inside' })
  expect(stats).toMatchObject({ lines: 17, refs: 15, interactive: 8, chars: snapshot.length })
})

test('only what one can act on is a flat list; compact leaves groups out; depth and length cut', () => {
  const seen = seenIn(whole)
  const flat = snapshotOf(seen, { ...all, interactive: true })
  expect(flat.snapshot.split('\n').slice(0, 3)).toEqual([
    '- textbox "Name" [required] [active] [ref=e1]: Ada',
    '- checkbox "I agree" [checked=mixed] [disabled] [ref=e2]',
    '- combobox "Colour" [collapsed] [ref=e3]',
  ])
  expect(flat.snapshot).not.toContain('heading')
  const compact = snapshotOf(seen, { ...all, compact: true }).snapshot
  expect(compact).not.toMatch(/form|list \[|\/url/)
  expect(compact).toContain('- button "Send"')
  expect(snapshotOf(seen, { ...all, maxDepth: 0 }).snapshot).not.toContain('textbox')
  const cut = snapshotOf(seen, { ...all, maxChars: 40 })
  expect([cut.truncated, cut.snapshot.split('\n')[0]]).toEqual([true, '- heading "Order" [level=1] [ref=e1]'])
  expect(cut.snapshot).toContain('cut at 40 characters')
  expect(snapshotOf([], { ...all, interactive: true }).snapshot).toBe('(no interactive elements)')
  expect(snapshotOf([], all).snapshot).toBe('(empty)')
})

test('one element can be told alone, and a list has refs of its own', () => {
  const form = page.nodes.find((n) => n.role?.value === 'form')?.backendDOMNodeId
  expect(snapshotOf(seenIn(whole, form), all).snapshot.split('\n')[0]).toBe('- form [ref=e1]:')
  expect(seenIn(whole, 9999)).toEqual([])
  const { nodes: list, targets } = ariaList(whole, 4)
  expect(list.map((n) => [n.ref, n.role, n.depth])).toEqual([
    ['ax1', 'heading', 0],
    ['ax2', 'text', 0],
    ['ax3', 'generic', 0],
    ['ax4', 'text', 1],
  ])
  expect([...targets.keys()]).toEqual(['ax1', 'ax3'])
})

const policy = (more: Partial<BrowserPolicy> = {}): BrowserPolicy => ({
  allowPrivate: false,
  always: [],
  only: [],
  ...more,
})
const never = new AbortController().signal

/** What a gate says of addresses: `ok`, or the code of its refusal. */
async function verdicts(
  p: BrowserPolicy,
  urls: readonly string[],
  names: Readonly<Record<string, readonly string[]>> = {},
) {
  const judged = gate(p, (host) => Promise.resolve(names[host] ?? ['93.184.216.34']))
  const say = (error: unknown) => (error instanceof Fault ? error.code : String(error))
  return Promise.all(urls.map((url) => judged.check(url, never).then(() => 'ok', say)))
}

test('only web pages of the public internet are opened', async () => {
  const evil = [
    'file:///etc/passwd',
    'chrome://settings',
    'chrome-extension://abc/x.html',
    'devtools://devtools/x',
    'view-source:http://a.test/',
    'javascript:alert(1)',
    'data:text/html,hi',
    'ftp://a.test/',
    'about:config',
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::ffff:169.254.169.254]/',
    'http://10.0.0.1/',
    'http://printer.local/',
    'http://metadata.google.internal/',
    'http://inside.test/',
    'http://user:pw@a.test/',
  ]
  const said = await verdicts(policy(), evil, { 'inside.test': ['93.184.216.34', '10.1.2.3'] })
  expect(evil.filter((_, i) => said[i] === 'ok')).toEqual([])
  expect(await verdicts(policy(), ['https://a.test/', 'about:blank', 'HTTP://A.test'])).toEqual(['ok', 'ok', 'ok'])
  expect(await verdicts(policy(), ['rubbish', ''])).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
})

test('the policy opens private networks, single hosts, or closes all but some; metadata stays shut', async () => {
  const urls = ['http://127.0.0.1:1/', 'http://box.lan/', 'http://169.254.169.254/']
  const names = { 'box.lan': ['192.168.1.2'] }
  expect(await verdicts(policy({ allowPrivate: true }), urls, names)).toEqual(['ok', 'ok', 'FORBIDDEN'])
  expect(await verdicts(policy({ always: ['*.lan', '169.254.169.254'] }), urls, names)).toEqual([
    'FORBIDDEN',
    'ok',
    'FORBIDDEN',
  ])
  const only = policy({ only: ['example.com', '*.example.com'], always: ['127.0.0.1'] })
  const asked = ['https://example.com/', 'https://a.example.com./', 'https://notexample.com/', urls[0] as string]
  expect(await verdicts(only, asked)).toEqual(['ok', 'ok', 'FORBIDDEN', 'ok'])
  expect(hostListed(['*.a.test'], 'a.test')).toBe(false)
})

test('what a tab may show', () => {
  expect(
    ['http://a/', 'https://a/', 'about:blank', '', 'chrome-error://x/', 'data:text/html,x'].filter((u) => !mayShow(u)),
  ).toEqual([])
  expect(['file:///x', 'chrome://version/', 'view-source:http://a', 'chrome-extension://x'].filter(mayShow)).toEqual([])
})

test('a SOCKS request is read in pieces, whatever it names', () => {
  const name = Buffer.from([5, 1, 0, 3, 6, ...Buffer.from('a.test'), 1, 187, 99])
  expect(readRequest(name)).toEqual({ host: 'a.test', port: 443, length: 13 })
  for (let n = 0; n < 13; n++) expect(readRequest(name.subarray(0, n))).toBeUndefined()
  expect(readRequest(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, 0, 80]))).toMatchObject({ host: '127.0.0.1', port: 80 })
  const v6 = Buffer.from([5, 1, 0, 4, ...Array<number>(15).fill(0), 1, 0, 80])
  expect(readRequest(v6)).toMatchObject({ host: '0:0:0:0:0:0:0:1' })
  expect([readRequest(Buffer.from([4, 1, 0, 1, 0])), readRequest(Buffer.from([5, 2, 0, 1, 0]))]).toEqual([1, 7])
})

test('addresses are matched as they are, in part, or with stars', () => {
  const url = 'https://a.test/api/v1/items?x=1'
  expect(
    ['https://a.test/api/v1/items?x=1', 'v1/items', '**/items*', 'https://*/api/**'].filter((p) => !urlMatches(p, url)),
  ).toEqual([])
  expect(['*/items', 'https://a.test/*', 'v2'].filter((p) => urlMatches(p, url))).toEqual([])
  expect(matched('/storage/:kind/set', '/storage/local/set/')).toEqual({ kind: 'local' })
  expect(matched('/tabs/:targetId', '/tabs/')).toBeUndefined()
  expect(matched('/', '/')).toEqual({})
})

test('the command line shuts every way out but the proxy', () => {
  const line = commandLine({
    executable: { kind: 'chromium', path: '/usr/bin/chromium' },
    userDataDir: '/tmp/x',
    port: 18_800,
    proxyPort: 5,
    headless: true,
    noSandbox: false,
    color: '#FF4500',
  })
  for (const flag of [
    '--proxy-server=socks5://127.0.0.1:5',
    '--proxy-bypass-list=<-loopback>',
    '--remote-debugging-pipe',
    '--remote-debugging-port=18800',
    '--install-autogenerated-theme=255,69,0',
    '--headless=new',
  ])
    expect(line).toContain(flag)
  expect(line).not.toContain('--no-sandbox')
  expect([hasScreen({}, 'linux'), hasScreen({ DISPLAY: ':0' }, 'linux'), hasScreen({}, 'darwin')]).toEqual([
    false,
    true,
    true,
  ])
})
