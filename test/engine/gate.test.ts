// Who is heard, and which agent and session a message belongs to: tables of pure decisions.
import { expect, test } from 'bun:test'
import type { CommonAccount, GroupRule } from '../../src/define/account-fields.ts'
import type { InboundMessage } from '../../src/domain/message.ts'
import type { DmScope } from '../../src/domain/session-key.ts'
import { gate, listed } from '../../src/engine/gate.ts'
import { parseCommand } from '../../src/engine/commands/index.ts'
import { agentFor, route } from '../../src/engine/route.ts'
import type { Binding } from '../../src/engine/settings.ts'
import { accountRule, inbound } from './fixture.ts'

const verdict = (
  common: Partial<CommonAccount>,
  message: Partial<InboundMessage> = {},
  more: { group?: GroupRule; paired?: boolean; always?: boolean; mentioned?: boolean; command?: boolean } = {},
) => {
  const v = gate({
    message: inbound('x', message),
    common: { ...accountRule().common, allowFrom: undefined, ...common },
    group: more.group,
    paired: more.paired ?? false,
    always: more.always ?? false,
    mentioned: more.mentioned ?? false,
    command: more.command ?? false,
  })
  return v.kind === 'deny' ? `deny: ${v.reason}` : v.kind === 'allow' ? (v.trusted ? 'trusted' : 'heard') : v.kind
}

test('direct messages', () => {
  const dm = (dmPolicy: CommonAccount['dmPolicy'], allowFrom: string[] | undefined, paired = false) =>
    verdict({ dmPolicy, allowFrom }, {}, { paired })
  expect(dm('pairing', undefined)).toBe('pair')
  expect(dm('pairing', undefined, true)).toBe('trusted')
  expect(dm('pairing', ['42'])).toBe('trusted')
  expect(dm('allowlist', undefined)).toBe('deny: not in allowFrom')
  expect(dm('allowlist', [])).toBe('deny: not in allowFrom')
  expect(dm('allowlist', ['42'])).toBe('trusted')
  expect(dm('allowlist', undefined, true)).toBe('trusted')
  expect(dm('open', undefined)).toBe('deny: not in allowFrom')
  expect(dm('open', ['*'])).toBe('trusted')
  expect(dm('disabled', ['*'], true)).toBe('deny: direct messages disabled')
  expect(verdict({ enabled: false, dmPolicy: 'open', allowFrom: ['*'] })).toBe('deny: account disabled')
})

test('groups', () => {
  const g = (common: Partial<CommonAccount>, more: Parameters<typeof verdict>[2] = {}, addressed = true) =>
    verdict(common, { kind: 'group', addressed }, more)
  expect(g({ groupPolicy: 'disabled' }, { group: {} })).toBe('deny: groups disabled')
  expect(g({ groupPolicy: 'allowlist' })).toBe('deny: group not listed')
  expect(g({ groupPolicy: 'allowlist' }, { group: {} })).toBe('heard')
  expect(g({ groupPolicy: 'allowlist' }, { group: { enabled: false } })).toBe('deny: group disabled')
  expect(g({ groupPolicy: 'allowlist', groupAllowFrom: ['42'] })).toBe('trusted')
  expect(g({ groupPolicy: 'allowlist', groupAllowFrom: ['7'] }, { group: {} })).toBe(
    'deny: sender not allowed in groups',
  )
  expect(g({ groupPolicy: 'allowlist' }, { group: { allowFrom: ['7'] } })).toBe('deny: sender not allowed in groups')
  expect(g({ groupPolicy: 'open' }, { group: { allowFrom: ['7'] } })).toBe('deny: sender not allowed in groups')
  expect(g({ groupPolicy: 'open' })).toBe('heard')
  expect(g({ groupPolicy: 'allowlist' }, { group: { allowFrom: ['*'] } })).toBe('trusted')
  expect(g({ groupPolicy: 'allowlist' }, { group: { allowFrom: ['*'], trusted: [] } })).toBe('heard')
  expect(g({ groupPolicy: 'allowlist' }, { group: { allowFrom: ['*'], trusted: ['42'] } })).toBe('trusted')
  expect(g({ groupPolicy: 'open' }, {}, false)).toBe('context')
  expect(g({ groupPolicy: 'open' }, { mentioned: true }, false)).toBe('heard')
  expect(g({ groupPolicy: 'open' }, { always: true }, false)).toBe('heard')
  expect(g({ groupPolicy: 'open' }, { group: { requireMention: false } }, false)).toBe('heard')
  expect(g({ groupPolicy: 'open' }, { command: true }, false)).toBe('context')
  expect(g({ groupPolicy: 'open', allowFrom: ['42'] }, { command: true }, false)).toBe('trusted')
})

