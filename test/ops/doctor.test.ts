// The doctor inside the running gateway, as banners ask it.
import { expect, test } from 'bun:test'
import type { CheckReport } from '../../src/ops/doctor/run.ts'
import { app } from './app.ts'

test('banners are told what is wrong, and with all what is well', async () => {
  await using a = await app('{ gatewya: {}, gateway: { auth: { token: "short" } } }')
  const brief = (await a.call('doctor.checks')) as { ok: boolean; checks: CheckReport[] }
  expect(brief.checks.map((c) => c.id)).toEqual(expect.arrayContaining(['config.unknown', 'gateway.token']))
  expect(brief.checks.some((c) => c.status === 'ok')).toBe(false)
  expect(JSON.stringify(brief)).not.toContain('short"')
  const all = (await a.call('doctor.checks', { all: true })) as { checks: CheckReport[] }
  expect(all.checks.find((c) => c.id === 'gateway.reachable')).toMatchObject({ status: 'ok' })
  expect(all.checks.find((c) => c.id === 'sessions.integrity')).toMatchObject({ status: 'ok' })
})
