// The reference that `oclaw docs` prints, held against the definitions.
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { wholeParts } from '../../src/app/catalog.ts'
import { entries } from '../../src/cli/entries.ts'
import { uiHints } from '../../src/config/describe.ts'
import { methods } from '../../src/docs/methods.ts'
import { hookEventList, hookEvents } from '../../src/domain/hook.ts'
import { builtinHooks } from '../../src/engine/hooks/builtin.ts'
import { allowedByKind } from '../../src/ops/node-commands.ts'
import type { AnyOp } from '../../src/define/op.ts'
import { reference } from '../../src/docs/reference.ts'
import { ops } from '../../src/ops/index.ts'
import { built, folder, root } from '../e2e/program.ts'
import { cliHome } from './fixture.ts'

const wire = (ops.all as readonly AnyOp[]).filter((op) => op.where !== 'local')
const parts = await wholeParts()
const whole = cliHome({}, { reference: () => reference({ version: '1', ops, parts }) })

/** What a topic prints. */
async function printed(...words: string[]): Promise<string> {
  const { code, out, err } = await whole.run('docs', ...words)
  expect([code, err]).toEqual([0, ''])
  return out
}

/** A part of a text: from a heading up to the next of its kind. */
const part = (text: string, heading: string) =>
  `${text.split(`\n${heading}\n`)[1] ?? ''}\n#`.split(/\n#{2,3} /)[0] as string

test('every method is there with its scope, its sentence and every parameter', async () => {
  const text = await printed('protocol')
  for (const op of wire) {
    const own = part(text, `### ${op.id}`)
    expect(own).toContain(`${op.summary} Scope: \`${op.scope}\`.`)
    for (const [name, field] of Object.entries(op.params.shape)) {
      const row = own.split('\n').find((line) => line.startsWith(`| \`${name}\` `))
      expect([
        op.id,
        name,
        row?.replaceAll(String.raw`\|`, '|').includes((field as z.ZodType).description as string),
      ]).toEqual([op.id, name, true])
    }
  }
  const list = part(text, '### sessions.list')
  expect(list).toMatch(/\| `limit` +\| `integer` +\| +\| at most this many; ≥ 1, ≤ 10000; default 50 +\|/)
  expect(part(text, '### chat.send')).toMatch(/\| `sessionKey` +\| `string` +\| yes /)
  expect(part(text, '### config.get')).toContain('simple dialect only')
  expect(part(text, '### agent')).toContain('Answers twice')
})

test('every event of both dialects is there with what it carries, and every route', async () => {
  const text = await printed('protocol')
  const [strict = '', simple = ''] = (text.split('\n## Events of both dialects\n')[1] as string).split(
    '\n## Events of the',
  )
  expect(part(strict, '### chat')).toContain('state: "delta"')
  expect(part(strict, '### exec.approval.requested')).toContain('Scope: `approvals`')
  expect(part(strict, '### exec.approval.resolved')).toContain('decision: "allow-once" | "allow-always" | "deny"')
  expect(part(strict, '### agent')).toContain('declared `tool-events`')
  expect(part(text, '## Sign-in')).toContain('nonce?: string')
  expect(part(strict, '### tick')).toContain('ts: number')
  expect(part(simple, '### agent.done')).toContain('cost?: number')
  expect(part(simple, '### session.pruned')).toContain('reason: "reset" | "compact"')
  expect(simple).not.toContain('### shutdown')
  expect(text).toMatch(/\| ALL +\| `\/v1\/chat\/completions`/)
})

test('every key of the config is there with its type, bounds, default and meaning', async () => {
  const text = await printed('config')
  const rows = new Map(
    text.split('\n').flatMap((line) => {
      const path = /^\| `([^`]+)`/.exec(line)?.[1]
      return path === undefined ? [] : [[path, line.replaceAll(/ +/g, ' ')] as const]
    }),
  )
  const hints = Object.entries(uiHints(parts)).filter(([path, hint]) => hint.help !== undefined || !path.endsWith('[]'))
  expect(hints.length).toBeGreaterThan(1300)
  const missing = hints.filter(([path, hint]) => {
    const row = rows.get(path.replaceAll('.[]', '[]'))
    return row === undefined || !row.includes((hint.help ?? '').replaceAll('|', String.raw`\|`))
  })
  expect(missing.map(([path]) => path)).toEqual([])
  expect(rows.get('gateway.port')).toBe(
    '| `gateway.port` | `integer` | `≥ 1, ≤ 65535` | `18789` | port of WebSocket and HTTP |',
  )
  expect(rows.get('gateway.auth.token')).toContain('| `secret` |')
  expect(rows.has('channels.telegram.botToken')).toBe(true)
  expect(rows.get('gateway.bind')).toContain(String.raw`"auto" \| "lan" \| "loopback"`)
})

test('every command is there with its sentence, arguments and flags', async () => {
  const text = await printed('cli')
  for (const e of await entries({ ops })) {
    const own = part(text, `### oclaw ${e.path}`)
    expect(own).toContain(e.summary)
    for (const f of e.fields())
      expect([e.path, f.name, own.includes(f.about) && own.includes(f.flag)]).toEqual([e.path, f.name, true])
  }
  expect(part(text, '### oclaw docs')).toContain('`oclaw docs [query...] [flags]`')
})

test('hooks, nodes and the browser are explained, with every event, kind, command, key and method of theirs', async () => {
  const hooks = await printed('hooks')
  for (const hook of builtinHooks) expect(hooks).toContain(`\`${hook.file.path.split('/')[2]}\``)
  for (const { event } of hookEventList) expect(hooks).toContain(`\`${event}\``)
  expect(hookEvents.filter((kind) => !hookEventList.some((e) => e.event.startsWith(`${kind}:`)))).toEqual([])
  const of = {
    hooks,
    nodes: await printed('nodes'),
    browser: await printed('browser'),
    network: await printed('network'),
  }
  for (const kind of Object.keys(allowedByKind)) expect(of.nodes).toContain(`| ${kind} `)
  for (const [topic, commands, keys, ids] of [
    ['hooks', /^hooks /, /^hooks\.internal\./, /^hooks\./],
    ['nodes', /^nodes? /, /^gateway\.nodes\./, /^node\./],
    ['browser', /^browser /, /^nodeHost\.browserProxy\./, /^browser\./],
    ['network', /^(dashboard|dns )/, /^gateway\.(trustedProxies|bind|tls\..*)$/, /^dashboard\./],
  ] as const) {
    const named = [
      ...(await entries({ ops })).flatMap((e) => (commands.test(e.path) ? [`oclaw ${e.path}`] : [])),
      ...Object.keys(uiHints(parts)).filter((k) => keys.test(k) && !k.includes('[]')),
      ...wire.flatMap((op) => (ids.test(op.id) ? [op.id] : [])),
    ]
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((one) => !of[topic].includes(`\`${one}\``))).toEqual([])
    expect(JSON.parse(await printed(topic, '--json'))).toMatchObject({ topic })
  }
})

