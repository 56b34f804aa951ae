// Models from the command line: which are used, under which names, with which logins, in which order.
import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { loginsOf } from '../../src/os/logins.ts'
import { modelPrograms } from '../fakes/model-programs.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { cliHome } from './fixture.ts'

const hour = 3_600_000

function home(config = '{}', stdin = '', path = '/usr/bin:/bin') {
  const more = { env: { PATH: path }, configParts: wholeParts, stdin: () => Promise.resolve(stdin) }
  const at = cliHome({ 'openclaw.json': config }, more)
  return {
    ...at,
    config: () => Bun.JSON5.parse(readFileSync(at.path('openclaw.json'), 'utf8')) as Record<string, never>,
    logins: (agent = 'main') =>
      JSON.parse(readFileSync(at.path(`agents/${agent}/agent/auth-profiles.json`), 'utf8')) as {
        profiles: Record<string, object>
        order: object
      },
    json: async <T>(...argv: string[]) => JSON.parse((await at.run(...argv, '--json')).out) as T,
  }
}

test('the default, fallbacks and aliases are kept in the config, comments and all', async () => {
  const at = home('{\n  // mine\n  agents: { defaults: { models: { "openai/gpt-5.2": {} } } },\n}\n')
  const run = async (...argv: string[]) => {
    const { code, out, err } = await at.run('models', ...argv)
    return code === 0 ? out.trim() : err.trim()
  }
  expect(await run('aliases', 'add', 'big', 'anthropic/claude-opus-4-6')).toBe('big: anthropic/claude-opus-4-6')
  expect(await run('set', 'BIG')).toBe('Default model: anthropic/claude-opus-4-6')
  expect(await run('fallbacks', 'add', 'openai/gpt-5.2')).toBe('Fallbacks: openai/gpt-5.2')
  expect(await run('fallbacks', 'add', 'groq/llama')).toBe('Fallbacks: openai/gpt-5.2, groq/llama')
  expect(await run('fallbacks', 'remove', 'openai/gpt-5.2')).toBe('Fallbacks: groq/llama')
  expect(await run('fallbacks', 'list', '--plain')).toBe('groq/llama')
  expect(await run('set-image', 'google/gemini-3-flash-preview')).toContain('Image model: google/')
  expect(await run('image-fallbacks', 'list')).toBe('There are none.')
  expect(await run('set', 'huge')).toContain('"huge" is no alias')
  expect(await run('aliases', 'add', 'big', 'openai/gpt-5.2')).toContain('big is a name of anthropic/')
  expect(await run('aliases', 'remove', 'big')).toContain('no name any more')
  expect(await run('fallbacks', 'remove', 'x/y')).toContain('x/y is none of')
  expect(readFileSync(at.path('openclaw.json'), 'utf8')).toContain('// mine')
  expect(at.config()['agents']).toEqual({
    defaults: {
      model: { primary: 'anthropic/claude-opus-4-6', fallbacks: ['groq/llama'] },
      imageModel: { primary: 'google/gemini-3-flash-preview' },
      models: {
        'openai/gpt-5.2': {},
        'anthropic/claude-opus-4-6': {},
        'groq/llama': {},
        'google/gemini-3-flash-preview': {},
      },
    },
  } as never)
})

