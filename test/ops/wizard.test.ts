// The set-up by questions over the wire: from a gateway without a model to the assistant's first words.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { app, type Answer } from './app.ts'

type App = Awaited<ReturnType<typeof app>>

/** Answers step after step by what is asked; a note is read. Answers every step that was seen and the end. */
async function answered(a: App, first: Answer, answers: Readonly<Record<string, unknown>>) {
  const steps: Answer[] = []
  let now = first
  while (!now.done) {
    steps.push(now.step)
    const said = answers[now.step.message]
    const value: unknown = Array.isArray(said) ? said.shift() : said
    now = await a.call('wizard.next', { sessionId: first.sessionId, answer: { stepId: now.step.id, value } })
  }
  return { steps, now }
}

test('from nothing to a model’s first words, asked as an app asks', async () => {
  await using model = fakeOpenai({ reply: () => 'Hello, I am here.' })
  await using a = await app('{\n  // mine\n}\n')
  const first = await a.call('wizard.start', {})
  expect(first).toMatchObject({
    done: false,
    status: 'running',
    step: { type: 'note', title: 'OpenClaw onboarding', message: '', executor: 'client' },
  })
  expect(await a.refused('wizard.start')).toBe('UNAVAILABLE wizard already running')
  expect(await a.call('wizard.status', { sessionId: first.sessionId })).toEqual({ status: 'running' })
  const { steps, now } = await answered(a, first, {
    'Go on?': true,
    'How thorough?': 'quickstart',
    'Where are your models?': 'custom',
    'Its address': model.url,
    'The name of its model': 'm',
    'Its key (empty for none)': 'sk-test',
    'Its key': 'sk-test',
    'Which chat shall reach your assistant?': '',
  })
  expect(now).toEqual({ done: true, status: 'done' })
  expect(steps.map((s) => s.message)).toEqual([
    '',
    expect.stringContaining('can run commands'),
    'Go on?',
    'How thorough?',
    'Where are your models?',
    'Its address',
    'It speaks like',
    'The name of its model',
    expect.stringContaining('Its key'),
    'Hello, I am here.',
    'Which chat shall reach your assistant?',
    'Hello, I am here.',
    expect.stringContaining('http://127.0.0.1:'),
    'All is set up.',
  ])
  expect(steps.find((s) => s.message.startsWith('Its key'))).toMatchObject({ type: 'text', sensitive: true })
  const config = readFileSync(join(a.top, 'openclaw.json'), 'utf8')
  expect(config).toContain('// mine')
  expect(Bun.JSON5.parse(config)).toMatchObject({ wizard: { lastRunMode: 'local' }, gateway: { mode: 'local' } })
  expect(await a.refused('wizard.status', { sessionId: first.sessionId })).toBe('NOT_FOUND wizard not found')
})

test('a key is in force at once, as a login', async () => {
  await using a = await app()
  const first = await a.call('wizard.start', { mode: 'local', workspace: join('/tmp', 'no-such-workspace') })
  let now = first
  const next = async (value?: unknown) =>
    (now = await a.call('wizard.next', { sessionId: first.sessionId, answer: { stepId: now.step.id, value } }))
  while (now.step.message !== 'Where are your models?') await next(now.step.message === 'Go on?' ? true : undefined)
  await next('key:venice')
  expect(now.step).toMatchObject({ message: 'Your key for venice', sensitive: true })
  await next('sk-venice')
  expect(now.step).toMatchObject({ message: 'Which model?', initialValue: 'llama-3.3-70b' })
  await a.call('wizard.cancel', { sessionId: first.sessionId })
  expect(existsSync(join(a.top, 'agents/main/agent/auth-profiles.json'))).toBe(false)
  expect(await a.refused('wizard.next', { sessionId: first.sessionId })).toBe('NOT_FOUND wizard not found')
})

