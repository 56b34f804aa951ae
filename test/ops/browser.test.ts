// The operation and the tool in front of the browsers: who may, how refusals are told, what profiles become.
import { expect, test } from 'bun:test'
import type { BrowserCall } from '../../src/define/browser.ts'
import type { ToolContext } from '../../src/define/tool.ts'
import { Fault } from '../../src/lib/fault.ts'
import { browserTool } from '../../src/ops/agent-tools/browser.ts'
import type { Services } from '../../src/ops/services.ts'
import { calls } from './calls.ts'

/** Browsers that note what they are asked and answer what they are told. */
function noted(answer: (call: BrowserCall) => unknown = () => ({ ok: true })) {
  const asked: BrowserCall[] = []
  const browser: Services['browser'] = {
    async call(call) {
      asked.push(call)
      return answer(call)
    },
  }
  return { asked, browser }
}

const request = (method: string, path: string, more: object = {}) => ({ method, path, ...more })

test('a route is called with its query and body, and answers as it is', async () => {
  const { asked, browser } = noted(() => ({ running: false }))
  await using w = calls({}, { browser })
  const more = { query: { profile: 'openclaw' }, body: { kind: 'click', ref: 'e1' }, timeoutMs: 1000 }
  expect(await w.call('browser.request', request('POST', '/act', more))).toEqual({ running: false })
  expect(asked[0]).toMatchObject({
    method: 'POST',
    path: '/act',
    query: { profile: 'openclaw' },
    body: { kind: 'click', ref: 'e1' },
  })
})

test('what a route refuses is INVALID_REQUEST with the body it would have by HTTP; what is not there is UNAVAILABLE', async () => {
  const codes = ['NOT_FOUND', 'CONFLICT', 'INTERNAL', 'TIMEOUT', 'FORBIDDEN'] as const
  const { browser } = noted(({ path }) => {
    throw new Fault(codes[Number(path.slice(1))] ?? 'INTERNAL', 'no')
  })
  await using w = calls({}, { browser })
  const said = await Promise.all(codes.map((_, i) => w.refused('browser.request', request('GET', `/${i}`))))
  expect(said).toEqual(['INVALID_REQUEST no', 'INVALID_REQUEST no', 'UNAVAILABLE no', 'UNAVAILABLE no', 'FORBIDDEN no'])
  const fault = await w.call('browser.request', request('GET', '/0')).catch((error: unknown) => error)
  expect((fault as Fault).more.details).toMatchObject({ error: 'no' })
})

test('a route that takes too long is given up', async () => {
  const { browser } = noted(() => new Promise(() => undefined))
  await using w = calls({}, { browser })
  expect(await w.refused('browser.request', request('GET', '/slow', { timeoutMs: 20 }))).toBe(
    'UNAVAILABLE GET /slow took longer than 20 ms',
  )
})

test('profiles are config: made with a free port and colour, by those who may change it', async () => {
  const { asked, browser } = noted()
  await using w = calls({}, { browser })
  const changes: unknown[] = []
  const profiles = { other: { cdpPort: 18_801, color: '#0066CC' } }
  const config = {
    ...w.services.config,
    current: () => ({ browser: { defaultProfile: 'other', profiles } }),
    change: async (edit: unknown) => {
      changes.push(edit)
      return { ...(await w.services.config.snapshot()), changed: [] }
    },
  }
  Object.assign(w.services, { config })
  const create = (body: object) => request('POST', '/profiles/create', { body })
  expect(await w.call('browser.request', create({ name: 'work' }))).toEqual({
    ok: true,
    profile: 'work',
    cdpPort: 18_802,
    cdpUrl: 'http://127.0.0.1:18802',
    color: '#00AA00',
    isRemote: false,
  })
  expect(changes).toEqual([
    { kind: 'set', path: 'browser.profiles.work', value: { cdpPort: 18_802, color: '#00AA00' } },
  ])
  expect(await w.call('browser.request', create({ name: 'far', cdpUrl: 'http://10.0.0.1:9222' }))).toMatchObject({
    isRemote: true,
  })
  expect(await w.refused('browser.request', create({ name: 'other' }))).toBe(
    'INVALID_REQUEST profile "other" already exists',
  )
  expect(await w.refused('browser.request', create({ name: '../x' }))).toContain('invalid profile name')
  expect(await w.refused('browser.request', create({ name: 'x', cdpUrl: 'file:///x' }))).toStartWith('INVALID_REQUEST')
  const less = { scopes: new Set(['read', 'write'] as const) }
  expect(await w.refused('browser.request', create({ name: 'x' }), less)).toStartWith(
    'FORBIDDEN browser profiles are config',
  )
  expect(await w.refused('browser.request', request('DELETE', '/profiles/other'))).toContain(
    'cannot delete the default profile',
  )
  expect(await w.refused('browser.request', request('DELETE', '/profiles/none'))).toBe(
    'INVALID_REQUEST profile "none" not found',
  )
  expect(asked).toEqual([])
})

test('the tool is an owner’s', async () => {
  const { asked, browser } = noted()
  await using w = calls({}, { browser })
  const tool = browserTool(w.services)
  const ctx = { owner: false, signal: new AbortController().signal } as unknown as ToolContext
  const refused = await tool.run({ action: 'status' } as never, ctx).catch(String)
  expect(refused).toContain('only an owner of the gateway may drive the browser')
  expect(asked).toEqual([])
  expect(await tool.run({ action: 'status' } as never, { ...ctx, owner: true })).toMatchObject({ ok: true })
})
