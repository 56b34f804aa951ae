// Hooks: programs, addresses and the built-in ones hear of what happens, once a person has switched them on.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { HookRule } from '../../src/domain/hook.ts'
import { runHooks } from '../../src/engine/hooks/run.ts'
import { parseHook } from '../../src/engine/hooks/text.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { Scope } from '../../src/lib/scope.ts'
import { resetSession } from '../../src/engine/sessions/index.ts'
import { engineWorld, until, type EngineWorld } from './fixture.ts'
import { noHooks } from './tool-settings.ts'

const head = (name: string, events: string, more = '') =>
  `---\nname: ${name}\ndescription: "A hook"\nmetadata: { "openclaw": { "events": [${events}]${more} } }\n---\n# Words\n`

/** Puts a hook into a folder; its program writes what it hears into a file of its name, one event a line. */
function put(root: string, name: string, events: string, program?: string) {
  const dir = join(root, name)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'HOOK.md'), head(name, events))
  writeFileSync(
    join(dir, 'handler.sh'),
    program ?? `#!/bin/sh\n{ cat; echo; } > ${name}.$$ && mv ${name}.$$ ${name}.$$.heard\n`,
  )
  chmodSync(join(dir, 'handler.sh'), 0o755)
  return dir
}

/** The events a hook's program has heard. */
const heard = (w: EngineWorld, name: string) =>
  readdirSync(w.top)
    .filter((file) => file.startsWith(`${name}.`) && file.endsWith('.heard'))
    .map(
      (file) =>
        JSON.parse(readFileSync(join(w.top, file), 'utf8')) as { type: string; action: string; context: object },
    )

/** An engine whose hooks are on: those of two folders, and what else the rule says. */
function stage(more: Partial<HookRule> = {}) {
  const w: { engine?: EngineWorld } = {}
  const top = () => w.engine?.top ?? ''
  const rule = (): HookRule => ({
    ...noHooks,
    enabled: true,
    stateDir: top(),
    roots: [
      { source: 'openclaw-managed', path: join(top(), 'managed') },
      { source: 'openclaw-workspace', path: join(top(), 'workspace', 'hooks') },
    ],
    entry: () => ({ enabled: true, env: { WORD: 'blue' } }),
    ...more,
  })
  w.engine = engineWorld({ clock: systemClock, settings: { hooks: rule }, script: () => 'Fine.' })
  const scope = new Scope('hooks')
  return Object.assign(w.engine, {
    managed: join(top(), 'managed'),
    own: join(top(), 'workspace', 'hooks'),
    hooksScope: scope,
    begin: () => runHooks(w.engine as EngineWorld, (w.engine as EngineWorld).hooks, scope),
  })
}

test('a program hears of messages, commands, sessions, answers, and of the gateway’s start and end', async () => {
  await using w = stage()
  put(w.managed, 'all', '"message","command","session","gateway"')
  put(w.managed, 'one', '"command:new"', '#!/bin/sh\necho "$WORD $OPENCLAW_HOOK_EVENT" >> said\n')
  w.begin()
  await w.receive('Hello')
  await w.idle()
  await w.receive('/new')
  await w.idle()
  await until('the program to hear of it', () => heard(w, 'all').some((e) => e.type === 'command'))
  await until('the other one', () => existsSync(join(w.top, 'said')))
  await w.hooksScope.close()
  const kinds = heard(w, 'all').map((e) => `${e.type}:${e.action}`)
  for (const kind of [
    'gateway:startup',
    'message:received',
    'session:created',
    'message:sent',
    'command:new',
    'gateway:shutdown',
  ])
    expect(kinds).toContain(kind)
  const received = heard(w, 'all').filter((e) => e.action === 'received')
  expect(received.map((e) => e.context)).toContainEqual(
    expect.objectContaining({
      from: '42',
      content: 'Hello',
      channelId: 'telegram',
    }),
  )
  const sent = heard(w, 'all').filter((e) => e.action === 'sent')
  expect(sent.map((e) => e.context)).toContainEqual(
    expect.objectContaining({
      to: '42',
      content: 'Fine.',
      success: true,
    }),
  )
  expect(readFileSync(join(w.top, 'said'), 'utf8')).toBe('blue command:new\n')
})

