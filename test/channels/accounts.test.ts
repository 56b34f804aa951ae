// From a channel's section of the config to the accounts that run.
import { expect, test } from 'bun:test'
import { channels, channelSections } from '../../src/channels/index.ts'
import { tokenCheck } from '../../src/channels/telegram/check.ts'
import { telegram } from '../../src/channels/telegram/index.ts'
import { resolveAccounts } from '../../src/define/accounts.ts'
import { Secret } from '../../src/lib/secret.ts'
import { fakeTelegram } from '../fakes/telegram.ts'

const resolve = (section: unknown, env: Record<string, string> = {}) =>
  resolveAccounts(telegram, channelSections.telegram.parse(section), env)
const issuesOf = (section: unknown) =>
  channelSections.telegram.safeParse(section).error?.issues.map((i) => `${i.path.join('.')}: ${i.message}`) ?? []

test('the list knows its channels', () => {
  expect(channels.get('telegram')?.label).toBe('Telegram')
  expect(Object.keys(channelSections)).toEqual([...channels.ids])
})

test('without a section and a variable there is no account', () => {
  expect(resolve(undefined)).toEqual([])
})

test('a section is the default account', () => {
  const [one, ...more] = resolve({ botToken: '1:a', dmPolicy: 'allowlist', allowFrom: [42] })
  expect(more).toEqual([])
  expect(one).toMatchObject({
    accountId: 'default',
    source: 'config',
    account: { dmPolicy: 'allowlist', allowFrom: ['42'], groupPolicy: 'allowlist', streamMode: 'partial' },
  })
  expect(one?.account.botToken).toBeInstanceOf(Secret)
})

test('a variable makes the default account, after token and file', () => {
  const env = { TELEGRAM_BOT_TOKEN: '9:env' }
  expect(resolve(undefined, env)[0]).toMatchObject({
    accountId: 'default',
    source: 'env',
    account: { dmPolicy: 'pairing' },
  })
  expect(resolve(undefined, env)[0]?.account.botToken?.reveal()).toBe('9:env')
  expect(resolve({ botToken: '1:a' }, env)[0]?.account.botToken?.reveal()).toBe('1:a')
  expect(resolve({ tokenFile: '/t' }, env)[0]).toMatchObject({ source: 'tokenFile' })
  expect(resolve({ tokenFile: '/t' }, env)[0]?.account.botToken).toBeUndefined()
  const named = resolve({ accounts: { work: {}, default: {} } }, env)
  expect(named.map((a) => [a.accountId, a.source])).toEqual([
    ['work', 'none'],
    ['default', 'env'],
  ])
})

test('accounts say what differs from the root', () => {
  const [work, home] = resolve({
    botToken: '1:root',
    dmPolicy: 'allowlist',
    textChunkLimit: 1000,
    groups: { '-1': {} },
    accounts: {
      'Work Bot': { botToken: '2:work', groups: { '-2': {} } },
      home: { tokenFile: '/h', textChunkLimit: 2 },
    },
  })
  expect(work).toMatchObject({ accountId: 'work-bot', source: 'config' })
  expect(work?.account).toMatchObject({ dmPolicy: 'allowlist', textChunkLimit: 1000, groups: { '-2': {} } })
  expect(work?.account.groups).not.toHaveProperty('-1')
  expect(work?.account.botToken?.reveal()).toBe('2:work')
  expect(home).toMatchObject({ accountId: 'home', source: 'tokenFile', account: { textChunkLimit: 2 } })
  expect(work?.account).not.toHaveProperty('accounts')
})

test('a channel that is off turns its accounts off', () => {
  expect(resolve({ enabled: false, accounts: { a: { enabled: true } } })[0]?.account.enabled).toBe(false)
})

test('open to all must be said twice', () => {
  expect(issuesOf({ dmPolicy: 'open' })).toEqual([expect.stringContaining('allowFrom: dmPolicy "open"')])
  expect(issuesOf({ dmPolicy: 'open', allowFrom: ['*'] })).toEqual([])
  expect(issuesOf({ accounts: { a: { dmPolicy: 'open' } } })).toEqual([
    expect.stringContaining('accounts.a.allowFrom:'),
  ])
  expect(issuesOf({ allowFrom: ['*'], accounts: { a: { dmPolicy: 'open' } } })).toEqual([])
})

test('unknown keys are refused', () => {
  expect(issuesOf({ botTokn: 'x' })).toHaveLength(1)
  expect(issuesOf({ accounts: { a: { botTokn: 'x' } } })).toHaveLength(1)
})

test('every key of the config is there', async () => {
  const { keys } = (await Bun.file(`${import.meta.dir}/telegram/config-keys.json`).json()) as { keys: string[] }
  const known = new Set(Object.keys(telegram.account.shape))
  expect(keys.filter((key) => !known.has(key))).toEqual([])
})

test('a group has its own rules, a topic its own on top', () => {
  const account = telegram.account.parse({
    groups: {
      '-1': {
        requireMention: false,
        allowFrom: [5],
        topics: { '7': { requireMention: true }, '8': { enabled: false } },
      },
      '-2': { groupPolicy: 'open' },
      '*': { requireMention: true },
    },
  })
  const rule = (chat: string, thread?: string, of = account) =>
    telegram.group?.(of, {
      to: { channel: 'telegram', account: 'default', chat, ...(thread ? { thread } : {}) },
      kind: 'group',
      from: { id: '5' },
    })
  expect(rule('-1')).toEqual({ requireMention: false, allowFrom: ['5'] })
  expect(rule('-1', '7')).toEqual({ requireMention: true, allowFrom: ['5'] })
  expect(rule('-1', '8')).toMatchObject({ enabled: false })
  expect(rule('-2')).toEqual({ allowFrom: ['*'] })
  expect(rule('-3')).toEqual({ requireMention: true })
  expect(rule('-1', undefined, telegram.account.parse({}))).toBeUndefined()
})

test('set-up questions know a good answer', () => {
  const check = (key: string, value: string) => telegram.setup.find((s) => s.key === key)?.check?.(value)
  expect(check('botToken', '123456789:AAE-abcdefghijklmnopqrstuvwxyz_12345')).toBeUndefined()
  expect(check('botToken', 'hello')).toContain('looks like')
  expect(check('allowFrom', '12, 34')).toBeUndefined()
  expect(check('allowFrom', '@ann')).toContain('numbers')
})

test('the check asks Telegram about each token', async () => {
  await using tg = await fakeTelegram()
  const run = (botToken: string) =>
    tokenCheck.run({
      signal: new AbortController().signal,
      facts: {
        accounts: resolve({ botToken, apiRoot: tg.url }).map((a) => ({ channel: 'telegram', ...a })),
        fetch: globalThis.fetch,
      },
    })
  expect(await run(tg.token)).toEqual({ ok: true })
  expect(await run('100001:wrong')).toMatchObject({ ok: false, fix: { command: expect.stringContaining('botToken') } })
  await tg.down()
  expect(await run(tg.token)).toMatchObject({ ok: false, text: expect.stringContaining('cannot be reached') })
})
