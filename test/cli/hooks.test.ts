// Hooks and nodes' tools on the executable: installed, looked at, switched on, run.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { folder, run, until } from '../e2e/program.ts'

const source = folder()
let gw: Gateway

beforeAll(async () => {
  gw = await gateway()
  source.write(
    'my-hook/HOOK.md',
    '---\nname: my-hook\ndescription: Notes\nmetadata: {"openclaw":{"events":["session"]}}\n---\n',
  )
  source.write('my-hook/handler', '#!/bin/sh\necho "$OPENCLAW_HOOK_EVENT" >> hook-heard\n')
  source.write('my-hook/package.json', '{"name":"my-hook","version":"1.2.3"}')
  chmodSync(join(source.path, 'my-hook/handler'), 0o755)
}, 60_000)

afterAll(async () => {
  await gw[Symbol.asyncDispose]()
  source[Symbol.dispose]()
})

async function oclaw(...args: string[]): Promise<{ code: number; out: string }> {
  const done = run(gw.state.path, args)
  return { code: await done.exited, out: done.output }
}

test('list, info, check and enable of the built-in hooks', async () => {
  expect((await oclaw('hooks')).out).toContain('session-memory')
  expect((await oclaw('hooks', 'info', 'command-logger')).out).toContain('State:   switched off: `oclaw hooks enable')
  expect((await oclaw('hooks', 'check')).out).toStartWith('4 hooks, 4 have all they need, 0 are on.')
  expect((await oclaw('hooks', 'enable', 'command-logger')).out).toBe('command-logger is on.\n')
  expect(JSON.parse((await oclaw('hooks', 'list', '--json')).out)).toMatchObject({
    enabled: true,
    hooks: expect.arrayContaining([expect.objectContaining({ name: 'command-logger', lacks: '' })]),
  })
  await gw.call('chat.send', { sessionKey: 'main', message: '/status', idempotencyKey: 'c1' })
  const log = await until('the note', () => {
    const written = gw.state.has('logs/commands.log') ? gw.state.read('logs/commands.log') : ''
    return written.endsWith('\n') && written
  })
  expect(JSON.parse(log.trim())).toMatchObject({ action: 'status', source: 'webchat' })
  expect((await oclaw('hooks', 'disable', 'command-logger')).out).toBe('command-logger is off.\n')
  expect((await oclaw('hooks', 'enable', 'nothing')).code).toBe(1)
})

test('a hook from a folder or an archive is copied, runs once it is switched on, and rests after an update', async () => {
  const installed = await oclaw('hooks', 'install', join(source.path, 'my-hook'))
  expect(installed).toEqual({ code: 0, out: 'Installed my-hook. Look at it, then: oclaw hooks enable my-hook\n' })
  expect(gw.state.has('hooks/my-hook/handler')).toBe(true)
  await gw.ask('one')
  expect(gw.state.has('hook-heard')).toBe(false)
  expect((await oclaw('hooks', 'enable', 'my-hook')).code).toBe(0)
  await gw.ask('two', 'other')
  await until('the hook', () => gw.state.has('hook-heard') && gw.state.read('hook-heard').includes('session:created'))
  source.write('my-hook/handler', '#!/bin/sh\ntouch owned\n')
  expect((await oclaw('hooks', 'update')).out).toContain('say which, or --all: my-hook')
  expect((await oclaw('hooks', 'update', '--all', '--dry-run')).out).toContain('my-hook: would update')
  expect((await oclaw('hooks', 'update', 'my-hook')).out).toContain('my-hook: updated (1.2.3 → 1.2.3)')
  expect((await oclaw('hooks', 'list', '-v')).out).toContain('its files are not those that were looked at')
  const archive = join(source.path, 'pack.tar.gz')
  await Bun.write(
    archive,
    new Bun.Archive(
      { 'pack/HOOK.md': '---\nname: packed\ndescription: x\n---\n', 'pack/handler.ts': 'x' },
      { compress: 'gzip' },
    ),
  )
  expect((await oclaw('hooks', 'install', archive)).out).toContain('Installed packed.')
  expect((await oclaw('hooks', 'enable', 'packed')).out).toContain('its HOOK.md names no events')
  expect((await oclaw('hooks', 'install', '--link', join(source.path))).code).toBe(0)
  expect((await oclaw('hooks', 'install', '-not-a-thing')).code).toBe(1)
  expect((await oclaw('hooks', 'install', '/nonexistent')).out).toContain('is no folder that can be read')
})
