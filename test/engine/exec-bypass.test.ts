// SEC-10, SEC-11: nothing is run that was not allowed, and what is allowed is what was shown.
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ToolRule } from '../../src/engine/tools/rule.ts'
import { sha256 } from '../../src/lib/ids.ts'
import { runsOthers, showable } from '../../src/domain/exec-judging.ts'
import { stage } from '../agent-tools/stage.ts'
import { configHome } from '../config/fixture.ts'
import { argvBypasses, bypasses } from './bypasses.ts'
import { until } from './fixture.ts'

const rule: ToolRule = { profile: 'full', execSecurity: 'allowlist', execAsk: 'on-miss', confined: false }

/** A workspace with traps in it, and an agent whose harmless programs (and some that only look so) are listed. */
function trapped() {
  const home = configHome()
  const workspace = join(home.dir, 'ws')
  const canary = join(home.dir, 'canary')
  mkdirSync(join(workspace, 'bin'), { recursive: true })
  const payload = `#!/bin/sh\n: > ${canary}\n`
  for (const name of ['ls', 'bin/ls', 'env', 'payload.sh', 'env.sh', 'ls2']) {
    writeFileSync(join(workspace, name), payload)
    chmodSync(join(workspace, name), 0o755)
  }
  writeFileSync(join(workspace, 'payload.py'), `open(${JSON.stringify(canary)}, 'w')\n`)
  writeFileSync(join(workspace, 'payload.awk'), `BEGIN { print > ${JSON.stringify(canary)} }\n`)
  writeFileSync(join(workspace, 'payload.mk'), `x:\n\t: > ${canary}\n`)
  writeFileSync(join(workspace, 'args.txt'), `${canary}\n`)
  symlinkSync('/bin/sh', join(workspace, 'link-to-sh'))
  const names =
    'ls cat echo head wc date grep printf find git tar awk gawk sed sort env python3 perl xargs tee cp dd less man make node'
  const allowlist = names.split(' ').flatMap((name) => {
    const path = Bun.which(name)
    return path ? [{ pattern: path }] : []
  })
  const s = stage({
    settings: {
      agent: (id) => (id === 'main' ? { id, workspace, mentionPatterns: [], tools: rule } : undefined),
      execApprovals: () => Promise.resolve({ version: 1, agents: { '*': { allowlist } } }),
    },
  })
  return { s, canary, workspace }
}

/** Runs a call, denying whatever is asked; answers how often that was. */
async function denied(s: ReturnType<typeof stage>, input: object): Promise<number> {
  let asked = 0
  const over = { yes: false }
  const work = s.use('exec', { ...input, timeout: 3 }).finally(() => (over.yes = true))
  while (!over.yes) {
    for (const p of s.approvals.pending()) {
      asked++
      s.approvals.resolve(p.id, 'deny', 'test')
    }
    await Bun.sleep(0)
  }
  await work
  return asked
}

/** All of them with OCLAW_FULL=1, else every second. */
const whole = process.env['OCLAW_FULL'] === '1'

test(`SEC-10: ${bypasses.length + argvBypasses.length} ways around a question, and none runs`, async () => {
  const { s, canary } = trapped()
  await using _ = s
  const got: string[] = []
  let asked = 0
  const fill = (text: string) => text.replaceAll('@X@', canary)
  const all = [
    ...bypasses.map((text) => ({ command: fill(text) })),
    ...argvBypasses.map((argv) => ({ argv: argv.map(fill) })),
  ].filter((_, i) => whole || i % 2 === 0)
  for (const input of all) {
    asked += await denied(s, input)
    if (!existsSync(canary)) continue
    got.push(JSON.stringify(input))
    rmSync(canary, { force: true })
  }
  expect(got).toEqual([])
  expect(asked).toBeGreaterThan(all.length * 0.8) // the others could not be shown, or were harmless
  // What is on the list and harmless runs without a question all the same.
  expect(await denied(s, { command: 'echo fine' })).toBe(0)
  expect(await denied(s, { argv: ['ls', '-la'] })).toBe(0)
}, 120_000)

test('SEC-10: listed programs that run others are asked for each time, whatever their version or place', () => {
  for (const path of ['/bin/bash', '/usr/bin/python3.12', '/opt/x/git', '/usr/bin/find', '/lib64/ld-linux-x86-64.so.2'])
    expect([path, runsOthers(path)]).toEqual([path, true])
  for (const path of ['/usr/bin/ls', '/usr/bin/cat', '/usr/bin/echo', '/usr/local/bin/my-tool'])
    expect([path, runsOthers(path)]).toEqual([path, false])
})

const odd = [
  0x00, 0x08, 0x0d, 0x1b, 0x7f, 0x85, 0xa0, 0xad, 0x034f, 0x061c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x200f, 0x2028,
]
odd.push(0x202e, 0x2060, 0x2066, 0x2800, 0x3000, 0x3164, 0xd800, 0xe000, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xe0041)

test('SEC-11: text with anything unseen in it is refused unasked', () => {
  for (const code of odd) {
    const char = String.fromCodePoint(code)
    expect([code.toString(16), showable(`ls ${char} x`)]).toEqual([code.toString(16), false])
  }
  expect(showable(`echo ${'x'.repeat(9000)}`)).toBe(false)
  expect(showable('echo ```\nnot code any more')).toBe(false)
  for (const text of ['ls -la', 'echo "größe 大きさ"', 'printf "a\tb\n"', "grep -E '^(a|b)+$' file"])
    expect(showable(text)).toBe(true)
})

test('SEC-11: what a person is shown is what the permission is for, character by character, in the chat too', async () => {
  const { s, workspace } = trapped()
  await using _ = s
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      const command = `sh ${text}`
      const before = s.texts().length
      const work = s.use('exec', { command, timeout: 3 })
      let ran = false
      const done = work.then(() => (ran = true))
      await until('a question or the end', () => ran || s.approvals.pending().length > 0)
      const [asked] = s.approvals.pending()
      if (asked) {
        expect(asked.command).toBe(command)
        expect(showable(asked.command)).toBe(true)
        const { hash } = asked
        expect(hash).toMatch(/^[0-9a-f]{64}$/)
        expect(hash).toBe(
          await sha256(
            JSON.stringify([asked.command, asked.argv, workspace, '', '', await code(asked.argv, workspace)]),
          ),
        )
        await until('the question in the chat', () => s.texts().length > before)
        expect(s.texts().slice(before).join('')).toContain(`\`\`\`\n${command}\n\`\`\``)
        s.approvals.resolve(asked.id, 'deny', 'test')
      } else expect(showable(command) && command.trim() !== '').toBe(false)
      await done
    }),
    { numRuns: 120 },
  )
}, 60_000)

const anyText = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc
    .array(fc.constantFrom('`', '```', '*', '_', '[x](y)', '<b>', '\\', '\n', '|', '~', '&amp;', '||'), {
      maxLength: 12,
    })
    .map((l) => `x${l.join('')}`),
)

const code = async (argv: readonly string[], cwd: string) => {
  const { codeHash } = await import('../../src/os/code-files.ts')
  return codeHash(argv, cwd)
}
