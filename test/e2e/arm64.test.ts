// The arm64 executable, run by qemu where that is installed: it is set up, starts and answers, on a small machine too.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gateway } from './harness.ts'
import { built, root } from './program.ts'
import { setUpAndAnswer } from './set-up.ts'
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
    await setUpAndAnswer(small, program(), { under })
  },
  600_000,
)
