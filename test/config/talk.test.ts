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

test('an agent’s own name and emoji mention it in groups, unless patterns are listed', async () => {
  const groupChat = { mentionPatterns: ['assistant'] }
  const agents = {
    list: [
      { id: 'main', identity: { name: 'Molly (the) Cat', emoji: '🐈' } },
      { id: 'other', identity: { name: 'Ändi' } },
      { id: 'listed', identity: { name: 'Bob' }, groupChat },
      { id: 'plain', name: 'Plain' },
    ],
  }
  const s = await told({ agents })
  const hears = (id: string, text: string) =>
    (s.agent(id)?.mentionPatterns ?? []).some((pattern) => new RegExp(pattern, 'i').test(text))
  for (const text of ['Hey molly (the)  cat!', '@Molly (the) Cat, hello', 'look 🐈'])
    expect([text, hears('main', text)]).toEqual([text, true])
  for (const text of ['Molly', 'hello', 'Molly (the) Cats']) expect([text, hears('main', text)]).toEqual([text, false])
  expect([hears('other', 'ja ändi, bitte'), hears('other', 'Händi'), hears('other', 'Ändié')]).toEqual([
    true,
    false,
    false,
  ])
  expect([hears('listed', 'Bob'), hears('listed', 'dear assistant')]).toEqual([false, true])
  expect(hears('plain', 'Plain')).toBe(false)
  const all = await told({ agents, messages: { groupChat } })
  expect(all.agent('main')?.mentionPatterns).toEqual(['assistant'])
})

test('the model of an agent whose id has capitals is its own', async () => {
  const s = await told({ agents: { list: [{ id: 'main' }, { id: 'Work', model: 'openai/gpt-5-mini' }] } })
  expect(s.candidates('work', undefined)[0]?.ref).toBe('openai/gpt-5-mini')
})
