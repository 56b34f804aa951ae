// A browser on a node, driven through the gateway: by a model, by commands, within what the node lends.
import { afterAll, beforeAll, expect } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alive } from '../../src/os/processes.ts'
import { noSandbox, real } from '../browser/rig.ts'
import { site, type Site } from '../browser/site.ts'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import type { FakeModel } from '../fakes/model-script.ts'
import { chromium } from '../peer/browser.ts'
import { gateway, merged, modelConfig, type Gateway } from './harness.ts'
import { folder, run, until, type Folder, type Program } from './program.ts'

const slow = 90_000

const browser = {
  headless: true,
  noSandbox,
  executablePath: chromium() ?? '',
  ssrfPolicy: { allowedHostnames: ['127.0.0.1'] },
}

let s: Site
let model: FakeModel
let gw: Gateway
let home: Folder
let node: Program

/** Starts the node, with this in its config; waits until the gateway knows it. */
async function joins(config: object, ...args: string[]) {
  home.write('openclaw.json', JSON.stringify(config))
  node = run(home.path, ['node', 'run', ...args])
  await until('the node to be there', () => node.output.includes('Connected to'))
}

async function leave() {
  node.child.kill('SIGTERM')
  await node.exited
}

beforeAll(async () => {
  s = site()
  model = fakeOpenai({
    reply: (body) => {
      const all = body['messages'] as { role: string; content: unknown }[]
      const told = all.at(-1)?.role !== 'user' || typeof all.at(-1)?.content !== 'string'
      const call = told ? null : /!browser (\{[\s\S]*\})\s*$/.exec(lastUserText(body))
      if (call) return { calls: [{ name: 'browser', input: JSON.parse(call[1] as string) as unknown }] }
      return `got: ${String(all.findLast((m) => m.role === 'tool')?.content)}`
    },
  })
  const sees = { id: 'm', name: 'M', input: ['text', 'image'], contextWindow: 200_000, maxTokens: 8192 }
  const config = merged(modelConfig('openai-completions', model.url), {
    models: { providers: { fake: { models: [sees] } } },
    // What the gateway's own would be: no such program, so that nothing of this can have come from it.
    browser: { executablePath: '/nonexistent/browser' },
  })
  gw = await gateway({ config })
  home = folder()
  const { setupCode } = await gw.call<{ setupCode: string }>('device.setup', { url: `ws://127.0.0.1:${gw.port}` })
  await joins({ browser }, '--display-name', 'Desk', '--setup-code', setupCode)
}, slow)

