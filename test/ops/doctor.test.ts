// The doctor inside the running gateway, as banners ask it.
import { expect, test } from 'bun:test'
import type { CheckReport } from '../../src/ops/doctor/run.ts'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { undo } from '../../src/ops/doctor/journal.ts'
import { app, type Answer } from './app.ts'

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

test('one finding is mended with every secret left as it is, written down, and put back', async () => {
  const config =
    '{ browser: { evaluateEnabled: true }, gateway: { auth: { token: "short" } }, tools: { web: { search: { apiKey: "sk-9" } } } }'
  await using a = await app(config)
  const path = join(a.top, 'openclaw.json')
  const done = await a.call('doctor.fix', { id: 'gateway.token' })
  expect([done.id, done.mended]).toEqual(['gateway.token', expect.stringContaining('made a new gateway token')])
  const now = Bun.JSON5.parse(readFileSync(path, 'utf8')) as Answer
  expect([now.gateway.auth.token.length, now.tools.web.search.apiKey]).toEqual([64, 'sk-9'])
  expect(await a.refused('doctor.fix', { id: 'gateway.reachable' })).toContain('there is nothing to mend')
  expect(await a.refused('doctor.fix', { id: 'service.unit' })).toContain('the running gateway cannot tell')
  expect(await a.refused('doctor.fix', { id: 'nothing.such' })).toContain('there is no check')
  const undone = await undo(a.top, systemClock)
  expect([undone.journal, undone.restored, readFileSync(path, 'utf8')]).toEqual([done.journal, [path], config])
})

test('what only a program beside the gateway can tell is left out, and said to be', async () => {
  await using a = await app()
  const { checks } = (await a.call('doctor.checks', { all: true })) as { checks: CheckReport[] }
  const left = checks.filter((c) => c.text?.startsWith('the running gateway cannot tell'))
  expect(left.map((c) => [c.id, c.status])).toEqual([
    ['service.unit', 'skip'],
    ['service.linger', 'skip'],
  ])
})
