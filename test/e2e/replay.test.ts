// Looking for a mistake on the executable: a turn gone through again says the same each time, and what is given away of an
// installation holds no secret and nothing that was said.
import { expect, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fakeOpenai, lastUserText } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, merged, modelConfig, telegramConfig, type Gateway } from './harness.ts'
import { run } from './program.ts'

const cli = async (gw: Gateway, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = run(gw.state.path, args, { env })
  const code = await child.exited
  return { code, text: child.output }
}

test('oclaw replay: the same bytes each time, and the log is what the loop makes of it', async () => {
  await using model = fakeOpenai({
    reply: (body) => {
      const results = (body['messages'] as { role: string }[]).filter((m) => m.role === 'tool').length
      const text = lastUserText(body)
      if (text.includes('plain')) return 'just words'
      if (results === 0)
        return {
          text: 'First.',
          calls: ['a', 'b'].map((n) => ({ name: 'write', input: { path: `${n}.txt`, content: n } })),
        }
      if (results === 2)
        return {
          calls: [
            { name: 'exec', input: { command: 'date +%N' } },
            { name: 'nothing', input: {} },
          ],
        }
      return 'All done.'
    },
  })
  const config = merged(modelConfig('openai-completions', model.url), {
    tools: { exec: { security: 'full', ask: 'off' } },
  })
  await using gw = await gateway({ config })
  await gw.ask('plain words first')
  await gw.ask('do it')
  const asked = model.requests.length
  const entries = () => gw.rows<{ n: number }>('SELECT count(*) AS n FROM entries')[0]?.n
  const before = entries()
  const [first, second] = [await cli(gw, ['replay', 'main']), await cli(gw, ['replay', 'main'])]
  expect(first.text).toBe(second.text)
  expect(first.code).toBe(0)
  expect(first.text).toContain('✓ write {"path":"a.txt","content":"a"}')
  expect(first.text).toContain('✗ nothing')
  expect(first.text).toContain('The log is what the loop makes of it.')
  const turn = gw.rows<{ id: string }>('SELECT id FROM turns ORDER BY rowid DESC LIMIT 1')[0]?.id as string
  const json = JSON.parse((await cli(gw, ['replay', turn, '--json'])).text) as {
    steps: { shown: string }[]
    same: boolean
    text: string
  }
  expect([json.steps.length, json.same, json.text]).toEqual([3, true, 'All done.'])
  // After a restart and more turns it is the same still.
  await gw.ask('plain again')
  await gw.stop()
  await gw.start()
  const again = JSON.parse((await cli(gw, ['replay', turn, '--json'])).text) as typeof json
  expect(again.steps).toEqual(json.steps)
  expect([model.requests.length, entries()]).toEqual([asked + 1, (before ?? 0) + 2])
  expect((await cli(gw, ['replay', 'trn_none'])).text).toContain('there is no turn')
}, 60_000)

const secrets = {
  key: 'sk-canary-1234567890abcdef',
  bot: '123456789:CANARY-token-abcdefghijklmnopqrstuv',
  env: 'env-canary-secret-value',
  hook: 'hook-canary-secret-0123456789',
  said: 'the-thing-ann-said-in-private',
}

test('oclaw bug-bundle: with and without a running gateway, no secret and no word of a chat is in it', async () => {
  await using tg = await fakeTelegram()
  await using model = fakeOpenai({ reply: () => ({ status: 500, error: `failed with ${secrets.key}` }) })
  const config = [
    modelConfig('openai-completions', model.url, secrets.key),
    telegramConfig(tg.token, tg.url),
    {
      hooks: { enabled: true, token: secrets.hook },
      env: { vars: { MY_SECRET: secrets.env } },
      logging: { level: 'debug' },
    },
  ].reduce<Record<string, unknown>>(merged, {})
  await using gw = await gateway({ config, env: { OPENAI_API_KEY: secrets.env } })
  tg.user('ann').says(secrets.said)
  await tg.chat('ann').sees('⚠️')
  const look = async (name: string) => {
    const file = join(gw.state.path, name)
    const made = await cli(gw, ['bug-bundle', file], { OPENAI_API_KEY: secrets.env })
    expect([made.code, made.text]).toEqual([0, expect.stringContaining('gateway.log')])
    expect(statSync(file).mode & 0o077).toBe(0)
    const files = await new Bun.Archive(new Uint8Array(readFileSync(file))).files()
    const all = new Map<string, string>()
    for (const [path, content] of files) all.set(path, await content.text())
    const whole = [...all.values()].join('\n')
    for (const [what, value] of Object.entries({ ...secrets, token: gw.token, bot: tg.token }))
      expect([what, whole.includes(value)]).toEqual([what, false])
    expect(whole).not.toContain(gw.state.path)
    expect([...all.keys()].sort()).toEqual([
      'about.json',
      'audit.json',
      'config-issues.json',
      'config.json5',
      'database.json',
      'doctor.json',
      'gateway.log',
    ])
    expect(all.get('config.json5')).toContain('__OPENCLAW_REDACTED__')
    expect(all.get('gateway.log')).toContain('a turn failed')
    expect(JSON.parse(all.get('doctor.json') ?? '[]')).not.toEqual([])
    return file
  }
  const first = await look('running.tar.gz')
  await gw.stop()
  await look('stopped.tar.gz')
  expect((await cli(gw, ['bug-bundle', first])).text).toContain('is there already')
}, 60_000)
