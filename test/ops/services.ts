// Everything operations may use, over a running engine: what the composition root would give them.
import type { Services } from '../../src/ops/services.ts'
import { cron } from '../../src/engine/cron/index.ts'
import { Fault } from '../../src/lib/fault.ts'
import { noNodes } from '../../src/server/nodes.ts'
import { channels } from '../../src/channels/index.ts'
import { modelInfo } from '../engine/scripted.ts'
import type { EngineWorld } from '../engine/fixture.ts'

const noSockets = { presence: () => [], notePresence: () => undefined, nodes: noNodes }

const unknownWizard = (): never => {
  throw new Fault('NOT_FOUND', 'wizard not found')
}
const noWizard: Services['wizard'] = {
  start: async () => unknownWizard(),
  next: async () => unknownWizard(),
  cancel: unknownWizard,
  status: unknownWizard,
}

/** The services of an engine; `stopped` hears how the process was told to end. */
export function servicesOf(
  w: EngineWorld,
  more: Partial<Services> = {},
  sockets: () => Pick<Services['gateway'], 'presence' | 'notePresence' | 'nodes'> = () => noSockets,
): Services & { readonly stopped: unknown[] } {
  const stopped: unknown[] = []
  const config = { ui: { assistant: { name: 'Molly' } }, gateway: { port: 1 } }
  const snapshot = {
    path: `${w.top}/oclaw.json`,
    exists: true,
    raw: JSON.stringify(config),
    parsed: config,
    resolved: config,
    valid: true,
    config,
    hash: 'a'.repeat(64),
    issues: [],
    warnings: [],
    legacyIssues: [],
  }
  const account = {
    channel: 'telegram',
    label: 'Telegram',
    accountId: 'default',
    enabled: true,
    configured: true,
    running: true,
    connected: true,
    degraded: false,
    lastDisconnect: null,
    lastMessageAt: null,
    reconnectAttempts: 0,
    lastConnectedAt: 1,
    lastStartAt: 1,
    lastStopAt: null,
    lastInboundAt: null,
    lastOutboundAt: null,
    lastEventAt: 1,
    lastError: null,
    tokenSource: 'config',
  }
  return {
    stopped,
    clock: w.world.clock,
    engine: w,
    config: {
      current: () => config,
      snapshot: async () => snapshot,
      change: async (_edit, by) => {
        if (by.needsHash && !by.baseHash)
          throw new Fault('INVALID_REQUEST', 'config base hash required; re-run config.get and retry')
        return { ...snapshot, changed: ['ui.assistant.name'] }
      },
      settle: async () => false,
      overrides: () => new Map(),
      override: async () => undefined,
      describe: () => Promise.resolve({ schema: {}, uiHints: {}, version: '1', generatedAt: '2026-01-01T00:00:00Z' }),
    },
    channels: {
      definitions: channels.all,
      status: () => [account],
      probe: async () => new Map([['telegram:default', { ok: true, text: 'here' }]]),
      start: async () => [account],
      stop: async () => [{ ...account, running: false }],
      check: async () => [],
      login: async () => ({ linked: false, done: true }),
      logout: async () => undefined,
    },
    models: {
      list: () => [{ ...modelInfo('one'), provider: 'a', available: true }],
      localServers: async () => [],
    },
    cron: cron(w),
    logs: { tail: () => ({ file: 'x.log', cursor: 3, size: 3, lines: ['a'], truncated: false, reset: false }) },
    gateway: {
      version: '2026.2.19',
      commit: undefined,
      startedAt: w.now(),
      pid: 1,
      host: 'box',
      port: () => 18789,
      bind: () => 'loopback',
      bindHost: () => '127.0.0.1',
      authMode: () => 'token',
      configPath: snapshot.path,
      stateDir: w.top,
      clients: () => 0,
      presence: () => sockets().presence(),
      notePresence: (entry) => sockets().notePresence(entry),
      get nodes() {
        return sockets().nodes
      },
      stop: (how) => void stopped.push(how),
    },
    browser: { call: () => Promise.reject(new Fault('UNAVAILABLE', 'browser control is disabled: this is a test')) },
    wizard: noWizard,
    updates: {
      run: () => Promise.reject(new Fault('UNAVAILABLE', 'no source of updates is set up: this is a test')),
      look: async () => undefined,
      latest: () => '2099.1.1',
      channel: () => 'stable',
    },
    ...more,
  }
}
