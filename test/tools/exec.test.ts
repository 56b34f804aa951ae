// Running programs: asked first, without a shell unless one is needed, and ended when told.
import { describe, expect, test } from 'bun:test'
import { plainWords } from '../../src/tools/command.ts'
import { workspace } from './fixture.ts'

describe('a command line', () => {
  test.each([
    ['ls -la src', ['ls', '-la', 'src']],
    ['  git  commit -m "two words" --x=1 ', ['git', 'commit', '-m', 'two words', '--x=1']],
    ["echo 'a $b' c", ['echo', 'a $b', 'c']],
    ['echo pre\'mid\'post ""', ['echo', 'premidpost', '']],
  ])('%s is plain', (command, words) => {
    expect(plainWords(command)).toEqual(words)
  })

  test.each([
    'a;b',
    'a&b',
    'a|b',
    'a>b',
    'a<b',
    '$(a)',
    '`a`',
    'a $b',
    'a *',
    'a ?',
    'a [b]',
    'a {b,c}',
    'a ~',
    'a\nb',
    'a #b',
    'a !b',
    'a \\b',
    'a "$b"',
    'a "`b`"',
    'a "b',
    "a 'b",
    'X=1 a',
    'cd x',
    '. x',
    'eval x',
    'source x',
    'a (b)',
    '',
    'a\u00a0b',
    'a\u2028b',
    'a\rb',
    'a\0b',
    'exec x',
    '"if" x',
    'a ^b',
    'a é',
  ])('%j needs a shell', (command) => {
    expect(plainWords(command)).toBeUndefined()
  })
})

describe('exec', () => {
  test('runs plain words without a shell, and asks with them', async () => {
    using ws = workspace()
    const r = await ws.run('exec', { command: 'printf %s-%s a "b c"' }).catch((e: unknown) => e)
    expect(r).toMatchObject({ ok: true, text: 'a-b c', details: { status: 'completed', exitCode: 0 } })
    expect(ws.asked[0]).toMatchObject({ argv: ['printf', '%s-%s', 'a', 'b c'] })
  })

  test('runs argv as it is, with every odd character in place', async () => {
    using ws = workspace()
    const argv = ['printf', '%s|', '$(touch x)', '; ls', '-n', '`id`', '*', "'", '"', '\n', '\u202e']
    const r = await ws.run('exec', { argv })
    expect(r.text).toBe(`${argv.slice(2).join('|')}|`)
    expect(ws.asked[0]).toMatchObject({ argv, command: JSON.stringify(argv) })
  })

  test('asks with the exact text before a shell sees it', async () => {
    using ws = workspace()
    const command = 'echo one | tr o 0; echo $((1+1)) >&2; exit 4'
    const r = await ws.run('exec', { command })
    expect(ws.asked).toEqual([{ command, argv: ['/bin/sh', '-c', command], cwd: ws.root }])
    expect(r).toMatchObject({ ok: false, details: { exitCode: 4, status: 'failed' } })
    expect(r.text).toContain('0ne')
    expect(r.text).toEndWith('[exit code 4]')
  })

  test('runs nothing that was not allowed', async () => {
    let spawned = 0
    using ws = workspace({
      ask: async () => false,
      spawn: () => {
        spawned++
        return Promise.reject(new Error('spawned'))
      },
    })
    expect(await ws.run('exec', { command: 'touch x' })).toMatchObject({ ok: false, details: { status: 'denied' } })
    expect(spawned).toBe(0)
  })

  test('gives programs an environment without our secrets', async () => {
    process.env['SOME_API_KEY'] = 'canary'
    using ws = workspace()
    const r = await ws.run('exec', { command: 'env' })
    delete process.env['SOME_API_KEY']
    expect(r.text).toContain('PATH=')
    expect(r.text).not.toContain('canary')
  })

  test('stops in time, and when told', async () => {
    using ws = workspace()
    const r = await ws.run('exec', { command: 'sleep 60', timeout: 1 })
    expect(r).toMatchObject({ ok: false, text: '[stopped after 1 s]' })
    const stop = new AbortController()
    using other = workspace({ signal: stop.signal, note: () => stop.abort(new Error('enough')) })
    const stopped = await other.run('exec', { command: 'echo up; sleep 60' })
    expect(stopped.text).toBe('up\n[ended by SIGTERM]')
  })

  test('wants a command or argv, not both', async () => {
    using ws = workspace()
    for (const input of [{}, { command: 'a', argv: ['a'] }]) expect(ws.run('exec', input)).rejects.toThrow('either')
  })
})
