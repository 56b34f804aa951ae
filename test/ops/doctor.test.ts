// The doctor inside the running gateway, as banners ask it.
import { expect, test } from 'bun:test'
import type { CheckReport } from '../../src/ops/doctor/run.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

test('skills somebody put here that lack something are named, with what they lack', async () => {
  await using a = await app('{ channels: { telegram: { dmPolicy: "open", allowFrom: ["*"], enabled: false } } }')
  const of = async (id: string) => {
    const { checks } = (await a.call('doctor.checks', { all: true })) as { checks: CheckReport[] }
    return checks.find((c) => c.id === id)
  }
  expect(await of('skills.ready')).toMatchObject({ status: 'ok' })
  const folder = join(a.top, 'skills', 'brew')
  mkdirSync(folder, { recursive: true })
  const needs = JSON.stringify({ openclaw: { requires: { bins: ['no-such-kettle'] } } })
  writeFileSync(join(folder, 'SKILL.md'), `---\nname: brew\ndescription: Makes tea.\nmetadata: ${needs}\n---\nTea.\n`)
  expect(await of('skills.ready')).toMatchObject({
    status: 'note',
    text: 'brew cannot be used: program no-such-kettle',
    fix: 'oclaw skills check',
  })
  expect((await of('channels.open'))?.status).toBe('ok')
  expect((await of('memory.provider'))?.status).toBe('ok')
})