test('an address hears of it by POST; what it or a program has to say on a command is said', async () => {
  const bodies: unknown[] = []
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      bodies.push(await request.json())
      return Response.json({ messages: ['The post has it.'] })
    },
  })
  const handlers = [{ event: 'command', run: `http://127.0.0.1:${server.port}/hook` }]
  await using w = stage({ handlers })
  w.begin()
  await w.receive('/status')
  await until('the words', () => w.texts().includes('The post has it.'))
  expect(bodies).toMatchObject([{ type: 'command', action: 'status', messages: [] }])
})

test('nothing an agent wrote runs until a person looked at it, and what was changed rests again', async () => {
  await using w = stage()
  put(w.own, 'mine', '"command"')
  const theirs = put(w.managed, 'theirs', '"command"')
  w.begin()
  const state = (name: string) => w.hooks.all().find((h) => h.name === name)
  expect(state('mine')).toMatchObject({ enabled: true, changed: true })
  expect(state('theirs')).toMatchObject({ changed: false })
  await w.receive('/status')
  await until('the managed one', () => heard(w, 'theirs').length === 1)
  expect(heard(w, 'mine')).toEqual([])
  await w.hooks.pin('mine')
  await w.receive('/status')
  await until('the own one', () => heard(w, 'mine').length === 1)
  await until('the managed one again', () => heard(w, 'theirs').length === 2)
  writeFileSync(join(theirs, 'handler.sh'), '#!/bin/sh\ntouch owned\n')
  await until('the change to be seen', () => state('theirs')?.changed === true)
  await w.receive('/status')
  await until('the own one again', () => heard(w, 'mine').length === 2)
  expect(existsSync(join(w.top, 'owned'))).toBe(false)
})

test('a program that fails or hangs is nobody else’s trouble, and code of the original is never run', async () => {
  await using w = stage()
  put(w.managed, 'bad', '"command"', '#!/bin/sh\necho "it broke" >&2\nexit 3\n')
  put(w.managed, 'good', '"command"')
  mkdirSync(join(w.managed, 'script'), { recursive: true })
  writeFileSync(join(w.managed, 'script', 'HOOK.md'), head('script', '"command"'))
  writeFileSync(join(w.managed, 'script', 'handler.ts'), 'export default () => {}')
  w.begin()
  await w.receive('/status')
  await until('the good one', () => heard(w, 'good').length === 1)
  await until('the log', () => w.lines.some((line) => line.includes('it broke')))
  expect(w.hooks.all().find((h) => h.name === 'script')).toMatchObject({ eligible: false })
})

test('the built-in hooks: a session that is begun anew is remembered, commands are noted, BOOT.md is read', async () => {
  await using w = stage()
  writeFileSync(join(w.workspace, 'BOOT.md'), 'Water the plants.')
  w.begin()
  await until('the first turn', () => w.requests.length === 1)
  expect(JSON.stringify(w.requests[0]?.messages)).toContain('Water the plants.')
  await w.idle()
  await w.receive('Where is the blue key?')
  await w.idle()
  await w.receive('/new')
  await w.idle()
  const folder = join(w.workspace, 'memory')
  await until('the note', () => existsSync(folder) && readdirSync(folder).length === 1)
  const [file = ''] = readdirSync(folder)
  expect(file).toMatch(/^\d{4}-\d\d-\d\d-where-is-the-blue-key\.md$/)
  expect(readFileSync(join(folder, file), 'utf8')).toContain('user: Where is the blue key?\nassistant: Fine.')
  const log = join(w.top, 'logs', 'commands.log')
  await until('the log', () => existsSync(log) && readFileSync(log, 'utf8').endsWith('\n'))
  expect(JSON.parse(readFileSync(log, 'utf8').trim())).toMatchObject({
    action: 'new',
    senderId: '42',
    source: 'telegram',
  })
  await resetSession(w.world, 'agent:main:main')
})

