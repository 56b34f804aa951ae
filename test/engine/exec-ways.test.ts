// Where programs of a turn run: here, on a node, or nowhere; and how far a person may have them reach.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import { notElevated, boxRule } from '../../src/app/settings/exec.ts'
import type { Config } from '../../src/app/catalog.ts'
import type { ContainerRule } from '../../src/define/box.ts'
import type { NodeRun } from '../../src/define/tool.ts'
import type { EngineSettings } from '../../src/engine/settings.ts'
import type { ToolRule } from '../../src/engine/tools/rule.ts'
import { Fault } from '../../src/lib/fault.ts'
import { stage } from '../agent-tools/stage.ts'
import { configHome, loaded } from '../config/fixture.ts'
import { until } from './fixture.ts'
import { boxed } from './real-box.ts'

const rule: ToolRule = {
  profile: 'full',
  execSecurity: 'allowlist',
  execAsk: 'on-miss',
  confined: false,
  exec: { host: 'sandbox', pathPrepend: [], seconds: 60, elevated: 'on' },
}

/** A stage whose agent has the real exec tool under a rule. */
function execStage(
  more: Partial<ToolRule> = {},
  settings: Partial<EngineSettings> = {},
  nodes = new Map<string, NodeRun[]>(),
) {
  return stage({
    settings: {
      agent: (id) =>
        id === 'main' ? { id, workspace: '/tmp', mentionPatterns: [], tools: { ...rule, ...more } } : undefined,
      owners: () => ['42'],
      ...settings,
    },
    nodes: {
      find: (name) => {
        if (name !== undefined && !nodes.has(name)) throw new Fault('UNAVAILABLE', `there is no node "${name}"`)
        return { id: name ?? 'kitchen', name: 'Kitchen' }
      },
      run: (id, run) => {
        nodes.set(id, [...(nodes.get(id) ?? []), run])
        // This node runs nothing of its own accord that is not `uname`.
        if (!run.approved && run.argv[0] !== 'uname') return Promise.resolve('ask' as const)
        return Promise.resolve({ code: 0, output: `ran ${run.argv.join(' ')} on ${id}`, timedOut: false })
      },
    },
  })
}

const nobody = '9'

/** What a command answers. */
async function says(s: ReturnType<typeof execStage>, text: string, who = '42'): Promise<string> {
  const before = s.texts().length
  await s.receive(text, { from: { id: who } })
  await until(`an answer to ${text}`, () => s.texts().length > before)
  return s.texts().slice(before).join('\n')
}

test('a command asks, and elevated it asks just the same unless a person set it to full', async () => {
  const gates = { notElevated: () => undefined }
  await using s = execStage({}, gates)
  const asked = s.use('exec', { command: 'echo one', elevated: true })
  await until('the question', () => s.approvals.pending().length === 1)
  s.approvals.resolve(s.approvals.pending()[0]?.id as string, 'deny', 'test')
  expect(await asked).toContain('not allowed')
  await says(s, '/elevated full')
  expect(await s.use('exec', { command: 'echo two', elevated: true })).toContain('two')
  expect(s.approvals.pending()).toEqual([])
  await says(s, '/elevated off')
  expect(await s.use('exec', { command: 'echo three', elevated: true })).toContain('/elevated on lets them')
})

test('full never goes over a file that denies', async () => {
  await using s = execStage(
    { exec: { host: 'sandbox', pathPrepend: [], seconds: 60, elevated: 'full' } },
    {
      notElevated: () => undefined,
      execApprovals: () => Promise.resolve({ version: 1, defaults: { security: 'deny' } }),
    },
  )
  expect(await s.use('exec', { command: 'echo no', elevated: true })).toContain('not allowed')
})

