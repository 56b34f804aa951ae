// What stands before every answer: templates, the agent's name, and which of account and config counts.
import { expect, test } from 'bun:test'
import type { CommonAccount } from '../../src/define/account-fields.ts'
import type { EngineSettings } from '../../src/engine/settings.ts'
import { engineWorld } from './fixture.ts'
import { candidateOf } from './scripted.ts'

const agent = {
  id: 'main',
  name: 'Molly',
  workspace: '/nonexistent',
  tools: { profile: 'full', deny: [], execSecurity: 'full', execAsk: 'off', confined: true },
  mentionPatterns: [],
} as const

/** What an answer looks like with these prefixes. */
async function answered(
  prefix: string | undefined,
  common: Partial<CommonAccount> = {},
  more: Partial<EngineSettings> = {},
) {
  const made: { w?: ReturnType<typeof engineWorld> } = {}
  await using w = engineWorld({
    common,
    settings: {
      agent: (id) => (id === 'main' ? agent : undefined),
      responsePrefix: () => prefix,
      candidates: () =>
        [candidateOf('acme/org', (made.w as NonNullable<typeof made.w>).provider)].map((c) => ({
          ...c,
          ref: 'acme/org/big-5-20260101',
        })),
      ...more,
    },
  })
  made.w = w
  await w.receive('/think high hi')
  await w.idle()
  return w.texts()[0]
}

test('the model, its provider, the thinking and the name are filled in, whatever the case', async () => {
  expect(await answered('[{model} {ModelFull} {provider}]')).toBe('[big-5 acme/org/big-5-20260101 acme] Hello.')
  expect(await answered('{think}/{THINKINGLEVEL} {identity.name}|{identityName}:')).toBe(
    'high/high Molly|Molly: Hello.',
  )
  expect(await answered('{nobody} {}')).toBe('{nobody} {} Hello.')
})

test('auto is the name; where there is none there is no prefix', async () => {
  expect(await answered('auto')).toBe('[Molly] Hello.')
  const { name: _, ...nameless } = agent
  expect(await answered('auto', {}, { agent: () => nameless })).toBe('Hello.')
})

test('an account goes before the config, also with nothing', async () => {
  expect(await answered('all:', { responsePrefix: '{provider}:' })).toBe('acme: Hello.')
  expect(await answered('all:', { responsePrefix: '' })).toBe('Hello.')
  expect(await answered('all:', { responsePrefix: 'auto' })).toBe('[Molly] Hello.')
  expect(await answered(undefined)).toBe('Hello.')
})
