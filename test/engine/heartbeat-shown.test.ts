// What a chat is shown of regular turns, as its account says.
import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { AnyTool } from '../../src/define/tool.ts'
import { defineTool } from '../../src/define/tool.ts'
import type { HeartbeatRule } from '../../src/domain/heartbeat.ts'
import { Scope } from '../../src/lib/scope.ts'
import { accountRule, engineWorld, inbound, until } from './fixture.ts'
import type { Script } from './scripted.ts'

type Shown = { readonly showOk?: boolean; readonly showAlerts?: boolean; readonly useIndicator?: boolean }

/** Has one regular turn whose answer is `said`; answers what came of it. */
async function once(
  shown: Shown,
  said: string | Script,
  more: Partial<HeartbeatRule> = {},
  tools: readonly AnyTool[] = [],
) {
  const rule: HeartbeatRule = {
    every: '30m',
    everyMs: 1_800_000,
    session: 'agent:main:main',
    target: 'telegram',
    to: '42',
    ackMaxChars: 30,
    ...more,
  }
  const account = accountRule()
  await using w = engineWorld({
    script: typeof said === 'string' ? () => said : said,
    tools,
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

test('what the model thought goes before what it says, where that is wanted', async () => {
  const script: Script = () => ({ thinking: 'There are three mails.', text: 'The mail has come.' })
  expect((await once({}, script)).texts).toEqual(['The mail has come.'])
  expect((await once({}, script, { reasoning: true })).texts).toEqual([
    'Reasoning:\nThere are three mails.',
    'The mail has come.',
  ])
  const well: Script = () => ({ thinking: 'Nothing.', text: 'HEARTBEAT_OK' })
  expect((await once({}, well, { reasoning: true })).texts).toEqual([])
})

const broken = defineTool({
  id: 'look',
  summary: 'Looks, and fails.',
  risk: 'read',
  params: z.strictObject({}),
  run: () => Promise.resolve({ ok: false, text: 'the mailbox is locked\nfor now' }),
}) as unknown as AnyTool

const failing: Script = (_req, n) => (n === 0 ? { calls: [{ tool: 'look' }] } : { text: '' })

test('a tool that failed is told of when nothing else is said, unless that is unwanted', async () => {
  expect(await once({}, failing, {}, [broken])).toMatchObject({
    status: 'sent',
    texts: ['⚠️ look failed: the mailbox is locked'],
  })
  expect(await once({}, failing, { quietTools: true }, [broken])).toMatchObject({ status: 'ok-empty', texts: [] })
  for (const toolWarnings of [true, false]) {
    await using w = engineWorld({ script: failing, tools: [broken], settings: { toolWarnings: () => toolWarnings } })
    await w.intake.receive(inbound('Look.'))
    await w.idle()
    expect(w.texts()).toEqual(toolWarnings ? ['⚠️ look failed: the mailbox is locked'] : [])
  }
})
