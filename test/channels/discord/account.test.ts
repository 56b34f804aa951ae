// From the config to who is heard where on Discord.
import { expect, test } from 'bun:test'
import { account, common, target } from '../../../src/channels/discord/account.ts'
import { accessCheck, openCheck } from '../../../src/channels/discord/check.ts'
import { discord } from '../../../src/channels/discord/index.ts'
import { groupRule, slug } from '../../../src/channels/discord/rules.ts'
import { channelSections } from '../../../src/channels/index.ts'
import { resolveAccounts } from '../../../src/define/accounts.ts'
import type { Place } from '../../../src/define/channel.ts'
import { gate } from '../../../src/engine/gate.ts'
import { fakeDiscord } from '../../fakes/discord.ts'
import { world } from './rig.ts'

const resolve = (section: unknown, env: Record<string, string> = {}) =>
  resolveAccounts(discord, channelSections.discord.parse(section), env)

/** What the engine decides on a message with a mention, in `general` of the server Home. */
function verdict(section: object, message: Partial<Place> & { readonly addressed?: boolean } = {}, env = false) {
  const [one] = env ? resolve(undefined, { DISCORD_BOT_TOKEN: 'x' }) : resolve({ token: 'x', ...section })
  if (!one) throw new Error('no account')
  const place: Place = {
    to: { channel: 'discord', account: 'default', chat: '500' },
    kind: 'channel',
    from: { id: '42', name: 'Ann', handle: 'ann' },
    title: 'general',
    space: { id: '900', name: 'Home', roles: ['77'] },
    ...message,
  }
  const found = gate({
    message: { id: '1', at: 0, text: 'x', media: [], addressed: message.addressed ?? true, ...place },
    common: common(one.account, one.source),
    group: groupRule(one.account, place),
    paired: false,
    always: false,
    mentioned: false,
    command: false,
  })
  return found.kind === 'allow' ? (found.trusted ? 'trusted' : 'heard') : found.kind
}

test('servers are heard when they are listed, by id or name', () => {
  expect(verdict({})).toBe('deny')
  expect(verdict({ allowFrom: ['42'] })).toBe('deny')
  expect(verdict({ guilds: { '900': {} } })).toBe('heard')
  expect(verdict({ guilds: { home: {} } })).toBe('heard')
  expect(verdict({ guilds: { '*': {} } })).toBe('heard')
  expect(verdict({ guilds: { other: {} } })).toBe('deny')
  expect(verdict({ guilds: { home: {} }, groupPolicy: 'disabled' })).toBe('deny')
  expect(verdict({ groupPolicy: 'open' })).toBe('heard')
  expect(verdict({ groupPolicy: 'open', guilds: { other: {} } })).toBe('heard')
})

test('when only the environment speaks, anybody may mention us, and nobody may command', () => {
  expect(verdict({}, {}, true)).toBe('heard')
  expect(verdict({}, { addressed: false }, true)).toBe('context')
})

test('people of a server are heard, those whom the config names may command', () => {
  expect(verdict({ guilds: { home: {} }, allowFrom: ['42'] })).toBe('trusted')
  expect(verdict({ guilds: { home: {} }, allowFrom: ['user:42'] })).toBe('trusted')
  expect(verdict({ guilds: { home: {} }, allowFrom: ['<@42>'] })).toBe('trusted')
  expect(verdict({ guilds: { home: {} }, dmPolicy: 'open', allowFrom: ['*'] })).toBe('heard')
  expect(verdict({ guilds: { home: { users: ['42'] } } })).toBe('trusted')
  expect(verdict({ guilds: { home: { users: ['@ann'] } } })).toBe('trusted')
  expect(verdict({ guilds: { home: { users: ['7'] } } })).toBe('deny')
  expect(verdict({ guilds: { home: { users: ['*'] } } })).toBe('heard')
  expect(verdict({ guilds: { home: { roles: ['77'] } } })).toBe('trusted')
  expect(verdict({ guilds: { home: { roles: ['78'] } } })).toBe('deny')
  expect(verdict({ guilds: { home: { users: ['7'], roles: ['77'] } } })).toBe('trusted')
  expect(verdict({ guilds: { home: {} }, groupAllowFrom: ['7'] })).toBe('deny')
})

