// The ways into the Control UI: a typed secret, one in the address, a ticket, a person who lets the browser in.
import { expect, test } from 'bun:test'
import { run } from '../e2e/program.ts'
import { nginx, proxy } from './proxy.ts'
import { able, rig, slow, ui } from './rig.ts'

ui(
  'a wrong token is refused in words, the right one signs in and is kept as a token of this browser',
  async () => {
    await using r = await rig()
    await r.page.go(r.gw.url)
    await r.page.shows(/Token or password/)
    await r.page.fill('input[type=password]', 'nonsense')
    await r.page.press('Enter')
    await r.page.shows(/That is not the gateway’s token or password/)
    await r.page.shows(/oclaw dashboard/)
    await r.page.fill('input[type=password]', r.gw.token)
    await r.page.press('Enter')
    await r.page.shows(/Up for\s+\d/i)
    const kept = await r.page.value<string>('JSON.stringify({ ...localStorage })')
    expect(kept).not.toContain(r.gw.token)
    await r.page.go(`${r.gw.url}/logs`)
    await r.page.shows(/listening/)
    await r.page.choose('Sign out of this browser')
    await r.page.shows(/Token or password/)
    expect(await r.page.value<string>('JSON.stringify({ ...localStorage })')).not.toContain(':token"')
    expect(r.page.trouble).toEqual([])
  },
  slow,
)

ui(
  '`oclaw dashboard` prints an address that signs in once',
  async () => {
    await using r = await rig()
    const printed = run(r.gw.state.path, ['dashboard', '--no-open'])
    expect(await printed.exited).toBe(0)
    const url = /http:\S+/.exec(printed.output)?.[0] ?? ''
    expect(url).toStartWith(`${r.gw.url}/#ticket=`)
    await r.page.go(url)
    await r.page.shows(/Up for\s+\d/i)
    expect(await r.page.value<string>('location.href')).toBe(`${r.gw.url}/`)
    await r.page.value('localStorage.clear()')
    await r.page.go('about:blank')
    await r.page.go(url)
    await r.page.shows(/This link was used already/)
  },
  slow,
)

ui(
  'a token in the query is taken and leaves the address at once',
  async () => {
    await using r = await rig()
    await r.page.go(`${r.gw.url}/sessions?token=${r.gw.token}&session=x`)
    await r.page.shows(/No sessions yet/)
    expect(await r.page.value<string>('location.pathname + location.search + location.hash')).toBe(
      '/sessions?session=x',
    )
    expect(await r.page.value<number>('history.length')).toBeLessThan(4)
  },
  slow,
)

ui(
  'on a plain-HTTP address of the network a browser makes its key itself, is let in by a person, and talks',
  async () => {
    await using r = await rig({ names: ['gateway-box'] })
    const address = `http://gateway-box:${r.gw.port}`
    await r.page.go(`${address}/chat#token=${r.gw.token}`)
    await r.page.shows(/oclaw devices approve req_\w+/)
    expect(await r.page.value<boolean>('isSecureContext || crypto.subtle !== undefined')).toBe(false)
    const id = /oclaw devices approve (req_\w+)/.exec(await r.page.text())?.[1]
    const approve = run(r.gw.state.path, ['devices', 'approve', id ?? ''])
    expect([await approve.exited, approve.output]).toEqual([0, expect.any(String)])
    await r.page.shows(/Nothing was said here yet/)
    await r.page.fill('[data-composer]', 'hello from the network')
    await r.page.press('Enter')
    await r.page.shows(/You said: hello from the network/)
    await r.page.go(`${address}/chat`)
    await r.page.shows(/You said: hello from the network/)
    expect(r.page.trouble).toEqual([])
  },
  slow,
)

ui(
  'below a base path everything is found, from sign-in to chat',
  async () => {
    await using r = await rig({ config: { gateway: { controlUi: { basePath: '/claw' } } } })
    await r.page.go(`${r.gw.url}/claw#token=${r.gw.token}`)
    await r.page.shows(/Up for\s+\d/i)
    await r.page.click('nav a[href="/claw/chat"]')
    await r.page.fill('[data-composer]', 'hello below')
    await r.page.press('Enter')
    await r.page.shows(/You said: hello below/)
    await r.page.go(`${r.gw.url}/claw/cron`)
    await r.page.shows(/There are no jobs/)
    const outside = r.page.requests.filter((url) => !/^(ws|http):\/\/127\.0\.0\.1:\d+\/claw(\/|$|#)/.test(url))
    expect(outside.filter((url) => !url.startsWith('data:'))).toEqual([])
    expect(r.page.trouble).toEqual([])
  },
  slow,
)

if (!nginx) console.log('skipped: there is no nginx here, which the test of a reverse proxy needs')

test.skipIf(!nginx || !able)(
  'behind a reverse proxy a browser is let in by a ticket made on the machine, and talks',
  async () => {
    await using r = await rig({
      config: { gateway: { trustedProxies: ['127.0.0.1'], controlUi: { basePath: '/claw' } } },
    })
    await using front = await proxy(r.gw.port, '/claw')
    const address = `http://127.0.0.1:${front.port}/claw`
    await r.page.go(`${address}/#token=${r.gw.token}`)
    await r.page.shows(/oclaw devices approve req_\w+/)
    const { path } = await r.gw.call<{ path: string }>('dashboard.link')
    await r.page.go('about:blank')
    await r.page.go(`http://127.0.0.1:${front.port}${path}`)
    await r.page.shows(/Up for\s+\d/i)
    await r.page.click('nav a[href="/claw/chat"]')
    await r.page.fill('[data-composer]', 'hello through a proxy')
    await r.page.press('Enter')
    await r.page.shows(/You said: hello through a proxy/)
    expect(r.page.trouble).toEqual([])
  },
  slow,
)
