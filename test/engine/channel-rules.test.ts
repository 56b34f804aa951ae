// What the rules of chats make of messages: who is heard where, whose commands count, and how answers go out.
import { expect, test } from 'bun:test'
import type { CommonAccount, GroupRule } from '../../src/define/account-fields.ts'
import type { InboundMessage } from '../../src/domain/message.ts'
import { acknowledged } from '../../src/engine/answer/ack.ts'
import { isOwner, mayCommand } from '../../src/engine/commands/access.ts'
import { directives, inlineCommand } from '../../src/engine/commands/directives.ts'
import { gate } from '../../src/engine/gate.ts'
import { replyTags } from '../../src/engine/answer/reply-tags.ts'
import { agentFor } from '../../src/engine/route.ts'
import type { Binding } from '../../src/engine/settings.ts'
import { accountRule, engineWorld, inbound, until } from './fixture.ts'

const group = { to: { channel: 'telegram', account: 'default', chat: '-1' }, kind: 'group' } as const
const thread = { ...group, to: { ...group.to, thread: '7' } } as const

test('policy × place × person: nobody is heard who should not be', () => {
  const people = {
    stranger: { from: { id: '1' }, paired: false },
    paired: { from: { id: '2' }, paired: true },
    owner: { from: { id: '42' }, paired: false },
  }
  const places = { dm: {}, group, thread }
  const seen: Record<string, string> = {}
  for (const policy of ['pairing', 'allowlist', 'open', 'disabled'] as const)
    for (const [place, at] of Object.entries(places))
      for (const [who, { from, paired }] of Object.entries(people)) {
        const common: CommonAccount = {
          ...accountRule().common,
          dmPolicy: policy,
          groupPolicy: policy === 'pairing' ? 'allowlist' : policy,
          allowFrom: policy === 'open' ? ['*'] : ['42'],
        }
        const message = inbound('hi', { ...at, from, addressed: true })
        const inGroup = message.kind !== 'direct'
        const v = gate({
          message,
          common,
          group: inGroup && policy !== 'open' ? {} : undefined,
          paired: paired && !inGroup,
          always: false,
          mentioned: false,
          command: false,
        })
        seen[`${policy} ${place} ${who}`] = v.kind === 'allow' ? (v.trusted ? 'trusted' : 'heard') : v.kind
      }
  const row = (policy: string, place: string) =>
    ['stranger', 'paired', 'owner'].map((who) => seen[`${policy} ${place} ${who}`]).join(' ')
  expect(row('pairing', 'dm')).toBe('pair trusted trusted')
  expect(row('allowlist', 'dm')).toBe('deny trusted trusted')
  expect(row('open', 'dm')).toBe('trusted trusted trusted')
  expect(row('disabled', 'dm')).toBe('deny deny deny')
  for (const place of ['group', 'thread']) {
    expect(row('pairing', place)).toBe('deny deny trusted') // paired for direct chats is not allowed in groups
    expect(row('allowlist', place)).toBe('deny deny trusted')
    expect(row('open', place)).toBe('trusted trusted trusted')
    expect(row('disabled', place)).toBe('deny deny deny')
  }
  expect(Object.keys(seen)).toHaveLength(36)
})

test('what a stranger does reaches no session: messages, reactions, notes, whatever the place', async () => {
  await using w = engineWorld({
    common: { dmPolicy: 'pairing', allowFrom: ['42'], groupPolicy: 'allowlist' },
    account: { group: () => ({}) },
  })
  const stranger = { id: '666', name: 'Eve' }
  const note = (id: string, at: Partial<InboundMessage>, from = stranger) =>
    w.intake.happened({ ...inbound('reaction added: 👍 by Eve', { ...at, id, from }) })
  expect(await w.receive('CANARY one', { id: 'a', from: stranger })).toBe('pair')
  expect(await w.receive('CANARY two', { ...group, id: 'b', from: stranger })).toBe('refused')
  expect(await note('c', { text: 'CANARY three' })).toBe('refused')
  expect(await note('d', { ...group, text: 'CANARY four' })).toBe('refused')
  expect(await w.intake.happened(inbound('reaction added by Ann', { id: 'e' }))).toBe('heard')
  expect(await w.intake.happened(inbound('reaction added by Ann', { id: 'e' }))).toBe('known')
  await w.receive('hello', { id: 'f' })
  await w.receive('hello', { ...group, id: 'g', addressed: true })
  await w.idle()
  const shown = JSON.stringify(w.requests.map((r) => r.messages))
  expect(shown).not.toContain('CANARY')
  expect(shown).toContain('(reaction added by Ann)')
})

test('commands count for those who may, and are passed over from others', async () => {
  await using w = engineWorld({ common: { groupPolicy: 'open', allowFrom: ['42'], groupAllowFrom: ['42', '9'] } })
  const heard = await w.receive('/new', { ...group, id: 'x', from: { id: '5' }, addressed: true })
  expect(heard).toBe('refused')
  await w.receive('/whoami', { ...group, id: 'y', from: { id: '9' }, addressed: true })
  await until('the answer', () => w.texts().length === 1)
  expect(w.texts()[0]).toContain('You: 9')
  expect(w.requests).toEqual([])
})

