// Which groups a Telegram account listens in.
import { expect, test } from 'bun:test'
import { account, groupRule } from '../../../src/channels/telegram/account.ts'

const rule = (groups: unknown, chat = '-100', thread?: string) =>
  groupRule(account().parse({ botToken: 'x', ...(groups === undefined ? {} : { groups }) }), {
    to: { channel: 'telegram', account: 'default', chat, ...(thread ? { thread } : {}) },
    kind: 'group',
    from: { id: '7' },
  })

test('without a list no group has a rule of its own', () => {
  expect(rule(undefined)).toBeUndefined()
  expect(rule({})).toBeUndefined()
})

test('a list is an allowlist: what is not on it is not heard', () => {
  expect(rule({ '-200': {} })).toEqual({ enabled: false })
  expect(rule({ '-200': {}, '*': { requireMention: false } })).toMatchObject({ requireMention: false })
  expect(rule({ '-100': { allowFrom: [7] } })).toMatchObject({ allowFrom: ['7'] })
})

test('a topic has what its group has, unless it says otherwise', () => {
  const groups = { '-100': { requireMention: false, topics: { '5': { requireMention: true } } } }
  expect(rule(groups, '-100', '5')).toMatchObject({ requireMention: true })
  expect(rule(groups, '-100', '6')).toMatchObject({ requireMention: false })
})
