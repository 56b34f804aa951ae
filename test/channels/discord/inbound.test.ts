// Recorded payloads, each a file beside the message it must become.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { personOf, toInbound, toReaction, type Me, type Where } from '../../../src/channels/discord/inbound.ts'
import { toMessage } from '../../../src/channels/discord/interaction.ts'
import { idAt, interaction, message, reaction, timeOf, younger } from '../../../src/channels/discord/payload.ts'
import type { NativeCommand } from '../../../src/define/channel.ts'

interface Case {
  readonly name: string
  readonly kind: 'message' | 'interaction' | 'added' | 'removed'
  readonly me: Me & { readonly commands?: readonly NativeCommand[] }
  readonly where: Where
  readonly payload: unknown
  readonly expected: object | null
}

const folder = join(import.meta.dir, 'cases')
const files = [...new Glob('*.json').scanSync(folder)].sort()

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

function read({ kind, me, where, payload }: Case): unknown {
  const here = { ...where, channelName: (id: string) => (id === where.chat ? where.title : undefined) }
  if (kind === 'message') return toInbound(message.parse(payload), here, me)
  if (kind === 'interaction') return toMessage(interaction.parse(payload), here, me, me.commands ?? [])
  const e = reaction.parse(payload)
  const who = e.member?.user ? personOf(e.member.user, e.member) : { id: e.user_id }
  return toReaction(e, kind, { where: here, me, who, at: 7, ...(e.member ? { roles: e.member.roles } : {}) })
}

test('there are cases', () => {
  expect(files.length).toBeGreaterThanOrEqual(45)
})

for (const file of files) {
  const given = frozen((await Bun.file(join(folder, file)).json()) as Case)
  test(given.name, () => {
    const got = read(given)
    expect(got ?? null).toEqual(given.expected)
    expect(read(given)).toEqual(got)
  })
}

test('ids hold their time, and are compared as numbers', () => {
  expect(timeOf('175928847299117063')).toBe(1_462_015_105_796)
  expect(timeOf(idAt(1_790_000_000_000))).toBe(1_790_000_000_000)
  expect(younger('99999999999999999', '100000000000000000')).toBe(false)
  expect(younger('100000000000000000', '99999999999999999')).toBe(true)
})

test('what nobody could have sent is refused, not misread', () => {
  for (const bad of [null, 7, {}, { id: '1' }, { id: 'x', channel_id: '1', author: { id: '1' }, timestamp: '' }])
    expect(message.safeParse(bad).success).toBe(false)
  const odd = message.parse({
    id: '1',
    channel_id: '2',
    author: { id: '3' },
    timestamp: '',
    attachments: [{ id: 7 }, null],
    mentions: ['x'],
    embeds: null,
    poll: null,
  })
  expect(odd).toMatchObject({ attachments: [], mentions: [], embeds: [], content: '' })
})
