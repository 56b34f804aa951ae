// Programs in the background: news, input, keys in a terminal, and an end that takes the whole group.
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { processTool, keyBytes } from '../../src/tools/process.ts'
import { tools } from '../../src/tools/index.ts'
import type { AnyTool } from '../../src/define/tool.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { engineWorld, until } from '../engine/fixture.ts'
import { workspace } from './fixture.ts'

/** Whether a process runs; one that waits to be collected does not. */
function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** A workspace whose programs are kept as the engine keeps them. */
function stage(yieldMs = 10_000) {
  const w = engineWorld({
    clock: systemClock,
    settings: { backgroundRule: () => ({ yieldMs, keepMs: 60_000, tell: true, tellEmpty: false }) },
  })
  const agent = w.world.settings.agent('main')
  if (!agent) throw new Error('no agent')
  const ws = workspace({ processes: w.kit.programs.of(agent, 'agent:main:main') })
  const run = async (input: Record<string, unknown>) => processTool.run(processTool.params.parse(input), ws.ctx)
  return {
    w,
    ws,
    run,
    async start(command: string, more: object = {}) {
      const r = await ws.run('exec', { command, background: true, ...more })
      return { ...r, id: String(r.details?.['sessionId']), pid: Number(r.details?.['pid']) }
    },
    async [Symbol.asyncDispose]() {
      ws[Symbol.dispose]()
      await w[Symbol.asyncDispose]()
    },
  }
}

test('a short program answers in its call; a long one goes on and is told of when it ends', async () => {
  await using s = stage(150)
  const short = await s.ws.run('exec', { command: 'echo hi' })
  expect([short.ok, short.text, short.details?.['status']]).toEqual([true, 'hi', 'completed'])
  expect((await s.run({ action: 'list' })).text).toBe('No programs.')
  const long = await s.ws.run('exec', { command: 'echo begun; sleep 0.4; echo over; exit 3' })
  expect(long.details).toMatchObject({ status: 'running' })
  expect(long.text).toContain('begun')
  const id = String(long.details?.['sessionId'])
  await until('its end', () => s.w.rows(`SELECT * FROM entries WHERE role = 'system'`).length === 1)
  expect(JSON.stringify(s.w.rows(`SELECT parts FROM entries`))).toContain(`Exec finished (${id}, code 3)`)
  const news = await s.run({ action: 'poll', sessionId: id })
  expect(news.text).toBe('over\n\n[exit code 3]')
  expect((await s.run({ action: 'log', sessionId: id })).text).toContain('begun\nover')
})

test('a program in the background can be written to until its input is closed', async () => {
  await using s = stage()
  const cat = await s.start('while read x; do echo "got $x"; done; echo bye')
  await s.run({ action: 'write', sessionId: cat.id, data: 'one\n' })
  await s.run({ action: 'submit', sessionId: cat.id, text: 'two' })
  await s.run({ action: 'write', sessionId: cat.id, data: '', eof: true })
  await until('its end', () => s.ws.ctx.processes?.get(cat.id)?.endedAt !== undefined)
  expect((await s.run({ action: 'poll', sessionId: cat.id })).text).toContain('got one\ngot two\nbye')
  const late = await s.run({ action: 'write', sessionId: cat.id, data: 'x' }).then((r) => r.text, String)
  expect(late).toContain('takes no input any more')
})

test('kill ends the whole group, also what ignores TERM', async () => {
  await using s = stage()
  const p = await s.start(`trap '' TERM; sleep 60 & echo $!; wait; wait`)
  let child = 0
  await until('the child', () => {
    child ||= Number(/^\d+$/m.exec(s.ws.ctx.processes?.get(p.id)?.output() ?? '')?.[0] ?? 0)
    return child > 0
  })
  expect(alive(child)).toBe(true)
  await s.run({ action: 'kill', sessionId: p.id })
  await until('both gone', () => !alive(child) && !alive(p.pid))
})