test('who is not on the list has nothing elevated, whatever the session was set to', async () => {
  await using s = execStage({}, { notElevated: (_agent, m) => (m.from.id === '42' ? undefined : 'not on the list') })
  await says(s, '/elevated full')
  const said = await s.use('exec', { command: 'echo no', elevated: true }, { from: { id: nobody } })
  expect(said).toContain('It cannot be elevated: not on the list. Nothing was run.')
  expect(await says(s, '/elevated on', nobody)).toContain('not on the list')
})

test('the gates of the config: each one names its key', async () => {
  const of = async (tools: object, list: object[] = []) => {
    const { config } = await loaded(JSON.stringify({ tools, agents: { list } }))
    const m = { from: { id: '42' }, to: { channel: 'telegram', account: 'default', chat: '42' } }
    return notElevated(config as unknown as Config, 'main', m)
  }
  const ann = { elevated: { allowFrom: { telegram: [42] } } }
  expect(await of({})).toContain('tools.elevated.allowFrom.telegram')
  expect(await of(ann)).toBeUndefined()
  expect(await of({ elevated: { ...ann.elevated, enabled: false } })).toContain('tools.elevated.enabled')
  const own = (elevated: object) => [{ id: 'main', tools: { elevated } }]
  expect(await of(ann, own({ enabled: false }))).toContain('agents.list[].tools.elevated.enabled')
  expect(await of(ann, own({ allowFrom: { telegram: ['7'] } }))).toContain('agents.list[]')
  expect(await of(ann, own({ allowFrom: { telegram: ['42'] } }))).toBeUndefined()
  expect(await of({ elevated: 5 })).toContain('tools.elevated.enabled')
})

test('/exec sets where and how commands of a chat run, for owners alone', async () => {
  await using s = execStage()
  expect(await says(s, '/exec security=full ask=off', nobody)).toContain('only an owner')
  expect(await says(s, '/exec security=full ask=off')).toContain('security=full')
  expect(await s.use('exec', { command: 'echo free' })).toContain('free')
  // Another person in the same session gains nothing by it.
  const asked = s.use('exec', { command: 'echo free' }, { from: { id: nobody } })
  await until('the question', () => s.approvals.pending().length === 1)
  s.approvals.resolve(s.approvals.pending()[0]?.id as string, 'deny', 'test')
  await asked
  expect(await says(s, '/exec host=moon')).toContain('sandbox, gateway, node')
})

test('a call may only make the rules stricter', async () => {
  await using s = execStage({ execSecurity: 'full', execAsk: 'off' })
  expect(await s.use('exec', { command: 'echo yes' })).toContain('yes')
  expect(await s.use('exec', { command: 'echo no', security: 'deny' })).toContain('not allowed')
  await using t = execStage({ execSecurity: 'allowlist', execAsk: 'off' })
  expect(await t.use('exec', { command: 'echo no', security: 'full' })).toContain('not allowed')
})

test('host node: the program runs there once it is allowed, and never for words of the allowlist alone', async () => {
  const nodes = new Map<string, NodeRun[]>()
  await using s = execStage(
    { exec: { host: 'node', pathPrepend: [], seconds: 60, elevated: 'on' } },
    { execApprovals: () => Promise.resolve({ version: 1, agents: { '*': { allowlist: [{ pattern: '/**' }] } } }) },
    nodes,
  )
  const asked = s.use('exec', { command: 'uname -a', workdir: '/srv', timeout: 7 })
  await until('the question', () => s.approvals.pending().length === 1)
  expect(s.approvals.pending()[0]).toMatchObject({ host: 'node kitchen', command: 'uname -a', cwd: '/srv' })
  expect(nodes.size).toBe(0)
  s.approvals.resolve(s.approvals.pending()[0]?.id as string, 'allow-once', 'test')
  expect(await asked).toContain('ran uname -a on kitchen')
  expect(nodes.get('kitchen')).toMatchObject([{ argv: ['uname', '-a'], cwd: '/srv', timeoutMs: 7000 }])
  expect(await s.use('exec', { command: 'id', node: 'cellar' })).toContain('there is no node "cellar"')
  expect(await s.use('exec', { command: 'id', host: 'gateway' })).toContain('tools.exec.host')
})

