// What the config says of how people and agents talk, as the engine is told it.
import { expect, test } from 'bun:test'
import { wholeParts } from '../../src/catalog.ts'
import { loadText } from '../../src/config/load.ts'
import { paths } from '../../src/config/paths.ts'
import { modelsOf } from '../../src/models.ts'
import { settingsOf } from '../../src/settings.ts'

/** The settings a config makes. */
async function told(said: object) {
  const at = paths({ HOME: '/nonexistent' }, {}, { home: '/nonexistent', exists: () => false })
  const { config } = await loadText(await wholeParts(), JSON.stringify(said), at, {})
  const env = { OPENAI_API_KEY: 'sk-test' }
  const clock = { now: () => 1_790_000_000_000 }
  const models = modelsOf(
    () => config,
    () => env,
    { stateDir: at.stateDir, clock },
  )
  return settingsOf(
    () => config,
    () => env,
    at,
    models,
  )
}

test('the models to choose from: those the config lists, with their names, the agent’s own first', async () => {
  const s = await told({
    agents: {
      defaults: {
        model: { primary: 'openai/gpt-5.2' },
        models: { 'openai/gpt-5.2': { alias: 'big' }, 'openai/gpt-5-mini': { alias: 'small' } },
      },
    },
  })
  expect(s.modelChoices('main')).toEqual([
    { ref: 'openai/gpt-5.2', alias: 'big' },
    { ref: 'openai/gpt-5-mini', alias: 'small' },
  ])
  const all = (await told({})).modelChoices('main').map((m) => m.ref)
  expect(all).toContain('openai/gpt-5.2')
  expect(all.some((ref) => ref.startsWith('anthropic/'))).toBe(false)
})
