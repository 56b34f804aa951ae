// What a chat is shown of regular turns, as its account says.
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Scope } from '../../src/lib/scope.ts'
import { accountRule, engineWorld, until } from './fixture.ts'

type Shown = { readonly showOk?: boolean; readonly showAlerts?: boolean; readonly useIndicator?: boolean }

/** Has one regular turn whose answer is `said`; answers what came of it. */
async function once(shown: Shown, said: string) {
  const rule = {
    every: '30m',
    everyMs: 1_800_000,
    session: 'agent:main:main',
    target: 'telegram',
    to: '42',
    ackMaxChars: 30,
  }
  const account = accountRule()
  await using w = engineWorld({
    script: () => said,
    settings: {
      heartbeat: () => rule,
      account: () => ({ ...account, common: { ...account.common, heartbeat: shown } }),
    },
  })
  writeFileSync(join(w.workspace, 'HEARTBEAT.md'), 'Look at the mail.')
  const scope = new Scope('heartbeat')
  await w.heartbeat.start(scope)
  await w.pass(rule.everyMs)
  await until('the turn', () => w.heard.some((n) => n.type === 'heartbeat'))
  await w.idle()
  await scope.close()
  return { ...w.heartbeat.last(), texts: w.texts(), asked: w.requests.length }
}

test('that all is well is said only where it is wanted', async () => {
  expect(await once({}, 'HEARTBEAT_OK')).toMatchObject({
    status: 'ok-token',
    silent: true,
    indicatorType: 'ok',
    texts: [],
  })
  expect(await once({ showOk: true }, 'HEARTBEAT_OK')).toMatchObject({ silent: false, texts: ['HEARTBEAT_OK'] })
  expect(await once({}, 'NO_REPLY')).toMatchObject({ status: 'ok-empty', texts: [] })
})

test('alerts are said unless they are unwanted, and nothing at all wanted asks no model', async () => {
  expect(await once({}, 'The mail has come.')).toMatchObject({ status: 'sent', texts: ['The mail has come.'] })
  expect(await once({ showAlerts: false }, 'The mail has come.')).toMatchObject({
    reason: 'alerts-disabled',
    texts: [],
  })
  expect((await once({ useIndicator: false }, 'The mail has come.')).indicatorType).toBeUndefined()
  const none = { showOk: false, showAlerts: false, useIndicator: false }
  expect(await once(none, 'The mail has come.')).toMatchObject({ reason: 'alerts-disabled', asked: 0 })
})
