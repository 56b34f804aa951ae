// A gateway that was started without keys, as a service is, finds them in the login shell when the config says so.
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway } from './harness.ts'

test('keys of the login shell count below everything else', async () => {
  await using model = fakeOpenai({ reply: () => 'found it' })
  const provider = { baseUrl: model.url, apiKey: `\${OPENAI_API_KEY}`, api: 'openai-completions' }
  await using gw = await gateway({
    env: { SHELL: '/bin/sh' },
    config: {
      env: { shellEnv: { enabled: true }, vars: { GEMINI_API_KEY: 'from the config' } },
      models: { providers: { own: { ...provider, models: [{ id: 'm', name: 'm' }] } } },
      agents: { defaults: { model: { primary: 'own/m' } } },
    },
    prepare: (state) =>
      writeFileSync(
        join(state.path, '.profile'),
        'echo hello\nexport OPENAI_API_KEY=sk-test GEMINI_API_KEY=from-the-shell\n',
      ),
  })
  expect(await gw.ask('hi')).toBe('found it')
  expect(gw.log()).toContain('OPENAI_API_KEY')
  expect(gw.log()).not.toContain('GEMINI_API_KEY')
  expect(gw.log()).not.toContain('sk-test')
})
