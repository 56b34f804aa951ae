// Certificates of our own, judged by OpenSSL and by a client that checks them.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { fingerprintOf, flawOf, selfSigned } from '../../src/os/certificate.ts'

const now = Date.UTC(2026, 10, 26)
const names = ['ann.local', 'localhost', '127.0.0.1', '2001:db8::7', '::1']
const pair = selfSigned({ names, now, days: 397 })

test.if(Bun.which('openssl') !== null)('OpenSSL finds nothing wrong with it, strictly', () => {
  const dir = mkdtempSync(join(tmpdir(), 'oclaw-cert-'))
  try {
    const path = join(dir, 'c.pem')
    writeFileSync(path, pair.cert)
    const at = String(Math.floor(now / 1000))
    const verify = ['openssl', 'verify', '-x509_strict', '-attime', at, '-purpose', 'sslserver', '-CAfile', path, path]
    const done = Bun.spawnSync(verify, { stderr: 'pipe' })
    expect(done.stdout.toString() + done.stderr.toString()).toBe(`${path}: OK\n`)
    const text = Bun.spawnSync(['openssl', 'x509', '-in', path, '-noout', '-text']).stdout.toString()
    for (const part of [
      'ecdsa-with-SHA256',
      'prime256v1',
      'DNS:ann.local, DNS:localhost, IP Address:127.0.0.1',
      'IP Address:2001:DB8:0:0:0:0:0:7',
      'TLS Web Server Authentication',
      'CA:FALSE',
    ])
      expect(text).toContain(part)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a client that trusts it connects, and one that does not refuses', async () => {
  const fresh = selfSigned({ names, now: Date.now(), days: 2 })
  using server = Bun.serve({ port: 0, hostname: '127.0.0.1', tls: fresh, fetch: () => new Response('hello') })
  const url = `https://127.0.0.1:${server.port}/`
  expect(await (await fetch(url, { tls: { ca: fresh.cert } })).text()).toBe('hello')
  const refused = await fetch(url, { tls: { ca: pair.cert } }).then(
    () => 'connected',
    (error: unknown) => String((error as { code?: string }).code),
  )
  expect(refused).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/)
})

test('pairs that do not fit, have ended, or are none are told apart', () => {
  const other = selfSigned({ names: ['x'], now, days: 1 })
  expect(flawOf(pair, now)).toBeUndefined()
  expect(flawOf({ cert: pair.cert, key: other.key }, now)).toContain('of another certificate')
  expect(flawOf(other, now + 3 * 86_400_000)).toContain('ended on')
  expect(flawOf({ cert: 'x', key: pair.key }, now)).toContain('no PEM certificate')
  expect(flawOf({ cert: pair.cert, key: 'x' }, now)).toContain('no PEM key')
  expect(fingerprintOf(pair.cert)).toBe(new X509Certificate(pair.cert).fingerprint256)
})

test('times from 2050 on are written in full', () => {
  const late = selfSigned({ names: ['x'], now: Date.UTC(2049, 11, 31), days: 30 })
  expect(new X509Certificate(late.cert).validTo).toContain('2050')
})
