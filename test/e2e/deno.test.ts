// The client and what it stands on are web standards only: Deno checks their types and talks to a gateway with them.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { gateway } from './harness.ts'
import { folder, root } from './program.ts'

/** Runs Deno in the project; answers its exit code and output. */
async function deno(args: readonly string[]) {
  using cache = folder()
  const env = {
    PATH: process.env['PATH'],
    HOME: cache.path,
    DENO_DIR: cache.path,
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  }
  const program = join(root, 'node_modules', '.bin', 'deno')
  const child = Bun.spawn([program, ...args], { cwd: root, env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, errors }
}

test('Deno finds no type error in the client, lib and domain', async () => {
  const { code, errors } = await deno(['check', '--no-lock', 'src/client', 'src/lib', 'src/domain'])
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' })
}, 120_000)

test('a program on Deno asks the agent', async () => {
  await using gw = await gateway()
  const script = join('test', 'e2e', 'deno-client.ts')
  const args = [
    'run',
    '--no-lock',
    '--no-prompt',
    '--allow-net=127.0.0.1',
    script,
    `ws://127.0.0.1:${gw.port}`,
    gw.token,
  ]
  const { code, out, errors } = await deno(args)
  expect({ code, errors: code === 0 ? '' : errors }).toEqual({ code: 0, errors: '' })
  expect(JSON.parse(out)).toEqual({
    text: expect.stringMatching(/\S/),
    ok: true,
    refused: 'INVALID_REQUEST',
    done: true,
  })
}, 120_000)
