// The original's command line against our gateway: jobs, devices and nodes, by what each command does; and its node at work for us.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { phone } from '../e2e/phone.ts'
import { folder, until } from '../e2e/program.ts'
import { command, install, original } from './original.ts'

const missing = install()
if (missing) console.log(`skipped: ${missing}`)
const peer = (name: string, run: () => Promise<void>) => test.skipIf(missing !== undefined)(name, run, 240_000)

const home = folder()
const far = folder()
let gw: Gateway

beforeAll(async () => {
  if (missing) return
  gw = await gateway({ config: { gateway: { nodes: { allowCommands: ['camera.snap'] } } } })
  const auth = { mode: 'token', token: gw.token }
  for (const at of [home, far])
    at.write('.openclaw/openclaw.json', JSON.stringify({ gateway: { mode: 'local', port: gw.port, auth } }))
}, 60_000)

afterAll(async () => {
  await gw?.[Symbol.asyncDispose]()
  home[Symbol.dispose]()
  far[Symbol.dispose]()
})

/** Runs a command that has to work. */
async function does(...args: string[]): Promise<string> {
  const { code, text } = await original(home.path, args)
  expect([args.join(' '), code, text]).toEqual([args.join(' '), 0, text])
  return text
}

/** What a command printed, looked into freely. */
const json = (text: string): ReturnType<typeof JSON.parse> => JSON.parse(text.slice(text.search(/[[{]/)))

peer('cron: add, list, edit, disable, enable, run, runs, rm', async () => {
  const added = json(
    await does(
      'cron',
      'add',
      '--name',
      'Plants',
      '--cron',
      '0 8 * * *',
      '--tz',
      'Europe/Berlin',
      '--system-event',
      'Water.',
      '--json',
    ),
  )
  expect(added.state.nextRunAtMs).toBeGreaterThan(Date.now())
  expect(await does('cron', 'list')).toMatch(/Plants[\s\S]*cron 0 8 \* \* \* @ Europe\/Berl/)
  const asked = await does(
    'cron',
    'add',
    '--name',
    'Ask',
    '--every',
    '1h',
    '--message',
    'What is new?',
    '--no-deliver',
    '--json',
  )
  const { id } = json(asked)
  expect(json(await does('cron', 'edit', id, '--every', '2h')).schedule).toMatchObject({
    kind: 'every',
    everyMs: 7_200_000,
  })
  expect(json(await does('cron', 'disable', id)).enabled).toBe(false)
  expect(await does('cron', 'list')).not.toContain('Ask')
  expect(await does('cron', 'list', '--all')).toContain('Ask')
  expect(json(await does('cron', 'enable', id)).enabled).toBe(true)
  expect(json(await does('cron', 'run', id))).toMatchObject({ ok: true, ran: true })
  expect(json(await does('cron', 'runs', '--id', id)).entries).toMatchObject([{ jobId: id, status: 'ok' }])
  expect(await does('cron', 'status')).toContain('"jobs": 2')
  expect(json(await does('cron', 'rm', id, '--json')).removed).toBe(true)
  expect((await original(home.path, ['cron', 'edit', 'nothing', '--name', 'x'])).text).toContain('unknown cron job id')
})

peer('devices: list, rotate, revoke, remove, and the words for what is not there', async () => {
  using p = await phone(gw.port, gw.token, ['location.get'])
  const list = () => does('devices', 'list', '--json').then((text) => json(text))
  const mine = (await list()).paired.find((d: { clientId: string }) => d.clientId === 'openclaw-ios')
  expect(mine?.deviceId).toBe(p.id)
  expect(json(await does('devices', 'rotate', '--device', p.id, '--role', 'node', '--json')).token).toBeString()
  expect((await p.closed).reason).toContain('rotated')
  expect(json(await does('devices', 'revoke', '--device', p.id, '--role', 'node', '--json')).revokedAtMs).toBeNumber()
  await does('devices', 'remove', p.id)
  expect((await list()).paired.some((d: { deviceId: string }) => d.deviceId === p.id)).toBe(false)
  expect((await original(home.path, ['devices', 'reject', 'nobody'])).text).toMatch(/unknown requestId/i)
})

peer('nodes: status, describe, rename, invoke, camera, location, notify, canvas', async () => {
  using p = await phone(gw.port, gw.token, [
    'camera.snap',
    'camera.list',
    'location.get',
    'system.notify',
    'canvas.eval',
    'canvas.present',
    'canvas.a2ui.pushJSONL',
  ])
  expect(await does('nodes', 'status')).toMatch(/Known: 1 · Paired: 1 · Connected: 1/)
  expect(await does('nodes', 'describe', '--node', 'Phone')).toContain('location.get')
  await does('nodes', 'rename', '--node', 'Phone', '--name', 'Pocket')
  expect(await does('nodes', 'status', '--json')).toContain('"displayName": "Pocket"')
  expect(
    await does('nodes', 'invoke', '--node', 'Pocket', '--command', 'location.get', '--params', '{"maxAgeMs":5}'),
  ).toContain('accuracyMeters')
  expect(p.asked.at(-1)).toEqual({ command: 'location.get', params: { maxAgeMs: 5 } })
  expect(await does('nodes', 'camera', 'snap', '--node', 'Pocket', '--facing', 'back')).toMatch(/MEDIA:.*\.jpg/)
  expect(await does('nodes', 'camera', 'list', '--node', 'Pocket')).toContain('Back')
  expect(await does('nodes', 'location', 'get', '--node', 'Pocket')).toMatch(/1, ?2/)
  await does('nodes', 'notify', '--node', 'Pocket', '--title', 'Hi', '--body', 'there')
  expect(p.asked.at(-1)?.params).toMatchObject({ title: 'Hi', body: 'there' })
  expect(await does('nodes', 'canvas', 'eval', '--node', 'Pocket', '--js', '1+1')).toContain('1+1')
  await does('nodes', 'canvas', 'present', '--node', 'Pocket')
  await does('nodes', 'canvas', 'a2ui', 'push', '--node', 'Pocket', '--text', 'Hello')
  expect(String(p.asked.at(-1)?.params['jsonl'])).toContain('surfaceUpdate')
  expect(await does('nodes', 'pending')).toMatch(/No pending/i)
  expect((await original(home.path, ['nodes', 'approve', 'nobody'])).text).toMatch(/unknown requestId/i)
})

peer('the original’s node works for our gateway, and its `nodes run` asks a person', async () => {
  const node = Bun.spawn(
    command(['node', 'run', '--host', '127.0.0.1', '--port', String(gw.port), '--display-name', 'Theirs']),
    {
      env: { HOME: far.path, PATH: process.env['PATH'] ?? '', NO_COLOR: '1', OPENCLAW_GATEWAY_TOKEN: gw.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  try {
    await until(
      'their node',
      async () =>
        (await gw.call<{ nodes: { displayName?: string; connected: boolean }[] }>('node.list')).nodes.some(
          (n) => n.displayName === 'Theirs' && n.connected,
        ),
      60_000,
    )
    far.write(
      '.openclaw/exec-approvals.json',
      JSON.stringify({ version: 1, defaults: { security: 'allowlist', ask: 'on-miss' }, agents: {} }),
    )
    const which = await gw.call<{ bins?: object }>('node.invoke', {
      nodeId: 'Theirs',
      command: 'system.which',
      params: { bins: ['sh'] },
    })
    expect(JSON.stringify(which)).toContain('/sh')
    const answer = async () => {
      const asked = await until(
        'the question',
        async () => (await gw.call<{ requests: { id: string; command: string }[] }>('exec.approval.list')).requests[0],
        60_000,
      )
      await gw.call('exec.approval.resolve', { id: asked.id, decision: 'allow-once' })
      return asked.command
    }
    const theirs = does('nodes', 'run', '--node', 'Theirs', 'echo', 'from-their-node')
    expect(await answer()).toContain('from-their-node')
    expect(await theirs).toContain('from-their-node')
    const ours = gw.call<{ stdout: string }>('node.run', { node: 'Theirs', command: ['echo', 'by ours'] })
    await answer()
    expect(await ours).toMatchObject({ stdout: 'by ours\n' })
  } finally {
    node.kill()
    await node.exited
  }
})
