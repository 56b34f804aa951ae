// Secrets are hidden from readers, and come back unharmed from what readers send.
import { describe, expect, test } from 'bun:test'
import { namesSecret, redact, redacted, redactText, restoreRedacted } from '../../src/config/redact.ts'
import { secretPaths, secretRule } from '../../src/config/describe.ts'
import { sections } from '../../src/config/sections/index.ts'
import { Secret } from '../../src/lib/secret.ts'
import { richConfig } from './mutations.ts'

const text = `{
  // a comment
  gateway: { auth: { token: 't0p', password: "p\\"w" }, port: 1 },
  models: { providers: { a: { apiKey: 'k1', models: [{ id: 'x', maxTokens: 5 }] } } },
  agents: { list: [{ id: 'a', memorySearch: { remote: { apiKey: 'ka' } } }, { id: 'b', memorySearch: { remote: { apiKey: 'kb' } } }] },
  hooks: { token: "\${HOOK_TOKEN}" },
  cron: { webhookToken: { env: 'CRON' } },
  env: { vars: { OPENAI_API_KEY: 'sk-1', PLAIN: 'x' } },
  lists: { botTokens: 'x', botToken: ['l1', 'l2'], password: 1234 },
}
`
const hidden = ['t0p', 'p\\"w', "'k1'", "'ka'", "'kb'", 'sk-1', 'l1', 'l2', '1234']

test('names of secrets', () => {
  for (const name of [
    'token',
    'botToken',
    'password',
    'appPassword',
    'clientSecret',
    'apiKey',
    'api_key',
    'OPENAI_API_KEY',
  ])
    expect([name, namesSecret(name)]).toEqual([name, true])
  for (const name of ['maxTokens', 'maxTokensField', 'contextTokens', 'tokenFile', 'key', 'mode', 'maxToken'])
    expect([name, namesSecret(name)]).toEqual([name, false])
})

describe('hiding', () => {
  test('in values', () => {
    const shown = redact(Bun.JSON5.parse(text)) as Record<string, unknown>
    expect(shown['gateway']).toEqual({ auth: { token: redacted, password: redacted }, port: 1 })
    expect(shown['hooks']).toEqual({ token: '${HOOK_TOKEN}' })
    expect(shown['cron']).toEqual({ webhookToken: { env: 'CRON' } })
    expect(shown['env']).toEqual({ vars: { OPENAI_API_KEY: redacted, PLAIN: 'x' } })
    expect(shown['lists']).toEqual({ botTokens: 'x', botToken: [redacted, redacted], password: redacted })
    expect(redact({ a: new Secret('x') })).toEqual({ a: redacted })
  })

  test('in texts, where all else stays', () => {
    const shown = redactText(text)
    for (const secret of hidden) expect(shown).not.toContain(secret)
    expect(shown).toContain('// a comment')
    expect(Bun.JSON5.parse(shown)).toEqual(redact(Bun.JSON5.parse(text)))
    expect(redactText('{ token: "x"')).toBe('')
  })

  test('by the schema too', () => {
    expect(secretPaths(sections)).toContain('models.providers.*.apiKey')
    const rule = secretRule(sections)
    expect(redact({ models: { providers: { x: { apiKey: 'k' } } } }, rule)).toEqual({
      models: { providers: { x: { apiKey: redacted } } },
    })
    expect(rule(['gateway', 'port'])).toBe(false)
  })
})

describe('putting back', () => {
  test('what was hidden comes back to the letter', () => {
    expect(restoreRedacted(redactText(text), text)).toBe(text)
    expect(restoreRedacted(redactText(richConfig), richConfig)).toBe(richConfig)
    expect(restoreRedacted('{ a: 1 }', text)).toBe('{ a: 1 }')
  })

  test('entries with ids are found wherever they are', () => {
    const moved = `{ agents: { list: [{ id: 'b', memorySearch: { remote: { apiKey: '${redacted}' } } }] } }`
    expect(Bun.JSON5.parse(restoreRedacted(moved, text))).toEqual({
      agents: { list: [{ id: 'b', memorySearch: { remote: { apiKey: 'kb' } } }] },
    })
  })

  const refused: readonly [string, string, string][] = [
    ['nothing stored there', `{ gateway: { remote: { token: '${redacted}' } } }`, 'gateway.remote.token'],
    ['no file yet', `{ gateway: { auth: { token: '${redacted}' } } }`, 'gateway.auth.token'],
    ['a part of a text', `{ gateway: { auth: { token: 'Bearer ${redacted}' } } }`, 'cannot be stored'],
    ['as a key', `{ '${redacted}': 1 }`, 'cannot be stored'],
    ['in a comment', `{ // ${redacted}\n }`, 'cannot be stored'],
    ['a list that has changed', `{ lists: { botToken: ['${redacted}'] } }`, 'lists.botToken.0'],
    [
      'an unknown id',
      `{ agents: { list: [{ id: 'c', memorySearch: { remote: { apiKey: '${redacted}' } } }] } }`,
      'agents.list.0',
    ],
  ]
  for (const [name, next, message] of refused)
    test(`refuses ${name}`, () => {
      expect(() => restoreRedacted(next, name === 'no file yet' ? '' : text)).toThrow(message)
    })
})
