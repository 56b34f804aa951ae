// Asking Tailscale, here a program of the same name that answers as it does.
import { afterAll, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testClock } from '../../src/lib/clock.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { spawner } from '../../src/os/child.ts'
import { whois } from '../../src/os/tailscale.ts'

const dir = mkdtempSync(join(tmpdir(), 'oclaw-ts-'))
const calls = join(dir, 'calls')
writeFileSync(
  join(dir, 'tailscale'),
  `#!/bin/sh
echo "$*" >> ${calls}
[ "$1 $2" = "whois --json" ] || exit 2
case "$3" in
100.64.0.7) echo '{"Node":{"ID":1},"UserProfile":{"LoginName":"ann@example.com"}}' ;;
100.64.0.9) echo 'not json' ;;
*) echo 'peer not found' >&2; exit 1 ;;
esac
`,
)
chmodSync(join(dir, 'tailscale'), 0o755)
afterAll(() => rmSync(dir, { recursive: true }))

const asked = () => readFileSync(calls, 'utf8').trim().split('\n').length

test('a login is asked for once a minute, a stranger’s every five seconds', async () => {
  const clock = testClock(1_790_000_000_000)
  const env = { PATH: `${dir}:/usr/bin:/bin` }
  const ask = whois({ clock, spawn: spawner(systemClock), env, signal: new AbortController().signal })
  expect(await ask('100.64.0.7')).toBe('ann@example.com')
  expect(await ask('100.64.0.7')).toBe('ann@example.com')
  expect(asked()).toBe(1)
  expect(await ask('100.64.0.8')).toBeUndefined()
  expect(await ask('100.64.0.9')).toBeUndefined()
  expect(await ask('100.64.0.8')).toBeUndefined()
  expect(asked()).toBe(3)
  await clock.advance(6000)
  expect(await ask('100.64.0.8')).toBeUndefined()
  expect(asked()).toBe(4)
  await clock.advance(60_000)
  expect(await ask('100.64.0.7')).toBe('ann@example.com')
  expect(asked()).toBe(5)
})

test('what is no address is not asked for, and without the program nobody is known', async () => {
  const clock = testClock(1_790_000_000_000)
  const signal = new AbortController().signal
  const before = asked()
  const spawn = spawner(systemClock)
  expect(await whois({ clock, spawn, env: { PATH: dir }, signal })('--help')).toBeUndefined()
  expect(await whois({ clock, spawn, env: { PATH: '/nonexistent' }, signal })('100.64.0.7')).toBeUndefined()
  expect(asked()).toBe(before)
})
