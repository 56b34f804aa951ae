// A command line loads only the files of its first word, so each file must stand under the words of its commands.
import { expect, test } from 'bun:test'
import { commandsOf, files } from '../../src/cli/commands/index.ts'

test('every file of commands is listed under the first words of its commands, and under no others', async () => {
  for (const [words, load] of files) {
    const paths = (await load()).commands.flatMap((c) => [c.path, ...(c.aliases ?? [])])
    expect([...words].sort()).toEqual([...new Set(paths.map((path) => path.split(' ')[0] as string))].sort())
  }
  const all = (await commandsOf()).map((c) => c.path)
  expect(new Set(all).size).toBe(all.length)
})
