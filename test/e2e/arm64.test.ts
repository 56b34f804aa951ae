// The arm64 executable, run by qemu where that is installed: it is set up, starts and answers, on a small machine too.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { gateway } from './harness.ts'
import { built, folder, portOf, root, run, until } from './program.ts'
import { smallGroup } from './small-group.ts'

const library = '/usr/aarch64-linux-gnu'
const qemu = Bun.which('qemu-aarch64-static')
const possible = qemu !== null && existsSync(library)

const program = () => built(join(root, 'dist', 'oclaw-linux-arm64'), ['--target', 'linux-arm64'])
const under = [String(qemu), '-L', library]

test.if(possible)(
  possible ? 'the arm64 executable answers one turn' : 'arm64: not tried, qemu-user-static is not installed',
  async () => {
    await using gw = await gateway({ program: program(), under, readyMs: 180_000 })
    expect(await (await fetch(`${gw.url}/health`)).json()).toMatchObject({ status: 'ok' })
    expect(await gw.ask('hello')).not.toBe('')
  },
  600_000,
)

const group = possible ? smallGroup('arm64') : undefined

test.if(group !== undefined)(
  'the arm64 executable is set up without a question and answers, all within 256 MB, the emulator too',
  async () => {
    await using small = group as NonNullable<typeof group>
    await using model = fakeOpenai({ reply: () => 'Hello from a small machine.' })
    using state = folder()
    const how = { program: program(), under: [...small.under, ...under] }
    const own = ['--custom-base-url', model.url, '--custom-model-id', 'm', '--custom-api-key', 'sk-test']
    const setUp = run(
      state.path,
      ['onboard', '--non-interactive', '--accept-risk', '--skip-daemon', '--json', ...own],
      how,
    )
    expect([await setUp.exited, JSON.parse(setUp.output)]).toEqual([
      0,
      expect.objectContaining({ model: { ref: expect.stringMatching(/\/m$/), reply: 'Hello from a small machine.' } }),
    ])
    const gateway = run(state.path, ['gateway', '--port', '0'], how)
    await until('the gateway', () => portOf(state.path, gateway.pid), 180_000)
    const asked = run(state.path, ['agent', '-m', 'hello'], { program: built() })
    expect([await asked.exited, asked.output]).toEqual([0, 'Hello from a small machine.\n'])
    gateway.child.kill('SIGTERM')
    expect(await gateway.exited).toBe(0)
    expect(small.peak()).toBeLessThanOrEqual(256)
  },
  600_000,
)
