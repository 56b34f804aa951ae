// Asking a person first: what is shown is what is allowed, for as long as they said, and silence means no.
import { expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { defineTool } from '../../src/define/tool.ts'
import type { SkillRoot } from '../../src/domain/skill.ts'
import type { AgentRule } from '../../src/engine/settings.ts'
import { ExecApprovals } from '../../src/domain/exec-approvals.ts'
import { engineWorld, until } from './fixture.ts'
import { noSkills } from './tool-settings.ts'

let ran: string[] = []
const exec = defineTool({
  id: 'exec',
  summary: 'Runs a command.',
  params: z.strictObject({ command: z.string() }),
  risk: 'exec',
  async run({ command }, ctx) {
    if (
      !(await ctx.ask({
        command,
        argv: command.startsWith('$') ? ['sh', '-c', command] : command.split(' '),
        cwd: ctx.workspace,
      }))
    )
      return { ok: false, text: 'denied' }
    ran.push(command)
    return { ok: true, text: 'ran' }
  },
})

/** An engine whose agent runs the commands in what it is told, one for each message. */
function asking(rule: Partial<AgentRule['tools']> = {}, file?: ExecApprovals, roots: readonly SkillRoot[] = []) {
  ran = []
  const w = engineWorld({
    tools: [exec],
    script: (req) => {
      const last = req.messages.at(-1)
      if (last?.role === 'tool') return `It ${last.parts.map((p) => (p.type === 'result' ? p.text : '')).join()}.`
      const text = last?.parts.flatMap((p) => (p.type === 'text' ? [p.text] : [])).join() ?? ''
      return { calls: [{ tool: 'exec', input: { command: text.replace(/^\[[^\]]*\] /, '') } }] }
    },
    settings: {
      execApprovals: () => Promise.resolve(file),
      skills: () => ({ ...noSkills, roots }),
      agent: (id) => ({
        id,
        workspace: '/tmp/ws',
        mentionPatterns: [],
        tools: {
          profile: 'full',
          deny: [],
          execSecurity: 'allowlist',
          execAsk: 'on-miss',
          confined: true,
          ...rule,
        },
      }),
    },
  })
  const question = async () => {
    await until('a question', () => w.approvals.pending().length > 0)
    return w.approvals.pending()[0]?.id as string
  }
  return { w, question }
}

test('a person is asked in the chat, and answers there', async () => {
  const { w, question } = asking()
  await using _ = w
  await w.receive('ls -l')
  const id = await question()
  await until('the question in the chat', () => w.texts().length === 1)
  expect(w.texts()[0]).toContain('May I run this?\n```\nls -l\n```\nin /tmp/ws')
  expect(w.heard.filter((e) => e.type === 'approval.requested')).toHaveLength(1)
  expect(ran).toEqual([])
  await w.receive(`/approve ${id} allow-once`)
  await w.idle()
  await until('all', () => w.texts().length === 3)
  expect([ran, w.texts().slice(1).sort()]).toEqual([['ls -l'], ['It ran.', '✅ Allowed.']])
  expect(() => w.approvals.resolve(id, 'allow-once', 'x')).toThrow('unknown approval id')
})

test('allow-once is for once, allow-always for exactly the same again', async () => {
  const { w, question } = asking()
  await using _ = w
  for (const decision of ['allow-once', 'allow-always'] as const) {
    await w.receive('ls')
    w.approvals.resolve(await question(), decision, 'ann')
    await w.idle()
  }
  await w.receive('ls')
  await w.idle()
  expect([ran, w.approvals.pending()]).toEqual([['ls', 'ls', 'ls'], []])
  await w.receive('ls ')
  await w.receive('ls -a')
  w.approvals.resolve(await question(), 'deny', 'ann')
  await until('the other', () => w.approvals.pending()[0]?.command === 'ls -a' || w.runs.all().length === 0)
  for (const p of w.approvals.pending()) w.approvals.resolve(p.id, 'deny', 'ann')
  await w.idle()
  expect(ran).toEqual(['ls', 'ls', 'ls'])
})

test('silence for two minutes means no, and everybody is told', async () => {
  const { w, question } = asking()
  await using _ = w
  await w.receive('ls')
  await question()
  await until('the question in the chat', () => w.texts().length === 1)
  await w.pass(121_000)
  await w.idle()
  expect([ran, w.texts().at(-1), w.approvals.pending()]).toEqual([[], 'It denied.', []])
  expect(w.heard.filter((e) => e.type === 'approval.resolved')).toMatchObject([{ decision: 'deny', by: 'timeout' }])
})