test('what this gateway lets run unasked, a node may still want a person for', async () => {
  const nodes = new Map<string, NodeRun[]>()
  const exec = { host: 'node' as const, pathPrepend: [], seconds: 60, elevated: 'on' as const }
  await using s = execStage({ execSecurity: 'full', execAsk: 'off', exec }, {}, nodes)
  expect(await s.use('exec', { command: 'uname' })).toContain('ran uname')
  expect(s.approvals.pending()).toEqual([])
  const decide = async (decision: 'allow-once' | 'deny') => {
    const asked = s.use('exec', { command: 'id' })
    await until('the question', () => s.approvals.pending().length === 1)
    s.approvals.resolve(s.approvals.pending()[0]?.id as string, decision, 'test')
    return asked
  }
  expect(await decide('deny')).toContain('not allowed')
  expect(await decide('allow-once')).toContain('ran id on kitchen')
  expect(nodes.get('kitchen')?.map((r) => r.approved)).toEqual([false, false, false, true])
})

test('a call cannot choose another machine than the config', async () => {
  await using s = execStage({ execSecurity: 'full', execAsk: 'off' })
  expect(await s.use('exec', { command: 'id', host: 'node' })).toContain('Commands run on sandbox here')
  expect(await s.use('exec', { command: 'echo same', host: 'gateway' })).toContain('same')
})

test('folders before PATH count for what runs and for what is judged', async () => {
  const home = configHome({ 'bin/tool': '#!/bin/sh\necho mine\n' })
  chmodSync(join(home.dir, 'bin/tool'), 0o755)
  const exec = { host: 'sandbox' as const, pathPrepend: [join(home.dir, 'bin')], seconds: 60, elevated: 'on' as const }
  await using s = execStage(
    { exec, execAsk: 'off' },
    {
      execApprovals: () =>
        Promise.resolve({ version: 1, agents: { main: { allowlist: [{ pattern: `${home.dir}/bin/*` }] } } }),
    },
  )
  expect(await s.use('exec', { command: 'tool' })).toContain('mine')
  // The same name elsewhere is another program.
  writeFileSync(join(home.dir, 'bin/cat'), '#!/bin/sh\necho not the real one\n')
  chmodSync(join(home.dir, 'bin/cat'), 0o755)
  await using t = execStage(
    { exec, execAsk: 'off' },
    {
      execApprovals: () =>
        Promise.resolve({ version: 1, agents: { main: { allowlist: [{ pattern: Bun.which('cat') ?? '' }] } } }),
    },
  )
  expect(await t.use('exec', { command: 'cat' })).toContain('not allowed')
})

test('a permission is for the bytes of a script: changed, it is asked for again, also between question and run', async () => {
  const home = configHome({ 'job.sh': 'echo good\n' })
  const script = join(home.dir, 'job.sh')
  await using s = execStage()
  const decide = async (decision: 'allow-always' | 'allow-once' | 'deny', meanwhile?: () => void) => {
    const asked = s.use('exec', { command: `sh ${script}` })
    await until('the question', () => s.approvals.pending().length === 1)
    meanwhile?.()
    s.approvals.resolve(s.approvals.pending()[0]?.id as string, decision, 'test')
    return asked
  }
  expect(await decide('allow-always')).toContain('good')
  expect(await s.use('exec', { command: `sh ${script}` })).toContain('good')
  writeFileSync(script, 'echo evil\n')
  expect(await decide('deny')).toContain('not allowed')
  const swapped = await decide('allow-once', () => writeFileSync(script, 'echo swapped\n'))
  expect(swapped).toContain('was changed after it was allowed')
})

const container: ContainerRule = {
  image: 'none',
  containerPrefix: 'x-',
  workdir: '/workspace',
  readOnlyRoot: true,
  tmpfs: ['/tmp'],
  network: 'none',
  capDrop: ['ALL'],
  env: { LANG: 'C.UTF-8' },
  ulimits: {},
}

