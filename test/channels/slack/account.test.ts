// What the config says of a Slack account: who is heard where, what replies are, how chats are named.
import { expect, test } from 'bun:test'
import { channelSections } from '../../../src/channels/index.ts'
import { account, citable } from '../../../src/channels/slack/account.ts'
import { slack } from '../../../src/channels/slack/index.ts'
import { resolveAccounts } from '../../../src/define/accounts.ts'
import type { Place } from '../../../src/define/channel.ts'

const resolve = (section: unknown, env: Readonly<Record<string, string>> = {}) =>
  resolveAccounts(slack, section === undefined ? undefined : channelSections.slack.parse(section), env)

const place = (more: Partial<Place> = {}): Place => ({
  to: { channel: 'slack', account: 'default', chat: 'C0GENERAL1' },
  kind: 'channel',
  from: { id: 'U0ANN00001' },
  title: 'general',
  ...more,
})
const rule = (config: object, where: Partial<Place> = {}) => slack.group?.(account().parse(config), place(where))

test('what is missing is said with the command that mends it', () => {
  const missing = (config: object) => slack.missing(account().parse(config))
  expect(missing({})).toContain('channels.slack.botToken')
  expect(missing({ botToken: 'xoxb-1' })).toContain('channels.slack.appToken')
  expect(missing({ botToken: 'xoxb-1', mode: 'http' })).toContain('channels.slack.signingSecret')
  expect(missing({ botToken: 'xoxb-1', appToken: 'xapp-1' })).toBeUndefined()
  expect(missing({ botToken: 'xoxb-1', mode: 'http', signingSecret: 's' })).toBeUndefined()
})

test('the environment configures the default account, and alone opens the channels', () => {
  const env = { SLACK_BOT_TOKEN: 'xoxb-env', SLACK_APP_TOKEN: 'xapp-env' }
  const policy = (section: unknown) => {
    const [one] = resolve(section, env)
    return one && [one.source, slack.common?.(one.account, one.source).groupPolicy]
  }
  expect(policy(undefined)).toEqual(['env', 'open'])
  expect(policy({ enabled: true })).toEqual(['env', 'allowlist'])
  expect(policy({ mode: 'socket' })).toEqual(['env', 'allowlist'])
  expect(policy({ groupPolicy: 'allowlist' })).toEqual(['env', 'allowlist'])
  expect(policy({ channels: { C1: {} } })).toEqual(['env', 'allowlist'])
  expect(policy({ groupPolicy: 'disabled' })).toEqual(['env', 'disabled'])
  expect(policy({ botToken: 'xoxb-1', appToken: 'xapp-1' })).toEqual(['config', 'allowlist'])
  expect(resolve(undefined, env)[0]?.account.appToken?.reveal()).toBe('xapp-env')
})

test('older words for direct messages count', () => {
  const common = (config: object) => slack.common?.(account().parse(config), 'config')
  expect(common({ dm: { policy: 'open', allowFrom: ['*'] } })).toMatchObject({ dmPolicy: 'open', allowFrom: ['*'] })
  expect(common({ dm: { enabled: false }, dmPolicy: 'open', allowFrom: ['*'] })?.dmPolicy).toBe('disabled')
  expect(common({ allowFrom: ['slack:U1', 'user:U2', 'U3', 4] })?.allowFrom).toEqual(['U1', 'U2', 'U3', '4'])
  expect(common({})?.dmPolicy).toBe('pairing')
})

test('replies differ by kind of chat', () => {
  const modes = (config: object) => slack.common?.(account().parse(config), 'config').replyToModeByChatType
  expect(modes({ dm: { replyToMode: 'all' } })).toMatchObject({ direct: 'all' })
  const own = { replyToModeByChatType: { direct: 'off', channel: 'all' }, dm: { replyToMode: 'all' } }
  expect(modes(own)).toEqual({ direct: 'off', group: undefined, channel: 'all' })
})

test('channels that are listed are the only ones, unless the policy is open', () => {
  expect(rule({})).toBeUndefined()
  expect(rule({ channels: { C0OTHER001: {} } })).toEqual({ enabled: false })
  expect(rule({ groupPolicy: 'open', channels: { C0OTHER001: {} } })).toBeUndefined()
  expect(rule({ groupPolicy: 'open', requireMention: false })).toEqual({ requireMention: false })
  expect(rule({ channels: { C0GENERAL1: {} } })).toMatchObject({ allowFrom: ['*'], trusted: [] })
  expect(rule({ allowFrom: ['slack:U1'], channels: { C0GENERAL1: {} } })).toMatchObject({ trusted: ['U1'] })
  expect(rule({ channels: { '#General': { requireMention: false } } })).toMatchObject({ requireMention: false })
  expect(rule({ channels: { general: { allow: false } } })).toMatchObject({ enabled: false })
  expect(rule({ channels: { '*': { users: ['U7'] } } })).toMatchObject({ allowFrom: ['U7'] })
  expect(rule({ channels: { C0GENERAL1: { users: [7] }, '*': {} } })).toMatchObject({ allowFrom: ['7'] })
  expect(rule({ requireMention: false, channels: { C0GENERAL1: {} } })).toMatchObject({ requireMention: false })
  expect(rule({ channels: { general: {} } }, { title: 'another' })).toEqual({ enabled: false })
})

