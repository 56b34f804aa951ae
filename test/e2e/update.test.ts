// An update that is killed at any point leaves a program that starts: the old one or the new one, whole.
import { expect, test } from 'bun:test'
import { chmodSync, copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { targetName } from '../../src/ops/machine/update.ts'
import { releaseOf } from './newer.ts'
import { built, folder, run } from './program.ts'
import { terminal } from './terminal.ts'

const version = '2099.1.1'
/** How often it is killed. */
const kills = Number(process.env['OCLAW_UPDATE_KILLS'] ?? 20)
const newer = `#!/bin/sh\necho ${version}\nexit 0\n${'#'.repeat(30_000_000)}`

test('killed at twenty moments, and then not killed', async () => {
  using home = folder()
  const program = join(home.path, 'oclaw')
  const fresh = () => {
    copyFileSync(built(), program)
    chmodSync(program, 0o755)
  }
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const key = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64')
  const sha256 = new Bun.CryptoHasher('sha256').update(newer).digest('hex')
  const file = { name: 'next', sha256, bytes: newer.length }
  const list = JSON.stringify({ version, files: { [targetName()]: file } })
  const signature = await crypto.subtle.sign('Ed25519', pair.privateKey, new TextEncoder().encode(list))
  home.write('release/next', newer)
  home.write('release/manifest.json', list)
  writeFileSync(join(home.path, 'release', 'manifest.json.sig'), Buffer.from(signature).toString('base64'))
  const env = { OPENCLAW_UPDATE_KEY: key, OPENCLAW_UPDATE_URL: join(home.path, 'release') }
  const update = () => run(home.path, ['update', '--yes', '--json'], { env, program })
  const says = () => Bun.spawnSync([program, '--version'], { stdin: 'ignore' }).stdout.toString().trim()
  fresh()
  const old = says()
  const clock = performance.now()
  expect([await update().exited, says()]).toEqual([0, version])
  const whole = performance.now() - clock
  const seen = new Set<string>()
  for (let i = 0; i < kills; i++) {
    fresh()
    const child = update()
    await Promise.race([child.exited, Bun.sleep((whole * i) / (kills - 1))])
    child.child.kill('SIGKILL')
    await child.exited
    seen.add(says())
  }
  expect([...seen].filter((v) => v !== old && v !== version)).toEqual([])
  fresh()
  expect([await update().exited, says()]).toEqual([0, version])
}, 60_000)

test.if(existsSync('/usr/bin/tmux'))(
  'by questions at a terminal, from the channel that is chosen',
  async () => {
    using home = folder()
    const program = join(home.path, 'oclaw')
    copyFileSync(built(), program)
    chmodSync(program, 0o755)
    home.write('next', newer)
    const key = await releaseOf(join(home.path, 'release/beta'), join(home.path, 'next'), version)
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: home.path,
      OPENCLAW_STATE_DIR: home.path,
      NO_COLOR: '1',
      OPENCLAW_UPDATE_KEY: key,
      OPENCLAW_UPDATE_URL: join(home.path, 'release'),
    }
    using t = terminal([program, 'update', 'wizard'], home.path, env)
    await t.shows('Which releases?')
    t.press('Down', 'Down', 'Enter')
    await t.shows(`Version ${version}`)
    await t.shows('Put it in place of')
    t.press('Enter')
    await t.shows('Restart a running gateway with it')
    t.press('Enter')
    await t.shows('ended with 0')
    expect(Bun.spawnSync([program, '--version']).stdout.toString().trim()).toBe(version)
  },
  60_000,
)