test('nobody gets in by calling themselves like somebody', () => {
  const liar = { from: { id: '666', name: '42', handle: 'evil' } }
  expect(verdict({ guilds: { home: { users: ['42', 'ann'] } } }, liar)).toBe('deny')
  expect(verdict({ guilds: { home: { users: ['Ann'] } } }, { from: { id: '666', name: 'Ann', handle: 'evil' } })).toBe(
    'deny',
  )
})

test('channels are an allowlist as soon as there are any; threads are their channel’s', () => {
  const guilds = (channels: object, more: object = {}) => ({ guilds: { home: { channels, ...more } } })
  expect(verdict(guilds({ general: {} }))).toBe('heard')
  expect(verdict(guilds({ '#General': {} }))).toBe('heard')
  expect(verdict(guilds({ '500': {} }))).toBe('heard')
  expect(verdict(guilds({ other: {} }))).toBe('deny')
  expect(verdict({ ...guilds({ other: {} }), groupPolicy: 'open' })).toBe('deny')
  expect(verdict(guilds({ other: {}, '*': {} }))).toBe('heard')
  expect(verdict(guilds({ general: { allow: false } }))).toBe('deny')
  expect(verdict(guilds({ general: { enabled: false } }))).toBe('deny')
  const thread = { to: { channel: 'discord', account: 'default', chat: '500', thread: '600' } }
  expect(verdict(guilds({ general: {} }), thread)).toBe('heard')
  expect(verdict(guilds({ general: {}, '600': { enabled: false } }), thread)).toBe('deny')
  expect(verdict(guilds({ general: { users: ['7'] } }, { users: ['42'] }))).toBe('deny')
  expect(verdict(guilds({ general: {} }, { users: ['42'] }))).toBe('trusted')
})

test('a channel may want no mention, or a mention where its server does not', () => {
  const quiet = { addressed: false }
  const home = (guild: object) => ({ guilds: { home: guild } })
  expect(verdict(home({}), quiet)).toBe('context')
  expect(verdict(home({ requireMention: false }), quiet)).toBe('heard')
  expect(verdict(home({ channels: { general: { requireMention: false } } }), quiet)).toBe('heard')
  expect(verdict(home({ requireMention: false, channels: { general: { requireMention: true } } }), quiet)).toBe(
    'context',
  )
})

test('what a channel leaves out is its server’s', () => {
  const a = account().parse({
    guilds: {
      home: {
        tools: { deny: ['exec'] },
        channels: { general: { systemPrompt: 'Be brief.', skills: ['tea'] }, dev: { tools: { allow: ['exec'] } } },
      },
    },
  })
  const rule = (title: string) =>
    groupRule(a, {
      to: { channel: 'discord', account: 'default', chat: '1' },
      kind: 'channel',
      from: { id: '1' },
      title,
      space: { id: '900', name: 'Home' },
    })
  expect(rule('general')).toMatchObject({ systemPrompt: 'Be brief.', skills: ['tea'], tools: { deny: ['exec'] } })
  expect(rule('dev')).toMatchObject({ tools: { allow: ['exec'] } })
})

test('direct messages follow dm.* where the newer words are absent', () => {
  const of = (section: object) => common(account().parse(section), 'config')
  expect(of({})).toMatchObject({ dmPolicy: 'pairing', groupPolicy: 'allowlist', historyLimit: 20 })
  expect(of({ dm: { policy: 'allowlist', allowFrom: [42] } })).toMatchObject({
    dmPolicy: 'allowlist',
    allowFrom: ['42'],
  })
  expect(of({ dmPolicy: 'pairing', allowFrom: ['7'], dm: { policy: 'open', allowFrom: ['*'] } })).toMatchObject({
    dmPolicy: 'pairing',
    allowFrom: ['7'],
  })
  expect(of({ dmPolicy: 'open', allowFrom: ['*'], dm: { enabled: false } }).dmPolicy).toBe('disabled')
  expect(of({ maxLinesPerMessage: 40 }).maxLinesPerMessage).toBe(40)
})

