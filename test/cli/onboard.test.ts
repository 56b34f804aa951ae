// The set-up by flags: what it writes, what it refuses, and what it shows; models and gateways answer for real.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { withVariables } from '../../src/cli/setup/files.ts'
import { customId } from '../../src/cli/setup/model.ts'
import { oldState } from './old-state.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { cliHome, deadPort, fakeGateway } from './fixture.ts'

const quiet = { PATH: '/usr/bin:/bin' }
const home = (files: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) => {
  const at = cliHome(files, { env: { ...quiet, ...env }, configParts: wholeParts })
  return Object.assign(at, {
    config: () => Bun.JSON5.parse(readFileSync(at.path('openclaw.json'), 'utf8')) as Record<string, unknown>,
    onboard: (...flags: string[]) =>
      at.run('onboard', '--non-interactive', '--accept-risk', '--skip-daemon', '--mode', 'local', ...flags),
  })
}

test('nobody at the terminal, no consent, and no such section are refused with what to type', async () => {
  const at = home()
  expect((await at.run('onboard')).err).toContain('oclaw onboard --non-interactive --accept-risk')
  expect((await at.run('onboard', '--non-interactive')).err).toContain('Nothing was set up.')
  expect((await at.run('configure', '--section', 'kitchen')).err).toContain(
    'choose from workspace, model, web, gateway',
  )
  expect((await at.run('config', '--non-interactive')).err).toContain('--section workspace | --section model')
  expect(existsSync(at.path('openclaw.json'))).toBe(false)
})

test('a server of your own is asked before it counts, and its words are shown', async () => {
  await using model = fakeOpenai({ reply: () => 'Hello, Ann.' })
  const at = home()
  const url = model.url
  const flags = [
    '--custom-base-url',
    url,
    '--custom-model-id',
    'm',
    '--custom-api-key',
    'sk-test',
    '--gateway-port',
    '18123',
  ]
  const done = await at.onboard(...flags, '--json')
  expect([done.code, done.err]).toEqual([0, ''])
  expect(JSON.parse(done.out)).toMatchObject({
    mode: 'local',
    workspace: at.path('workspace'),
    authChoice: 'custom-api-key',
    gateway: { port: 18_123, bind: 'loopback', authMode: 'token', tailscaleMode: 'off' },
    installDaemon: false,
    model: { ref: `${customId(url)}/m`, reply: 'Hello, Ann.' },
  })
  expect(at.config()).toMatchObject({
    gateway: { mode: 'local', port: 18_123, bind: 'loopback' },
    agents: { defaults: { model: { primary: `${customId(url)}/m` } } },
    wizard: { lastRunCommand: 'onboard', lastRunMode: 'local' },
  })
  expect(readFileSync(at.path('workspace/AGENTS.md'), 'utf8').length).toBeGreaterThan(0)
  expect(done.out).not.toContain('sk-test')
})

test('a key goes into a file only its owner reads, and the usual model of its provider is set', async () => {
  const at = home({ '.env': '# mine\nOTHER=1\nANTHROPIC_API_KEY=old\n' })
  chmodSync(at.path('.env'), 0o644)
  expect(await at.onboard('--anthropic-api-key', 'sk-ant-new', '--skip-health')).toMatchObject({ code: 0 })
  expect(readFileSync(at.path('.env'), 'utf8')).toBe('# mine\nOTHER=1\nANTHROPIC_API_KEY=sk-ant-new\n')
  expect(statSync(at.path('.env')).mode & 0o777).toBe(0o600)
  expect(at.config()).toMatchObject({ agents: { defaults: { model: { primary: 'anthropic/claude-opus-4-6' } } } })
})

