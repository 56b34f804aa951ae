// Reading the config: the file, includes, variables and secrets.
import { describe, expect, test } from 'bun:test'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../src/lib/ids.ts'
import { configHome, loaded } from './fixture.ts'

describe('the file', () => {
  test('a missing one means all defaults', async () => {
    const got = await configHome().load()
    expect(got).toMatchObject({
      exists: false,
      valid: true,
      raw: undefined,
      hash: undefined,
      from: 'defaults',
      issues: [],
    })
    expect(got.config.gateway).toMatchObject({ port: 18_789, bind: 'loopback', auth: { mode: 'token' } })
    expect(got.config.agents.defaults.model).toEqual({ primary: 'anthropic/claude-opus-4-6', fallbacks: [] })
  })

  test('comments, single quotes and trailing commas are read; the hash is that of the text', async () => {
    const text = `{ // port\n gateway: { port: 19000, 'bind': 'lan', }, }`
    const got = await loaded(text)
    expect(got).toMatchObject({ valid: true, exists: true, raw: text, from: 'file', hash: await sha256(text) })
    expect(got.config.gateway).toMatchObject({ port: 19_000, bind: 'lan' })
  })

  const broken: readonly [string, string, string][] = [
    ['a missing bracket', '{\n  gateway: { port: 1,\n', 'line 3, column 1'],
    ['a missing comma', '{\n  a: 1\n  b: 2\n}', 'line 3, column 3'],
    ['a broken string', '{\n  a: "x\n}', 'line 2, column 6'],
    ['an empty file', '', 'line 1, column 1'],
    ['something behind it', '{ a: 1 }\n}', 'line 2, column 1'],
  ]
  for (const [name, text, place] of broken)
    test(`${name} is shown with its place`, async () => {
      const got = await loaded(text)
      expect(got).toMatchObject({ valid: false, exists: true, from: 'defaults', raw: text })
      expect(got.issues).toHaveLength(1)
      expect(got.issues[0]?.message).toContain('openclaw.json')
      expect(got.issues[0]?.message).toContain(place)
      expect(got.config.gateway).toMatchObject({ bind: 'loopback', auth: { mode: 'token' } })
    })

  test('the last good copy stands in for a broken one', async () => {
    const home = configHome({ 'openclaw.json': '{', 'openclaw.json.last-good': '{ gateway: { port: 20000 } }' })
    const got = await home.load()
    expect(got).toMatchObject({ from: 'last-good', valid: false, raw: '{', parsed: undefined, hash: await sha256('{') })
    expect(got.config.gateway.port).toBe(20_000)
    expect(got.issues).toHaveLength(1)
    home.put('openclaw.json.last-good', 'also broken')
    expect((await home.load()).from).toBe('defaults')
  })

  test('a file that cannot be read is an issue', async () => {
    const home = configHome({ 'openclaw.json/inside': 'a folder' })
    const got = await home.load()
    expect(got).toMatchObject({ exists: true, valid: false, from: 'defaults' })
    expect(got.issues[0]?.message).toContain('cannot be read')
  })
})

describe('includes', () => {
  test('replace their object, merge in order, and give way to what stands beside them', async () => {
    const got = await loaded(
      '{ $include: ["a.json", "sub/b.json"], gateway: { bind: "lan" } }',
      {},
      {
        'a.json': '{ gateway: { port: 1 }, bindings: [{ agentId: "a", match: { channel: "x" } }] }',
        'sub/b.json':
          '{ gateway: { port: 2, $include: "c.json" }, bindings: [{ agentId: "b", match: { channel: "x" } }] }',
        'sub/c.json': '{ bind: "auto", mode: "local" }',
      },
    )
    expect(got.issues).toEqual([])
    expect(got.config.gateway).toMatchObject({ port: 2, bind: 'lan', mode: 'local' })
    expect(got.config.bindings.map((b) => b.agentId)).toEqual(['a', 'b'])
    expect(got.files.map((f) => f.split('/').at(-1))).toEqual(['openclaw.json', 'a.json', 'b.json', 'c.json'])
    expect(got.parsed).toEqual({ $include: ['a.json', 'sub/b.json'], gateway: { bind: 'lan' } })
  })

  const files = {
    'loop.json': '{ $include: "loop2.json" }',
    'loop2.json': '{ $include: "./loop.json" }',
    'broken.json': '{\n  a: [',
    ...Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`d${i}.json`, `{ $include: "d${i + 1}.json" }`])),
  }
  const bad: readonly [string, string, string][] = [
    ['a circle', 'loop.json', 'includes itself'],
    ['too many levels', 'd0.json', '10 levels'],
    ['a file outside', '../x.json', 'must be inside'],
    ['an absolute file outside', '/etc/hostname', 'must be inside'],
    ['a missing file', 'none.json', 'ENOENT'],
    ['a broken file', 'broken.json', 'broken.json at line 2, column'],
  ]
  for (const [name, file, message] of bad)
    test(`${name} is an issue at its place, and the section is closed`, async () => {
      const got = await loaded(
        `{ gateway: { bind: "lan", $include: "${file}" }, logging: { level: "debug" } }`,
        {},
        files,
      )
      expect(got.issues).toHaveLength(1)
      expect(got.issues[0]?.path).toBe('gateway')
      expect(got.issues[0]?.message).toContain(message)
      expect(got.config.gateway).toMatchObject({ bind: 'loopback', auth: { mode: 'token' } })
      expect(got.config.logging.level).toBe('debug')
    })

  test('a link out of the folder is refused', async () => {
    const outside = configHome({ 'secret.json': '{ bind: "lan" }' })
    const home = configHome({ 'openclaw.json': '{ gateway: { $include: "link.json" } }' })
    symlinkSync(join(outside.dir, 'secret.json'), join(home.dir, 'link.json'))
    expect((await home.load()).issues[0]?.message).toContain('by a link')
  })
})

