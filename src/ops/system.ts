// Who is there, what the machine has to say, and the agent's regular turns.
import { z } from 'zod'
import { defineOp } from '../define/op.ts'
import { mainKey } from '../domain/session-key.ts'
import { noteEvent, wake as wakeNow } from '../engine/system-event.ts'
import type { Services } from './services.ts'
import { table } from './table.ts'

const Entry = z.record(z.string(), z.unknown())
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const presence = defineOp({
  id: 'system-presence',
  summary: 'Lists the gateway and the programs that are connected to it.',
  scope: 'read',
  params: z.strictObject({}),
  result: z.array(Entry),
  cli: {
    path: 'system presence',
    print: (r) =>
      table(
        ['Host', 'Mode', 'Version', 'Platform', 'Address'],
        r.map((x) => [x['host'], x['mode'], x['version'], x['platform'], x['ip']].map(textOf)),
      ),
  },
  examples: [{ params: {} }],
  handler: (_call, { gateway }: Pick<Services, 'gateway'>) => [...gateway.presence()],
})

const some = (what: string) => z.string().optional().describe(what)

/** What the line of a companion program says of its machine: `Node: host (ip) · app 1.0 · mode ui · reason launch`. */
function parseNode(text: string): Record<string, unknown> {
  const found = /^Node:\s*([^(·]+?)\s*(?:\(([^)]*)\))?\s*(?:·|$)/.exec(text)
  const field = (pattern: RegExp) => pattern.exec(text)?.[1]
  const idle = field(/last input (\d+)s ago/)
  const fields = {
    host: found?.[1],
    ip: found?.[2],
    version: field(/\bapp ([^·]+?)\s*(?:·|$)/),
    mode: field(/\bmode ([^·]+?)\s*(?:·|$)/),
    reason: field(/\breason ([^·]+?)\s*(?:·|$)/),
    lastInputSeconds: idle === undefined ? undefined : Number(idle),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined))
}

const event = defineOp({
  id: 'system-event',
  summary: 'Says what a machine is doing; what is not about a machine is noted for the agent.',
  scope: 'admin',
  params: z.strictObject({
    text: z.string().trim().min(1).describe('what happened; `Node: …` describes a machine'),
    deviceId: some('the device'),
    instanceId: some('the running program'),
    host: some('the machine’s name'),
    ip: some('its address'),
    mode: some('what the program is'),
    version: some('its version'),
    platform: some('its system'),
    deviceFamily: some('what kind of device'),
    modelIdentifier: some('which model'),
    lastInputSeconds: z.number().optional().describe('seconds since someone used it'),
    reason: some('why this is said'),
    roles: z.array(z.string()).optional().describe('what the device may be'),
    scopes: z.array(z.string()).optional().describe('what the device may do'),
    tags: z.array(z.string()).optional().describe('words to sort by'),
  }),
  result: z.object({ ok: z.literal(true) }),
  examples: [{ params: { text: 'Node: laptop (192.0.2.7) · app 1.0 · mode ui · reason launch' } }],
  handler: async ({ params: p }, { engine: e, gateway }: Pick<Services, 'engine' | 'gateway'>) => {
    const machine = p.text.startsWith('Node:')
    gateway.notePresence({ ...(machine ? parseNode(p.text) : {}), ...p })
    if (!machine) await noteEvent(e, mainKey(e.world.settings.defaultAgent()), p.text)
    return { ok: true as const }
  },
})

const wake = defineOp({
  id: 'wake',
  summary: 'Tells the agent’s main session of an event, now or when it next has a turn.',
  scope: 'write',
  params: z.strictObject({
    mode: z.enum(['now', 'next-heartbeat']).describe('at once, or with its next turn'),
    text: z.string().trim().min(1).describe('what happened'),
  }),
  result: z.object({ ok: z.literal(true) }),
  cli: { path: 'system event', args: ['text'], print: () => 'The agent was told.' },
  examples: [{ params: { mode: 'now', text: 'The laundry is done.' } }],
  handler: async ({ params: p, caller }, { engine: e }: Pick<Services, 'engine'>) => {
    const key = mainKey(e.world.settings.defaultAgent())
    await (p.mode === 'now' ? wakeNow(e, key, p.text, caller.id) : noteEvent(e, key, p.text))
    return { ok: true as const }
  },
})

const Heartbeat = z.object({ ts: z.number(), status: z.string() }).loose()

const lastHeartbeat = defineOp({
  id: 'last-heartbeat',
  summary: 'Shows the agent’s last regular turn.',
  scope: 'read',
  params: z.strictObject({}),
  result: Heartbeat.nullable(),
  cli: {
    path: 'system heartbeat last',
    print: (r) =>
      r
        ? [r.status, r['reason'], r['preview'], new Date(r.ts).toISOString()].filter(Boolean).join(', ')
        : 'There was none yet.',
  },
  examples: [{ params: {} }],
  handler: (_call, { engine: e }: Pick<Services, 'engine'>) => Heartbeat.nullable().parse(e.heartbeat.last()),
})

const setHeartbeats = defineOp({
  id: 'set-heartbeats',
  summary: 'Switches the agents’ regular turns on or off.',
  scope: 'admin',
  params: z.strictObject({ enabled: z.boolean().describe('whether they take place') }),
  result: z.object({ ok: z.literal(true), enabled: z.boolean() }),
  examples: [{ params: { enabled: false } }],
  handler: async ({ params: p }, { engine: e }: Pick<Services, 'engine'>) => {
    await e.heartbeat.enable(p.enabled)
    return { ok: true as const, enabled: p.enabled }
  },
})

export const systemOps = [presence, event, wake, lastHeartbeat, setHeartbeats] as const