test.each([
  ['--venice-api-key', 'VENICE_API_KEY', 'venice/llama-3.3-70b'],
  ['--kimi-code-api-key', 'KIMI_API_KEY', 'kimi-coding/k2p5'],
  ['--opencode-zen-api-key', 'OPENCODE_API_KEY', 'opencode/kimi-k2.5'],
  ['--ai-gateway-api-key', 'AI_GATEWAY_API_KEY', 'vercel-ai-gateway/anthropic/claude-opus-4.6'],
  ['--huggingface-api-key', 'HUGGINGFACE_HUB_TOKEN', 'huggingface/deepseek-ai/DeepSeek-R1'],
  ['--minimax-api-key', 'MINIMAX_API_KEY', 'minimax/MiniMax-M2.5'],
  ['--qianfan-api-key', 'QIANFAN_API_KEY', 'qianfan/deepseek-v3.2'],
  ['--synthetic-api-key', 'SYNTHETIC_API_KEY', 'synthetic/hf:MiniMaxAI/MiniMax-M2.5'],
  ['--xiaomi-api-key', 'XIAOMI_API_KEY', 'xiaomi/mimo-v2-flash'],
])('%s is kept as %s and asks %s', async (flag, variable, primary) => {
  const at = home()
  expect(await at.onboard(flag, 'k-1', '--skip-health')).toMatchObject({ code: 0 })
  expect(readFileSync(at.path('.env'), 'utf8')).toBe(`${variable}=k-1\n`)
  expect(at.config()).toMatchObject({ agents: { defaults: { model: { primary } } } })
  const listed = JSON.parse((await at.run('models', 'status', '--json')).out) as { resolvedDefault?: string }
  expect(listed.resolvedDefault).toBe(primary)
})

test('a token is a login that ends; a key in China goes to China; Cloudflare stands before Anthropic', async () => {
  const at = home()
  const token = ['--token', 'sk-ant-oat-1', '--token-expires-in', '30d', '--token-profile-id', 'anthropic:me']
  expect(await at.onboard(...token, '--auth-choice', 'token', '--skip-health')).toMatchObject({ code: 0 })
  const { profiles } = JSON.parse(readFileSync(at.path('agents/main/agent/auth-profiles.json'), 'utf8'))
  expect(profiles['anthropic:me']).toMatchObject({ type: 'token', provider: 'anthropic', token: 'sk-ant-oat-1' })
  expect(profiles['anthropic:me'].expires).toBeGreaterThan(1_700_000_000_000)
  expect(at.config()).toMatchObject({ auth: { profiles: { 'anthropic:me': { mode: 'token' } } } })
  const china = ['--auth-choice', 'moonshot-api-key-cn', '--moonshot-api-key', 'k', '--model', 'moonshot/kimi-k2.5']
  expect(await at.onboard(...china, '--skip-health', '--json')).toMatchObject({ code: 0 })
  expect(at.config()).toMatchObject({ models: { providers: { moonshot: { baseUrl: 'https://api.moonshot.cn/v1' } } } })
  const cloud = ['--cloudflare-ai-gateway-account-id', 'acc', '--cloudflare-ai-gateway-gateway-id', 'gw']
  const edge = await at.onboard(...cloud, '--cloudflare-ai-gateway-api-key', 'k', '--skip-health')
  expect(edge).toMatchObject({ code: 0 })
  expect(at.config()).toMatchObject({
    models: {
      providers: {
        'cloudflare-ai-gateway': {
          baseUrl: 'https://gateway.ai.cloudflare.com/v1/acc/gw/anthropic',
          api: 'anthropic-messages',
        },
      },
    },
  })
})

test.each([
  [['--anthropic-api-key', 'a', '--openai-api-key', 'b'], 'several keys are given'],
  [['--auth-choice', 'openai-api-key'], 'needs its key'],
  [['--auth-choice', 'token'], 'needs --token'],
  [['--token', 't', '--token-expires-in', 'soon'], '--token-expires-in needs a span'],
  [['--cloudflare-ai-gateway-api-key', 'k'], '--cloudflare-ai-gateway-account-id'],
  [['--custom-base-url', 'http://127.0.0.1:1/v1'], '--custom-model-id'],
  [['--xai-api-key', 'k'], '--model xai/<model>'],
  [['--gateway-auth', 'password'], 'Missing --gateway-password for password auth.'],
  [['--tailscale', 'funnel'], 'Missing --gateway-password'],
  [['--gateway-port', '0'], '--gateway-port'],
  [['--telegram-bot-token', 'nonsense'], '--telegram-bot-token: '],
])('%j is refused', async (flags, sentence) => {
  const { code, err } = await home().onboard('--skip-health', ...flags)
  expect(code).toBe(1)
  expect(err).toContain(sentence)
})