test('answers that do not fit are refused and the step waits on; cancelled, nothing is written', async () => {
  await using a = await app()
  const first = await a.call('wizard.start', {})
  const { sessionId } = first
  const refused = (answer: unknown) => a.refused('wizard.next', { sessionId, answer })
  expect(await refused({ stepId: 'other', value: 1 })).toContain('that step is not the one that waits')
  const warning = await a.call('wizard.next', { sessionId, answer: { stepId: first.step.id } })
  const sure = await a.call('wizard.next', { sessionId, answer: { stepId: warning.step.id } })
  expect(sure.step).toMatchObject({ type: 'confirm', initialValue: false })
  expect(await refused({ stepId: sure.step.id, value: 'yes' })).toContain('true or false is wanted')
  const flow = await a.call('wizard.next', { sessionId, answer: { stepId: sure.step.id, value: true } })
  expect(await refused({ stepId: flow.step.id, value: 'fast' })).toContain('quickstart, manual')
  expect(await a.call('wizard.next', { sessionId })).toEqual(flow)
  expect(await a.call('wizard.cancel', { sessionId })).toEqual({ status: 'cancelled', error: 'cancelled' })
  expect(readFileSync(join(a.top, 'openclaw.json'), 'utf8')).toBe('{}')
  const again = await a.call('wizard.start', {})
  let now = again
  for (let i = 0; i < 2; i++)
    now = await a.call('wizard.next', { sessionId: again.sessionId, answer: { stepId: now.step.id } })
  now = await a.call('wizard.next', { sessionId: again.sessionId, answer: { stepId: now.step.id, value: false } })
  expect(now).toMatchObject({ done: true, status: 'error', error: expect.stringContaining('Nothing was set up') })
})

test('skills get the keys they lack, and hooks are switched on', async () => {
  await using model = fakeOpenai({ reply: () => 'Hi.' })
  await using a = await app(
    JSON.stringify({
      models: {
        providers: {
          own: { baseUrl: model.url, apiKey: 'sk-test', api: 'openai-completions', models: [{ id: 'm', name: 'm' }] },
        },
      },
      agents: { defaults: { model: { primary: 'own/m' } } },
    }),
  )
  const skill = (meta: unknown) => `---\nname: birds\ndescription: Birds.\nmetadata: ${JSON.stringify(meta)}\n---\nx\n`
  await Bun.write(
    join(a.top, 'skills/birds/SKILL.md'),
    skill({ openclaw: { requires: { env: ['BIRD_KEY'] }, primaryEnv: 'BIRD_KEY' } }),
  )
  const first = await a.call('wizard.start', {})
  const { steps, now } = await answered(a, first, {
    'Go on?': true,
    'How thorough?': 'manual',
    'Where are your models?': 'skip',
    Port: String(a.gateway.port),
    'Which chat shall reach your assistant?': '',
    'The agent’s folder': join(a.top, 'desk'),
    'Who searches the web for your assistant?': 'brave',
    'Its key': 'BSA-1',
    'May it read web pages?': true,
    'Shall a skill get what it lacks?': 'birds',
    'BIRD_KEY for birds (empty to leave it)': 'tweet',
    'Shall something run by itself when something happens?': ['command-logger', ''],
  })
  expect(now).toEqual({ done: true, status: 'done' })
  expect(steps.map((s) => s.message)).toContain('BIRD_KEY for birds (empty to leave it)')
  const config = Bun.JSON5.parse(readFileSync(join(a.top, 'openclaw.json'), 'utf8'))
  expect(config).toMatchObject({ tools: { web: { search: { provider: 'brave', apiKey: 'BSA-1' } } } })
  expect(steps.find((s) => s.message === 'Its key')).toMatchObject({ type: 'text', sensitive: true })
  expect(config).toMatchObject({ skills: { entries: { birds: { apiKey: 'tweet' } } } })
  const { hooks } = await a.call('hooks.list')
  expect(hooks.filter((h: Answer) => h.lacks === '').map((h: Answer) => h.name)).toEqual(['command-logger'])
  const { skills } = await a.call('skills.status')
  expect(skills.find((s: Answer) => s.name === 'birds')).toMatchObject({ eligible: true })
})
