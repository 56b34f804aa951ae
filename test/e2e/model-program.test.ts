// A program of this machine answers where a provider would: by itself, and when the provider does not.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { modelPrograms } from '../fakes/model-programs.ts'
import { gateway, modelConfig } from './harness.ts'
import { folder } from './program.ts'

const told = (answer: string) => JSON.parse(answer) as { prompt: string; model?: string; system?: string }

test('claude answers when it is on the path, and hears what was said before', async () => {
  using bin = folder()
  modelPrograms(bin.path)
  await using gw = await gateway({
    env: { PATH: `${bin.path}:${process.env['PATH'] ?? ''}` },
    config: { agents: { defaults: { model: { primary: 'claude-cli/sonnet-4.6' } } } },
  })
  const first = told(await gw.ask('My name is Ann.'))
  expect(first.model).toBe('sonnet')
  expect(first.system).toContain('AGENTS.md')
  expect(first.prompt).toContain('My name is Ann.')
  const second = told(await gw.ask('Who am I?')).prompt
  expect(second).toContain('My name is Ann.')
  expect(second.trimEnd()).toEndWith('Who am I?')
})

test('a program stands in for a provider that is away; one that is not there is named', async () => {
  using bin = folder()
  modelPrograms(bin.path)
  const away = modelConfig('anthropic-messages', 'http://127.0.0.1:9')
  await using gw = await gateway({
    config: {
      ...away,
      agents: {
        defaults: {
          model: { primary: 'fake/m', fallbacks: ['helper/gpt-5'] },
          cliBackends: {
            helper: {
              command: join(bin.path, 'codex'),
              args: ['exec', '--json', '--skip-git-repo-check'],
              output: 'jsonl',
              modelArg: '--model',
            },
          },
        },
      },
    },
  })
  expect(told(await gw.ask('still there?'))).toMatchObject({ model: 'gpt-5' })
  expect(await gw.ask('/model claude-cli/opus')).toContain('the program claude, which is not there')
})
