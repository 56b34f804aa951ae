// Changes of the config on probation: kept, undone by hand, or undone by themselves.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../e2e/program.ts'
import { app } from './app.ts'

const config = '{ /* mine */ ui: { assistant: { name: "Ann" } } }\n'
const name = { path: 'ui.assistant.name' }

test('a change that nobody keeps is undone to the letter, secrets and all', async () => {
  await using g = await app(config.replace('{ /*', '{ hooks: { token: "a long secret 123" }, /*'))
  const file = () => readFileSync(join(g.top, 'openclaw.json'), 'utf8')
  const before = file()
  const call = (method: string, params: object = {}) => g.call(method, params, true)
  await call('config.set', { ...name, value: 'Molly', probationMs: 1000 })
  expect((await call('config.get')).probation.until).toBeGreaterThan(0)
  expect((await call('config.get', name)).value).toBe('Molly')
  await until('the old config', () => file() === before)
  await until('its values', async () => (await call('config.get', name)).value === 'Ann')
  expect((await call('config.get')).probation).toBeUndefined()
})

test('a change is kept or undone by whoever made it, and a second one does not lose the first', async () => {
  await using g = await app(config)
  const call = (method: string, params: object = {}) => g.call(method, params, true)
  await call('config.set', { ...name, value: 'Molly', probationMs: 60_000 })
  await call('config.set', { ...name, value: 'Polly', probationMs: 60_000 })
  expect(await call('config.revert')).toEqual({ ok: true, done: true })
  expect((await call('config.get', name)).value).toBe('Ann')
  await call('config.set', { ...name, value: 'Molly', probationMs: 60_000 })
  expect(await call('config.keep')).toEqual({ ok: true, done: true })
  expect([await call('config.keep'), await call('config.revert')]).toEqual([
    { ok: true, done: false },
    { ok: true, done: false },
  ])
  expect((await call('config.get', name)).value).toBe('Molly')
})
