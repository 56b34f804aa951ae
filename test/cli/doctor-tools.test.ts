// The doctor on what agents work with, on other services and on tokens; mending without a terminal.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { otherServices } from '../../src/os/service/extra.ts'
import { fakeGateway } from './fixture.ts'
import { home, image, seen, strong } from './doctor-home.ts'

test('--yes mends where nobody is at a terminal; a new token is made on request, and taken back', async () => {
  const at = home({ 'openclaw.json': '{ browser: { executablePath: "/nowhere/chrome" } }', 'gateway.token': strong })
  const before = image(at.home)
  expect((await seen(at, '--non-interactive')).mended).toEqual([])
  expect((await seen(at, '--yes')).mended).toHaveLength(1)
  await at.run('doctor', '--undo')
  expect((await seen(at, '--repair')).mended).toHaveLength(1)
  await at.run('doctor', '--undo')
  const made = await seen(at, '--generate-gateway-token')
  expect(made.mended).toEqual([expect.stringContaining(at.path('gateway.token'))])
  const fresh = readFileSync(at.path('gateway.token'), 'utf8').trim()
  expect([fresh.length, fresh === strong]).toEqual([64, false])
  await at.run('doctor', '--undo')
  expect(image(at.home)).toEqual(before)
  const written = home({ 'openclaw.json': `{ /* mine */ gateway: { auth: { token: "${strong}" } } }` })
  expect((await seen(written, '--generate-gateway-token')).mended).toHaveLength(1)
  const text = readFileSync(written.path('openclaw.json'), 'utf8')
  expect(text).toContain('/* mine */')
  expect(text).not.toContain(strong)
  const named = home({}, { OPENCLAW_GATEWAY_TOKEN: strong })
  expect((await named.run('doctor', '--generate-gateway-token')).err).toContain('is kept in OPENCLAW_GATEWAY_TOKEN')
})

const login = (more: object) =>
  JSON.stringify({ profiles: { 'anthropic:me': { type: 'token', provider: 'anthropic', token: 't', ...more } } })

test.each([
  [
    'auth.profiles',
    { 'agents/main/agent/auth-profiles.json': login({ expires: 1 }) },
    {},
    'anthropic:me ended at 1970',
  ],
  ['auth.profiles', { 'agents/main/agent/auth-profiles.json': '{' }, {}, 'cannot be understood'],
  [
    'auth.profiles',
    { 'openclaw.json': '{ auth: { profiles: { "openai:work": { provider: "openai", mode: "api_key" } } } }' },
    {},
    'oclaw models auth add --provider openai --profile-id openai:work',
  ],
  [
    'sandbox.ready',
    { 'openclaw.json': '{ agents: { defaults: { sandbox: { mode: "non-main" } } } }' },
    { PATH: '/nowhere' },
    'neither bubblewrap nor Docker is here',
  ],
  [
    'channels.open',
    { 'openclaw.json': '{ channels: { telegram: { dmPolicy: "open", allowFrom: ["*"] } } }' },
    {},
    'oclaw config set channels.telegram.dmPolicy pairing',
  ],
  [
    'memory.provider',
    { 'openclaw.json': '{ agents: { defaults: { memorySearch: { provider: "voyage" } } } }' },
    {},
    'there is no key for it',
  ],
] as [string, Record<string, string>, Record<string, string>, string][])(
  '%s is found and mended by hand (%j)',
  async (id, files, env, text) => {
    const found = (await seen(home(files, env))).of(id)
    expect(['warn', 'fail']).toContain(String(found?.status))
    expect(`${found?.text} ${found?.fix}`).toContain(text)
    expect((await seen(home({}, env))).of(id)?.status).toBe('ok')
  },
)

test('a key for memory is enough, a login that lasts is well', async () => {
  const config = '{ agents: { defaults: { memorySearch: { provider: "voyage" } } } }'
  const keyed = home({ 'openclaw.json': config }, { VOYAGE_API_KEY: 'k' })
  expect((await seen(keyed)).of('memory.provider')?.status).toBe('ok')
  const lasting = home({ 'agents/main/agent/auth-profiles.json': login({ expires: Date.now() + 3_600_000 }) })
  expect((await seen(lasting)).of('auth.profiles')).toMatchObject({ status: 'ok', text: '1 logins' })
})

test('skills are judged by the gateway that runs', async () => {
  const missing = { bins: ['no-such-kettle'], anyBins: [], env: [], config: [], os: [] }
  const skill = { name: 'brew', bundled: false, eligible: false, disabled: false, blockedByAllowlist: false, missing }
  const info = { pid: process.pid, version: '2026.2.19', port: 1, startedAt: 1 }
  await using gateway = fakeGateway(strong, {
    'gateway.info': () => info,
    'skills.status': () => ({
      skills: [skill, { ...skill, name: 'off', disabled: true }, { ...skill, bundled: true }],
    }),
  })
  const env = { OPENCLAW_GATEWAY_PORT: String(gateway.port) }
  const r = await seen(home({ 'gateway.token': strong }, env))
  expect(r.of('skills.ready')).toMatchObject({ status: 'note', text: 'brew cannot be used: program no-such-kettle' })
  expect((await seen(home())).of('skills.ready')).toMatchObject({ status: 'ok' })
})

test('a second service is told of: one of an older name, and the machine’s beside one’s own', async () => {
  const at = home({ '../.config/systemd/user/clawdbot-gateway.service': '[Unit]\n' })
  expect((await seen(at)).of('service.others')).toMatchObject({
    status: 'warn',
    fix: 'systemctl --user disable --now clawdbot-gateway.service',
  })
  const machine = at.put('system/openclaw-gateway.service', '[Unit]\n')
  const plan = { kind: 'gateway', profile: undefined, home: at.home, stateDir: at.path('.'), logsDir: at.path('logs') }
  const others = () => otherServices({ ...plan, kind: 'gateway', argv: [], env: {} }, 'linux', [at.path('system')])
  expect(others()).toHaveLength(1)
  at.put('../.config/systemd/user/openclaw-gateway.service', '[Unit]\n')
  expect(others()).toEqual([expect.stringContaining('clawdbot'), machine])
})