test('a program with a terminal sees one, and keys reach it', async () => {
  await using s = stage()
  const p = await s.start('test -t 0 && echo is-a-tty; stty size; read x; echo "got <$x>"; exec cat', { pty: true })
  await until('the prompt', () => s.ws.ctx.processes?.get(p.id)?.output().includes('40 120') ?? false)
  await s.run({ action: 'send-keys', sessionId: p.id, text: 'hello', keys: ['Enter'] })
  await until('its answer', () => s.ws.ctx.processes?.get(p.id)?.output().includes('got <hello>') ?? false)
  await s.run({ action: 'submit', sessionId: p.id, text: 'ping' })
  await until('cat to run', () => (s.ws.ctx.processes?.get(p.id)?.output().match(/ping/g)?.length ?? 0) === 2)
  await s.run({ action: 'send-keys', sessionId: p.id, keys: ['C-c'] })
  await until('its end', () => s.ws.ctx.processes?.get(p.id)?.endedAt !== undefined)
  expect(s.ws.ctx.processes?.get(p.id)?.output()).toContain('is-a-tty')
  expect(['C-c', 'c', 'Up', 'M-x', '^d'].map(keyBytes)).toEqual(['\u0003', 'c', '\u001b[A', '\u001bx', '\u0004'])
})

test('a stopped turn ends the program it waits for; one that was left running goes on', async () => {
  const w = engineWorld({
    clock: systemClock,
    tools: tools.all as unknown as readonly AnyTool[],
    script: (_r, n) =>
      n === 0
        ? { calls: [{ tool: 'exec', input: { command: 'sleep 61 & echo $! > left; wait', background: true } }] }
        : { calls: [{ tool: 'exec', input: { command: 'sleep 62 & echo $! > waited; wait' } }] },
  })
  const pid = (name: string) => Number(readFileSync(`${w.workspace}/${name}`, 'utf8'))
  await w.receive('go')
  await until('both programs', () => {
    try {
      return pid('left') > 0 && pid('waited') > 0
    } catch {
      return false
    }
  })
  const [left, waited] = [pid('left'), pid('waited')]
  await w.receive('/stop')
  await until('the end of the one', () => !alive(waited))
  expect(alive(left)).toBe(true)
  await w[Symbol.asyncDispose]()
  await until('the end of the other', () => !alive(left))
})

test('an agent sees its own programs only, and cannot set what decides what runs', async () => {
  await using s = stage()
  const p = await s.start('sleep 60')
  const agent = s.w.world.settings.agent('main')
  if (!agent) throw new Error('no agent')
  expect(s.w.kit.programs.of({ ...agent, id: 'other' }, 'agent:other:main').list()).toEqual([])
  expect(
    s.w.kit.programs
      .of(agent, 'agent:main:main')
      .list()
      .map((x) => x.id),
  ).toEqual([p.id])
  const bad = await s.ws.run('exec', { command: 'env', env: { LD_PRELOAD: 'x', FINE: '1' } })
  expect(bad.text).toContain('LD_PRELOAD')
  expect((await s.ws.run('exec', { command: 'echo "$FINE"', env: { FINE: 'fine' } })).text).toBe('fine')
  expect(s.ws.asked.at(-1)?.command).toBe('FINE="fine" echo "$FINE"')
})

test('what is typed into a program is asked for like a command; bare keys are not (SEC-10)', async () => {
  await using s = stage()
  const answers: boolean[] = [true]
  const asked: string[] = []
  Object.assign(s.ws.ctx, {
    ask: async (q: { command: string; argv: readonly string[] }) => {
      asked.push(`${q.command} | ${q.argv.join(' ')}`)
      return answers.shift() ?? false
    },
  })
  const p = await s.start('while read x; do echo "ran $x"; done', { pty: true })
  const typed = [
    { action: 'submit', text: 'rm -rf /' },
    { action: 'write', data: 'rm -rf /\n' },
    { action: 'paste', text: 'rm' },
    { action: 'send-keys', keys: ['r', 'm', 'Enter'] },
    { action: 'send-keys', hex: ['72', '6d'] },
  ]
  for (const t of typed) expect((await s.run({ ...t, sessionId: p.id })).text).toContain('not allowed')
  expect(asked).toHaveLength(1 + typed.length)
  expect(asked[1]).toBe('while read x; do echo "ran $x"; done ⟵ rm -rf / | /bin/sh -c rm -rf /')
  await s.run({ action: 'send-keys', keys: ['C-c'], sessionId: p.id })
  await until('its end', () => s.ws.ctx.processes?.get(p.id)?.endedAt !== undefined)
  expect(s.ws.ctx.processes?.get(p.id)?.output()).not.toContain('rm')
})