test('group chats are heard when they are switched on, and listed', () => {
  const chat = { kind: 'group' as const, title: 'Three of us' }
  const in3 = (section: object) => verdictIn(section, chat)
  const verdictIn = (section: object, place: Partial<Place>) => {
    const { space: _, ...rest } = { space: undefined, ...place }
    return verdict(section, { ...rest, space: undefined, addressed: false } as never)
  }
  expect(in3({})).toBe('deny')
  expect(in3({ dm: { groupEnabled: true } })).toBe('heard')
  expect(in3({ dm: { groupEnabled: true, groupChannels: ['three-of-us'] } })).toBe('heard')
  expect(in3({ dm: { groupEnabled: true, groupChannels: [500] } })).toBe('heard')
  expect(in3({ dm: { groupEnabled: true, groupChannels: ['others'] } })).toBe('deny')
})

test('names become slugs as people write them', () => {
  expect(slug('#General Chat')).toBe('general-chat')
  expect(slug('  Über  uns! ')).toBe('über-uns')
  expect(slug('🔥')).toBe('')
})

test('a chat is named with its kind; a bare id could be either', () => {
  expect(target('user:123456789')).toEqual({ chat: 'user:123456789' })
  expect(target('<@!123456789>')).toEqual({ chat: 'user:123456789' })
  expect(target('discord:123456789')).toEqual({ chat: 'user:123456789' })
  expect(target('discord:user:123456789')).toEqual({ chat: 'user:123456789' })
  expect(target('channel:123456789')).toEqual({ chat: '123456789' })
  expect(target('<#123456789>')).toEqual({ chat: '123456789' })
  for (const bad of ['123456789', 'general', '@ann', 'channel:general', 'user:', 'channel:1;x', ''])
    expect(target(bad)).toBeUndefined()
})

test('a token in the environment is the default account’s', () => {
  expect(resolve(undefined, { DISCORD_BOT_TOKEN: 'abc' })[0]).toMatchObject({ accountId: 'default', source: 'env' })
  expect(discord.missing(account().parse({}))).toContain('oclaw config set channels.discord.token')
})

test('set-up questions know a good answer', () => {
  const check = (key: string, value: string) => discord.setup.find((s) => s.key === key)?.check?.(value)
  expect(check('token', `${'MTAw'.repeat(6)}.GfaKe0.${'x'.repeat(38)}`)).toBeUndefined()
  expect(check('token', 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4')).toContain('three parts')
  expect(check('allowFrom', '80351110224678912, 53908232506183680')).toBeUndefined()
  expect(check('allowFrom', '@ann')).toContain('numbers')
})

test('the check asks Discord about each bot, and says what mends it', async () => {
  const dc = await world((dc) => void dc.channel('Home', 'general'))
  const run = (section: object) =>
    accessCheck.run({
      signal: new AbortController().signal,
      facts: { accounts: resolve({ apiRoot: dc.url, ...section }).map((a) => ({ channel: 'discord', ...a })), fetch },
    })
  expect(await run({ token: dc.token })).toEqual({ ok: true })
  expect(await run({ token: 'MTA.wrong.one' })).toMatchObject({
    ok: false,
    text: expect.stringContaining('reset it under Bot'),
    fix: { command: expect.stringContaining('channels.discord.token') },
  })
  await using strict = await fakeDiscord({ flags: 0 })
  const off = await run({ token: strict.token, apiRoot: strict.url, intents: { guildMembers: true } })
  expect(off).toMatchObject({
    ok: false,
    text: expect.stringContaining('Message Content Intent and Server Members Intent'),
  })
  await using alone = await fakeDiscord()
  expect(await run({ token: alone.token, apiRoot: alone.url })).toMatchObject({
    ok: false,
    text: expect.stringContaining(`client_id=${alone.app.id}`),
  })
  await dc.down()
  expect(await run({ token: dc.token })).toMatchObject({
    ok: false,
    text: expect.stringContaining('cannot be reached'),
  })
})

test('the check warns when only the environment says anything', async () => {
  const run = (accounts: ReturnType<typeof resolve>) =>
    openCheck.run({
      signal: new AbortController().signal,
      facts: { accounts: accounts.map((a) => ({ channel: 'discord', ...a })) },
    })
  expect(await run(resolve(undefined, { DISCORD_BOT_TOKEN: 'x' }))).toMatchObject({ ok: false })
  expect(await run(resolve({ groupPolicy: 'open' }, { DISCORD_BOT_TOKEN: 'x' }))).toEqual({ ok: true })
  expect(await run(resolve({ token: 'x' }))).toEqual({ ok: true })
})