test('a model that does not answer stops it, and a second run goes on from there', async () => {
  const at = home()
  const dead = `http://127.0.0.1:${await deadPort()}/v1`
  const failed = await at.onboard('--custom-base-url', dead, '--custom-model-id', 'm')
  expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('the model did not answer')])
  await using model = fakeOpenai({ reply: () => 'There.' })
  const bad = await at.onboard(
    '--custom-base-url',
    model.url,
    '--custom-model-id',
    'm',
    '--custom-api-key',
    'sk-test',
    '--telegram-bot-token',
    'x',
  )
  expect(bad.code).toBe(1)
  expect(JSON.parse(readFileSync(at.path('onboard.json'), 'utf8'))).toMatchObject({ done: ['model', 'gateway'] })
  const asked = model.requests.length
  expect(await at.onboard('--json')).toMatchObject({ code: 0 })
  expect(model.requests.length).toBe(asked)
  expect(JSON.parse(readFileSync(at.path('onboard.json'), 'utf8'))).toMatchObject({ done: [] })
})

test('what is set already stays, comments too; --reset keeps the old file beside the new', async () => {
  const at = home({
    'openclaw.json':
      '{ // mine\n  gateway: { port: 18999, bind: "lan", auth: { mode: "password", password: "p" } },\n}\n',
  })
  const r = await at.onboard('--auth-choice', 'skip', '--json')
  expect(JSON.parse(r.out)).toMatchObject({ gateway: { port: 18_999, bind: 'lan', authMode: 'password' } })
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('// mine')
  await at.onboard('--reset', '--auth-choice', 'skip')
  expect(at.config()).toMatchObject({ gateway: { port: 18_789, bind: 'loopback' } })
  const kept = ['.bak', '.bak.1', '.bak.2', '.bak.3', '.bak.4'].map((b) => at.path(`openclaw.json${b}`))
  expect(kept.some((p) => existsSync(p) && readFileSync(p, 'utf8').includes('// mine'))).toBe(true)
  const broken = home({ 'openclaw.json': '{ gateway: { port: "x" } }' })
  expect((await broken.onboard()).err).toContain('has mistakes:\n- gateway.port')
})

test('a gateway elsewhere is asked before this machine becomes its client', async () => {
  await using gateway = fakeGateway('t0')
  const at = home()
  const base = ['onboard', '--non-interactive', '--accept-risk', '--mode', 'remote', '--remote-url', gateway.url]
  expect((await at.run(...base, '--remote-token', 'wrong')).code).toBe(1)
  expect(existsSync(at.path('openclaw.json'))).toBe(false)
  expect((await at.run(...base, '--remote-token', 't0')).code).toBe(0)
  expect(at.config()).toMatchObject({ gateway: { mode: 'remote', remote: { url: gateway.url, token: 't0' } } })
})

test('it ends with an address that signs a browser in, opened on a desktop and told elsewhere', async () => {
  const url = 'https://127.0.0.1:18789/ui/#ticket=t1'
  await using gateway = fakeGateway('t', {
    'gateway.info': () => ({ pid: process.pid, version: '1', port: 18_789, startedAt: 1 }),
    'dashboard.link': () => ({ url, path: '/ui/#ticket=t1', expiresAt: 1 }),
  })
  const files = { '.gateway.lock': JSON.stringify({ pid: process.pid, port: gateway.port }), 'gateway.token': 't' }
  const flags = ['onboard', '--non-interactive', '--accept-risk', '--skip-daemon', '--skip-health', '--mode', 'local']
  const more = (env: object, isTTY: boolean) => ({ isTTY, env: { ...quiet, ...env }, configParts: wholeParts })
  const told = await cliHome(files, more({}, true)).run(...flags, '--auth-choice', 'skip')
  expect(told.out).toContain(`Control UI:\n${url}\n`)
  expect(told.out).toContain('ssh -N -L 18789:127.0.0.1:18789')
  const json = await cliHome(files, more({}, true)).run(...flags, '--auth-choice', 'skip', '--json')
  expect(JSON.parse(json.out)).toMatchObject({ dashboard: url })
  const silent = await cliHome(files, more({}, true)).run(...flags, '--auth-choice', 'skip', '--skip-ui')
  expect(silent.out).not.toContain('ticket')
  const screen = cliHome(files)
  const opened = join(screen.home, 'opened')
  Bun.spawnSync(['mkfifo', opened])
  writeFileSync(join(screen.home, 'xdg-open'), `#!/bin/sh\necho "$1" > '${opened}'\n`, { mode: 0o755 })
  const desktop = { PATH: `${screen.home}:${quiet.PATH}`, DISPLAY: ':0' }
  const shown = await cliHome(files, more(desktop, true)).run(...flags, '--auth-choice', 'skip')
  expect(shown.out).not.toContain('ssh -N')
  expect(await Bun.file(opened).text()).toBe(`${url}\n`)
})