describe('variables', () => {
  test('are replaced in any text, also in included files', async () => {
    const got = await loaded(
      '{ gateway: { $include: "g.json" }, messages: { responsePrefix: "${A}-${B} $${A} ${lower} $A" } }',
      { A: 'x', B: 'y', TOKEN: 't' },
      { 'g.json': '{ auth: { token: "${TOKEN}" } }' },
    )
    expect(got.issues).toEqual([])
    expect(got.config.messages.responsePrefix).toBe('x-y ${A} ${lower} $A')
    expect(got.config.gateway.auth.token?.reveal()).toBe('t')
  })

  test('of the config itself come after those of the environment', async () => {
    const text =
      '{ env: { vars: { A: "config", B: "${A}2" }, C: "c" }, messages: { responsePrefix: "${A} ${B} ${C}" } }'
    const got = await loaded(text, { A: 'real' })
    expect(got.config.messages.responsePrefix).toBe('real real2 c')
    expect(got.env).toEqual({ B: 'real2', C: 'c' })
    expect(process.env['C']).toBeUndefined()
  })

  test('missing or empty ones are issues at their place', async () => {
    const got = await loaded(
      '{ gateway: { bind: "lan", auth: { mode: "token", token: "${NOPE}" } }, talk: { voiceId: "${EMPTY}" } }',
      {
        EMPTY: '',
      },
    )
    expect(got.issues.map((i) => i.path)).toEqual(['gateway.auth.token', 'talk.voiceId'])
    expect(got.issues[0]?.message).toContain('NOPE is missing or empty')
    expect(got.config.gateway).toMatchObject({ bind: 'loopback', auth: { mode: 'token' } })
    expect(got.config.gateway.auth.token).toBeUndefined()
    expect(got.config.talk.voiceId).toBeUndefined()
  })
})

describe('secrets', () => {
  test('come from the environment, a file, or the credentials of systemd', async () => {
    const home = configHome({ 'token.txt': '  from-file\n', 'creds/pw': 'from-systemd\n' })
    home.put(
      'openclaw.json',
      `{ gateway: { auth: { token: { file: "~/token.txt" }, password: { file: "pw" } } }, hooks: { token: { env: "H" } } }`,
    )
    const got = await home.load({ H: 'from-env', CREDENTIALS_DIRECTORY: join(home.dir, 'creds') })
    expect(got.issues).toEqual([])
    expect(got.config.gateway.auth.token?.reveal()).toBe('from-file')
    expect(got.config.gateway.auth.password?.reveal()).toBe('from-systemd')
    expect(got.config.hooks.token?.reveal()).toBe('from-env')
    expect(JSON.stringify(got.config)).not.toContain('from-')
  })

  test('that are not there close their section', async () => {
    const got = await loaded(
      '{ hooks: { enabled: true, token: { env: "NOPE" } }, gateway: { bind: "lan", auth: { token: { file: "/none" } } } }',
    )
    expect(got.issues.map((i) => i.path)).toEqual(['gateway.auth.token', 'hooks.token'])
    expect(got.config.hooks.enabled).toBe(false)
    expect(got.config.gateway).toMatchObject({ bind: 'loopback', auth: { mode: 'token' } })
  })
})