test('who may use commands, and who is an owner', () => {
  const m = inbound('/status')
  const rule = { accessGroups: true, text: true }
  expect([mayCommand(rule, m, true), mayCommand(rule, m, false)]).toEqual([true, false])
  expect(mayCommand({ ...rule, accessGroups: false }, m, false)).toBe(true)
  expect(mayCommand({ ...rule, allowFrom: { telegram: ['7'] } }, m, true)).toBe(false)
  expect(mayCommand({ ...rule, allowFrom: { '*': ['42'] } }, m, false)).toBe(true)
  expect(mayCommand({ ...rule, text: false }, m, true)).toBe(false)
  expect(mayCommand({ ...rule, text: false }, { ...m, native: true }, true)).toBe(true)
  expect(isOwner(undefined, { message: m, options: {} })).toBe(false)
  expect(isOwner(undefined, { message: m, options: { known: true } })).toBe(true)
  expect(isOwner(['7'], { message: m, options: { known: true } })).toBe(false)
  expect(isOwner(['42'], { message: m, options: {} })).toBe(true)
})

test('a chat open to all makes nobody an owner', async () => {
  await using w = engineWorld({ common: { dmPolicy: 'open', allowFrom: ['*'] } })
  await w.receive('/approve apr_1 allow-once')
  await until('the refusal', () => w.texts().length === 1)
  expect(w.texts()[0]).toContain('only people this assistant knows')
})

test('words inside a message set how it is answered', () => {
  expect(directives('/think high what is up')).toEqual({ text: 'what is up', options: { thinking: 'high' } })
  expect(directives('tell me /model a/two /v full please')).toEqual({
    text: 'tell me please',
    options: { model: 'a/two', verbose: 'full' },
  })
  expect(directives('/think high')).toEqual({ text: '/think high', options: {} })
  expect(directives('/thinking about it')).toEqual({ text: '/thinking about it', options: {} })
  expect(directives('/t MAX do it /reasoning stream')).toEqual({
    text: 'do it',
    options: { thinking: 'high', reasoning: 'stream' },
  })
  expect(directives('/exec host=node ask=always node=pi list them')).toEqual({
    text: 'list them',
    options: { exec: { execHost: 'node', execAsk: 'always', execNode: 'pi' } },
  })
  expect(directives('see /exec host=moon')).toEqual({ text: 'see /exec host=moon', options: {} })
  expect(directives('/small what is 2.5', ['small', '2.5'])).toEqual({
    text: 'what is 2.5',
    options: { model: 'small' },
  })
  expect(directives('/small', ['small'])).toEqual({ text: '/small', options: {} })
  expect(inlineCommand('so /status and then')).toEqual({ name: 'status', rest: 'so and then' })
  expect(inlineCommand('/status')).toBeUndefined()
  expect(inlineCommand('see /statusx')).toBeUndefined()
})

test('a command inside a message is answered, and the rest goes to the model', async () => {
  await using w = engineWorld()
  await w.receive('hello /whoami there')
  await until('both answers', () => w.texts().length === 2)
  await w.idle()
  expect(
    w
      .texts()
      .toSorted()
      .map((t) => t.slice(0, 6)),
  ).toEqual(['Hello.', 'You: 4'])
  expect(JSON.stringify(w.requests[0]?.messages)).toContain('hello there')
})

test('a model named inside a message is asked this once', async () => {
  await using w = engineWorld()
  await w.receive('/model a/two hi', { id: '1' })
  await w.idle()
  await w.receive('again', { id: '2' })
  await w.idle()
  expect(w.told('finished').map((n) => n.event.type === 'finished' && n.event.model)).toEqual(['a/two', 'a/one'])
})

test('bindings: the closest place wins', () => {
  const bind = (agent: string, more: Partial<Binding>): Binding => ({ agent, channel: 'discord', ...more })
  const bindings = [
    bind('any', { account: '*' }),
    bind('team', { team: 'G' }),
    bind('guild', { guild: 'G' }),
    bind('role', { guild: 'G', roles: ['r1', 'r2'] }),
    bind('chat', { peer: { kind: 'channel', id: 'C' } }),
    bind('thread', { peer: { kind: 'channel', id: 'T' } }),
  ]
  const at = (thread?: string, roles: string[] = [], space = 'G', chat = 'C') =>
    agentFor(
      inbound('x', {
        to: { channel: 'discord', account: 'default', chat, ...(thread ? { thread } : {}) },
        kind: 'channel',
        space: { id: space, roles },
      }),
      bindings,
      'main',
    )
  expect(at('T')).toBe('thread')
  expect(at('other')).toBe('chat')
  expect(at(undefined, ['r2'], 'G', 'D')).toBe('role')
  expect(at(undefined, ['r9'], 'G', 'D')).toBe('guild')
  expect(at(undefined, [], 'H', 'D')).toBe('any')
})