test('which sessions are kept apart, where their files are, and with which tools', async () => {
  const home = configHome()
  const { config } = await loaded(JSON.stringify({ agents: { defaults: { sandbox: { mode: 'non-main' } } } }))
  const paths = { ...home.paths, home: home.dir }
  const box = (session: string) => boxRule(config as unknown as Config, 'main', session, paths)
  expect(box('agent:main:main')).toBeUndefined()
  expect(box('agent:main:telegram:group:1')).toMatchObject({
    name: 'main',
    folder: `${home.dir}/.openclaw/sandboxes/main`,
    container: { network: 'none', readOnlyRoot: true },
  })
})

/** A stage whose sessions are kept apart in a folder, with a canary beside it. */
function boxStage(more: Partial<ContainerRule> = {}) {
  const home = configHome({ 'secret.txt': 'CANARY' })
  const folder = join(home.dir, 'boxed')
  mkdirSync(folder)
  const tools = { allow: ['group:fs', 'group:runtime'] }
  const rules = { name: 'main', folder, readOnly: false, tools, container: { ...container, ...more } }
  const s = execStage({ execSecurity: 'allowlist', execAsk: 'on-miss' }, { box: () => rules })
  return { home, folder, s }
}

test.if(boxed)('kept apart, programs run unasked and see only their own folder; file tools the same', async () => {
  const { home, folder, s } = boxStage()
  await using _ = s
  expect(await s.use('exec', { command: 'pwd; echo "$GREETING" > note.txt', env: { GREETING: 'hello' } })).toContain(
    '/workspace',
  )
  expect(s.approvals.pending()).toEqual([])
  expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('hello\n')
  expect(await s.use('exec', { command: `cat ${home.dir}/secret.txt /home/* ../*; ls ${home.dir}` })).not.toContain(
    'CANARY',
  )
  expect(await s.use('exec', { command: `touch ${home.dir}/out` })).toContain('exit code')
  expect(existsSync(join(home.dir, 'out'))).toBe(false)
  expect(await s.use('exec', { command: 'id', host: 'gateway' })).toContain('Commands run on sandbox here')
  expect(await s.use('exec', { command: 'id', elevated: true })).toContain('It cannot be elevated')
  expect(await s.use('exec', { command: 'pwd', workdir: '..' })).toContain('outside the workspace')
  await s.use('write', { path: 'more.txt', content: 'x' })
  expect(await s.use('exec', { command: 'cat more.txt note.txt' })).toContain('xhello')
  expect(await s.use('read', { path: '/etc/hostname' })).toContain('outside the workspace')
  expect(await s.use('message', { action: 'send', message: 'x' })).toContain('There is no tool "message"')
  const left = await s.use('exec', { command: 'sleep 300', background: true })
  const id = /session (\w+)/.exec(left)?.[1]
  expect(await s.use('process', { action: 'kill', sessionId: id })).toContain('ended')
})

test.if(boxed)('SEC-16: what leads out of a box is refused again before a program runs', async () => {
  for (const [rule, key] of [
    [{ binds: ['/:/host'] }, 'binds'],
    [{ binds: ['/var/run/docker.sock:/s'] }, 'binds'],
    [{ network: 'host' }, 'network'],
    [{ seccompProfile: 'unconfined' }, 'profile'],
  ] as const) {
    const { s } = boxStage(rule)
    await using _ = s
    const said = await s.use('exec', { command: 'echo ran' })
    expect([key, said.includes('leads out of the sandbox'), said.includes('ran\n')]).toEqual([key, true, false])
  }
})

test('where nothing can keep programs apart, none runs, and it is said what to install', async () => {
  const { s } = boxStage({ network: 'bridge' })
  await using _ = s
  expect(await s.use('exec', { command: 'echo ran' })).toMatch(/install|bubblewrap/)
})
