// SEC-13: whatever path a tool or a call of a client is given, no byte outside the workspace is read, written or removed.
import { expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { readInside } from '../../src/app/outside.ts'
import { stage } from '../agent-tools/stage.ts'
import { workspace } from './fixture.ts'

/** Paths tried: 3,000 with OCLAW_FULL=1. */
const numRuns = process.env['OCLAW_FULL'] === '1' ? 3000 : 250

const part = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('..', '.', '', 'link', 'chain', 'file', 'outside', 'secret', 'ws', 'dir', 'a.txt'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '~',
      '%2e%2e',
      '..%2f',
      '..\\',
      '．．',
      '..\0',
      '…',
      '/proc/self/root',
      '/proc/self/cwd',
      'C:\\',
      '\\\\?\\',
      'x'.repeat(300),
      '.\u200b.',
      'file:',
      '-rf',
      '*',
      '$HOME',
      '`id`',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
)
const anyPath = (top: string) =>
  fc
    .tuple(
      fc.constantFrom('', '', '', '/', './', `${top}/`, `${top}/ws/`, `${top}/ws/../outside/`, 'file://'),
      fc.array(part, { minLength: 1, maxLength: 6 }),
    )
    .map(([first, rest]) => first + rest.join('/'))

/** Everything below a folder: names, sizes, bytes. */
const picture = (dir: string): string =>
  readdirSync(dir, { recursive: true })
    .map((name) => join(dir, String(name)))
    .sort()
    .map((file) => `${file} ${statSync(file).mode} ${statSync(file).isFile() ? readFileSync(file, 'utf8') : ''}`)
    .join('\n')

/** Links that lead out, in a workspace. */
function traps(top: string, root: string) {
  mkdirSync(join(root, 'dir'), { recursive: true })
  writeFileSync(join(root, 'a.txt'), 'inside\n')
  symlinkSync(join(top, 'outside'), join(root, 'link'))
  symlinkSync('link', join(root, 'chain'))
  symlinkSync(join(top, 'outside', 'secret'), join(root, 'file'))
  symlinkSync('../..', join(root, 'dir', 'up'))
}

test(`${numRuns} paths, by every tool that takes one`, async () => {
  using ws = workspace()
  traps(ws.top, ws.root)
  const before = picture(join(ws.top, 'outside'))
  const above = readdirSync(ws.top).sort()
  await fc.assert(
    fc.asyncProperty(anyPath(ws.top), async (path) => {
      const patch = (body: string) => ({ input: `*** Begin Patch\n${body}\n*** End Patch` })
      const clean = path.replaceAll('\n', '')
      const calls: readonly [string, Record<string, unknown>][] = [
        ['read', { path }],
        ['write', { path, content: 'HACKED' }],
        ['edit', { path, oldText: 'CANARY', newText: 'HACKED' }],
        ['search', { path, pattern: 'CANARY' }],
        ['search', { path, glob: '*' }],
        ['exec', { argv: ['cat', 'secret'], workdir: path }],
        ['apply_patch', patch(`*** Add File: ${clean}\n+HACKED`)],
        ['apply_patch', patch(`*** Delete File: ${clean}`)],
        ['apply_patch', patch(`*** Update File: ${clean}\n@@\n-CANARY\n+HACKED`)],
        ['apply_patch', patch(`*** Update File: a.txt\n*** Move to: ${clean}\n@@\n-inside\n+HACKED`)],
      ]
      for (const [tool, input] of calls) {
        const said = await ws.run(tool, input).then((r) => r.text, String)
        expect([tool, path, said.includes('CANARY') && !said.includes(`CANARY"`) && !path.includes('CANARY')]).toEqual([
          tool,
          path,
          false,
        ])
      }
      const media = await readInside(path, ws.root).then(
        (f) => new TextDecoder().decode(f.bytes),
        () => '',
      )
      expect([path, media]).not.toEqual([path, 'CANARY'])
      expect(picture(join(ws.top, 'outside'))).toBe(before)
      expect(readdirSync(ws.top).sort()).toEqual(above)
    }),
    { numRuns },
  )
}, 300_000)

test('paths and names that clients and tools of the gateway take', async () => {
  await using s = stage({ settings: { owners: () => ['42'] } })
  const top = join(s.top)
  mkdirSync(join(top, 'outside'))
  writeFileSync(join(top, 'outside', 'secret'), 'CANARY')
  writeFileSync(join(top, 'outside', 'secret.md'), 'CANARY')
  traps(top, s.workspace)
  mkdirSync(join(s.workspace, 'memory'))
  symlinkSync(join(top, 'outside', 'secret.md'), join(s.workspace, 'memory', 'linked.md'))
  const before = picture(join(top, 'outside'))
  await fc.assert(
    fc.asyncProperty(anyPath(top), async (path) => {
      const said: string[] = []
      for (const [method, params] of [
        ['agents.files.get', { agentId: 'main', name: path }],
        ['agents.files.set', { agentId: 'main', name: path, content: 'HACKED' }],
        ['media.get', { id: path }],
        ['skills.info', { name: path }],
        ['sessions.preview', { keys: [path] }],
      ] as const)
        said.push(await s.call(method, params).then((a) => JSON.stringify(a), String))
      said.push(await s.use('memory_get', { path }), await s.use('image', { image: path, prompt: 'x' }))
      expect([path, said.filter((x) => x.includes('CANARY') && !path.includes('CANARY'))]).toEqual([path, []])
      expect(picture(join(top, 'outside'))).toBe(before)
    }),
    { numRuns: Math.ceil(numRuns / 8) },
  )
  const found = await s.use('memory_search', { query: 'CANARY' })
  expect(found).not.toContain('outside')
}, 300_000)
