// The security audit: each finding from a config or a file that has it, and nothing from one that has not.
import { expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import type { Finding } from '../../src/ops/audit/facts.ts'
import { cliHome, deadPort } from './fixture.ts'

const env = { PATH: '/usr/bin:/bin', OPENCLAW_GATEWAY_PORT: String(await deadPort()) }

function home(config: unknown) {
  const at = cliHome(
    { 'openclaw.json': typeof config === 'string' ? config : JSON.stringify(config) },
    { env, configParts: wholeParts },
  )
  chmodSync(at.path('.'), 0o700)
  chmodSync(at.path('openclaw.json'), 0o600)
  return at
}

async function findings(at: ReturnType<typeof home>, ...flags: string[]) {
  const { out } = await at.run('security', 'audit', '--json', ...flags)
  return JSON.parse(out) as { summary: Record<string, number>; findings: Finding[]; fix?: { actions: string[] } }
}

const open = { enabled: true, botToken: '1:a', dmPolicy: 'open', allowFrom: ['*'] }

test('a usual installation has nothing critical and nothing to warn of', async () => {
  const r = await findings(home({ gateway: { auth: { token: 'x'.repeat(64) } } }))
  expect(r.findings.filter((f) => f.severity !== 'info')).toEqual([])
  expect(r.findings.map((f) => f.checkId)).toContain('summary.attack_surface')
})

test.each([
  ['critical', 'gateway.loopback_no_auth', { gateway: { auth: { mode: 'none' } } }],
  ['critical', 'gateway.bind_no_auth', { gateway: { bind: 'lan', auth: { mode: 'none' } } }],
  ['warn', 'gateway.token_too_short', { gateway: { auth: { token: 'short' } } }],
  ['warn', 'gateway.auth_no_rate_limit', { gateway: { bind: 'lan', auth: { rateLimit: { maxAttempts: 5000 } } } }],
  ['critical', 'gateway.trusted_proxy_no_proxies', { gateway: { auth: { mode: 'trusted-proxy' } } }],
  ['critical', 'gateway.trusted_proxy_no_user_header', { gateway: { auth: { mode: 'trusted-proxy' } } }],
  [
    'critical',
    'gateway.http.no_auth',
    { gateway: { auth: { mode: 'none' }, http: { endpoints: { responses: { enabled: true } } } } },
  ],
  [
    'critical',
    'gateway.tools_invoke_http.dangerous_allow',
    { gateway: { bind: 'lan', tools: { allow: ['gateway'] } } },
  ],
  ['critical', 'gateway.tailscale_funnel', { gateway: { tailscale: { mode: 'funnel' } } }],
  ['info', 'gateway.tailscale_serve', { gateway: { tailscale: { mode: 'serve' } } }],
  ['critical', 'gateway.control_ui.insecure_auth', { gateway: { controlUi: { allowInsecureAuth: true } } }],
  [
    'critical',
    'gateway.control_ui.device_auth_disabled',
    { gateway: { controlUi: { dangerouslyDisableDeviceAuth: true } } },
  ],
  ['warn', 'gateway.nodes.deny_commands_ineffective', { gateway: { nodes: { denyCommands: ['camera.*'] } } }],
  [
    'warn',
    'config.secrets.gateway_password_in_config',
    { gateway: { auth: { mode: 'password', password: 'p'.repeat(30) } } },
  ],
  ['warn', 'hooks.token_too_short', { hooks: { enabled: true, token: 'abc' } }],
  [
    'critical',
    'hooks.token_reuse_gateway_token',
    { gateway: { auth: { token: 'y'.repeat(40) } }, hooks: { enabled: true, token: 'y'.repeat(40) } },
  ],
  [
    'warn',
    'hooks.request_session_key_prefixes_missing',
    { hooks: { enabled: true, token: 'z'.repeat(40), allowRequestSessionKey: true } },
  ],
  ['warn', 'logging.redact_off', { logging: { redactSensitive: 'off' } }],
  ['warn', 'browser.remote_cdp_http', { browser: { cdpUrl: 'http://10.0.0.7:9222' } }],
  ['critical', 'channels.telegram.dm.open', { channels: { telegram: open } }],
  [
    'warn',
    'channels.telegram.dm.scope_main_multiuser',
    { session: { dmScope: 'main' }, channels: { telegram: { botToken: '1:a', allowFrom: ['1', '2'] } } },
  ],
  [
    'warn',
    'channels.telegram.allowFrom.invalid_entries',
    { channels: { telegram: { botToken: '1:a', allowFrom: ['@ann'] } } },
  ],
  [
    'critical',
    'channels.telegram.groups.allowFrom.wildcard',
    { channels: { telegram: { botToken: '1:a', groups: { '-1': {} }, groupAllowFrom: ['*'] } } },
  ],
  [
    'critical',
    'tools.elevated.allowFrom.telegram.wildcard',
    { tools: { elevated: { allowFrom: { telegram: ['*'] } } } },
  ],
  [
    'critical',
    'security.exposure.open_groups_with_elevated',
    {
      channels: { telegram: { botToken: '1:a', groupPolicy: 'open' } },
      tools: { elevated: { allowFrom: { telegram: ['1'] } } },
    },
  ],
  ['warn', 'tools.exec.host_sandbox_no_sandbox_defaults', { tools: { exec: { security: 'full' } } }],
  [
    'critical',
    'sandbox.dangerous_bind_mount',
    { agents: { defaults: { sandbox: { docker: { binds: ['/etc/:/x'] } } } } },
  ],
  [
    'critical',
    'sandbox.dangerous_network_mode',
    { agents: { defaults: { sandbox: { docker: { network: 'host' } } } } },
  ],
  ['warn', 'models.weak_tier', { agents: { defaults: { model: { primary: 'openai/gpt-5-mini' } } } }],
  ['warn', 'models.legacy', { agents: { defaults: { model: { primary: 'openai/gpt-3.5-turbo' } } } }],
] as ['info' | 'warn' | 'critical', string, object][])('%s %s', async (severity, id, config) => {
  const r = await findings(home(config))
  expect(r.findings.find((f) => f.checkId === id)).toMatchObject({ severity })
  const plain = await findings(home({ gateway: { auth: { token: 'x'.repeat(64) } } }))
  expect(plain.findings.map((f) => f.checkId)).not.toContain(id)
})

test('files others may read or change, and links', async () => {
  const at = home({})
  at.put('credentials/x.json', '{}')
  at.put('data/state.db', '')
  for (const [name, mode] of [
    ['credentials/x.json', 0o666],
    ['data/state.db', 0o644],
    ['openclaw.json', 0o644],
    ['.', 0o755],
  ] as const)
    chmodSync(at.path(name), mode)
  const ids = (await findings(at)).findings.map((f) => f.checkId)
  expect(ids).toEqual(
    expect.arrayContaining([
      'fs.state_dir.perms_readable',
      'fs.config.perms_world_readable',
      'fs.credentials_dir.perms_writable',
      'fs.sessions_store.perms_readable',
    ]),
  )
  const linked = home({})
  writeFileSync(linked.path('other.json'), '{}', { mode: 0o600 })
  Bun.spawnSync(['rm', linked.path('openclaw.json')])
  symlinkSync(linked.path('other.json'), linked.path('openclaw.json'))
  expect((await findings(linked)).findings.map((f) => f.checkId)).toContain('fs.config.symlink')
})

test('logins others may read are found wherever an agent keeps them, and --fix takes the right away', async () => {
  const at = home({ agents: { list: [{ id: 'main' }, { id: 'lib', agentDir: '~/lib' }] } })
  const files = ['agents/gone/agent/auth-profiles.json', 'agents/main/agent/auth-profiles.json'].map(at.path)
  files.push(join(at.home, 'lib/auth-profiles.json'))
  for (const path of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '{}', { mode: 0o644 })
    chmodSync(path, 0o644)
  }
  const found = (await findings(at)).findings.filter((f) => f.checkId === 'fs.auth_profiles.perms_readable')
  expect(found.map((f) => f.severity)).toEqual(['critical', 'critical', 'critical'])
  for (const path of files) expect(found.some((f) => JSON.stringify(f).includes(path))).toBe(true)
  await findings(at, '--fix')
  expect(files.map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600])
})

