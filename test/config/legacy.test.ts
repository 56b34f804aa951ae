// Older places of keys are read as if they were at the new ones.
import { describe, expect, test } from 'bun:test'
import { loaded } from './fixture.ts'

describe('older places', () => {
  const moves: readonly [string, string, (c: Awaited<ReturnType<typeof loaded>>) => unknown, unknown][] = [
    [
      'gateway.discovery.mdns',
      '{ gateway: { discovery: { mdns: { mode: "off" } } } }',
      (c) => c.config.discovery.mdns.mode,
      'off',
    ],
    [
      'gateway.discovery.wideArea',
      '{ gateway: { discovery: { wideArea: { enabled: true, domain: "openclaw.internal" } } } }',
      (c) => c.config.discovery.wideArea,
      { enabled: true, domain: 'openclaw.internal' },
    ],
    ['routing.queue', '{ routing: { queue: { cap: 3 } } }', (c) => c.config.messages.queue.cap, 3],
    [
      'routing.groupChat.historyLimit',
      '{ routing: { groupChat: { historyLimit: 7 } } }',
      (c) => c.config.messages.groupChat.historyLimit,
      7,
    ],
    [
      'routing.agents',
      '{ routing: { defaultAgentId: "b", agents: { a: { name: "A" }, b: {} } } }',
      (c) => c.config.agents.list.map((a) => [a.id, a.name, a.default]),
      [
        ['a', 'A', undefined],
        ['b', undefined, true],
      ],
    ],
    ['identity', '{ identity: { name: "Molly" } }', (c) => c.config.agents.list[0]?.identity?.name, 'Molly'],
    [
      'agent',
      '{ agent: { model: "a/b", tools: { deny: ["exec"] }, bash: { timeoutSec: 5 } } }',
      (c) => [c.config.agents.defaults.model.primary, c.config.tools.deny, c.config.tools.exec.timeoutSec],
      ['a/b', ['exec'], 5],
    ],
    [
      'memorySearch',
      '{ memorySearch: { enabled: false } }',
      (c) => c.config.agents.defaults.memorySearch.enabled,
      false,
    ],
    [
      'routing.transcribeAudio',
      '{ routing: { transcribeAudio: { command: ["whisper", "-x"] } } }',
      (c) => c.config.tools.media.audio.models[0]?.command,
      'whisper',
    ],
    [
      'bindings[].match.accountID',
      '{ routing: { bindings: [{ agentId: "a", match: { channel: "x", accountID: "acc" } }] } }',
      (c) => c.config.bindings[0]?.match.accountId,
      'acc',
    ],
    [
      'telegram',
      '{ telegram: { botToken: "1:a" } }',
      (c) => (c.resolved as { channels?: unknown }).channels,
      { telegram: { botToken: '1:a' } },
    ],
    [
      'channels.discord.dm.policy',
      '{ discord: { dm: { policy: "open", allowFrom: ["*"], enabled: true } } }',
      (c) => (c.resolved as { channels?: unknown }).channels,
      { discord: { dm: { enabled: true }, dmPolicy: 'open', allowFrom: ['*'] } },
    ],
  ]
  for (const [from, text, look, value] of moves)
    test(`${from} is read and warned about`, async () => {
      const got = await loaded(text)
      expect(look(got)).toEqual(value)
      expect(got.issues).toEqual([])
      expect(got.warnings.map((w) => w.path)).toContain(from)
      expect(got.warnings.find((w) => w.path === from)?.message).toContain('oclaw doctor --fix')
    })

  test('what stands at the new place wins', async () => {
    const got = await loaded('{ routing: { queue: { cap: 3, drop: "old" } }, messages: { queue: { cap: 9 } } }')
    expect(got.config.messages.queue).toMatchObject({ cap: 9, drop: 'old' })
  })

  test('gateway.token is told where it belongs', async () => {
    const got = await loaded('{ gateway: { token: "x" } }')
    expect(got.warnings.map((w) => w.message)).toContain('ignored; use gateway.auth.token')
    expect(got.config.gateway.auth.token).toBeUndefined()
  })
})