test('several agents may answer one chat', async () => {
  const agent = (id: string) => ({
    id,
    workspace: '/tmp/ws',
    mentionPatterns: [],
    tools: {
      profile: 'full' as const,
      deny: [],
      execSecurity: 'full' as const,
      execAsk: 'off' as const,
      confined: true,
    },
  })
  await using w = engineWorld({
    settings: {
      agent: (id) => (['main', 'second'].includes(id) ? agent(id) : undefined),
      broadcast: () => ({ '42': ['main', 'second', 'nobody'] }),
    },
    script: (req) => (req.system.includes('agent=second') ? 'Second.' : 'First.'),
  })
  await w.receive('hello')
  await w.idle()
  expect(w.texts().toSorted()).toEqual(['First.', 'Second.'])
  await w.receive('/whoami', { id: 'w' })
  await until('one answer only', () => w.texts().length === 3)
})

test('the emoji of work goes on the messages it is meant for, and off again', async () => {
  const rule = { emoji: '👀', direct: false, group: 'mentions', remove: true } as const
  expect(acknowledged(rule, { kind: 'direct', addressed: true })).toBe(false)
  expect(acknowledged(rule, { kind: 'group', addressed: true })).toBe(true)
  expect(acknowledged(rule, { kind: 'group', addressed: false })).toBe(false)
  expect(acknowledged({ ...rule, group: 'always' }, { kind: 'group', addressed: false })).toBe(true)
  await using w = engineWorld({
    common: { groupPolicy: 'open' },
    settings: { ack: () => rule },
  })
  const reactions: string[] = []
  Object.assign(w.chat.connection, {
    react: async (_at: unknown, id: string, emoji: string) => void reactions.push(`${id} ${emoji}`),
  })
  await w.receive('hello', { ...group, id: '5', addressed: true })
  await w.idle()
  await until('it to be gone', () => reactions.length === 2)
  expect(reactions).toEqual(['5 👀', '5 '])
})

test('a group has words and tools of its own', async () => {
  const tool = (id: string) => ({
    id,
    summary: id,
    params: undefined as never,
    risk: 'read' as const,
    run: () => Promise.reject(),
  })
  const { z } = await import('zod')
  const tools = ['look', 'touch', 'smell'].map((id) => ({ ...tool(id), params: z.strictObject({}) }))
  const rule: GroupRule = {
    systemPrompt: 'Speak like a pirate.',
    tools: { deny: ['touch'] },
    toolsBySender: { '9': { allow: ['smell'] } },
  }
  await using w = engineWorld({ common: { groupPolicy: 'open' }, account: { group: () => rule }, tools })
  await w.receive('hello', { ...group, id: '1', addressed: true })
  await w.receive('hello', { ...group, id: '2', addressed: true, from: { id: '9' } })
  await w.idle()
  expect(w.requests.map((r) => r.tools.map((t) => t.name))).toEqual([['look', 'smell'], ['smell']])
  expect(w.requests[0]?.system).toContain('Speak like a pirate.')
})

test('tags of an answer say what it replies to and how it sounds', () => {
  expect(replyTags('[[reply_to_current]] Yes.')).toEqual({ text: 'Yes.', replyTo: 'current', voice: false })
  expect(replyTags('Yes. [[reply_to: 17]]')).toEqual({ text: 'Yes.', replyTo: '17', voice: false })
  expect(replyTags('[[audio_as_voice]]\nHi')).toEqual({ text: 'Hi', voice: true })
  expect(replyTags('an [[ordinary]] text')).toEqual({ text: 'an [[ordinary]] text', voice: false })
})

test('an answer replies where it says so, and a native command always', async () => {
  await using w = engineWorld({ script: (_r, n) => (n ? 'Plain.' : '[[reply_to_current]] Yes.') })
  await w.receive('one', { id: '11' })
  await w.idle()
  await w.receive('two', { id: '12' })
  await w.idle()
  await w.receive('/whoami', { id: '13', native: true })
  await until('three', () => w.chat.sent.length === 3)
  expect(w.chat.sent.map((m) => m.replyTo)).toEqual(['11', undefined, '13'])
})

test('what was said in another topic is no context here', async () => {
  await using w = engineWorld({ common: { groupPolicy: 'open' } })
  await w.receive('in topic seven', { ...thread, id: '1', addressed: false })
  await w.receive('in the open', { ...group, id: '2', addressed: false })
  await w.receive('hello', { ...thread, id: '3', addressed: true })
  await w.idle()
  const shown = JSON.stringify(w.requests[0]?.messages)
  expect(shown).toContain('in topic seven')
  expect(shown).not.toContain('in the open')
})

test('a direct chat is shown as many turns as its person has', async () => {
  await using w = engineWorld({ common: { dmHistoryLimit: 2 } })
  for (const n of [1, 2, 3, 4]) {
    await w.receive(`message ${n}`, { id: `${n}` })
    await w.idle()
  }
  const last = JSON.stringify(w.requests.at(-1)?.messages)
  expect([1, 2, 3, 4].map((n) => last.includes(`message ${n}`))).toEqual([false, false, true, true])
})
