// A fresh home, set up without a question, and the first answer: what an executable for another machine must do.
import { expect } from 'bun:test'
import { fakeOpenai } from '../fakes/openai.ts'
import { built, folder, portOf, run, until, type RunOptions } from './program.ts'
import type { smallGroup } from './small-group.ts'

type Small = NonNullable<ReturnType<typeof smallGroup>>

/** Runs the onboarding, a gateway and one turn with an executable inside 256 MB; `under` goes between the two. */
export async function setUpAndAnswer(small: Small, program: string, how: Omit<RunOptions, 'program'> = {}) {
  await using model = fakeOpenai({ reply: () => 'Hello from a small machine.' })
  using state = folder()
  const here = { ...how, program, under: [...small.under, ...(how.under ?? [])] }
  const own = ['--custom-base-url', model.url, '--custom-model-id', 'm', '--custom-api-key', 'sk-test']
  const setUp = run(
    state.path,
    ['onboard', '--non-interactive', '--accept-risk', '--skip-daemon', '--json', ...own],
    here,
  )
  expect([await setUp.exited, setUp.output]).toEqual([0, expect.stringMatching(/^\{/)])
  expect(JSON.parse(setUp.output)).toMatchObject({
    model: { ref: expect.stringMatching(/\/m$/), reply: 'Hello from a small machine.' },
  })
  const gateway = run(state.path, ['gateway', '--port', '0'], here)
  await until('the gateway', () => portOf(state.path, gateway.pid), 180_000)
  const asked = run(state.path, ['agent', '-m', 'hello'], { program: built() })
  expect([await asked.exited, asked.output]).toEqual([0, 'Hello from a small machine.\n'])
  gateway.child.kill('SIGTERM')
  expect(await gateway.exited).toBe(0)
  expect(small.peak()).toBeLessThanOrEqual(256)
}