test('logins are kept for their owner alone, and tried in the order that is set', async () => {
  const at = home('{}', 'sk-first\n')
  expect((await at.run('models', 'auth', 'add', '--provider', 'openai', '--profile-id', 'openai:work')).code).toBe(0)
  const other = home('{}', 'sk ne')
  expect((await other.run('models', 'auth', 'add', '--provider', 'openai')).err).toContain('no key or token')
  const paste = ['models', 'auth', 'paste-token', '--provider', 'openai', '--expires-in', '12h'] as const
  expect((await at.run(...paste)).code).toBe(0)
  expect(statSync(at.path('agents/main/agent/auth-profiles.json')).mode & 0o777).toBe(0o600)
  expect(at.logins().profiles).toEqual({
    'openai:work': { type: 'api_key', provider: 'openai', key: 'sk-first' },
    'openai:manual': { type: 'token', provider: 'openai', token: 'sk-first', expires: expect.any(Number) },
  })
  expect(at.config()['auth']).toEqual({
    profiles: {
      'openai:work': { provider: 'openai', mode: 'api_key' },
      'openai:manual': { provider: 'openai', mode: 'token' },
    },
  } as never)
  const whose = ['models', 'auth', '--agent', 'other', 'order', 'get', '--provider', 'openai', '--json']
  expect(JSON.parse((await at.run(...whose)).out)).toMatchObject({
    path: at.path('agents/other/agent/auth-profiles.json'),
  })
  const dirs = ['other', 'main'].map((agent) => at.path(`agents/${agent}/agent`))
  const ids = (now = 0) => loginsOf(dirs, now, 'openai', undefined).map((l) => l.id)
  expect(ids()).toEqual(['openai:manual', 'openai:work'])
  expect(ids(Date.now() + 13 * hour)).toEqual(['openai:work'])
  const order = (...argv: string[]) => at.run('models', 'auth', 'order', ...argv, '--provider', 'openai')
  expect((await order('set', 'openai:work', 'openai:manual')).out).toBe('openai: openai:work, openai:manual\n')
  expect(ids()).toEqual(['openai:work', 'openai:manual'])
  expect((await order('set', 'openai:nobody')).err).toContain('there is no login openai:nobody for openai')
  expect((await order('get')).out).toBe('openai: openai:work, openai:manual\n')
  expect((await order('clear')).out).toContain('no order of its own')
  expect((await at.run('models', 'auth', 'setup-token')).err).toContain('begins with sk-ant-oat')
})

test('the state of models is told, checked and probed', async () => {
  await using model = fakeOpenai({ reply: () => 'OK' })
  const providers = {
    fake: { baseUrl: model.url, api: 'openai-completions', models: [{ id: 'gpt-x', name: 'X' }] },
  }
  const agents = { defaults: { model: { primary: 'fake/gpt-x', fallbacks: ['openai/gpt-5.2'] } } }
  const at = home(JSON.stringify({ models: { providers }, agents }), 'sk-test')
  expect((await at.run('models', 'status', '--check')).code).toBe(1)
  await at.run('models', 'auth', 'paste-token', '--provider', 'openai', '--expires-in', '2h')
  expect((await at.run('models', 'status', '--check')).code).toBe(2)
  await at.run('models', 'auth', 'add', '--provider', 'fake')
  const probe = ['models', 'status', '--probe', '--probe-provider', 'fake']
  const status = await at.json<Record<string, never>>(...probe, '--probe-max-tokens', '7')
  const body = model.requests.at(-1)?.body
  expect(body?.['max_tokens'] ?? body?.['max_completion_tokens']).toBe(7)
  expect(status).toMatchObject({
    defaultModel: 'fake/gpt-x',
    resolvedDefault: 'fake/gpt-x',
    fallbacks: ['openai/gpt-5.2'],
    auth: {
      missingProvidersInUse: [],
      oauth: {
        profiles: [
          { profileId: 'openai:manual', status: 'expiring' },
          { profileId: 'fake:default', status: 'static' },
        ],
      },
    },
    probes: [{ target: 'fake/gpt-x@fake:default', ok: true, said: 'OK' }],
  })
  expect((await at.run('models', '--plain')).out).toBe('fake/gpt-x\n')
  const text = (await at.run('models', 'status')).out
  for (const word of ['fake:default', 'does not expire', 'good for 2 h', 'openai:manual']) expect(text).toContain(word)
  const list = await at.json<{ count: number; models: object[] }>('models', 'list')
  expect(list.models).toMatchObject([
    { key: 'fake/gpt-x', available: true, tags: ['default'], missing: false },
    { key: 'openai/gpt-5.2', available: true, tags: ['fallback#1'], missing: false },
  ])
  const all = await at.json<{ count: number }>('models', 'list', '--all', '--provider', 'anthropic')
  expect(all.count).toBeGreaterThan(3)
})

