// How sessions are kept apart, as a person is told.
import { expect, test } from 'bun:test'
import { boxed } from '../engine/real-box.ts'
import { calls } from './calls.ts'

const container = {
  image: 'x',
  containerPrefix: 'sbx-',
  workdir: '/workspace',
  readOnlyRoot: true,
  tmpfs: ['/tmp'],
  network: 'none',
  capDrop: ['ALL'],
  env: {},
  ulimits: {},
}

test('a session is explained: where its programs run, in which folder, and what its agent lacks there', async () => {
  const box = { name: 'main', folder: '/tmp/boxes/main', readOnly: false, container, tools: { allow: ['group:fs'] } }
  await using w = calls({ settings: { box: (_agent, session) => (session.endsWith(':main') ? undefined : box) } })
  const main = await w.call('sandbox.explain')
  expect(main).toMatchObject({ sandboxed: false, access: 'host', without: [], sessionKey: 'agent:main:main' })
  const apart = await w.call('sandbox.explain', { session: 'work' })
  expect(apart).toMatchObject({
    sandboxed: true,
    folder: '/tmp/boxes/main',
    access: 'none',
    network: 'none',
    ...(boxed ? { by: 'bubblewrap' } : { problem: expect.stringContaining('apt install bubblewrap') }),
  })
  expect(apart.fix).toContain('oclaw config set agents.defaults.sandbox.mode off')
  expect(await w.refused('sandbox.explain', { agent: 'nobody' })).toContain('there is no agent "nobody"')
  expect(await w.refused('sandbox.recreate')).toContain('say which: --all')
  expect(await w.call('sandbox.recreate', { all: true })).toEqual({ removed: [] } as never)
})
