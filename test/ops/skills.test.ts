// Skills by operation: listed and explained, set up without showing keys, installed without a shell.
import { expect, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { SkillInstall, SkillRule } from '../../src/domain/skill.ts'
import { installCommand } from '../../src/ops/skill-install.ts'
import { archiveKind, unpack } from '../../src/os/unpack.ts'
import { noSkills } from '../engine/tool-settings.ts'
import { calls } from './calls.ts'

function stage(text: string) {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-skillops-'))
  mkdirSync(join(top, 'managed', 'tool'), { recursive: true })
  writeFileSync(join(top, 'managed', 'tool', 'SKILL.md'), text)
  const rule: SkillRule = { ...noSkills, roots: [{ source: 'openclaw-managed', path: join(top, 'managed') }] }
  const w = calls({ settings: { skills: () => rule } })
  return Object.assign(w, {
    folder: top,
    async [Symbol.asyncDispose]() {
      await w.close()
      rmSync(top, { recursive: true, force: true })
      rmSync(w.top, { recursive: true, force: true })
    },
  })
}

const skill = (install: object[], requires: object = { bins: ['no-such-program'] }) =>
  `---\nname: tool\ndescription: A tool.\nmetadata: ${JSON.stringify({ openclaw: { primaryEnv: 'K', requires, install } })}\n---\nx`

test('a skill is shown with what it needs, lacks and how that is installed', async () => {
  await using s = stage(skill([{ id: 'b', kind: 'brew', formula: 'tool-cli', bins: ['no-such-program'] }]))
  const { skills } = await s.call('skills.status')
  const tool = (skills as { name: string }[]).find((x) => x.name === 'tool')
  expect(tool).toMatchObject({
    source: 'openclaw-managed',
    bundled: false,
    eligible: false,
    requirements: { bins: ['no-such-program'], anyBins: [], env: [], config: [], os: [] },
    missing: { bins: ['no-such-program'] },
    install: [{ id: 'b', kind: 'brew', label: 'Install tool-cli (brew)', bins: ['no-such-program'] }],
  })
  expect(await s.call('skills.info', { name: 'tool' })).toMatchObject({ primaryEnv: 'K' })
  expect(await s.refused('skills.info', { name: 'nobody' })).toContain('oclaw skills list')
  expect((await s.call('skills.check'))['summary']).toMatchObject({ total: 5, eligible: 0, blocked: 4 })
})

test('package managers are called without a shell, and never with a flag of the skill’s', () => {
  const i = (more: Partial<SkillInstall>): SkillInstall => ({
    id: 'x',
    kind: 'node',
    label: '',
    bins: [],
    os: [],
    ...more,
  })
  expect(installCommand(i({ package: '@scope/pkg@1.2.3' }), 'npm')).toEqual([
    'npm',
    'install',
    '-g',
    '--ignore-scripts',
    '@scope/pkg@1.2.3',
  ])
  expect(installCommand(i({ kind: 'go', module: 'github.com/a/b@latest' }), 'npm')).toEqual([
    'go',
    'install',
    'github.com/a/b@latest',
  ])
  expect(installCommand(i({ kind: 'uv', package: 'x[all]>=1' }), 'npm')).toEqual(['uv', 'tool', 'install', 'x[all]>=1'])
  expect(installCommand(i({ kind: 'brew', formula: 'a/tap/x' }), 'npm')).toEqual(['brew', 'install', 'a/tap/x'])
  for (const bad of ['--registry=http://evil', '-g', 'a;b', '$(x)', 'a b', '', '../../x', '/abs', 'file:\u0000'])
    expect(() => installCommand(i({ package: bad }), 'npm')).toThrow('no usable package')
})

test('an install runs the program by the policy, and says what it printed', async () => {
  await using s = stage(
    skill([
      { id: 'b', kind: 'brew', formula: 'tool-cli' },
      { id: 'bad', kind: 'brew', formula: 'broken' },
    ]),
  )
  const bin = join(s.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'brew'), '#!/bin/sh\necho "brew got: $*"\n[ "$2" != broken ]\n')
  chmodSync(join(bin, 'brew'), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${bin}:${path}`
  try {
    const env = { ...s.world.outside.childEnv, PATH: `${bin}:${path}` }
    Object.assign(s.world.outside, {
      childEnv: env,
      which: (p: string) => Bun.which(p, { PATH: env.PATH }) ?? undefined,
    })
    expect(await s.call('skills.install', { name: 'tool', installId: 'b' })).toMatchObject({
      ok: true,
      code: 0,
      stdout: 'brew got: install tool-cli\n',
    })
    expect(await s.refused('skills.install', { name: 'tool', installId: 'bad' })).toContain('exit code 1')
    expect(await s.refused('skills.install', { name: 'tool', installId: 'none' })).toContain('it has: b, bad')
  } finally {
    process.env['PATH'] = path
  }
})

const tarOf = (name: string, body: string): Uint8Array<ArrayBuffer> => {
  const block = new Uint8Array(1536)
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at)
  put(0, name)
  put(100, '0000644\0')
  put(124, `${body.length.toString(8).padStart(11, '0')}\0`)
  put(136, '00000000000\0')
  put(148, '        ')
  put(156, '0')
  put(257, 'ustar\u000000')
  const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  put(512, body)
  return block
}

test('an archive cannot write outside its folder', async () => {
  const top = mkdtempSync(join(tmpdir(), 'oclaw-unpack-'))
  const to = join(top, 'in')
  for (const name of ['../evil', '/tmp/oclaw-evil', 'a/../../evil'])
    await unpack(tarOf(name, 'x'), 'tar', to, 0).catch(String)
  expect(existsSync(join(top, 'evil'))).toBe(false)
  expect(existsSync('/tmp/oclaw-evil')).toBe(false)
  expect(await unpack(tarOf('pkg-1.0/bin/tool', '#!/bin/sh\n'), 'tar', to, 1)).toBe(1)
  expect(statSync(join(to, 'bin/tool')).mode & 0o111).toBeGreaterThan(0)
  const zip = join(top, 'z.zip')
  const made = Bun.spawnSync([
    'python3',
    '-c',
    `import zipfile;z=zipfile.ZipFile(${JSON.stringify(zip)},'w',8);z.writestr('ok/a.txt','A'*999);z.writestr('b.txt','B');z.close()`,
  ])
  if (made.exitCode === 0) {
    expect(await unpack(new Uint8Array(readFileSync(zip)), 'zip', to, 0)).toBe(2)
    expect(readFileSync(join(to, 'ok/a.txt'), 'utf8')).toBe('A'.repeat(999))
    const evil = new Uint8Array(
      Buffer.from(readFileSync(zip).toString('latin1').replaceAll('ok/a.txt', '../b.txt'), 'latin1'),
    )
    expect(await unpack(evil, 'zip', to, 0).catch(String)).toContain('leads out of its folder')
  }
  rmSync(top, { recursive: true })
})

test('a .tar.bz2 is taken apart by the same rules, and a 7z is refused with a sentence', async () => {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
  const good = bytes(
    'QlpoOTFBWSZTWX7FoF4AAHl7gMqQAEBoA/0AQABw7d4ACAggAFQ0mpo09QAGjQNHpBJU0GgAaAaAHz6xiEDYkIRd06UdRM1AiANmFvz8nN5MGCehghAyDtmvmhkxp0EvAisQqqGO9VJIcrCIgPxdyRThQkH7FoF4',
  )
  const evil = bytes(
    'QlpoOTFBWSZTWc9yCVsAAFtbgMmAYAHtgAAgYiQfQAgIIABUQgJiZMaExoEko9Q00yDIAfbxLEIPXBCJNzpAeML0CGBiUybidhBJECVWiYk1SA1Y9ZM9nyAiIB0XckU4UJDPcglb',
  )
  const top = mkdtempSync(join(tmpdir(), 'oclaw-unpack-'))
  const to = join(top, 'in')
  expect(await unpack(good, 'tar.bz2', to, 1)).toBe(1)
  expect(readFileSync(join(to, 'bin/tool'), 'utf8')).toBe('#!/bin/sh\n')
  expect(await unpack(evil, 'tar.bz2', to, 0).catch(String)).toContain('leads out of its folder')
  expect(existsSync(join(top, 'evil'))).toBe(false)
  expect(await unpack(good.slice(0, 60), 'tar.bz2', to, 0).catch(String)).toContain('no whole bzip2 file')
  expect(['x.tar.bz2', 'x.tbz', 'x.7z', 'x.tgz', 'x.bin'].map((n) => archiveKind(n))).toEqual([
    'tar.bz2',
    'tar.bz2',
    'other',
    'tar',
    undefined,
  ])
  rmSync(top, { recursive: true })
})

test('a download is put where the skill’s tools are, and nowhere else', async () => {
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response(Bun.gzipSync(tarOf('t/run', '#!/bin/sh\n'))),
  })
  const url = `http://127.0.0.1:${server.port}/tool.tar.gz`
  await using s = stage(
    skill([
      { id: 'd', kind: 'download', url, stripComponents: 1 },
      { id: 'out', kind: 'download', url, targetDir: '../../elsewhere' },
    ]),
  )
  expect(await s.call('skills.install', { name: 'tool', installId: 'd' })).toMatchObject({ ok: true })
  expect(readFileSync(join(s.top, 'tools/tool/run'), 'utf8')).toBe('#!/bin/sh\n')
  expect(await s.refused('skills.install', { name: 'tool', installId: 'out' })).toContain('FORBIDDEN')
  expect(existsSync(join(dirname(s.top), 'elsewhere'))).toBe(false)
})

test('setting a skill up writes its entry and shows no key', async () => {
  const edits: unknown[] = []
  await using s = stage(skill([]))
  Object.assign(s.services.config, {
    change: async (edit: unknown) => {
      edits.push(edit)
      return {
        config: { skills: { entries: { tool: { enabled: true, apiKey: 'sk-1', env: { A: 'b' } } } } },
        changed: [],
      }
    },
  })
  const answer = await s.call('skills.update', { skillKey: 'tool', apiKey: 'sk-1', env: { A: 'b', GONE: '' } })
  expect(edits).toEqual([
    { kind: 'patch', patch: { skills: { entries: { tool: { apiKey: 'sk-1', env: { A: 'b', GONE: null } } } } } },
  ])
  expect(JSON.stringify(answer)).not.toContain('sk-1')
  expect(answer['config']).toMatchObject({ enabled: true })
})