test('what the original left here is taken over when that is wanted', async () => {
  const at = home()
  oldState(at.path('.'), 'good')
  const plain = await at.onboard('--auth-choice', 'skip', '--json')
  expect(JSON.parse(plain.out)).not.toHaveProperty('imported')
  const moved = await at.onboard('--auth-choice', 'skip', '--import', '--json')
  expect(JSON.parse(moved.out)).toMatchObject({ imported: 17, gateway: { port: 18_790 } })
  expect((await at.run('import', '--json')).out).toContain('"changes": 0')
})

test('parts by name, and setup without questions', async () => {
  const at = home()
  expect((await at.run('setup')).out).toContain('Workspace OK: ')
  const scale = ['--section', 'tailscale', '--tailscale', 'serve', '--tailscale-reset-on-exit', '--non-interactive']
  expect(await at.run('configure', ...scale)).toMatchObject({ code: 0 })
  expect(at.config()).toMatchObject({ gateway: { tailscale: { mode: 'serve', resetOnExit: true }, bind: 'loopback' } })
  await at.run('config', '--section', 'workspace', '--workspace', '~/here', '--non-interactive')
  expect(at.config()).toMatchObject({ agents: { defaults: { workspace: `${at.home}/here` } } })
})

test('who searches the web is chosen by flags, and refused without a key', async () => {
  const at = home({ 'openclaw.json': '{ // mine\n}\n' })
  const web = (...flags: string[]) => at.run('configure', '--section', 'web', '--non-interactive', ...flags)
  expect((await web('--web-search', 'brave')).err).toContain('--web-search brave needs --web-search-key <key>')
  expect((await web('--web-search', 'searxng', '--web-search-url', 'x')).err).toContain('needs an address such as')
  expect(await web('--web-search', 'brave', '--web-search-key', 'BSA-1', '--no-web-fetch')).toMatchObject({
    code: 0,
    out: 'Web: brave searches, pages are not read\n',
  })
  expect(at.config()).toMatchObject({
    tools: { web: { search: { enabled: true, provider: 'brave', apiKey: 'BSA-1' }, fetch: { enabled: false } } },
  })
  expect(await web('--web-search', 'brave')).toMatchObject({ code: 0 })
  await web('--web-search', 'perplexity', '--web-search-key', 'pplx-1')
  expect(at.config()).toMatchObject({ tools: { web: { search: { perplexity: { apiKey: 'pplx-1' } } } } })
  await web('--web-search', 'off', '--web-fetch')
  expect(at.config()).toMatchObject({ tools: { web: { search: { enabled: false }, fetch: { enabled: true } } } })
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('// mine')
  expect((await at.onboard('--skip-health', '--web-search', 'grok', '--web-search-key', 'xai-1')).code).toBe(0)
  expect(at.config()).toMatchObject({ tools: { web: { search: { enabled: true, provider: 'grok' } } } })
})

test('variables are replaced in place, or added', () => {
  expect(withVariables('', { A: 'x y' })).toBe("A='x y'\n")
  expect(withVariables('A=1\n# c\nexport B=2', { B: '3', C: '4' })).toBe('A=1\n# c\nB=3\nC=4\n')
})