test('text that would show other than it runs is refused unasked', async () => {
  const { w } = asking()
  await using _ = w
  for (const bad of ['ls \u202e txt.exe', 'ls\u200b', 'echo \u001b[2K', 'a\rb', 'x'.repeat(9000)]) await w.receive(bad)
  await w.idle()
  expect([ran, w.approvals.pending(), new Set(w.texts())]).toEqual([[], [], new Set(['It denied.'])])
})

test('policy comes first: full runs, deny has no such tool, always asks each time', async () => {
  for (const [rule, count] of [
    [{ execSecurity: 'full', execAsk: 'off' }, 1],
    [{ execSecurity: 'full', execAsk: 'on-miss' }, 1],
    [{ execSecurity: 'deny' }, 0],
  ] as const) {
    const { w } = asking(rule)
    await using _ = w
    await w.receive('ls')
    await w.idle()
    expect([rule, ran.length]).toEqual([rule, count])
    if (!count) expect(w.texts()[0]).toContain('There is no tool "exec"')
  }
  const { w, question } = asking({ execSecurity: 'full', execAsk: 'always' })
  await using _ = w
  for (const decision of ['allow-always', 'deny'] as const) {
    await w.receive('ls')
    w.approvals.resolve(await question(), decision, 'ann')
    await w.idle()
  }
  expect(ran).toEqual(['ls'])
})

test('stopping the run takes its question away', async () => {
  const { w, question } = asking()
  await using _ = w
  await w.receive('ls')
  await question()
  await w.receive('stop')
  await w.idle()
  expect([ran, w.approvals.pending()]).toEqual([[], []])
})

const file = (rules: object) => ExecApprovals.parse({ version: 1, ...rules })
const ls = Bun.which('ls') as string

test('a program on the allowlist runs unasked, a shell never does', async () => {
  const listed = { agents: { main: { allowlist: [{ pattern: ls }, { pattern: Bun.which('sh') }] } } }
  const { w, question } = asking({}, file(listed))
  await using _ = w
  await w.receive('ls -l')
  await w.idle()
  expect(ran).toEqual(['ls -l'])
  await w.receive('$ ls')
  w.approvals.resolve(await question(), 'deny', 'ann')
  await w.idle()
  expect(ran).toEqual(['ls -l'])
})

test('the file narrows what the config allows', async () => {
  const { w } = asking({ execSecurity: 'full', execAsk: 'off' }, file({ defaults: { security: 'deny' } }))
  await using _ = w
  await w.receive('ls')
  await w.idle()
  expect(ran).toEqual([])
})

test('where nobody may be asked, what is not listed is not run', async () => {
  const { w } = asking({ execAsk: 'off' }, file({ agents: { '*': { allowlist: [{ pattern: ls }] } } }))
  await using _ = w
  await w.receive('ls')
  await w.receive('cat x')
  await w.idle()
  expect([ran, w.approvals.pending()]).toEqual([['ls'], []])
})

test('a program a skill needs counts as listed where the file says so, unless agents write the skill themselves', async () => {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-skills-'))
  const needs = (name: string, bin: string) =>
    Bun.write(
      join(top, name, name, 'SKILL.md'),
      `---\nname: ${name}\ndescription: d\nmetadata: { "openclaw": { "requires": { "bins": ["${bin}", "sh"] } } }\n---\n`,
    )
  await Promise.all([needs('managed', 'ls'), needs('ws', 'cat')])
  const other = join(top, 'ls')
  writeFileSync(other, '#!/bin/sh\n')
  chmodSync(other, 0o755)
  const roots = [
    { source: 'openclaw-managed', path: join(top, 'managed') },
    { source: 'openclaw-workspace', path: join(top, 'ws') },
  ] as const
  for (const autoAllowSkills of [true, false]) {
    const { w } = asking({ execAsk: 'off' }, file({ defaults: { autoAllowSkills } }), roots)
    await using _ = w
    for (const said of ['ls', `${ls} -a`, 'cat x', 'sh x', other]) {
      await w.receive(said)
      await w.idle()
    }
    expect(ran).toEqual(autoAllowSkills ? ['ls', `${ls} -a`] : [])
  }
  rmSync(top, { recursive: true })
})