test('models that cost nothing are found, tried, and taken as fallbacks', async () => {
  const model = (id: string, more: object = {}) => ({
    id,
    created: 2_000_000_000,
    context_length: 32_000,
    architecture: { input_modalities: ['text'] },
    supported_parameters: ['tools'],
    ...more,
  })
  const list = [
    model('maker/small-8b:free'),
    model('maker/big-70b:free', { context_length: 128_000 }),
    model('maker/seeing-20b:free', { architecture: { input_modalities: ['text', 'image'] } }),
    model('maker/lazy-90b:free'),
    model('maker/costly-70b'),
    model('maker/toolless-70b:free', { supported_parameters: [] }),
    model('maker/old-70b:free', { created: 1 }),
  ]
  await using it = fakeOpenai({
    reply: (body) => (String(body['model']).includes('lazy') ? 'pong?' : { calls: [{ name: 'ping', input: {} }] }),
  })
  const front = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      const { pathname } = new URL(request.url)
      return pathname === '/models'
        ? Response.json({ data: list })
        : fetch(`${it.url}${pathname}`, { method: request.method, headers: request.headers, body: request.body })
    },
  })
  try {
    const openrouter = { baseUrl: `http://127.0.0.1:${front.port}`, apiKey: 'sk-test', models: [] }
    const at = home(JSON.stringify({ models: { providers: { openrouter } } }))
    const scan = (...argv: string[]) => at.run('models', 'scan', '--max-age-days', '30', ...argv)
    expect((await scan('--no-probe')).out).toContain('5 models cost nothing.')
    const { out, err } = await scan('--min-params', '10', '--yes', '--set-image', '--json')
    expect(err).toBe('')
    const done = JSON.parse(out) as { candidates: { ref: string; problem?: string }[] }
    expect(done.candidates.find((c) => c.ref.includes('lazy'))?.problem).toBe('it called no tool')
    const { model: chosen, imageModel } = (at.config()['agents'] as unknown as { defaults: Record<string, object> })
      .defaults
    expect(chosen).toEqual({ fallbacks: ['openrouter/maker/seeing-20b:free', 'openrouter/maker/big-70b:free'] })
    expect(imageModel).toMatchObject({ primary: 'openrouter/maker/seeing-20b:free' })
    expect((await scan('--provider', 'nobody')).out).toContain('0 models cost nothing.')
  } finally {
    await front.stop(true)
  }
})

test('a model that a program answers needs no key, only the program', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'oclaw-bin-'))
  const config = '{ agents: { defaults: { model: { primary: "claude-cli/opus", fallbacks: ["codex-cli/gpt-5"] } } } }'
  const without = await home(config, '', bin).json<{ auth: object; problem: string }>('models', 'status')
  expect(without.problem).toContain('the program claude, which is not there')
  expect(without.auth).toMatchObject({ missingProvidersInUse: ['claude-cli', 'codex-cli'] })
  modelPrograms(bin)
  const at = home(config, '', bin)
  expect((await at.json<{ auth: object }>('models', 'status')).auth).toMatchObject({
    missingProvidersInUse: [],
    providers: [
      { provider: 'claude-cli', effective: { kind: 'program', detail: join(bin, 'claude') } },
      { provider: 'codex-cli', effective: { kind: 'program', detail: join(bin, 'codex') } },
    ],
  })
  const { models } = await at.json<{ models: object[] }>('models', 'list')
  expect(models).toMatchObject([
    { key: 'claude-cli/opus', input: 'text', available: true, missing: false },
    { key: 'codex-cli/gpt-5', input: 'text+image', available: true, missing: false },
  ])
  rmSync(bin, { recursive: true })
})
