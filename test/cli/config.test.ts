// The commands of `oclaw config` against a real file: comments stay, secrets hide, wrong changes are refused.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { cliHome } from './fixture.ts'

const text = `// my gateway
{
  gateway: {
    port: 19000, // not the usual one
    auth: { token: "s3cret" },
  },
}
`
const home = () => cliHome({ 'openclaw.json': text })

test('get prints values in force, defaults included, secrets hidden', async () => {
  const at = home()
  expect(await at.run('config', 'get', 'gateway.port')).toMatchObject({ code: 0, out: '19000\n', err: '' })
  expect((await at.run('config', 'get', 'gateway.bind')).out).toBe('loopback\n')
  expect((await at.run('config', 'get', 'gateway.bind', '--json')).out).toBe('"loopback"\n')
  expect((await at.run('config', 'get', 'gateway.auth.token')).out).toBe('__OPENCLAW_REDACTED__\n')
  expect((await at.run('config', 'get', 'gateway.auth.token', '--show-secrets')).out).toBe('s3cret\n')
  const auth = JSON.parse((await at.run('config', 'get', 'gateway.auth', '--show-secrets')).out) as unknown
  expect(auth).toMatchObject({ token: 's3cret', mode: 'token', rateLimit: { maxAttempts: 10 } })
  expect((await at.run('config', 'get', '--json')).out).not.toContain('s3cret')
})

test('get says so when nothing is there', async () => {
  expect(await home().run('config', 'get', 'gateway.nope')).toEqual({
    code: 1,
    out: '',
    err: 'oclaw: Config path not found: gateway.nope\n',
    started: [],
  })
})

test('set changes one value in place', async () => {
  const at = home()
  const done = await at.run('config', 'set', 'gateway.port', '19001')
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(done.out).toBe('Updated gateway.port. It counts from the next start on.\n')
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe(text.replace('19000', '19001'))
  expect(readFileSync(at.path('openclaw.json.bak'), 'utf8')).toBe(text)
  expect((await at.run('config', 'set', 'gateway.bind', 'lan')).code).toBe(0)
  expect((await at.run('config', 'get', 'gateway.bind')).out).toBe('lan\n')
})

test('set makes the file when there is none, and says when a gateway applies it', async () => {
  const at = cliHome({ '.gateway.lock': JSON.stringify({ pid: process.pid, port: 1 }) })
  const done = await at.run('config', 'set', 'gateway.auth', '{mode: "token", token: "t"}')
  expect(done).toMatchObject({ code: 0, out: 'Updated gateway.auth. The running gateway applies it by itself.\n' })
  expect((await at.run('config', 'get', 'gateway.auth.token', '--show-secrets')).out).toBe('t\n')
})

test('set refuses what would not be valid, and leaves the file alone', async () => {
  const at = home()
  const done = await at.run('config', 'set', 'gateway.port', 'many')
  expect([done.code, done.out]).toEqual([1, ''])
  expect(done.err).toContain('gateway.port')
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe(text)
  expect((await at.run('config', 'set', 'gateway.prot', '1')).err).toContain('gateway.prot')
})

test('unset takes a value out', async () => {
  const at = home()
  expect(await at.run('config', 'unset', 'gateway.port')).toMatchObject({ code: 0, err: '' })
  expect((await at.run('config', 'get', 'gateway.port')).out).toBe('18789\n')
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('// my gateway')
  expect(await at.run('config', 'unset', 'gateway.port')).toMatchObject({ code: 1 })
})

test('validate lists mistakes with what mends them', async () => {
  expect(await home().run('config', 'validate')).toMatchObject({ code: 0 })
  const at = cliHome({ 'openclaw.json': '{ gateway: { port: "x" } }' })
  const done = await at.run('config', 'validate')
  expect(done.code).toBe(1)
  expect(done.out).toContain('✗ gateway.port: ')
  expect(done.out).toContain('oclaw config set gateway.port <value>')
  const json = await at.run('config', 'validate', '--json')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({ valid: false, issues: [{ path: 'gateway.port' }] })
  const broken = await cliHome({ 'openclaw.json': '{ gateway: ' }).run('config', 'validate')
  expect(broken).toMatchObject({ code: 1 })
  expect(broken.out).toContain('oclaw config reset')
})

test('file prints where it is', async () => {
  const at = home()
  expect((await at.run('config', 'file')).out).toBe(`${at.path('openclaw.json')}\n`)
  expect((await at.run('--profile', 'work', 'config', 'file')).out).toContain('.openclaw-work/openclaw.json')
})

test('reset keeps a copy, and asks first', async () => {
  const at = home()
  const refused = await at.run('config', 'reset')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('--yes')])
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe(text)
  expect(await at.run('config', 'reset', '--yes')).toMatchObject({ code: 0 })
  expect((await at.run('config', 'get', 'gateway.mode')).out).toBe('local\n')
  expect(readFileSync(at.path('openclaw.json.bak'), 'utf8')).toBe(text)
  const broken = cliHome({ 'openclaw.json': '{ gateway: ' })
  expect(await broken.run('config', 'reset', '-y')).toMatchObject({ code: 0, err: '' })
  const asked = cliHome({ 'openclaw.json': text }, { stdinTTY: true, ask: () => Promise.resolve('n') })
  expect(await asked.run('config', 'reset', '--section', 'gateway')).toMatchObject({ code: 1 })
  expect(existsSync(asked.path('openclaw.json.bak'))).toBe(false)
})