test('groups of direct messages are heard when that is said', () => {
  const trio = { kind: 'group', to: { channel: 'slack', account: 'default', chat: 'G0TRIO0001' } } as const
  expect(rule({}, trio)).toMatchObject({ enabled: false })
  expect(rule({ dm: { groupEnabled: true } }, trio)).not.toHaveProperty('enabled')
  expect(rule({ dm: { groupEnabled: true, groupChannels: ['G0OTHER001'] } }, trio)).toMatchObject({ enabled: false })
  expect(rule({ dm: { groupEnabled: true, groupChannels: ['G0TRIO0001'] } }, trio)).not.toHaveProperty('enabled')
  expect(rule({ dm: { enabled: false, groupEnabled: true } }, trio)).toMatchObject({ enabled: false })
})

test('who is not heard is not cited', () => {
  const cited = (config: object, user = 'U0EVE00001', kind: Place['kind'] = 'channel') =>
    citable(account().parse(config), place({ kind }), user)
  expect(cited({ channels: { C0GENERAL1: {} } })).toBe(true)
  expect(cited({ channels: { C0GENERAL1: { users: ['U0ANN00001'] } } })).toBe(false)
  expect(cited({ channels: { C0GENERAL1: { users: ['U0ANN00001'] } } }, 'U0ANN00001')).toBe(true)
  expect(cited({ groupPolicy: 'open', channels: { C0GENERAL1: { users: ['U0ANN00001'] } } })).toBe(false)
  expect(cited({ groupPolicy: 'open', allowFrom: ['U0ANN00001'] })).toBe(true)
  expect(cited({ allowFrom: ['U0ANN00001'] })).toBe(false)
  expect(cited({ allowFrom: ['U0ANN00001'] }, 'U0EVE00001', 'direct')).toBe(true)
})

test.each([
  ['channel:C0GENERAL1', { chat: 'C0GENERAL1' }],
  ['C0GENERAL1', { chat: 'C0GENERAL1' }],
  ['c0general1', { chat: 'C0GENERAL1' }],
  ['slack:channel:C0GENERAL1', { chat: 'C0GENERAL1' }],
  ['user:U0ANN00001', { chat: 'U0ANN00001' }],
  ['<@U0ANN00001|ann>', { chat: 'U0ANN00001' }],
  ['D0ANN00001', { chat: 'D0ANN00001' }],
  ['#general', { chat: '#general' }],
  ['channel:#general', { chat: '#general' }],
  ['channel:general', { chat: '#general' }],
  ['@ann', { chat: '@ann' }],
  ['C0GENERAL1:thread:1790000001.000100', { chat: 'C0GENERAL1', thread: '1790000001.000100' }],
  ['general', undefined],
  ['university', undefined],
  ['+15551234567', undefined],
  ['', undefined],
])('the target %p', (text, expected) => {
  expect(slack.target(text)).toEqual(expected)
})

test('mode and path say how Slack reaches us', () => {
  const how = (config: object) => {
    const a = account().parse(config)
    return [slack.mode?.(a), slack.path?.(a)]
  }
  expect(how({})).toEqual(['socket', undefined])
  expect(how({ mode: 'http' })).toEqual(['webhook', '/slack/events'])
  expect(how({ mode: 'http', webhookPath: 'hooks/slack' })).toEqual(['webhook', '/hooks/slack'])
})

test('set-up questions know a good answer', () => {
  const check = (key: string, value: string) => slack.setup.find((s) => s.key === key)?.check?.(value)
  expect(check('botToken', 'xoxb-123456789012-abcdefghij')).toBeUndefined()
  expect(check('botToken', 'xapp-123456789012-abcdefghij')).toContain('xoxb-')
  expect(check('appToken', 'xapp-1-A0APP00001-123-abc')).toBeUndefined()
  expect(check('appToken', 'xoxb-123456789012')).toContain('xapp-')
  expect(check('userToken', '')).toBeUndefined()
  expect(check('signingSecret', '0123456789abcdef0123456789abcdef')).toBeUndefined()
  expect(check('signingSecret', 'short')).toContain('hex')
  expect(check('allowFrom', 'U012AB3CD, W012AB3CD')).toBeUndefined()
  expect(check('allowFrom', '@ann')).toContain('member ids')
})
