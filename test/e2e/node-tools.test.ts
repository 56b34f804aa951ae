// Nodes through the agent's tools, and over a line that is encrypted by a certificate nobody has signed.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'bun:test'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { gateway, merged, modelConfig } from './harness.ts'
import { phone } from './phone.ts'
import { folder, portOf, run, until } from './program.ts'

test('an agent looks, runs and shows through nodes; a person is asked, and others than owners are refused', async () => {
  await using model = fakeOpenai({
    reply: (body) => {
      const all = body['messages'] as { role: string; content: unknown }[]
      const told = all.at(-1)?.role === 'tool'
      const call = told ? null : /!([\w-]+) (\{[\s\S]*\})\s*$/.exec(lastUserText(body))
      if (call) return { calls: [{ name: call[1] as string, input: JSON.parse(call[2] as string) as unknown }] }
      return `got: ${JSON.stringify(all.findLast((m) => m.role === 'tool')?.content)}`
    },
  })
  const nodes = { gateway: { nodes: { allowCommands: ['camera.snap'] } } }
  await using gw = await gateway({ config: merged(nodes, modelConfig('openai-completions', model.url)) })
  using home = folder()
  const { setupCode } = await gw.call<{ setupCode: string }>('device.setup', { url: `ws://127.0.0.1:${gw.port}` })
  const program = run(home.path, ['node', 'run', '--display-name', 'Kitchen', '--setup-code', setupCode])
  using p = await phone(gw.port, gw.token, [
    'camera.snap',
    'location.get',
    'canvas.eval',
    'canvas.a2ui.pushJSONL',
    'system.notify',
  ])
  try {
    await until('the node', async () => (await gw.call<{ nodes: object[] }>('node.list')).nodes.length === 2)
    const ask = (tool: string, input: object) => gw.ask(`!${tool} ${JSON.stringify(input)}`)
    expect(await ask('nodes', { action: 'status' })).toContain('Kitchen')
    const ran = ask('nodes', { action: 'run', node: 'Kitchen', command: ['/bin/echo', 'from the tool'] })
    const request = await until('the question', async () => {
      const { requests } = await gw.call<{ requests: { id: string; command: string }[] }>('exec.approval.list')
      return requests[0]
    })
    expect(request.command).toBe('/bin/echo "from the tool"')
    await gw.call('exec.approval.resolve', { id: request.id, decision: 'allow-once' })
    expect(await ran).toContain('from the tool')
    expect(await ask('nodes', { action: 'location_get', accuracy: 'coarse' })).toContain('accuracyMeters')
    expect(p.asked.at(-1)).toEqual({
      command: 'location.get',
      params: { desiredAccuracy: 'coarse', timeoutMs: 10_000 },
    })
    expect(await ask('nodes', { action: 'camera_snap', facing: 'front' })).toContain('camera-snap-front.jpg')
    expect(await ask('nodes', { action: 'invoke', invokeCommand: 'system.run' })).toContain(
      'programs are run with action run',
    )
    expect(await ask('canvas', { action: 'eval', javaScript: '1 + 1' })).toContain('1 + 1')
    expect(await ask('canvas', { action: 'a2ui_push', jsonl: '{"deleteSurface":{"surfaceId":"main"}}' })).toContain(
      'lines',
    )
    expect(await ask('canvas', { action: 'navigate', url: 'https://a.test/' })).toContain(
      'no connected node has canvas.navigate',
    )
    await gw.call('node.event', {}).catch(() => undefined)
    await p.call('node.event', {
      event: 'agent.request',
      payload: { sessionKey: 'phone', message: `!nodes ${JSON.stringify({ action: 'status' })}`, key: 'r1' },
    })
    await until('the refusal', () =>
      model.requests.some((r) =>
        JSON.stringify(r.body).includes('only an owner of the gateway may reach other machines'),
      ),
    )
  } finally {
    program.child.kill('SIGKILL')
  }
})

test('a node knows its gateway by the fingerprint of its certificate, and talks to no other', async () => {
  using home = folder()
  using state = folder()
  state.write('openclaw.json', JSON.stringify({ gateway: { auth: { token: 'tls-token' }, tls: { enabled: true } } }))
  const gw = run(state.path, ['gateway', '--port', '0'])
  const port = await until('the gateway', () => portOf(state.path, gw.pid))
  const cert = new X509Certificate(state.read('gateway/tls/gateway-cert.pem'))
  const where = ['node', 'run', '--port', String(port), '--token', 'tls-token', '--tls-fingerprint']
  const wrong = run(home.path, [...where, 'ab'.repeat(32)])
  expect(await wrong.exited).toBe(1)
  expect(wrong.output).toContain('shows another certificate')
  const program = run(home.path, [...where, cert.fingerprint256])
  await until('the connection', () => program.output.includes('Connected to'))
  program.child.kill('SIGTERM')
  expect(await program.exited).toBe(0)
  gw.child.kill('SIGTERM')
  await gw.exited
})
