// The original's command line against our gateway: each command does what it does against its own.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { folder, until } from '../e2e/program.ts'
import { command, install, original } from './original.ts'

const missing = install()
if (missing) console.log(`skipped: ${missing}`)
const peer = test.skipIf(missing !== undefined)

const home = folder()
let gw: Gateway

beforeAll(async () => {
  if (missing) return
  gw = await gateway()
  const auth = { mode: 'token', token: gw.token }
  home.write('.openclaw/openclaw.json', JSON.stringify({ gateway: { mode: 'local', port: gw.port, auth } }))
}, 60_000)

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]()
  home[Symbol.dispose]()
})

/** What each command must print. */
const commands: readonly (readonly [args: string, prints: RegExp])[] = [
  ['gateway call health --json', /"ok": true/],
  ['gateway probe', /Reachable: yes[\s\S]*Connect: ok \(\d+ms\) · RPC: ok/],
  ['gateway health', /Gateway Health\s+OK/],
  ['gateway usage-cost', /Usage cost \(30 days\)/],
  ['health', /Agents: main \(default\)/],
  ['status', /Gateway\s+│ local · ws:\/\/127\.0\.0\.1:\d+ \(local loopback\) · reachable/],
  ['agent --agent main --message hello --json', /"status": "ok"[\s\S]*You said: hello/],
  ['agent --session-id fresh --message again --json', /"status": "ok"[\s\S]*You said: again/],
  ['gateway call sessions.list --json', /"key": "agent:main:main"/],
  ['sessions', /Sessions listed: 0/], // reads its own folder, as against the original
  ['channels status', /Gateway reachable/],
  ['models list', /Model\s+Input\s+Ctx/],
  ['logs --limit 5', /listening/],
  ['cron list', /No cron jobs/],
  ['cron status', /"jobs": 0/],
  ['skills', /Skills \(\d+\/\d+ ready\)/],
  ['devices list', /Paired \(1\)/],
  ['nodes status', /Known: 0 · Paired: 0 · Connected: 0/],
  ['nodes list', /Pending: 0 · Paired: 0/],
  ['system presence', /"mode": "gateway"/],
  ['system event --text hi --mode now', /ok/],
  ['system heartbeat last', /null|\{/],
]

for (const [args, prints] of commands)
  peer(
    args,
    async () => {
      const { code, text } = await original(home.path, args.split(' '))
      expect(text).toMatch(prints)
      expect(text).not.toContain('falling back to embedded')
      expect(code).toBe(0)
    },
    70_000,
  )

peer(
  'devices approve',
  async () => {
    const { text } = await original(home.path, ['devices', 'approve', 'nobody'])
    expect(text).toMatch(/unknown requestId/i)
  },
  70_000,
)

const tmux = (...args: string[]) => Bun.spawnSync(['tmux', '-L', `peer-${process.pid}`, ...args]).stdout.toString()

test.skipIf(missing !== undefined || !Bun.which('tmux'))(
  'tui: connects, and shows an answer',
  async () => {
    const line = ['env', `HOME=${home.path}`, ...command(['tui', '--session', 'screen'])]
    tmux('new-session', '-d', '-x', '120', '-y', '40', ...line)
    const shows = (what: RegExp) =>
      until(`the screen to show ${what}`, () => what.test(tmux('capture-pane', '-p')) || undefined, 40_000)
    try {
      await shows(/connected/)
      await shows(/idle/)
      tmux('send-keys', '-l', 'hello there')
      tmux('send-keys', 'Enter')
      await shows(/You said: hello there/)
    } finally {
      tmux('kill-server')
    }
  },
  100_000,
)