test('it is the same each time, in order', async () => {
  for (const topic of ['protocol', 'config', 'cli', 'schema']) expect(await printed(topic)).toBe(await printed(topic))
  const ids = methods(ops.all).map((m) => m.id)
  expect(ids).toEqual([...ids].sort())
})

test('programs get data: `schema` is `protocol --json`', async () => {
  const schema = await printed('schema')
  expect(schema).toBe(await printed('protocol', '--json'))
  expect(Object.keys(JSON.parse(schema).methods)).toEqual(wire.map((op) => op.id).sort())
  expect(JSON.parse(await printed('config', '--json')).schema.properties.gateway.properties.port.maximum).toBe(65_535)
  const commands = JSON.parse(await printed('cli', '--json')).commands as { path: string }[]
  expect(commands.map((c) => c.path)).toContain('sessions list')
})

test('without words it lists topics, other words are looked up, unknown ones end with 1', async () => {
  expect(await printed()).toContain('oclaw docs protocol')
  const found = await printed('gateway', 'port')
  expect(found).toContain('## config\n\n| `gateway.port` |')
  expect(await printed('sessions.list')).toContain('## protocol\n\n### sessions.list')
  expect(await whole.run('docs', 'nosuchthing')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('the reference says nothing of "nosuchthing"') as string,
  })
})

test('the executable prints all of it into a pipe that is read late, with no state folder made', async () => {
  using state = folder()
  const home = join(state.path, 'home')
  for (const [topic, end] of [
    ['config', '|\n'],
    ['schema', '}\n'],
  ] as const) {
    const child = Bun.spawn([built(), 'docs', topic], {
      cwd: root,
      env: { HOME: home },
      stdout: 'pipe',
      stderr: 'pipe',
    })
    await Bun.sleep(300)
    const text = await new Response(child.stdout).text()
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ''])
    expect(text.length).toBeGreaterThan(150_000)
    expect(text).toEndWith(end)
  }
  expect(existsSync(home)).toBe(false)
})
