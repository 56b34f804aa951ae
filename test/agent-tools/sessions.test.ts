// Sub-agents and other sessions: started, told of, limited, hidden, and ended with their parent.
import { expect, test } from 'bun:test'
import { childrenOf } from '../../src/engine/subagents/index.ts'
import * as sessions from '../../src/store/sessions.ts'
import { until } from '../engine/fixture.ts'
import { afterTool, heard, stage } from './stage.ts'

const main = 'agent:main:main'

test('a sub-agent does its task alone, and its result is told in the chat of its parent', async () => {
  await using s = stage({}, (text, req) => {
    if (req.system.includes('You are a sub-agent')) return `The answer to <${text.split(') ').at(-1)?.trim()}> is 42.`
    return text.includes('The sub-agent "maths" has finished') ? `It says: ${/is (\d+)/.exec(text)?.[1]}` : 'Fine.'
  })
  const said = await s.use('sessions_spawn', { task: 'six times seven', label: 'maths' })
  expect(said).toContain('accepted')
  await until('the result in the chat', () => s.texts().includes('It says: 42'))
  const child = s.requests.find((r) => r.system.includes('You are a sub-agent'))
  const names = child?.tools.map((t) => t.name) ?? []
  expect(names).toContain('read')
  for (const gone of ['gateway', 'cron', 'session_status', 'sessions_send', 'agents_list'])
    expect(names).not.toContain(gone)
  expect(names).toContain('sessions_spawn') // two levels are allowed here
  const told = s.requests.map(heard).find((t) => t.includes('has finished'))
  expect(told).toContain('six times seven')
  expect(told).toContain('15 tokens, cost unknown')
  expect(s.chat.sent.every((m) => m.to.chat === '42')).toBe(true)
})

test('sub-agents are limited in number and depth', async () => {
  const gate = Promise.withResolvers<void>()
  await using s = stage({}, (text, req) =>
    req.system.includes('You are a sub-agent') && !text.includes('!')
      ? { wait: gate.promise, text: 'done' }
      : 'NO_REPLY',
  )
  for (let i = 0; i < 3; i++) await s.receive(`!sessions_spawn {"task":"wait ${i}"}`)
  await until('three at work', () => childrenOf(s.world, main).length === 3)
  await s.receive('!sessions_spawn {"task":"one more"}')
  await until('the refusal', () => s.texts().some((t) => t.includes('maxChildrenPerAgent')))
  gate.resolve()
  await until('their end', () => childrenOf(s.world, main).every((c) => c.endedAt !== undefined))
  const deep = JSON.stringify({
    task: `!sessions_spawn ${JSON.stringify({ task: '!sessions_spawn {"task":"too deep"}' })}`,
  })
  await s.receive(`!sessions_spawn ${deep}`)
  await until('the second level', () => s.requests.some((r) => r.system.includes('(level 2)')))
  await s.idle()
  const second = s.requests.filter((r) => r.system.includes('(level 2)'))
  expect(second.every((r) => !r.tools.some((t) => t.name === 'sessions_spawn'))).toBe(true)
  expect(
    sessions
      .list(s.db, { limit: 50, includeGlobal: false, includeUnknown: false })
      .every((x) => (x.settings.spawnDepth ?? 0) <= 2),
  ).toBe(true)
})

test('/stop also stops sub-agents; one can be steered and killed', async () => {
  await using s = stage({}, (_text, req) =>
    req.system.includes('You are a sub-agent') ? { hang: true, text: 'thinking' } : 'NO_REPLY',
  )
  await s.receive('!sessions_spawn {"task":"long work","label":"worker"}')
  await until('it to work', () => s.runs.all().some((r) => r.session.includes('subagent')))
  await s.receive('!subagents {"action":"steer","target":"worker","message":"other work"}')
  await until('the new words', () => s.requests.some((r) => heard(r).includes('other work')))
  await s.receive('!subagents {"action":"list"}')
  await until('the list', () => s.texts().some((t) => t.includes('"worker"') && t.includes('running')))
  await s.receive('/stop')
  await until('its end', () => s.runs.all().length === 0)
  await s.receive('!sessions_spawn {"task":"again","label":"second"}')
  await until('it to work', () => s.runs.all().some((r) => r.session.includes('subagent')))
  await s.receive('!subagents {"action":"kill","target":"all"}')
  await until('its end', () => !s.runs.all().some((r) => r.session.includes('subagent')))
  await until('word of it', () => s.texts().some((t) => t.includes('"stopped": 1')))
})

