// What doctor says of a Slack account.
import { expect, test } from 'bun:test'
import { channelSections } from '../../../src/channels/index.ts'
import { neededScopes, scopeCheck, tokenCheck } from '../../../src/channels/slack/check.ts'
import { slack } from '../../../src/channels/slack/index.ts'
import { resolveAccounts } from '../../../src/define/accounts.ts'
import type { Check } from '../../../src/define/check.ts'
import { allScopes } from '../../fakes/slack-methods.ts'
import { fakeSlack } from '../../fakes/slack.ts'

const run = (check: Check, section: object) =>
  check.run({
    signal: new AbortController().signal,
    facts: {
      accounts: resolveAccounts(slack, channelSections.slack.parse(section), {}).map((a) => ({
        channel: 'slack',
        ...a,
      })),
      fetch: globalThis.fetch,
    },
  })

test('each token is asked about, and what is wrong is said with what mends it', async () => {
  await using it = await fakeSlack()
  const good = { apiRoot: it.url, botToken: it.tokens.bot, appToken: it.tokens.app, userToken: it.tokens.user }
  const text = async (more: object) => {
    const said = await run(tokenCheck, { ...good, ...more })
    return said.ok ? 'fine' : said.text
  }
  expect(await text({})).toBe('fine')
  expect(await text({ botToken: 'xoxb-wrong' })).toContain('oclaw config set channels.slack.botToken')
  expect(await text({ botToken: it.tokens.app })).toContain('begins with xoxb-')
  expect(await text({ appToken: 'xapp-wrong' })).toContain('connections:write')
  expect(await text({ appToken: it.tokens.bot })).toContain('begins with xapp-')
  expect(await text({ mode: 'http', appToken: 'xapp-wrong' })).toBe('fine')
  expect(await text({ userToken: 'xoxp-wrong' })).toContain('channels.slack.userToken')
  await it.down()
  expect(await text({})).toContain('cannot be reached')
})

test('scopes that lack are named with what does not work without them', async () => {
  await using it = await fakeSlack()
  const section = { apiRoot: it.url, botToken: it.tokens.bot, appToken: it.tokens.app }
  expect(await run(scopeCheck, section)).toEqual({ ok: true })
  it.scopes.delete('im:history')
  const said = await run(scopeCheck, section)
  expect(said).toMatchObject({ ok: false, text: expect.stringContaining('im:history (hearing direct messages)') })
  expect(await run(scopeCheck, { ...section, botToken: 'xoxb-wrong' })).toEqual({ ok: true })
})

test('the scopes that are needed are scopes Slack has', () => {
  expect(Object.keys(neededScopes).filter((scope) => !allScopes.includes(scope))).toEqual([])
})
