// What a config means for browsers: ports, colours, profiles, rules.
import { expect, test } from 'bun:test'
import { browserPart, settingsOf } from '../../src/app/units/browser.ts'
import { browser } from '../../src/config/sections/host.ts'
import { systemClock } from '../../src/lib/clock.ts'

const settings = (said: object, port = 18_789) => settingsOf(browser.schema.parse(said), port, '/home/me')

test('the built-in profile listens eleven ports above the gateway, or where the system says', () => {
  const own = { name: 'openclaw', cdpPort: 18_800, color: '#FF4500', extension: false }
  expect(settings({})).toMatchObject({ profiles: [own], defaultProfile: 'openclaw', headless: false, evaluate: true })
  expect(settings({}, 0).profiles).toEqual([{ ...own, cdpPort: 0 }])
  expect(settings({ cdpUrl: 'http://10.0.0.1:9222' }).profiles[0]).toMatchObject({ cdpUrl: 'http://10.0.0.1:9222' })
})

test('profiles of the config come with it or in its place; one driven by an extension is known as such', () => {
  const profiles = {
    work: { cdpPort: 18_801, color: '0066CC' },
    far: { cdpUrl: 'http://far:9222', driver: 'extension', color: '#00AA00' },
  }
  expect(settings({ profiles }).profiles.map((p) => [p.name, p.cdpPort, p.color, p.extension])).toEqual([
    ['openclaw', 18_800, '#FF4500', false],
    ['work', 18_801, '#0066CC', false],
    ['far', 0, '#00AA00', false],
  ])
  expect(settings({ profiles: { openclaw: { cdpPort: 5, color: '#112233' } } }).profiles).toMatchObject([
    { cdpPort: 5 },
  ])
  expect(settings({ defaultProfile: 'chrome' }).profiles.at(-1)).toMatchObject({
    name: 'chrome',
    cdpPort: 18_792,
    extension: true,
  })
})

test('rules are taken over, and a home folder in a path is found', () => {
  const ssrfPolicy = { allowPrivateNetwork: true, allowedHostnames: ['a'], hostnameAllowlist: ['b'] }
  const said = settings({ ssrfPolicy, executablePath: '~/chrome', snapshotDefaults: { mode: 'efficient' } })
  expect(said.policy).toEqual({ allowPrivate: true, always: ['a'], only: ['b'] })
  expect([said.executablePath, said.efficient]).toEqual(['/home/me/chrome', true])
})

test('switched off, there is no unit and every call says so', async () => {
  const part = (enabled: boolean, env = {}) =>
    browserPart({
      clock: systemClock,
      paths: {} as never,
      config: () => ({ browser: browser.schema.parse({ enabled }), gateway: { port: 0 } }) as never,
      env: () => env,
      http: () => undefined,
    })
  expect(part(false).units()).toEqual([])
  expect(part(true, { OPENCLAW_SKIP_BROWSER_CONTROL_SERVER: '1' }).units()).toEqual([])
  expect(part(true).units()).toMatchObject([{ key: 'browser', needs: ['http'] }])
  const call = { method: 'GET', path: '/', query: {}, body: {}, signal: new AbortController().signal } as const
  const said = await part(false).control.call(call).catch(String)
  expect(said).toContain('browser control is disabled; `oclaw config set browser.enabled true` enables it')
})