test('a sub-agent cut off by the end of the process goes on, and is told of once', async () => {
  const hanging = stage({}, (_t, req) => (req.system.includes('You are a sub-agent') ? { hang: true } : 'NO_REPLY'))
  await hanging.receive('!sessions_spawn {"task":"slow work"}')
  await until('it to work', () => hanging.runs.all().some((r) => r.session.includes('subagent')))
  await until('its parent to be done', () => !hanging.runs.all().some((r) => r.session === main))
  await hanging.close()
  await using s = stage({ path: hanging.path }, (_text, req) =>
    req.system.includes('You are a sub-agent') ? 'Done at last.' : 'Told you.',
  )
  await s.recover()
  await until('the result in the chat', () => s.texts().includes('Told you.'))
  await s.idle()
  expect(s.texts().filter((t) => t === 'Told you.')).toHaveLength(1)
})

test('an agent sees its own tree of sessions, or what the config shows it', async () => {
  const view = {
    visibility: 'tree' as 'self' | 'tree' | 'agent' | 'all',
    talk: { enabled: false, allow: [] as string[] },
  }
  await using s = stage({ settings: { sessionTools: () => view } }, () => 'Hello.')
  await s.submit('r1', 'a secret of another chat', { session: 'agent:main:telegram:group:-9' })
  await s.idle()
  expect(await s.use('sessions_list', {})).not.toContain('group:-9')
  expect(await s.use('sessions_history', { sessionKey: 'agent:main:telegram:group:-9' })).toContain('no session')
  expect(await s.use('sessions_send', { sessionKey: 'agent:main:telegram:group:-9', message: 'x' })).toContain(
    'no session',
  )
  view.visibility = 'agent'
  expect(await s.use('sessions_list', { kinds: ['group'] })).toContain('group:-9')
  expect(await s.use('sessions_history', { sessionKey: 'agent:main:telegram:group:-9' })).toContain(
    'a secret of another chat',
  )
})

test('another session’s agent answers, or its answer is not waited for', async () => {
  await using s = stage(
    { settings: { sessionTools: () => ({ visibility: 'agent', talk: { enabled: false, allow: [] } }) } },
    (text, req) => (req.system.includes('# From another session') ? `you said ${text.split(' ').at(-1)}` : 'Hello.'),
  )
  await s.submit('r1', 'hi', { session: 'agent:main:other' })
  await s.idle()
  expect(await s.use('sessions_send', { sessionKey: 'agent:main:other', message: 'ping' })).toContain('you said ping')
  expect(await s.use('sessions_send', { sessionKey: 'agent:main:other', message: 'x', timeoutSeconds: 0 })).toContain(
    'accepted',
  )
  expect(await s.use('sessions_send', { sessionKey: main, message: 'x' })).toContain('this session itself')
  expect(afterTool(s.requests.at(-1) as never)).toBeBoolean()
})

