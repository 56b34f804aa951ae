// Where a browser may go, tried with a real Chromium: redirects, names that change, frames, scripts, sockets, files.
import { expect } from 'bun:test'
import { connect } from 'node:net'
import { gate } from '../../src/os/browser/guard.ts'
import { socks } from '../../src/os/browser/socks.ts'
import { real, rig } from './rig.ts'
import { site } from './site.ts'

const slow = 60_000

real(
  'neither redirects, frames, scripts nor sockets lead inside',
  async () => {
    await using s = site()
    const inside = `http://localhost:${s.port}/secret`
    await using b = rig()
    for (const url of [
      'http://169.254.169.254/latest/meta-data',
      inside,
      'http://[::1]/',
      'http://10.0.0.1/',
      'file:///etc/passwd',
    ]) {
      const said = await b.refused('/navigate', { url: `${s.url}/to?url=${encodeURIComponent(url)}` })
      expect([url, said]).toEqual([
        url,
        expect.stringMatching(
          /^(FORBIDDEN|INVALID_REQUEST) .*(not public|not a public|private network|ERR_UNSAFE_REDIRECT)/,
        ),
      ])
      expect(await b.refused('/navigate', { url })).toStartWith('FORBIDDEN')
      expect(await b.refused('/tabs/open', { url })).toStartWith('FORBIDDEN')
    }
    await b.post('/navigate', { url: `${s.url}/frames?url=${encodeURIComponent(inside)}` })
    expect((await b.get('/snapshot')).snapshot).not.toContain('castle')
    const tries = [
      `fetch('${inside}', { mode: 'no-cors' })`,
      `import('${inside}')`,
      `new Promise((ok, no) => { const w = new WebSocket('ws://localhost:${s.port}/'); w.onopen = ok; w.onerror = () => no(1) })`,
      `new Promise((ok, no) => { const i = new Image(); i.onload = ok; i.onerror = () => no(1); i.src = '${inside}' })`,
      `fetch('http://127.0.0.2:${s.port}/secret', { mode: 'no-cors' })`,
    ]
    for (const t of tries) expect([t, await b.run(`${t}.then(() => 'in', () => 'out')`)]).toEqual([t, 'out'])
    await b.run(`navigator.sendBeacon('${inside}')`)
    await b.run(`location.href = '${inside}'`)
    await b.act('wait', { timeMs: 300 })
    expect(s.hits.filter((h) => h === '/secret')).toEqual([])
    expect((await b.get('/tabs')).tabs).toHaveLength(1) // what was refused left no tab behind
  },
  slow,
)

real(
  'a page cannot show files or settings of this machine, and nothing is told of a tab that does',
  async () => {
    await using s = site()
    await using b = rig()
    await b.post('/navigate', { url: `${s.url}/` })
    for (const url of ['file:///etc/passwd', 'chrome://version', 'view-source:http://127.0.0.1/']) {
      await b.run(`location.href = ${JSON.stringify(url)}`)
      await b.run(`(open(${JSON.stringify(url)}), 1)`)
      await b.act('wait', { timeMs: 200 })
      for (const t of (await b.get('/tabs')).tabs as { targetId: string; url: string }[])
        expect(t.url).toMatch(/^(http:|about:blank)/)
    }
    const session = await b.all.ensure(b.all.profile(undefined))
    const { targetId } = await session.root.send('Target.createTarget', { url: 'chrome://version' }) // as a person might
    const seen = await b.get('/snapshot', { targetId }).catch((error: unknown) => String(error))
    expect(JSON.stringify(seen)).not.toContain('Command Line')
  },
  slow,
)

real(
  'a name that changes its mind is caught at each connection',
  async () => {
    await using s = site()
    let asked = 0
    const answers = { at: '127.0.0.1' }
    await using b = rig({
      policy: { allowPrivate: false, always: ['good.test'], only: [] },
      lookup: (host) => {
        asked++
        return Promise.resolve(
          host === 'good.test' ? ['127.0.0.1'] : host === 'turns.test' ? [answers.at] : ['10.0.0.9'],
        )
      },
    })
    const good = `http://good.test:${s.port}`
    expect(await b.post('/navigate', { url: `${good}/` })).toMatchObject({ url: `${good}/` })
    expect(asked).toBeGreaterThan(1) // once to judge the address, once to connect: what is judged is connected to
    answers.at = '93.184.216.34' // public while it is judged …
    const turning = b.refused('/navigate', {
      url: `${good}/to?url=${encodeURIComponent(`http://turns.test:${s.port}/secret`)}`,
    })
    answers.at = '127.0.0.1' // … and inside when it is connected to
    expect(await turning).toBe(
      'FORBIDDEN turns.test leads to 127.0.0.1, which is not public; fetching is limited to the public internet (browser.ssrfPolicy opens it)',
    )
    expect(
      await b.run(`fetch('http://turns.test:${s.port}/secret', { mode: 'no-cors' }).then(() => 'in', () => 'out')`),
    ).toBe('out')
    expect(s.hits).not.toContain('/secret')
  },
  slow,
)

