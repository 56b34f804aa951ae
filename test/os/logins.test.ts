// Models with several logins: each is a candidate, in its order; a pinned one alone; listed models only where some are listed.
import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { wholeParts } from '../../src/app/catalog.ts'
import { loadText } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { modelsOf } from '../../src/app/models/index.ts'
import { loginsPath } from '../../src/os/logins.ts'

const key = (provider: string, secret: string) => ({ type: 'api_key', provider, key: secret })

/** Models over a config, an environment, and files of logins by agent. */
async function models(config: object, env: Record<string, string> = {}, logins: Record<string, object> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'oclaw-logins-'))
  const at = paths({ HOME: home, OPENCLAW_AGENT_DIR: env['OPENCLAW_AGENT_DIR'] }, {}, { home, exists: () => false })
  for (const [agent, file] of Object.entries(logins)) {
    const path = loginsPath(join(at.agentsDir, agent, 'agent'))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ version: 1, ...file }))
  }
  const loaded = await loadText(await wholeParts(), JSON.stringify(config), at, env)
  const now = { ms: 1000 }
  const place = { ...at, clock: { now: () => now.ms } }
  const made = modelsOf(
    () => loaded.config,
    () => env,
    place,
  )
  const of = (agent: string, ref?: string) =>
    made.candidates(agent, ref).map((c) => `${c.ref} ${c.endpoint.login ?? '-'} ${c.endpoint.key?.reveal() ?? '-'}`)
  return { of, now, at, file: loginsPath(join(at.agentsDir, 'main', 'agent')), made }
}

const gpt = { agents: { defaults: { model: { primary: 'openai/gpt-5.2' } } } }

test('own logins come before those of the main agent, those before the environment, and each key counts once', async () => {
  const main = {
    profiles: { 'openai:work': key('openai', 'k1'), 'openai:old': { ...key('openai', 'k0'), expires: 2000 } },
  }
  const other = { profiles: { 'openai:mine': { type: 'token', provider: 'OpenAI', token: 't1' } } }
  const env = { OPENAI_API_KEYS: 'e1, e2', OPENAI_API_KEY: 'e1', OPENAI_API_KEY_2: 'e3' }
  const { of, now } = await models(gpt, env, { main, other })
  const envs = ['- e1', 'OPENAI_API_KEY 2 e2', 'OPENAI_API_KEY 3 e3'].map((k) => `openai/gpt-5.2 ${k}`)
  expect(of('main')).toEqual(['openai/gpt-5.2 openai:work k1', 'openai/gpt-5.2 openai:old k0', ...envs])
  expect(of('other')[0]).toBe('openai/gpt-5.2 openai:mine t1')
  expect(of('other')).toContain('openai/gpt-5.2 openai:work k1')
  expect(of('main', 'openai/gpt-5.2@openai:old')).toEqual(['openai/gpt-5.2 openai:old k0'])
  now.ms = 90_000
  expect(of('main')).not.toContain('openai/gpt-5.2 openai:old k0')
  expect(() => of('main', 'openai/gpt-5.2@openai:old')).toThrow('needs a key')
})

test('endpoints stay the same objects until a file of logins changes', async () => {
  const { made, file, now } = await models(gpt, {}, { main: { profiles: { 'openai:a': key('openai', 'k1') } } })
  const [first] = made.candidates('main', undefined)
  expect(made.candidates('main', undefined)[0]).toBe(first as NonNullable<typeof first>)
  const profiles = { 'openai:a': key('openai', 'k1'), 'openai:b': key('openai', 'k2') }
  now.ms += 100
  writeFileSync(file, JSON.stringify({ profiles, order: { openai: ['openai:b'] } }))
  expect(made.candidates('main', undefined).map((c) => c.endpoint.login)).toEqual(['openai:b'])
  now.ms += 100
  writeFileSync(file, '{ broken')
  expect(() => made.candidates('main', 'openai/gpt-5.2')).toThrow('needs a key')
})

test('the config may order logins too, and list the models that may be chosen', async () => {
  const defaults = { ...gpt.agents.defaults, models: { 'openai/gpt-5-mini': { alias: 'mini' } } }
  const config = { agents: { defaults }, auth: { order: { openai: ['openai:b', 'openai:a'] } } }
  const profiles = { 'openai:a': key('openai', 'k1'), 'openai:b': key('openai', 'k2') }
  const { of } = await models(config, {}, { main: { profiles } })
  expect(of('main', 'Mini@openai:a')).toEqual(['openai/gpt-5-mini openai:a k1'])
  expect(of('main', 'openai/gpt-5.2')).toEqual(['openai/gpt-5.2 openai:b k2', 'openai/gpt-5.2 openai:a k1'])
  expect(() => of('main', 'openai/gpt-4')).toThrow('Model "openai/gpt-4" is not allowed. Use /model to list available')
})

test('an agent keeps its logins where the config says, the main one where the environment says', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'oclaw-agent-'))
  const put = (folder: string, secret: string) => {
    mkdirSync(join(elsewhere, folder))
    writeFileSync(
      loginsPath(join(elsewhere, folder)),
      JSON.stringify({ profiles: { [`openai:${folder}`]: key('openai', secret) } }),
    )
  }
  put('main', 'k1')
  put('helper', 'k2')
  const list = [{ id: 'main' }, { id: 'Helper', agentDir: join(elsewhere, 'helper') }]
  const usual = { main: { profiles: { 'openai:usual': key('openai', 'k0') } } }
  const env = { OPENCLAW_AGENT_DIR: join(elsewhere, 'main') }
  const { of } = await models({ agents: { ...gpt.agents, list } }, env, usual)
  expect(of('main')).toEqual(['openai/gpt-5.2 openai:main k1'])
  expect(of('helper')).toEqual(['openai/gpt-5.2 openai:helper k2', 'openai/gpt-5.2 openai:main k1'])
  rmSync(elsewhere, { recursive: true })
})