test('what a group may not do, neither its sub-agents nor other sessions do for it (SEC-21)', async () => {
  const group = (p: { kind: string }) =>
    p.kind === 'group' ? { requireMention: false, tools: { deny: ['exec', 'write'] }, skills: [] } : undefined
  await using s = stage({
    common: { groupPolicy: 'open' },
    account: { group },
    settings: { sessionTools: () => ({ visibility: 'agent', talk: { enabled: false, allow: [] } }) },
  })
  await s.submit('r1', 'hi', { session: main })
  await s.idle()
  const at = { kind: 'group' as const, to: { channel: 'telegram', account: 'default', chat: '-1' } }
  await s.use('sessions_spawn', { task: '!exec {"command":"echo pwned"}', label: 'sub' }, at)
  await until('the result', () => s.requests.some((r) => heard(r).includes('"sub" has')))
  await s.idle()
  await s.use('sessions_send', { sessionKey: main, message: '!exec {"command":"echo pwned"}' }, at)
  const caused = s.requests.filter(
    (r) => /You are a sub-agent|# From another session/.test(r.system) || heard(r).includes('"sub" has'),
  )
  expect(caused.length).toBeGreaterThanOrEqual(4)
  for (const r of caused) expect(r.tools.map((t) => t.name).filter((n) => n === 'exec' || n === 'write')).toEqual([])
  expect(s.requests.some((r) => heard(r).includes('There is no tool "exec"'))).toBe(true)
  await s.use('sessions_spawn', { task: 'plain' })
  await until('another', () =>
    s.requests.some((r) => r.system.includes('You are a sub-agent') && r.tools.some((t) => t.name === 'exec')),
  )
})

test('sub-agents started at the same moment are counted together', async () => {
  const gate = Promise.withResolvers<void>()
  const many = Array.from({ length: 6 }, (_, i) => ({ tool: 'sessions_spawn', input: { task: `wait ${i}` } }))
  await using s = stage({}, (text, req) =>
    req.system.includes('You are a sub-agent')
      ? { wait: gate.promise, text: 'done' }
      : text.includes('go')
        ? { calls: many }
        : 'NO_REPLY',
  )
  await s.receive('go')
  await until('its answer', () => s.texts().length === 1)
  expect(childrenOf(s.world, main)).toHaveLength(3)
  gate.resolve()
})

test('after an answer two agents go on by turns until one has nothing to add, and the one spoken to tells its chat', async () => {
  const far = { to: { channel: 'telegram', account: 'default', chat: '-77' }, kind: 'group' as const, addressed: true }
  const wish = (turns: number) => ({
    common: { groupPolicy: 'open' as const },
    account: { group: () => ({ requireMention: false }) },
    settings: {
      owners: () => ['42'],
      pingPongTurns: () => turns,
      sessionTools: () => ({ visibility: 'agent' as const, talk: { enabled: false, allow: [] } }),
    },
  })
  const say = (text: string, req: { system: string }) => {
    if (text.includes('You have talked with the agent'))
      return text.includes('In the end') ? 'We agreed on noon.' : 'ANNOUNCE_SKIP'
    const turn = /turn (\d) of/.exec(req.system)?.[1]
    if (turn === undefined) return req.system.includes('From another session') ? 'noon?' : 'Fine.'
    return turn === '3' ? 'REPLY_SKIP' : `turn ${turn}`
  }
  const ask = { sessionKey: 'agent:main:telegram:group:-77', message: 'when?' }
  await using s = stage(wish(5), say)
  await s.receive('hello', far)
  await s.idle()
  expect(await s.use('sessions_send', ask)).toContain('noon?')
  await until('word in the other chat', () => s.chat.sent.some((m) => m.text === 'We agreed on noon.'))
  expect(s.chat.sent.find((m) => m.text === 'We agreed on noon.')?.to.chat).toBe('-77')
  const said = s.requests.filter((r) => /turn \d of 5/.test(r.system)).map((r) => heard(r).replace(/^\[.*?\] /, ''))
  expect(said).toEqual(['noon?', 'turn 1', 'turn 2'])
  expect(
    s.requests
      .filter((r) => /turn \d of 5/.test(r.system))
      .every((r) => !r.tools.some((t) => t.name === 'sessions_send')),
  ).toBe(true)
  expect(s.texts().filter((t) => /turn|SKIP/.test(t))).toEqual([])
  await using none = stage(wish(0), say)
  await none.receive('hello', far)
  await none.idle()
  await none.use('sessions_send', ask)
  await until('the question', () => none.requests.some((r) => heard(r).includes('You have talked')))
  await none.idle()
  expect(none.requests.filter((r) => r.system.includes('turn 1'))).toEqual([])
  expect(none.texts().filter((t) => t.includes('SKIP'))).toEqual([])
})
