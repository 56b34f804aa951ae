// Reading, writing, changing and finding files, inside the workspace and nowhere else.
import { describe, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { tools } from '../../src/tools/index.ts'
import { workspace } from './fixture.ts'

describe('read', () => {
  test('gives pages and says how to go on', async () => {
    using ws = workspace()
    ws.file('a.txt', Array.from({ length: 100 }, (_, i) => `line ${i + 1}`).join('\n'))
    const page = await ws.run('read', { path: 'a.txt', offset: 11, limit: 5 })
    expect(page.text).toBe(
      `line 11\nline 12\nline 13\nline 14\nline 15\n\n[lines 11 to 15 of 100; go on with offset 16]`,
    )
    expect((await ws.run('read', { file_path: 'a.txt', offset: 100 })).text).toContain('line 100')
    expect(ws.run('read', { path: 'a.txt', offset: 101 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  test('never gives more than a page', async () => {
    using ws = workspace()
    ws.file('wide.txt', `${'w'.repeat(200_000)}\nend`)
    ws.file('long.txt', 'abcdefghi\n'.repeat(20_000))
    for (const path of ['wide.txt', 'long.txt'])
      expect((await ws.run('read', { path })).text.length).toBeLessThan(50_200)
    expect((await ws.run('read', { path: 'wide.txt' })).text).toContain('offset 2')
  })

  test('shows images, and refuses other binaries', async () => {
    using ws = workspace()
    ws.file('x', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]))
    ws.file('y', new Uint8Array([1, 0, 2]))
    expect((await ws.run('read', { path: 'x' })).media).toEqual([{ id: 'm1', bytes: 9, mime: 'image/png' }])
    expect(await ws.run('read', { path: 'y' })).toMatchObject({ ok: false })
  })

  test('refuses what is no file', async () => {
    using ws = workspace()
    execFileSync('mkfifo', [join(ws.root, 'fifo')])
    for (const [path, code] of [
      ['none', 'NOT_FOUND'],
      ['.', 'INVALID_REQUEST'],
      ['fifo', 'INVALID_REQUEST'],
      ['', 'INVALID_REQUEST'],
      ['a\0b', 'INVALID_REQUEST'],
    ])
      expect(ws.run('read', { path })).rejects.toMatchObject({ code })
  })
})

describe('write and edit', () => {
  test('make folders, keep modes, leave no scraps', async () => {
    using ws = workspace()
    await ws.run('write', { path: 'deep/er/run.sh', content: 'one' })
    const path = join(ws.root, 'deep/er/run.sh')
    chmodSync(path, 0o755)
    const { text } = await ws.run('write', { file_path: 'deep/er/run.sh', content: 'two' })
    expect({ now: readFileSync(path, 'utf8'), mode: statSync(path).mode & 0o777 }).toEqual({ now: 'two', mode: 0o755 })
    expect(text).toBe('wrote 3 bytes to deep/er/run.sh')
    expect(readdirSync(join(ws.root, 'deep/er'))).toEqual(['run.sh'])
  })

  test('change exactly one place', async () => {
    using ws = workspace()
    ws.file('a.ts', 'const a = 1\r\nconst b = 1\r\n')
    const edit = (oldText: string, newText: string) => ws.run('edit', { path: 'a.ts', oldText, newText })
    expect((await edit('= 1', '= 2')).text).toContain('2 times')
    expect((await edit('nowhere', '')).text).toContain('does not occur')
    expect(await edit('a = 1\nconst b', 'a = $&\nconst c')).toMatchObject({ ok: true })
    expect(readFileSync(join(ws.root, 'a.ts'), 'utf8')).toBe('const a = $&\r\nconst c = 1\r\n')
    const other = { file_path: 'a.ts', old_string: 'const c', new_string: 'let c' }
    expect(await ws.run('edit', other)).toMatchObject({ ok: true, text: 'changed a.ts at line 2' })
  })

  test('the other names are not in the schema', () => {
    const schema = z.toJSONSchema(tools.get('edit')?.params ?? z.never(), { io: 'input' })
    expect(schema.required).toEqual(['path', 'oldText', 'newText'])
    expect(Object.keys(schema.properties ?? {})).toEqual(['path', 'oldText', 'newText'])
  })
})

describe('search', () => {
  test('finds names and lines, and skips what is not ours', async () => {
    using ws = workspace()
    ws.file('src/a.ts', 'export const Apple = 1\nbanana\n')
    ws.file('b.md', 'an apple')
    ws.file('.git/config', 'apple')
    ws.file('node_modules/x/i.ts', 'apple')
    ws.file('bin', new Uint8Array([97, 112, 112, 108, 101, 0]))
    symlinkSync(join(ws.top, 'outside'), join(ws.root, 'link'))
    const found = async (input: Record<string, unknown>) => (await ws.run('search', input)).text
    expect(await found({ glob: '*.ts' })).toBe('src/a.ts')
    expect(await found({ glob: '**/*' })).toBe('b.md\nbin\nsrc/a.ts')
    expect(await found({ pattern: 'apple', ignoreCase: true })).toBe(
      'b.md:1: an apple\nsrc/a.ts:1: export const Apple = 1',
    )
    expect(await found({ pattern: '^ban', path: 'src/a.ts' })).toBe('src/a.ts:2: banana')
    expect(await found({ pattern: 'CANARY|secret' })).toBe('nothing found')
    expect(await found({ glob: '*', limit: 1 })).toContain('only the first 1')
  })

  test.each(['(a+)+$', '(a|a)*b', '((a*))*', '(\\w+)\\1', 'a*b*c*d*e*', '('])(
    'refuses the pattern %s',
    async (pattern) => {
      using ws = workspace()
      ws.file('a', 'a'.repeat(100))
      expect(ws.run('search', { pattern })).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    },
  )
})

describe('nothing outside the workspace', () => {
  const paths = (top: string) => [
    '../outside/secret',
    join(top, 'outside', 'secret'),
    'link/secret',
    'file',
    'a/../../outside/secret',
    './/..//outside/./secret',
    'chain/secret',
    '/proc/self/cwd/package.json',
    '/proc/self/environ',
    `${top}/ws/../outside/secret`,
    `${top}/ws2`,
  ]

  test('is read, written, changed, listed or run in', async () => {
    using ws = workspace()
    symlinkSync(join(ws.top, 'outside'), join(ws.root, 'link'))
    symlinkSync('link', join(ws.root, 'chain'))
    symlinkSync(join(ws.top, 'outside', 'secret'), join(ws.root, 'file'))
    writeFileSync(join(ws.top, 'ws2'), 'CANARY')
    for (const path of paths(ws.top)) {
      const calls: [string, Record<string, unknown>][] = [
        ['read', { path }],
        ['write', { path, content: 'HACKED' }],
        ['edit', { path, oldText: 'CANARY', newText: 'HACKED' }],
        ['search', { path, pattern: 'CANARY' }],
        ['search', { path: join(path, '..'), glob: '*' }],
        ['exec', { argv: ['cat', 'secret'], workdir: join(path, '..') }],
      ]
      for (const [tool, input] of calls) {
        const text = await ws.run(tool, input).then(
          (r) => r.text,
          (error: unknown) => String(error),
        )
        expect(text).not.toContain('CANARY')
        expect(text).not.toMatch(/^wrote|^changed/)
      }
    }
    expect(readFileSync(join(ws.top, 'outside', 'secret'), 'utf8')).toBe('CANARY')
    expect(readFileSync(join(ws.top, 'ws2'), 'utf8')).toBe('CANARY')
    expect(readdirSync(join(ws.top, 'outside'))).toEqual(['secret'])
    expect(existsSync(join(ws.root, 'link/new'))).toBe(false)
  })

  test('a link inside the workspace works, and is not replaced', async () => {
    using ws = workspace()
    ws.file('real/a', 'x')
    symlinkSync('real', join(ws.root, 'folder'))
    symlinkSync('real/a', join(ws.root, 'short'))
    await ws.run('write', { path: 'folder/b', content: 'b' })
    await ws.run('write', { path: 'short', content: 'y' })
    expect(readFileSync(join(ws.root, 'real/a'), 'utf8')).toBe('y')
    expect(readdirSync(join(ws.root, 'real')).sort()).toEqual(['a', 'b'])
    expect(lstatSync(join(ws.root, 'short')).isSymbolicLink()).toBe(true)
  })

  test('not even while links are swapped under it', async () => {
    using ws = workspace()
    mkdirSync(join(ws.root, 'dir'))
    ws.file('dir/secret', 'inside')
    ws.file('dir/plain', 'inside')
    const swapper = Bun.spawn(
      [
        'sh',
        '-c',
        'while :; do mv dir d2; ln -s ../outside dir; sleep 0.002; rm -rf dir; mv d2 dir; sleep 0.002; ' +
          'ln -sf ../../outside/secret dir/plain; sleep 0.002; rm -f dir/plain; echo inside > dir/plain; done',
      ],
      { cwd: ws.root, stdio: ['ignore', 'ignore', 'ignore'] },
    )
    const until = performance.now() + 1500
    const seen = new Set<string>()
    let done = 0
    const caught = () => [...seen].some((t) => t.includes('outside the workspace'))
    while (performance.now() < until || !caught()) {
      for (const [tool, input] of [
        ['read', { path: 'dir/secret' }],
        ['read', { path: 'dir/plain' }],
        ['write', { path: 'dir/secret', content: 'inside' }],
        ['write', { path: 'dir/plain', content: 'inside' }],
        ['write', { path: 'dir/sub/new', content: 'inside' }],
        ['search', { pattern: '.' }],
      ] as const) {
        const text = await ws.run(tool, input).then(
          (r) => r.text,
          (error: unknown) => String(error),
        )
        seen.add(text.slice(0, 80))
        expect(text).not.toContain('CANARY')
        done++
      }
    }
    swapper.kill()
    await swapper.exited
    expect(done).toBeGreaterThan(100)
    expect(caught()).toBe(true)
    expect(readFileSync(join(ws.top, 'outside', 'secret'), 'utf8')).toBe('CANARY')
    expect(readdirSync(join(ws.top, 'outside'))).toEqual(['secret'])
  })

  test('but outside is open when the agent is not confined', async () => {
    using ws = workspace({ confined: false })
    expect((await ws.run('read', { path: '../outside/secret' })).text).toBe('CANARY')
    await ws.run('write', { path: '../outside/more/x', content: 'ok' })
    renameSync(join(ws.top, 'outside/more/x'), join(ws.top, 'x'))
    expect(readFileSync(join(ws.top, 'x'), 'utf8')).toBe('ok')
    rmSync(join(ws.top, 'x'))
  })
})