real(
  'with a list of hosts nothing else is visited; a browser of somebody else is judged by where it arrives',
  async () => {
    await using s = site()
    await using own = rig({ policy: { allowPrivate: true, always: [], only: ['127.0.0.1'] } })
    expect(await own.post('/navigate', { url: `${s.url}/` })).toMatchObject({ ok: true })
    expect(await own.refused('/navigate', { url: `http://localhost:${s.port}/` })).toContain('not on the list of hosts')
    const { cdpUrl } = await own.get('/')
    expect(await own.refused('/navigate', { url: `${cdpUrl}/json/list` })).toMatch(
      /^FORBIDDEN port \d+ is the browser's own$/,
    )
    await own.post('/navigate', { url: `${s.url}/` })
    const remote = [{ name: 'far', cdpPort: 0, cdpUrl: cdpUrl as string, color: '#00AA00', extension: false }]
    await using far = rig({
      profiles: remote,
      defaultProfile: 'far',
      policy: { allowPrivate: false, always: ['127.0.0.1'], only: [] },
    })
    expect(await far.post('/start')).toEqual({ ok: true, profile: 'far' })
    expect(await far.get('/')).toMatchObject({ running: true, pid: null, userDataDir: null, cdpUrl })
    expect((await far.get('/snapshot')).snapshot).toContain('heading "Order"')
    expect(
      await far.refused('/navigate', { url: `${s.url}/to?url=${encodeURIComponent('http://127.0.0.3:1/')}` }),
    ).toMatch(/^(FORBIDDEN|INVALID_REQUEST)/)
    expect(await far.refused('/reset-profile')).toContain('is not ours')
    expect(await far.post('/stop')).toMatchObject({ stopped: true })
    expect(await own.get('/')).toMatchObject({ running: true }) // it goes on: only the line to it was cut
  },
  slow,
)

real(
  'what cannot be started says why, and what mends it',
  async () => {
    await using none = rig({ executablePath: '/nowhere/chromium' })
    expect(await none.refused('/start')).toStartWith('NOT_FOUND browser.executablePath is /nowhere/chromium')
    expect((await none.get('/')).detectError).toContain('/nowhere/chromium')
    const profile = { name: 'far', cdpPort: 1, color: '#00AA00', extension: false }
    await using away = rig({ attachOnly: true, profiles: [profile], defaultProfile: 'far' })
    expect(await away.refused('/start')).toStartWith('UNAVAILABLE no browser answers at http://127.0.0.1:1')
    await using relay = rig({ profiles: [{ ...profile, name: 'chrome', extension: true }], defaultProfile: 'chrome' })
    expect(await relay.refused('/start')).toContain('this build does not have; use the profile openclaw')
    using taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    await using busy = rig({ profiles: [{ ...profile, name: 'openclaw', cdpPort: taken.port }] })
    expect(await busy.refused('/start')).toStartWith(`CONFLICT port ${taken.port} of the browser's debugger is taken`)
    expect(await busy.get('/')).toMatchObject({ running: false })
    taken.stop(true)
  },
  slow,
)

real('the proxy speaks SOCKS only, and ends with its connections', async () => {
  const judged = gate({ allowPrivate: false, always: [], only: [] }, () => Promise.resolve(['10.0.0.1']))
  const p = await socks(judged, new AbortController().signal)
  const ask = (...pieces: readonly (readonly number[])[]) =>
    new Promise<string>((done) => {
      let got = ''
      const c = connect({ host: '127.0.0.1', port: p.port }, () => c.write(Buffer.from(pieces[0] ?? [])))
      let next = 1
      c.on('data', (d) => {
        got += d.toString('hex')
        if (pieces[next]) c.write(Buffer.from(pieces[next++] as number[]))
      })
      c.on('close', () => done(got))
      c.on('error', () => undefined)
    })
  const name = [5, 1, 0, 3, 6, ...Buffer.from('a.test'), 0, 80]
  expect(await ask([5, 1, 0], name)).toBe('050005020001000000000000')
  expect(await ask([...Buffer.from('GET http://a.test/ HTTP/1.1\r\n\r\n'), ...Array<number>(90).fill(0)])).toBe('')
  expect(await ask([5, 1, 0], [5, 2, 0, 1, 1, 2, 3, 4, 0, 80])).toBe('050005070001000000000000')
  expect(p.refusal('a.test')?.message).toContain('10.0.0.1')
  const open = ask([5, 1, 0])
  await p.close()
  await open
})