test('people are listed by id, by handle, and by channel and id', () => {
  const m = { from: { id: '42', handle: 'Ann' }, to: { channel: 'telegram', account: 'a', chat: '1' } }
  for (const yes of ['42', '@ann', 'ann', 'telegram:42', 'tg:42', '*', 'TELEGRAM:42'])
    expect([yes, listed([yes], m)]).toEqual([yes, true])
  for (const no of ['4', '421', 'irc:42', '@bob', '']) expect([no, listed([no], m)]).toEqual([no, false])
  expect(listed(undefined, m)).toBe(false)
})

test('the closest binding wins, the earlier one among equals', () => {
  const m = inbound('x', { to: { channel: 'telegram', account: 'work', chat: '42' } })
  const pick = (...bindings: Binding[]) => agentFor(m, bindings, 'main')
  expect(pick()).toBe('main')
  expect(pick({ agent: 'a', channel: 'irc' })).toBe('main')
  expect(pick({ agent: 'a', channel: 'telegram' })).toBe('main')
  expect(pick({ agent: 'a', channel: 'telegram', account: '*' })).toBe('a')
  expect(
    pick({ agent: 'a', channel: 'telegram', account: '*' }, { agent: 'b', channel: 'telegram', account: 'work' }),
  ).toBe('b')
  expect(
    pick(
      { agent: 'b', channel: 'telegram', account: 'work' },
      { agent: 'c', channel: 'telegram', account: 'work', peer: { kind: 'direct', id: '42' } },
      { agent: 'd', channel: 'telegram', account: 'work', peer: { kind: 'direct', id: '42' } },
    ),
  ).toBe('c')
  expect(pick({ agent: 'c', channel: 'telegram', account: 'work', peer: { kind: 'group', id: '42' } })).toBe('main')
})

test('direct chats share a session as far as the rule says', () => {
  const key = (dmScope: DmScope, links = {}, more: Partial<InboundMessage> = {}) =>
    route({ message: inbound('x', more), bindings: [], defaultAgent: 'main', dmScope, identityLinks: links }).session
  expect(key('main')).toBe('agent:main:main')
  expect(key('per-peer')).toBe('agent:main:direct:42')
  expect(key('per-channel-peer')).toBe('agent:main:telegram:direct:42')
  expect(key('per-account-channel-peer')).toBe('agent:main:telegram:default:direct:42')
  expect(key('per-peer', { ann: ['telegram:42'] })).toBe('agent:main:direct:ann')
  const to = { channel: 'telegram', account: 'default', chat: '-100', thread: '7' }
  expect(key('main', {}, { kind: 'group', to })).toBe('agent:main:telegram:group:-100:topic:7')
  expect(key('main', {}, { kind: 'channel', to: { ...to, channel: 'slack' } })).toBe(
    'agent:main:slack:channel:-100:thread:7',
  )
})

test('commands as people type them', () => {
  expect(parseCommand('/status')).toEqual({ name: 'status', args: '' })
  expect(parseCommand('/Model: a/b ')).toEqual({ name: 'model', args: 'a/b' })
  expect(parseCommand('/new@my_bot hello\nthere')).toEqual({ name: 'new', args: 'hello\nthere' })
  for (const word of ['stop', ' STOP ', 'wait', 'abort', 'interrupt', 'esc', 'exit'])
    expect(parseCommand(word)).toEqual({ name: 'stop', args: '' })
  for (const plain of ['stop it', '/', '//x', 'see /status', '/usr/bin/env'])
    expect([plain, parseCommand(plain)]).toEqual([plain, undefined])
})
