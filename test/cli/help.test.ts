// Help and the choice of a command.
import { expect, test } from 'bun:test'
import { longestMatch, type Entry } from '../../src/cli/entries.ts'
import { cliHome } from './fixture.ts'

const entry = (path: string, ...aliases: string[]): Entry => ({ path, aliases }) as unknown as Entry

test('the longest path wins, aliases included', () => {
  const all = [entry('gateway', 'gateway run'), entry('gateway stop'), entry('sessions list', 'sessions')]
  const match = (text: string) => {
    const found = longestMatch(all, text.split(' '))
    return found && [found.entry.path, found.length]
  }
  expect(match('gateway')).toEqual(['gateway', 1])
  expect(match('gateway stop')).toEqual(['gateway stop', 2])
  expect(match('gateway run now')).toEqual(['gateway', 2])
  expect(match('sessions')).toEqual(['sessions list', 1])
  expect(match('sessions list x')).toEqual(['sessions list', 2])
  expect(match('nothing')).toBeUndefined()
})

test('the root lists every command', async () => {
  const { code, out, err } = await cliHome().run('--help')
  expect([code, err]).toEqual([0, ''])
  for (const line of ['Usage: oclaw <command> [flags]', 'sessions list', 'gateway call', 'config validate', '--json'])
    expect(out).toContain(line)
  expect(await cliHome().run()).toMatchObject({ code: 0, out })
})

test('a group lists its own', async () => {
  const { code, out } = await cliHome().run('config', '--help')
  expect(code).toBe(0)
  expect(out).toContain('config validate')
  expect(out).not.toContain('sessions list')
  expect((await cliHome().run('approvals')).out).toContain('approvals resolve')
})

test('a command shows arguments, flags with defaults and words, and examples that work', async () => {
  const list = (await cliHome().run('sessions', 'list', '--help')).out
  expect(list).toMatch(/--limit <number> +at most this many \(default 50\)/)
  expect(list).toContain('Also: oclaw sessions')
  expect(list).toContain('Flags of every command:')
  const resolve = (await cliHome().run('help', 'approvals', 'resolve')).out
  expect(resolve).toContain('Usage: oclaw approvals resolve <id> <decision> [flags]')
  expect(resolve).toContain('the answer: allow-once, allow-always, deny')
  expect(resolve).toContain('oclaw approvals resolve apr_example deny')
  const agent = (await cliHome().run('agent', '-h')).out
  expect(agent).toMatch(/<message> +what to say \(also -m, --message\)/)
  expect((await cliHome().run('gateway', '--help')).out).toMatch(/Commands:\n {2}gateway call/)
})

test('help says the name the program was called by', async () => {
  const { out } = await cliHome({}, { name: 'openclaw' }).run('health', '--help')
  expect(out).toContain('Usage: openclaw health [flags]')
  expect(out).toContain('openclaw health --probe')
})

test.each([
  [['helth'], 'there is no command "helth"; did you mean `oclaw health`?'],
  [['gateway', 'stpo'], 'there is no command "gateway stpo"; did you mean `oclaw gateway stop`?'],
  [['sessions', 'lst'], 'did you mean `oclaw sessions list`?'],
  [['status', '--al'], 'oclaw status has no flag --al; did you mean --all?'],
  [['status', 'now'], 'oclaw status does not know what to do with "now"'],
  [['approvals', '--json'], 'oclaw approvals needs a command'],
] as [string[], string][])('%j ends with 1 and a sentence', async (argv, sentence) => {
  const { code, out, err } = await cliHome().run(...argv)
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(sentence)
})
