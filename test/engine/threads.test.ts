// What accounts and configs may say of threads, of conversations apart, and of several agents in one chat.
import { expect, test } from 'bun:test'
import * as inbox from '../../src/store/inbox.ts'
import * as sessions from '../../src/store/sessions.ts'
import { engineWorld, until } from './fixture.ts'

const group = { kind: 'group', to: { channel: 'telegram', account: 'default', chat: '-7' } } as const
const inThread = { ...group, to: { ...group.to, thread: '9' } }
const open = { groupPolicy: 'open' } as const

test('a message with a conversation of its own is heard there, and answered in its chat', async () => {
  await using w = engineWorld({ common: open })
  await w.receive('hello', { ...group, id: '1', addressed: true, apart: 'slack:slash:U1' })
  await w.idle()
  expect(sessions.list(w.db, { limit: 9, includeGlobal: true, includeUnknown: true }).map((s) => s.key)).toEqual([
    'agent:main:slack:slash:u1',
  ])
  expect(w.chat.sent.map((m) => m.to.chat)).toEqual(['-7'])
})

for (const [overhears, told] of [
  ['thread', ['in the thread']],
  ['channel', ['in the channel', 'in the thread']],
] as const)
  test(`in a thread, what was overheard in the ${overhears} is told`, async () => {
    await using w = engineWorld({ common: { ...open, overhears } })
    await w.receive('in the channel', { ...group, id: '1', addressed: false })
    await w.receive('in the thread', { ...inThread, id: '2', addressed: false })
    await w.receive('well?', { ...inThread, id: '3', addressed: true })
    await w.idle()
    const seen = JSON.stringify(w.requests[0]?.messages)
    expect(['in the channel', 'in the thread'].filter((t) => seen.includes(t))).toEqual([...told])
  })

test('the session of a thread begins with its chat’s, where the account says so', async () => {
  for (const threadsInherit of [true, false]) {
    await using w = engineWorld({ common: { ...open, threadsInherit } })
    await w.receive('the password is swordfish', { ...group, id: '1', addressed: true })
    await w.idle()
    await w.receive('what was it?', { ...inThread, id: '2', addressed: true })
    await w.idle()
    expect(JSON.stringify(w.requests[1]?.messages).includes('swordfish')).toBe(threadsInherit)
    await w.receive('and now?', { ...inThread, id: '3', addressed: true })
    await w.idle()
    expect(JSON.stringify(w.requests[2]?.messages).split('swordfish').length - 1).toBe(threadsInherit ? 1 : 0)
  }
})

test('several agents of a chat answer one after the other', async () => {
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
  const first = Promise.withResolvers<void>()
  const asked: string[] = []
  await using w = engineWorld({
    settings: {
      agent: (id) => (['main', 'second'].includes(id) ? agent(id) : undefined),
      broadcast: () => ({ '42': ['main', 'second'] }),
      broadcastInTurn: () => true,
    },
    script: (req) => {
      asked.push(req.system.includes('agent=second') ? 'second' : 'main')
      return { text: 'Yes.', ...(asked.length === 1 ? { wait: first.promise } : {}) }
    },
  })
  await w.receive('hello')
  await until('the first to be asked', () => asked.length === 1)
  expect(inbox.tally(w.db)).toEqual({ taken: 1, new: 1 })
  first.resolve()
  await until('both answers', () => w.texts().length === 2)
  expect(asked).toEqual(['main', 'second'])
})

test('an account may wait for more messages before it answers', async () => {
  await using w = engineWorld({ common: { debounceMs: 500 } })
  await w.receive('one')
  await w.pass(400)
  await w.receive('two')
  await w.pass(400)
  expect(w.requests).toHaveLength(0)
  await w.pass(600)
  await w.idle()
  expect(w.requests).toHaveLength(1)
})