afterAll(async () => {
  await leave()
  await gw[Symbol.asyncDispose]()
  await model[Symbol.asyncDispose]()
  await s[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

const use = (action: string, more: object = {}) =>
  gw.ask(`!browser ${JSON.stringify({ action, target: 'node', ...more })}`)

const refIn = (text: string, line: RegExp) =>
  /\[ref=(e\d+)\]/.exec(text.split('\n').find((l) => line.test(l)) ?? '')?.[1] ?? `no ${line} in ${text}`

async function cli(...words: string[]): Promise<{ code: number; text: string }> {
  const p = run(gw.state.path, words)
  return { code: await p.exited, text: p.output }
}

real(
  'a model looks at pages there, sees pictures, and moves files both ways',
  async () => {
    expect(await use('open', { targetUrl: `${s.url}/` })).toContain('The form')
    const page = await use('snapshot')
    expect(page).toMatch(/<untrusted id="\w+" what="browser snapshot">/)
    await use('screenshot')
    expect(JSON.stringify(model.requests.at(-1)?.body['messages'])).toContain('data:image/png;base64,iVBOR')
    const at = (file: string) => readFileSync(join(gw.state.path, '.openclaw', 'workspace', file)).toString('latin1')
    const pdf = /"file": "([^"]+)"/.exec(await use('pdf'))?.[1] ?? ''
    expect(at(pdf).slice(0, 5)).toBe('%PDF-')
    const link = refIn(await use('snapshot'), /link "Report"/)
    expect(await use('download', { ref: link, path: 'far.csv' })).toContain('"file": "downloads/far.csv"')
    expect(at('downloads/far.csv')).toBe('a,b\n1,2\n')
    expect(readdirSync(join(home.path, 'browser', 'downloads'))).toEqual([])
    const inputRef = refIn(await use('snapshot'), /"File"/)
    expect(await use('upload', { paths: ['downloads/far.csv'], inputRef })).toContain('"ok": true')
    expect(await use('act', { request: { kind: 'evaluate', fn: 'document.title' } })).toContain('"result": "far.csv"')
    expect(await use('navigate', { targetUrl: 'file:///etc/passwd' })).toContain('on the node Desk')
    expect(await use('status', { target: 'host' })).toContain('/nonexistent/browser')
    expect(await use('status', { target: undefined, node: 'Roof' })).toContain('no connected node of that name')
  },
  slow,
)

real(
  'commands go to it too, until the config says otherwise',
  async () => {
    expect((await cli('browser', 'open', `${s.url}/`)).text).toStartWith('opened: ')
    const shot = (await cli('browser', 'screenshot')).text.trim().replace('MEDIA:', '')
    expect([shot.startsWith(gw.state.path), readFileSync(shot).subarray(1, 4).toString()]).toEqual([true, 'PNG'])
    expect((await cli('browser', 'create-profile', '--name', 'work')).code).toBe(1)
    const running = async () =>
      (await gw.call<{ running: boolean }>('browser.request', { method: 'GET', path: '/' })).running
    expect(await running()).toBe(true)
    for (const [words, there] of [
      ['off', false],
      ['auto', true],
      ['manual', false],
    ] as const) {
      expect((await cli('config', 'set', 'gateway.nodes.browser.mode', words)).code).toBe(0)
      await until(`mode ${words} to count`, async () => (await running()) === there)
    }
    expect(await use('status')).toContain('"running": true') // who asks for it by name still gets it
    expect((await cli('config', 'set', 'gateway.nodes.browser.node', 'Desk')).code).toBe(0)
    await until('the named one to count', running)
    expect((await cli('config', 'set', 'gateway.nodes.browser.node', 'Roof')).code).toBe(0)
    await until('another name to count', async () => {
      const { text } = await cli('browser', 'status')
      return text.includes('gateway.nodes.browser.node is Roof')
    })
    expect((await cli('config', 'unset', 'gateway.nodes.browser')).code).toBe(0)
    await until('the only one to count', () => running().catch(() => false))
  },
  slow,
)

real(
  'a node lends what its own config says, and nothing runs after it has ended',
  async () => {
    const { pid } = await gw.call<{ pid: number }>('browser.request', { method: 'GET', path: '/' })
    expect(alive(pid)).toBe(true)
    await leave()
    expect(alive(pid)).toBe(false)
    const profiles = { work: { cdpPort: 1, color: '#112233' } }
    await joins({ browser: { ...browser, profiles }, nodeHost: { browserProxy: { allowProfiles: ['work'] } } })
    const seen = await until('its profiles', async () => {
      const { profiles: all } = await gw.call<{ profiles: { name: string }[] }>('browser.request', {
        method: 'GET',
        path: '/profiles',
      })
      return all
    })
    expect(seen.map((p) => p.name)).toEqual(['work'])
    for (const path of ['/profiles/', 'profiles']) {
      const again = await gw.call<{ profiles: object[] }>('browser.request', { method: 'GET', path })
      expect(again.profiles).toHaveLength(1)
    }
    expect(await use('status')).toContain('does not lend its browser profile "openclaw", only work')
    await leave()
    await joins({ browser, nodeHost: { browserProxy: { enabled: false } } })
    expect(await use('status')).toContain('no node with a browser is connected')
  },
  slow,
)
