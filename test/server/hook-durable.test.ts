// A hook that was answered with 202 is carried out, even when the process is killed right after.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { fakeOpenai } from '../fakes/openai.ts'
import { asked, gateway, shown, stateFolder } from './gateway.ts'

const hookToken = 'hook-token-0123456789'
const script = `
import { startGatewayServer } from './src/gateway.ts'
console.log((await startGatewayServer(0, { stateDir: process.argv[1] })).port)`

test('a killed gateway takes an accepted hook up again', async () => {
  const life = { over: false }
  await using model = fakeOpenai({ reply: () => (life.over ? 'done' : { text: 'never told', hangAfter: 1 }) })
  const stateDir = stateFolder(model.url, { more: { hooks: { enabled: true, token: hookToken } } })
  const child = Bun.spawn([process.execPath, '-e', script, stateDir], {
    cwd: join(import.meta.dir, '..', '..'),
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const port = new TextDecoder().decode((await child.stdout.getReader().read()).value).trim()
  const r = await fetch(`http://127.0.0.1:${port}/hooks/agent`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hookToken}` },
    body: JSON.stringify({ message: 'water the plants' }),
  })
  child.kill('SIGKILL')
  expect(r.status).toBe(202)
  await child.exited
  life.over = true
  const before = model.requests.length
  await using g = await gateway({ stateDir, model })
  await asked(g, before + 1)
  expect(JSON.stringify(shown(model, -1))).toContain('water the plants')
})