test('hooks add to what a turn begins with, one after the other; one that fails changes nothing', async () => {
  const paths = ['packages/*/AGENTS.md', '../*.md', 'packages/*/notes.txt', 'AGENTS.md']
  await using w = stage({
    entry: (name) => ({ enabled: true, env: {}, ...(name === 'bootstrap-extra-files' ? { paths } : {}) }),
  })
  const workspace = w.world.settings.agent('main')?.workspace ?? ''
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true })
    writeFileSync(join(workspace, path), text)
  }
  write('AGENTS.md', 'The first rules.')
  write('TOOLS.md', 'Of hammers.')
  write('packages/a/AGENTS.md', 'The rules of a.')
  write('packages/a/notes.txt', 'Not for the prompt.')
  writeFileSync(join(workspace, '..', 'SOUL.md'), 'Outside.')
  const says = (answer: object) =>
    `#!/bin/sh\ncat > heard-$OPENCLAW_HOOK\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`
  const files = (all: Record<string, string>) => ({
    bootstrapFiles: Object.entries(all).map(([name, content]) => ({ name, content })),
  })
  put(
    w.managed,
    'a',
    '"agent:bootstrap"',
    says({ ...files({ 'TODAY.md': 'It is a holiday.', 'TOOLS.md': '' }), prompt: 'Be merry.' }),
  )
  put(w.managed, 'then', '"agent"', says({ context: files({ 'AGENTS.md': 'Other rules.' }) }))
  put(w.managed, 'c', '"agent:bootstrap"', '#!/bin/sh\necho "{ not json"\n')
  put(w.managed, 'd', '"agent:bootstrap"', '#!/bin/sh\nexit 3\n')
  put(w.managed, 'e', '"command"', says(files({ 'NEVER.md': 'Not heard.' })))
  await w.receive('Hello')
  await w.idle()
  const system = String(w.requests.at(-1)?.system)
  for (const part of [
    '## AGENTS.md\n\nOther rules.',
    '## packages/a/AGENTS.md\n\nThe rules of a.',
    '## TODAY.md\n\nIt is a holiday.',
    '\n\nBe merry.',
  ])
    expect(system).toContain(part)
  for (const part of ['The first rules', 'Of hammers', 'Not for the prompt', 'Outside.', 'Not heard'])
    expect(system).not.toContain(part)
  expect(JSON.parse(readFileSync(join(w.top, 'heard-then'), 'utf8'))).toMatchObject({
    type: 'agent',
    action: 'bootstrap',
    sessionKey: 'agent:main:main',
    context: {
      agentId: 'main',
      workspaceDir: workspace,
      bootstrapFiles: [
        { name: 'AGENTS.md', content: 'The first rules.' },
        { name: 'TODAY.md', content: 'It is a holiday.' },
        { name: 'packages/a/AGENTS.md', content: 'The rules of a.' },
      ],
    },
  })
})

test('a HOOK.md is understood as the original writes it', () => {
  const text = `---
name: my-hook
description: "Does a thing"
homepage: https://docs.test/hooks
metadata:
  {
    "openclaw":
      { "emoji": "🎯", "events": ["command:new"], "requires": { "bins": ["jq"], "config": ["workspace.dir"] }, "install": [] },
  }
---
`
  expect(parseHook(text)).toMatchObject({
    name: 'my-hook',
    events: ['command:new'],
    emoji: '🎯',
    homepage: 'https://docs.test/hooks',
    needs: { bins: ['jq'], config: ['workspace.dir'] },
  })
  expect(parseHook('---\nname: x\n---\n')).toBeUndefined()
  expect(parseHook('---\nname: ../x\ndescription: y\n---\n')).toBeUndefined()
})
