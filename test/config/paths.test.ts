// Where things are, for every way to say so.
import { describe, expect, test } from 'bun:test'
import { expandHome, paths, profileOf } from '../../src/config/paths.ts'
import type { Env, PathFlags } from '../../src/config/paths.ts'

const at = (env: Env, flags: PathFlags = {}, there: readonly string[] = []) =>
  paths(env, flags, { home: '/os/home', exists: (path) => there.includes(path) })

describe('state folder and config file', () => {
  const rows: readonly [string, Env, PathFlags, readonly string[], string, string][] = [
    ['nothing said', {}, {}, [], '/os/home/.openclaw', 'openclaw.json'],
    ['HOME', { HOME: '/h' }, {}, [], '/h/.openclaw', 'openclaw.json'],
    ['USERPROFILE', { USERPROFILE: '/u' }, {}, [], '/u/.openclaw', 'openclaw.json'],
    ['OPENCLAW_HOME', { HOME: '/h', OPENCLAW_HOME: '~/claw' }, {}, [], '/h/claw/.openclaw', 'openclaw.json'],
    ['OPENCLAW_STATE_DIR', { HOME: '/h', OPENCLAW_STATE_DIR: '~/s' }, { profile: 'x' }, [], '/h/s', 'openclaw.json'],
    ['empty variables', { HOME: '/h', OPENCLAW_STATE_DIR: ' ' }, {}, [], '/h/.openclaw', 'openclaw.json'],
    ['the older variable', { HOME: '/h', CLAWDBOT_STATE_DIR: '/old' }, {}, [], '/old', 'openclaw.json'],
    ['a profile', { HOME: '/h' }, { profile: 'work' }, [], '/h/.openclaw-work', 'openclaw.json'],
    ['the profile variable', { HOME: '/h', OPENCLAW_PROFILE: 'work' }, {}, [], '/h/.openclaw-work', 'openclaw.json'],
    ['the flag wins', { HOME: '/h', OPENCLAW_PROFILE: 'a' }, { profile: 'b' }, [], '/h/.openclaw-b', 'openclaw.json'],
    ['--dev', { HOME: '/h' }, { dev: true }, [], '/h/.openclaw-dev', 'openclaw.json'],
    [
      'profile default',
      { HOME: '/h', OPENCLAW_PROFILE: 'a' },
      { profile: 'default' },
      [],
      '/h/.openclaw',
      'openclaw.json',
    ],
    ['a folder of old', { HOME: '/h' }, {}, ['/h/.clawdbot'], '/h/.clawdbot', 'openclaw.json'],
    ['another of old', { HOME: '/h' }, {}, ['/h/.moltbot', '/h/.moldbot'], '/h/.moldbot', 'openclaw.json'],
    ['ours before old', { HOME: '/h' }, {}, ['/h/.openclaw', '/h/.clawdbot'], '/h/.openclaw', 'openclaw.json'],
    ['no old one for profiles', { HOME: '/h' }, { profile: 'w' }, ['/h/.clawdbot'], '/h/.openclaw-w', 'openclaw.json'],
    [
      'a file of old',
      { HOME: '/h' },
      {},
      ['/h/.openclaw', '/h/.openclaw/moltbot.json'],
      '/h/.openclaw',
      'moltbot.json',
    ],
    [
      'our file before old',
      { HOME: '/h' },
      {},
      ['/h/.clawdbot', '/h/.clawdbot/clawdbot.json', '/h/.clawdbot/openclaw.json'],
      '/h/.clawdbot',
      'openclaw.json',
    ],
  ]
  for (const [name, env, flags, there, stateDir, file] of rows)
    test(name, () => {
      const found = at(env, flags, there)
      expect([found.stateDir, found.configPath]).toEqual([stateDir, `${stateDir}/${file}`])
    })

  test('OPENCLAW_CONFIG_PATH names the file alone', () => {
    const found = at({ HOME: '/h', OPENCLAW_CONFIG_PATH: '~/c.json' })
    expect([found.configPath, found.stateDir, found.lastGoodPath]).toEqual([
      '/h/c.json',
      '/h/.openclaw',
      '/h/c.json.last-good',
    ])
    expect(at({ HOME: '/h', CLAWDBOT_CONFIG_PATH: '/old.json' }).configPath).toBe('/old.json')
  })
})

test('profiles have names, workspaces and ports of their own', () => {
  expect(at({ HOME: '/h' }, { dev: true })).toMatchObject({
    profile: 'dev',
    defaultPort: 19_001,
    workspaceDir: '/h/.openclaw/workspace-dev',
  })
  expect(at({ HOME: '/h' })).toMatchObject({
    profile: undefined,
    defaultPort: 18_789,
    workspaceDir: '/h/.openclaw/workspace',
  })
  expect(() => profileOf({}, { profile: 'a', dev: true })).toThrow('cannot be used together')
  for (const profile of ['a/b', '', '..', 'x'.repeat(65)])
    expect(() => profileOf({}, { profile })).toThrow('--profile work')
})

test('a tilde is the home folder only at the beginning', () => {
  expect(expandHome('~', '/h')).toBe('/h')
  expect(expandHome('~/a', '/h')).toBe('/h/a')
  expect(expandHome('/a/~/b', '/h')).toBe('/a/~/b')
  expect(expandHome('/~a', '/h')).toBe('/~a')
})
