// Small state folders as the original leaves them: one in order, one with everything wrong that was seen in the wild.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const json = (value: unknown) => JSON.stringify(value, undefined, 2)
const lines = (...values: unknown[]) => `${values.map((v) => JSON.stringify(v)).join('\n')}\n`

const t0 = Date.UTC(2026, 1, 10, 9)
const at = (n: number) => new Date(t0 + n * 1000).toISOString()
const usage = { input: 10, output: 5, cacheRead: 0, cacheWrite: 0, totalTokens: 15, cost: { total: 0.01 } }
const answer = { api: 'anthropic-messages', provider: 'anthropic', model: 'claude-opus-4-6', usage, stopReason: 'stop' }

/** A transcript with a dead branch, a tool call, thinking, a picture and a compaction. */
const main = lines(
  { type: 'session', version: 3, id: 'aaaa', timestamp: at(0), cwd: '/home/ann' },
  { type: 'message', id: 'm1', parentId: null, timestamp: at(1), message: { role: 'user', content: 'first question' } },
  {
    type: 'message',
    id: 'x1',
    parentId: 'm1',
    timestamp: at(2),
    message: { role: 'assistant', content: [{ type: 'text', text: 'a branch nobody took' }], ...answer },
  },
  {
    type: 'message',
    id: 'm2',
    parentId: 'm1',
    timestamp: at(3),
    message: {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', thinkingSignature: 'sig' },
        { type: 'toolCall', id: 'call_1', name: 'read', arguments: { path: 'a.txt' } },
      ],
      ...answer,
      stopReason: 'toolUse',
    },
  },
  {
    type: 'message',
    id: 'm3',
    parentId: 'm2',
    timestamp: at(4),
    message: {
      role: 'toolResult',
      toolCallId: 'call_1',
      toolName: 'read',
      content: [{ type: 'text', text: 'file text' }],
      isError: false,
    },
  },
  {
    type: 'message',
    id: 'm4',
    parentId: 'm3',
    timestamp: at(5),
    message: { role: 'assistant', content: [{ type: 'text', text: 'first answer' }], ...answer },
  },
  {
    type: 'message',
    id: 'm5',
    parentId: 'm4',
    timestamp: at(6),
    message: {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', data: 'AAAA', mimeType: 'image/png' },
      ],
    },
  },
  {
    type: 'message',
    id: 'm6',
    parentId: 'm5',
    timestamp: at(7),
    message: { role: 'assistant', content: [{ type: 'text', text: 'second answer' }], ...answer },
  },
  {
    type: 'compaction',
    id: 'c1',
    parentId: 'm6',
    timestamp: at(8),
    summary: 'They said hello.',
    firstKeptEntryId: 'm5',
    tokensBefore: 900,
  },
  { type: 'message', id: 'm7', parentId: 'c1', timestamp: at(9), message: { role: 'user', content: 'third question' } },
)

const store = {
  'agent:main:main': {
    sessionId: 'aaaa',
    updatedAt: t0 + 9000,
    thinkingLevel: 'high',
    providerOverride: 'openai',
    modelOverride: 'gpt-5.2',
    inputTokens: 40,
    outputTokens: 20,
    totalTokens: 60,
    modelProvider: 'anthropic',
    model: 'claude-opus-4-6',
    label: 'Home',
  },
  'agent:main:telegram:group:-100': {
    sessionId: 'bbbb',
    updatedAt: t0 + 5000,
    chatType: 'group',
    subject: 'Friends',
    lastChannel: 'telegram',
    lastTo: 'telegram:-100',
    groupActivation: 'always',
  },
}

const jobs = {
  version: 1,
  jobs: [
    {
      id: 'job-1',
      name: 'Morning',
      enabled: true,
      createdAtMs: t0,
      updatedAtMs: t0,
      schedule: { kind: 'cron', expr: '0 8 * * *', tz: 'Europe/Berlin' },
      sessionTarget: 'isolated',
      wakeMode: 'now',
      payload: { kind: 'agentTurn', message: 'Good morning', deliver: true, channel: 'telegram', to: '42' },
      state: {},
    },
    {
      id: 'job-2',
      name: 'Once',
      enabled: true,
      createdAtMs: t0,
      updatedAtMs: t0,
      schedule: { kind: 'at', atMs: t0 },
      sessionTarget: 'main',
      payload: { kind: 'systemEvent', text: 'ping' },
      state: {},
    },
  ],
}

const device = {
  deviceId: 'dev-1',
  publicKey: 'cHVi',
  displayName: 'Laptop',
  role: 'operator',
  roles: ['operator'],
  scopes: ['operator.admin'],
  tokens: { operator: { token: 'secret-device-token', role: 'operator', scopes: ['operator.admin'], createdAtMs: t0 } },
  createdAtMs: t0,
  approvedAtMs: t0,
}

const good: Readonly<Record<string, string>> = {
  'openclaw.json':
    '{\n  // the owner’s own words\n  gateway: { port: 18790, auth: { token: "' + 'k'.repeat(40) + '" } },\n}\n',
  'agents/main/sessions/sessions.json': json(store),
  'agents/main/sessions/aaaa.jsonl': main,
  'agents/main/sessions/bbbb.jsonl': lines(
    { type: 'session', version: 3, id: 'bbbb', timestamp: at(0) },
    { type: 'message', id: 'g1', timestamp: at(1), message: { role: 'user', content: 'hi all' } },
  ),
  'agents/main/agent/auth-profiles.json': json({
    version: 1,
    profiles: {
      'anthropic:default': { type: 'api_key', provider: 'anthropic', key: 'sk-ant-old' },
      'github:x': { type: 'oauth', provider: 'github-copilot' },
    },
  }),
  'cron/jobs.json': json(jobs),
  'credentials/telegram-allowFrom.json': json({ version: 1, allowFrom: ['42', 43, '*'] }),
  'credentials/telegram-work-allowFrom.json': json({ version: 1, allowFrom: ['telegram:44'] }),
  'credentials/telegram-pairing.json': json({
    version: 1,
    requests: [{ id: '99', code: 'ABCDEFGH', createdAt: at(0) }],
  }),
  'devices/paired.json': json({ 'dev-1': device }),
  'workspace/MEMORY.md': '# What I know\n',
  'workspace/memory/2026-02-10.md': 'a note\n',
  'exec-approvals.json': json({ version: 1, defaults: { security: 'allowlist' } }),
}

const broken: Readonly<Record<string, string>> = {
  'openclaw.json': '{ gateway: { port: ',
  'agents/main/sessions/sessions.json': json({
    ...store,
    'agent:main:lost': { sessionId: 'gone', updatedAt: 1 },
    'agent:bad': { updatedAt: 1 },
    'agent:x': { sessionId: 'y', updatedAt: 1 },
  }),
  'agents/main/sessions/aaaa.jsonl': `${main}{"type":"message","id":"half\nnot json at all\n`,
  'agents/other/sessions/sessions.json': 'nope',
  'cron/jobs.json': json({
    version: 1,
    jobs: [...jobs.jobs, { name: 'no id' }, { id: 'odd', schedule: { kind: 'cron' }, payload: {} }],
  }),
  'credentials/telegram-allowFrom.json': '[',
  'devices/paired.json': json({ x: { deviceId: '' } }),
}

/** Writes a state folder of the original. */
export function oldState(folder: string, which: 'good' | 'broken'): string {
  for (const [name, text] of Object.entries(which === 'good' ? good : broken)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}
