// Recorded updates, each a file beside the message it must become.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Update } from 'grammy/types'
import { toInbound, toMigration, type Inbound } from '../../../src/channels/telegram/inbound.ts'

interface Case {
  readonly name: string
  readonly me: { readonly id: number; readonly username: string; readonly account: string; readonly commands: string[] }
  readonly update: Update
  readonly expected: Inbound | null
}

const now = 1_790_000_100_000
const folder = join(import.meta.dir, 'cases')
const files = [...new Glob('*.json').scanSync(folder)].sort()

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

test('there are cases', () => {
  expect(files.length).toBeGreaterThanOrEqual(40)
})

for (const file of files) {
  const { name, me, update, expected } = (await Bun.file(join(folder, file)).json()) as Case
  test(name, () => {
    const us = { ...me, commands: new Set(me.commands) }
    const given = frozen(update)
    const got = toInbound(given, us, now)
    expect(got ?? null).toEqual(expected)
    expect(toInbound(given, us, now)).toEqual(got)
  })
}

test('a group that moved tells both ids', async () => {
  const { update } = (await Bun.file(join(folder, 'a-group-becomes-a-supergroup.json')).json()) as Case
  expect(toMigration(update)).toEqual({ from: '-4242', to: '-1001112223334' })
})
