// What the file of standing permissions allows: never more than the config, and only programs by their full path.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ExecApprovals, execRule, onAllowlist } from '../../src/domain/exec-approvals.ts'

const securities = ['deny', 'allowlist', 'full'] as const
const asks = ['off', 'on-miss', 'always'] as const

test('the stricter of config and file counts', () => {
  const rules = fc.record({ security: fc.constantFrom(...securities), ask: fc.constantFrom(...asks) })
  fc.assert(
    fc.property(rules, rules, (config, file) => {
      const got = execRule(config, { version: 1, defaults: file }, 'main')
      expect(securities.indexOf(got.security)).toBe(
        Math.min(securities.indexOf(config.security), securities.indexOf(file.security)),
      )
      expect(asks.indexOf(got.ask)).toBe(Math.max(asks.indexOf(config.ask), asks.indexOf(file.ask)))
    }),
  )
  expect(execRule({ security: 'full', ask: 'off' }, undefined, 'main')).toMatchObject({ security: 'full', ask: 'off' })
})

test('an agent’s own part goes before that of all agents, and its list adds to theirs', () => {
  const file = ExecApprovals.parse({
    version: 1,
    defaults: { security: 'deny' },
    agents: {
      '*': { security: 'allowlist', allowlist: [{ pattern: '/usr/bin/ls' }] },
      main: { security: 'full', allowlist: [{ pattern: '/usr/bin/git' }] },
    },
  })
  const config = { security: 'full', ask: 'off' } as const
  expect(execRule(config, file, 'main')).toMatchObject({
    security: 'full',
    allowlist: ['/usr/bin/ls', '/usr/bin/git'],
  })
  expect(execRule(config, file, 'other')).toMatchObject({ security: 'allowlist', allowlist: ['/usr/bin/ls'] })
})

test('patterns are globs over absolute paths', () => {
  const on = (pattern: string, program: string) => onAllowlist([pattern], program, '/home/ann')
  expect(on('/usr/bin/git', '/usr/bin/git')).toBe(true)
  expect(on('/USR/bin/Git', '/usr/bin/git')).toBe(true)
  expect(on('/usr/bin/*', '/usr/bin/git')).toBe(true)
  expect(on('/usr/*', '/usr/bin/git')).toBe(false)
  expect(on('/usr/**', '/usr/bin/git')).toBe(true)
  expect(on('/opt/**/run?', '/opt/a/b/run1')).toBe(true)
  expect(on('/opt/**/run?', '/opt/run1')).toBe(true)
  expect(on('~/bin/*', '/home/ann/bin/x')).toBe(true)
  expect(on('~/bin/*', '/home/bob/bin/x')).toBe(false)
  expect(on('git', '/tmp/evil/git')).toBe(false)
  expect(on('/usr/bin/g.t', '/usr/bin/git')).toBe(false)
  expect(on('/usr/bin/git', '/usr/bin/git2')).toBe(false)
})
