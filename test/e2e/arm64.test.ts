// The arm64 executable, run by qemu where that is installed: it starts and answers.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gateway } from './harness.ts'
import { built, root } from './program.ts'

const library = '/usr/aarch64-linux-gnu'
const qemu = Bun.which('qemu-aarch64-static')
const possible = qemu !== null && existsSync(library)

test.if(possible)(
  possible ? 'the arm64 executable answers one turn' : 'arm64: not tried, qemu-user-static is not installed',
  async () => {
    const program = built(join(root, 'dist', 'oclaw-linux-arm64'), ['--target', 'linux-arm64'])
    await using gw = await gateway({ program, under: [String(qemu), '-L', library], readyMs: 180_000 })
    expect(await (await fetch(`${gw.url}/health`)).json()).toMatchObject({ status: 'ok' })
    expect(await gw.ask('hello')).not.toBe('')
  },
  600_000,
)
