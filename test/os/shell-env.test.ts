// Keys of the login shell: taken by a real shell with a profile that greets, and given up when it hangs.
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { shellVariables } from '../../src/os/shell-env.ts'

const names = ['OPENAI_API_KEY', 'TELEGRAM_BOT_TOKEN']

/** A home whose login shell does this first. */
function home(profile: string) {
  const path = mkdtempSync(join(tmpdir(), 'oclaw-shell-'))
  writeFileSync(join(path, '.profile'), profile)
  return {
    env: { HOME: path, PATH: '/usr/bin:/bin', SHELL: '/bin/sh', OPENAI_API_KEY: 'not asked for again' },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

test('only what is asked for comes, whatever else the shell says', async () => {
  using at = home('echo "Welcome=back"; echo oops >&2\nexport TELEGRAM_BOT_TOKEN="1:a b\nc"\nexport OTHER_KEY=x\n')
  expect(await shellVariables(systemClock, at.env, names, 5000)).toEqual({ TELEGRAM_BOT_TOKEN: '1:a b\nc' })
})

test('a shell that hangs is given up on', async () => {
  using at = home('sleep 60\n')
  const error = await shellVariables(systemClock, at.env, names, 50).catch((e: unknown) => String(e))
  expect(error).toContain('/bin/sh did not tell its variables within 50 ms')
})