test('--fix closes groups, blots secrets and takes rights, and all of it can be undone', async () => {
  const text =
    '{ // mine\n  channels: { telegram: { botToken: "1:a", groupPolicy: "open" } },\n  logging: { redactSensitive: "off" },\n}\n'
  const at = home(text)
  chmodSync(at.path('openclaw.json'), 0o644)
  const r = await findings(at, '--fix')
  expect(r.findings.map((f) => f.checkId)).not.toContain('logging.redact_off')
  expect(r.fix?.actions).toEqual(
    expect.arrayContaining([
      'set channels.telegram.groupPolicy to allowlist',
      'set logging.redactSensitive to tools',
      `chmod 600 ${at.path('openclaw.json')}`,
    ]),
  )
  const now = readFileSync(at.path('openclaw.json'), 'utf8')
  expect(now).toContain('// mine')
  expect(statSync(at.path('openclaw.json')).mode & 0o777).toBe(0o600)
  expect((await at.run('doctor', '--undo')).code).toBe(0)
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toBe(text)
  expect(statSync(at.path('openclaw.json')).mode & 0o777).toBe(0o644)
})

test('--deep says when the gateway does not answer', async () => {
  const at = home({})
  const r = JSON.parse((await at.run('security', 'audit', '--deep', '--json')).out) as {
    findings: Finding[]
    deep: object
  }
  expect(r.findings.map((f) => f.checkId)).toContain('gateway.probe_failed')
  expect(r.deep).toMatchObject({ gateway: { attempted: true, ok: false } })
})
