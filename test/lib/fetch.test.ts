// The guarded fetch: its limits hold, and no name or spelling leads into our own network.
import { afterAll, describe, expect, test } from 'bun:test'
import { guardedFetch, isPublicAddress, type FetchGuard } from '../../src/lib/fetch.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { pinnedFetch } from '../../src/os/dns.ts'

let canary = 0
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 0,
  routes: {
    '/secret': () => {
      canary++
      return new Response('canary')
    },
    '/host': (r) => new Response(`${r.headers.get('host')} ${r.headers.get('authorization')}`),
    '/big': () => new Response('x'.repeat(5000)),
    '/stream': () =>
      new Response(
        new ReadableStream({
          pull(out) {
            out.enqueue(new TextEncoder().encode('y'.repeat(600)))
          },
        }),
      ),
    '/bomb': () => new Response(Bun.gzipSync(new Uint8Array(1_000_000)), { headers: { 'content-encoding': 'gzip' } }),
    '/silent': () => new Response(new ReadableStream({ start: (out) => out.enqueue(new Uint8Array(10)) })),
    '/loop': () => Response.redirect('/loop', 302),
    '/to': (r) =>
      new Response(null, { status: 302, headers: { location: new URL(r.url).searchParams.get('u') ?? '' } }),
  },
  fetch: () => new Response('?', { status: 404 }),
})
afterAll(() => server.stop(true))

const base = (host = 'a.test') => `http://${host}:${server.port}`
const guard = (more: Partial<FetchGuard> = {}) =>
  guardedFetch({
    lookup: async () => ['127.0.0.1'],
    fetch: pinnedFetch,
    clock: systemClock,
    maxBytes: 2000,
    timeoutMs: 2000,
    maxRedirects: 3,
    allowPrivate: true,
    ...more,
  })

describe('addresses', () => {
  test.each([
    '127.0.0.1 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.127.255.255 0.0.0.0',
    '0.1.2.3 224.0.0.1 239.1.1.1 255.255.255.255 198.18.0.1 192.0.0.1 203.0.113.1 ::1 :: fe80::1 fc00::1 fd12::1',
    '::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 ff02::1 2001:db8::1',
    '2002:7f00:1::1 2001::1 fe80::1%eth0 ::127.0.0.1 fec0::1 nonsense 1.2.3 1.2.3.4.5 256.1.1.1 3fff:1::1',
  ])('not public: %s', (list) => {
    expect(list.split(' ').filter(isPublicAddress)).toEqual([])
  })

  test('public ones are', () => {
    const list =
      '1.1.1.1 93.184.216.34 172.15.0.1 172.32.0.1 100.63.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808'
    expect(list.split(' ').filter((a) => !isPublicAddress(a))).toEqual([])
  })
})

describe('nothing inside is reached', () => {
  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '0x7f.1',
    '0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    'localhost',
    'localhost.',
    'x.localhost',
    'printer.local',
    'db.internal',
    'metadata.google.internal',
    '１２７.0.0.1',
    '127.0.0.1.',
    'rebound.test',
  ])('as %s', async (host) => {
    const before = canary
    const url = `http://${host}:${server.port}/secret`
    const fetching = guard({ allowPrivate: false })(url)
    expect(fetching).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await fetching.catch(() => undefined)
    expect(canary).toBe(before)
  })

  test('not even when only one of several addresses is inside', async () => {
    const mixed = guard({ allowPrivate: false, lookup: async () => ['93.184.216.34', '10.0.0.1'] })
    expect(mixed('http://mixed.test/')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('nor by a redirect', async () => {
    const before = canary
    const asked: string[] = []
    const fetch = guard({
      allowPrivate: false,
      lookup: async () => ['93.184.216.34'],
      fetch: (url, address) => {
        asked.push(`${url.href} ${address}`)
        return Promise.resolve(
          new Response(null, { status: 302, headers: { location: `${base('127.0.0.1')}/secret` } }),
        )
      },
    })
    const fetching = fetch('http://good.test/')
    expect(fetching).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await fetching.catch(() => undefined)
    expect({ asked, canary }).toEqual({ asked: ['http://good.test/ 93.184.216.34'], canary: before })
  })

  test('nor by a name that changes its mind after it was checked', async () => {
    const answers = ['93.184.216.34', '127.0.0.1', '127.0.0.1']
    const addresses: string[] = []
    const fetch = guard({
      allowPrivate: false,
      lookup: async () => [answers.shift() ?? '127.0.0.1'],
      fetch: (_, address) => {
        addresses.push(address)
        return Promise.resolve(new Response('public'))
      },
    })
    expect(await (await fetch('http://rebind.test/secret')).text()).toBe('public')
    expect(addresses).toEqual(['93.184.216.34'])
    expect(fetch('http://rebind.test/secret')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    expect(addresses).toHaveLength(1)
  })

  test('cloud metadata is refused even where private networks are allowed', () => {
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '[::ffff:169.254.169.254]'])
      expect(guard()(`http://${host}/latest/meta-data`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('the connection is pinned', () => {
  test('to the looked-up address, with the name of the URL', async () => {
    const response = await guard()(`${base('pinned.test')}/host`)
    expect(await response.text()).toBe(`pinned.test:${server.port} null`)
    expect(response.url).toBe(`${base('pinned.test')}/host`)
  })

  test('a certificate is checked against the name, not the address', async () => {
    const url = new URL('https://pinned.test:1/')
    const seen: unknown[] = []
    const real = globalThis.fetch
    globalThis.fetch = Object.assign(
      (input: string | URL | Request, init?: RequestInit) => {
        seen.push(input instanceof Request ? input.url : input.toString(), Reflect.get(init ?? {}, 'tls'))
        return Promise.resolve(new Response('x'))
      },
      { preconnect: real.preconnect },
    )
    await pinnedFetch(url, '192.0.2.7', {}).finally(() => (globalThis.fetch = real))
    expect(seen).toEqual(['https://192.0.2.7:1/', { serverName: 'pinned.test' }])
  })
})

describe('limits', () => {
  test.each(['file:///etc/passwd', 'ftp://a.test/', 'data:text/plain,x', 'http://u:p@a.test/', 'nonsense'])(
    '%s is refused',
    (url) => {
      expect(guard()(url)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    },
  )

  test('size, announced, streamed or unpacked', async () => {
    expect(guard()(`${base()}/big`)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    for (const path of ['/stream', '/bomb'])
      expect((await guard()(base() + path)).text()).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })

  test('time, to the end of the body', async () => {
    const response = await guard({ timeoutMs: 100 })(`${base()}/silent`)
    expect(response.text()).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('time, also of a look-up', () => {
    const never = guard({ timeoutMs: 50, lookup: () => new Promise(() => undefined) })
    expect(never('http://slow.test/')).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('redirects', async () => {
    expect(guard()(`${base()}/loop`)).rejects.toMatchObject({ code: 'LIMITED' })
    const to = (host: string) => `${base()}/to?u=${encodeURIComponent(`${base(host)}/host`)}`
    const headers = { authorization: 'Bearer x' }
    expect(await (await guard()(to('b.test'), { headers })).text()).toBe(`b.test:${server.port} null`)
    expect(await (await guard()(to('a.test'), { headers })).text()).toBe(`a.test:${server.port} Bearer x`)
  })

  test('the signal of the caller', () => {
    const signal = AbortSignal.abort(new Error('enough'))
    expect(guard()(`${base()}/host`, { signal })).rejects.toThrow('enough')
  })
})
