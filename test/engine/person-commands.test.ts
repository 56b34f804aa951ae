// Commands by which a person runs programs, looks after sub-agents, and moves a chat's answers elsewhere.
import { expect, test } from 'bun:test'
import type { EngineSettings } from '../../src/engine/settings.ts'
import { stage } from '../agent-tools/stage.ts'
import { accountRule, until } from './fixture.ts'

const gates: Partial<EngineSettings> = {
  bash: () => ({ enabled: true, foregroundMs: 2000 }),
  notElevated: (_agent, m) => (m.from.id === '42' ? undefined : 'not on tools.elevated.allowFrom.telegram'),
  owners: () => ['42'],
}

async function says(s: ReturnType<typeof stage>, text: string, who = '42'): Promise<string> {
  const before = s.texts().length
  await s.receive(text, { from: { id: who } })
  await until(`an answer to ${text}`, () => s.texts().length > before)
  return s.texts().slice(before).join('\n')
}

test('a person on the list runs commands by `!`, one at a time, and nobody else does', async () => {
  await using s = stage({ settings: gates })
  expect(await says(s, '! echo "one $((1+1))"')).toContain('one 2')
  expect(await says(s, '/bash echo three')).toContain('three')
  expect(await says(s, '! echo four', '9')).toContain('tools.elevated.allowFrom.telegram')
  await using t = stage({ settings: { ...gates, bash: () => ({ enabled: true, foregroundMs: 10 }) } })
  expect(await says(t, '! read x; sleep 30')).toContain('running in the background')
  expect(await says(t, '! echo second')).toContain('running already')
  expect(await says(t, '!poll')).toContain('[running]')
  expect(await says(t, '!stop')).toContain('ended')
  expect(await says(t, '!poll')).not.toContain('[running]')
})

test('`!` is an ordinary word until the config says otherwise, and a file that denies counts for it too', async () => {
  await using s = stage({ settings: { ...gates, bash: () => ({ enabled: false, foregroundMs: 2000 }) } })
  expect(await says(s, '! echo one')).toBe('Fine.')
  expect(await says(s, '/bash echo one')).toContain('commands.bash')
  const denied = () => Promise.resolve({ version: 1 as const, defaults: { security: 'deny' as const } })
  await using t = stage({ settings: { ...gates, execApprovals: denied } })
  expect(await says(t, '! echo one')).toContain('not allowed')
})

test('a program without admin rights is no owner in commands either', async () => {
  await using s = stage({ settings: gates })
  const scopes = new Set(['read', 'write'] as const)
  const send = async (message: string, idempotencyKey: string, more: object = {}) => {
    await s.call('chat.send', { sessionKey: 'main', message, idempotencyKey }, more)
    return (await s.runs.wait(idempotencyKey, AbortSignal.timeout(3000)))?.text ?? ''
  }
  expect(await send('/exec security=full', 'k1', { scopes })).toContain('only an owner')
  expect(await send('/elevated full', 'k2', { scopes })).toContain('only an owner')
  expect(await send('/send off', 'k3', { scopes })).toContain('only an owner')
  expect(await send('/exec security=full', 'k4')).toContain('security=full')
})

test('sub-agents: listed, looked at, steered, stopped, started', async () => {
  const gate = Promise.withResolvers<void>()
  await using s = stage({ settings: { owners: () => ['42'] } }, (text, req) =>
    req.system.includes('You are a sub-agent')
      ? { text: `working on ${text.slice(-20)}`, wait: gate.promise }
      : 'Told you.',
  )
  expect(await says(s, '/subagents')).toContain('No sub-agents')
  expect(await says(s, '/subagents spawn count the birds')).toContain('Started run_')
  await until('it to begin', () => s.requests.some((r) => r.system.includes('You are a sub-agent')))
  expect(await says(s, '/subagents list')).toMatch(/1\. run_\w+: running, \d+ s\. count the birds/)
  expect(await says(s, '/subagents info 1')).toContain('Task: count the birds')
  expect(await says(s, '/tell 1 count the fish')).toContain('Told')
  await until('the new task', () => s.requests.some((r) => JSON.stringify(r.messages).includes('count the fish')))
  expect(await says(s, '/subagents log last')).toContain('user: count the birds')
  expect(await says(s, '/kill all')).toContain('Stopped 1')
  expect(await says(s, '/subagents info 7')).toContain('there is no sub-agent 7')
  gate.resolve()
})

test('answers of a direct chat go to the person’s other channel and back', async () => {
  await using s = stage({
    settings: {
      identityLinks: () => ({ ann: ['telegram:42', 'discord:777'] }),
      account: (channel) => (['telegram', 'discord'].includes(channel) ? accountRule() : undefined),
    },
  })
  expect(await says(s, '/dock-discord')).toContain('Answers go to Discord')
  await s.receive('hello')
  await s.idle()
  expect(s.rows('SELECT channel, chat FROM outbox ORDER BY rowid DESC LIMIT 1')).toEqual([
    { channel: 'discord', chat: 'user:777' },
  ])
  expect(await says(s, '/dock_telegram')).toContain('come here again')
  expect(await says(s, 'hello')).toBe('Fine.')
  expect(await says(s, '/dock-slack')).toContain('session.identityLinks')
})
