// What takes the place of what is wrong: the right part of it, closed where it touches security.
import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { loadText } from '../../src/config/load.ts'
import { channelsOff, section } from '../../src/config/section.ts'
import { channelDefaults } from '../../src/config/sections/channel-defaults.ts'
import { sections } from '../../src/config/sections/index.ts'
import { secret } from '../../src/lib/secret.ts'
import { loaded } from './fixture.ts'

describe('what is wrong', () => {
  test('unknown keys are warned about and change nothing', async () => {
    const got = await loaded(
      '{ $schema: "x", nonsense: 1, gateway: { port: 5, prot: 6 }, agents: { defaults: { model: { primary: "a/b", x: 1 } } } }',
    )
    expect(got.valid).toBe(true)
    expect(got.warnings.map((w) => w.path).sort()).toEqual(['agents.defaults.model.x', 'gateway.prot', 'nonsense'])
    expect(got.config.gateway.port).toBe(5)
    expect(got.config.agents.defaults.model.primary).toBe('a/b')
  })

  const gateways: readonly [string, string, object][] = [
    [
      'a bad port keeps the rest, on loopback',
      '{ port: "x", bind: "lan", auth: { mode: "none" } }',
      { port: 18_789, bind: 'loopback', auth: { mode: 'none' } },
    ],
    [
      'a bad mode keeps the token',
      '{ bind: "lan", auth: { mode: "open", token: "t" } }',
      { bind: 'loopback', auth: { mode: 'token' } },
    ],
    [
      'a bad token keeps the password',
      '{ auth: { mode: "token", token: 5, password: "p" } }',
      { auth: { mode: 'password' } },
    ],
    [
      'none with a bad limit is closed',
      '{ auth: { mode: "none", rateLimit: 5 } }',
      { bind: 'loopback', auth: { mode: 'token' } },
    ],
    ['no object at all', '"lan"', { bind: 'loopback', auth: { mode: 'token' } }],
    [
      'a bad bind',
      '{ bind: "everywhere", tailscale: { mode: "funnel" } }',
      { bind: 'loopback', tailscale: { mode: 'off' } },
    ],
  ]
  for (const [name, text, want] of gateways)
    test(`gateway: ${name}`, async () => {
      const got = await loaded(`{ gateway: ${text} }`)
      expect(got.valid).toBe(false)
      expect(got.config.gateway).toMatchObject(want)
    })

  test('broken tools leave the smallest set', async () => {
    const got = await loaded(
      '{ tools: { profile: "full", allow: ["*"], deny: 5, web: { fetch: { enabled: false } } } }',
    )
    expect(got.config.tools).toMatchObject({
      profile: 'minimal',
      elevated: { enabled: false },
      web: { fetch: { enabled: false } },
    })
    expect(got.config.tools.allow).toBeUndefined()
  })

  test('an agent whose tools or sandbox are broken is closed, the others stay', async () => {
    const got = await loaded(
      '{ agents: { defaults: { sandbox: { mode: "somewhere" } }, list: [{ id: "a", tools: { deny: 5 } }, { id: "b", tools: { deny: ["x"] } }, { name: "no id" }] } }',
    )
    expect(got.config.agents.defaults.sandbox.mode).toBe('all')
    expect(got.config.agents.list).toEqual([
      { id: 'a', tools: { profile: 'minimal' } },
      { id: 'b', tools: { deny: ['x'] } },
    ])
  })

  test.each([
    '{ binds: ["/:/host"] }',
    '{ binds: ["/var/run/docker.sock:/var/run/docker.sock"] }',
    '{ binds: ["/run/user/1000/podman/podman.sock:/s"] }',
    '{ binds: ["//etc/:/etc:ro"] }',
    '{ binds: ["/srv/../etc:/x"] }',
    '{ binds: ["srv:/x"] }',
    '{ network: "host" }',
    '{ network: "container:other" }',
    '{ seccompProfile: "unconfined" }',
    '{ apparmorProfile: "Unconfined" }',
  ])('SEC-16: a container that leads out of itself is refused, for all agents and for one: %s', async (docker) => {
    const all = await loaded(`{ agents: { defaults: { sandbox: { mode: "off", docker: ${docker} } } } }`)
    expect([all.valid, all.config.agents.defaults.sandbox.mode]).toEqual([false, 'all'])
    expect(all.config.agents.defaults.sandbox.docker).toMatchObject({ network: 'none' })
    const one = await loaded(`{ agents: { list: [{ id: "a", sandbox: { mode: "off", docker: ${docker} } }] } }`)
    expect([one.valid, one.config.agents.list[0]?.sandbox]).toEqual([false, { mode: 'all' }])
  })

  test('a container that sees a folder of its own is no flaw', async () => {
    const text =
      '{ agents: { defaults: { sandbox: { docker: { binds: ["/srv/data:/data:ro"], network: "bridge" } } } } }'
    expect((await loaded(text)).valid).toBe(true)
  })

  test('allow beside alsoAllow is refused', async () => {
    const got = await loaded('{ tools: { allow: ["a"], alsoAllow: ["b"] } }')
    expect(got.issues).toEqual([
      { path: 'tools.alsoAllow', message: 'allow and alsoAllow cannot both be there; keep one' },
    ])
  })

  test('a broken channel is off, a broken account too, and the others run', async () => {
    const account = z.strictObject({ enabled: z.boolean().optional(), botToken: secret().optional() })
    const channel = account.extend({ accounts: z.record(z.string(), account).optional() })
    const channels = section(
      'channels',
      z
        .strictObject({
          defaults: channelDefaults,
          telegram: channel.optional(),
          discord: channel.optional(),
          slack: channel.optional(),
        })
        .prefault({}),
      channelsOff,
    )
    const text =
      '{ channels: { telegram: { botToken: 5 }, discord: { botToken: "x" }, slack: { accounts: { a: { botToken: "${NOPE}" }, b: { botToken: "y" } } } } }'
    const got = await loadText([...sections, channels], text, { configPath: '/none/openclaw.json', home: '/none' }, {})
    expect(got.issues.map((i) => i.path)).toEqual(['channels.telegram.botToken', 'channels.slack.accounts.a.botToken'])
    expect(got.config.channels.telegram).toEqual({ enabled: false })
    expect(got.config.channels.discord?.botToken?.reveal()).toBe('x')
    expect(got.config.channels.slack?.accounts?.['a']).toEqual({ enabled: false })
    expect(got.config.channels.slack?.accounts?.['b']?.botToken?.reveal()).toBe('y')
  })
})
