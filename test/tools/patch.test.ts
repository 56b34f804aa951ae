// Patches: everything fits or nothing is written, and nothing lands outside the workspace.
import { expect, test } from 'bun:test'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { workspace } from './fixture.ts'

const patch = (...lines: string[]) => ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')

function stage() {
  const ws = workspace()
  return {
    ws,
    apply: (...lines: string[]) =>
      ws.run('apply_patch', { input: patch(...lines) }).then(
        (r) => r.text,
        (error: unknown) => (error instanceof Error ? error.message : 'no error'),
      ),
    read: (name: string) => readFileSync(join(ws.root, name), 'utf8'),
    [Symbol.dispose]: () => ws[Symbol.dispose](),
  }
}

test('files are added, changed, moved and deleted by one patch', async () => {
  using s = stage()
  s.ws.file('a.ts', 'one\ntwo\nthree\nfour\n')
  s.ws.file('old.txt', 'x\n')
  s.ws.file('gone.txt', 'x\n')
  const said = await s.apply(
    '*** Add File: new/deep.txt',
    '+hello',
    '+',
    '+world',
    '*** Update File: a.ts',
    '@@',
    ' one',
    '-two',
    '+TWO',
    '+and more',
    ' three',
    '*** Update File: old.txt',
    '*** Move to: moved/new.txt',
    '@@',
    '-x',
    '+y',
    '*** Delete File: gone.txt',
  )
  expect(said).toBe('A new/deep.txt\nM a.ts\nM old.txt -> moved/new.txt\nD gone.txt')
  expect(s.read('new/deep.txt')).toBe('hello\n\nworld\n')
  expect(s.read('a.ts')).toBe('one\nTWO\nand more\nthree\nfour\n')
  expect(s.read('moved/new.txt')).toBe('y\n')
  expect([existsSync(join(s.ws.root, 'old.txt')), existsSync(join(s.ws.root, 'gone.txt'))]).toEqual([false, false])
})

test('hunks find their place by anchor, in order, with loose spaces, and at the end', async () => {
  using s = stage()
  s.ws.file('f.py', 'class A:\n  def run(self):\n    pass\n\nclass B:\n  def run(self):\n    pass\n')
  await s.apply('*** Update File: f.py', '@@ class B:', '   def run(self):', '-    pass', '+    return 1')
  expect(s.read('f.py')).toBe('class A:\n  def run(self):\n    pass\n\nclass B:\n  def run(self):\n    return 1\n')
  s.ws.file('g.txt', 'a  \r\nb\r\na\r\n')
  await s.apply('*** Update File: g.txt', '@@', '-a', '+A', ' b', '@@', '-a', '+Z', '*** End of File')
  expect(s.read('g.txt')).toBe('A\r\nb\r\nZ\r\n')
  s.ws.file('h.txt', 'start\n')
  await s.apply('*** Update File: h.txt', '@@', '+appended')
  expect(s.read('h.txt')).toBe('start\nappended\n')
})

test('one part that does not fit leaves every file as it was', async () => {
  using s = stage()
  s.ws.file('a.txt', 'one\n')
  s.ws.file('b.txt', 'two\n')
  const said = await s.apply(
    '*** Update File: a.txt',
    '@@',
    '-one',
    '+ONE',
    '*** Update File: b.txt',
    '@@',
    '-three',
    '+THREE',
  )
  expect(said).toContain('b.txt does not hold these lines')
  expect(s.read('a.txt')).toBe('one\n')
  expect(await s.apply('*** Add File: a.txt', '+x')).toContain('is there already')
  expect(await s.apply('*** Update File: a.txt', 'what')).toContain('begin with a space')
  expect(await s.ws.run('apply_patch', { input: 'diff --git' }).then((r) => r.text, String)).toContain(
    '*** Begin Patch',
  )
})

const escapes: string[][] = [
  ['*** Add File: ../outside/new.txt', '+x'],
  ['*** Delete File: ../outside/secret'],
  ['*** Update File: ../outside/secret', '@@', '-CANARY', '+x'],
  ['*** Update File: link/secret', '@@', '-CANARY', '+x'],
  ['*** Update File: a.txt', '*** Move to: ../outside/moved.txt', '@@', '-one', '+two'],
]

test.each(escapes.map((lines) => [lines.join('; '), lines] as const))('%s stays outside', async (_name, lines) => {
  using s = stage()
  s.ws.file('a.txt', 'one\n')
  symlinkSync(join(s.ws.top, 'outside'), join(s.ws.root, 'link'))
  expect(await s.apply(...lines)).toMatch(/off limits|outside/)
  expect(readFileSync(join(s.ws.top, 'outside', 'secret'), 'utf8')).toBe('CANARY')
  expect(existsSync(join(s.ws.top, 'outside', 'new.txt'))).toBe(false)
  expect(existsSync(join(s.ws.top, 'outside', 'moved.txt'))).toBe(false)
  expect(s.read('a.txt')).toBe('one\n')
})
