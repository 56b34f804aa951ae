// Recorded payloads of Slack, each a file beside what it must become.
import { Glob } from 'bun'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Person } from '../../../src/domain/message.ts'
import { toHappening, type ReactionRule } from '../../../src/channels/slack/happenings.ts'
import { toInbound, unknownsOf, type Chat, type Look, type Me } from '../../../src/channels/slack/inbound.ts'
import { fromActions, fromCommand, menuFor, type CommandRule } from '../../../src/channels/slack/interact.ts'
import { actionBody, commandBody, eventBody } from '../../../src/channels/slack/payload.ts'

interface Case {
  readonly name: string
  /** What is known before: people, chats, threads we spoke in, whether bots are heard. */
  readonly users?: Readonly<Record<string, Person>>
  readonly chats?: Readonly<Record<string, Chat>>
  readonly ours?: readonly string[]
  readonly bots?: boolean
  /** People who are not heard. */
  readonly unheard?: readonly string[]
  readonly reactions?: ReactionRule
  readonly rule?: Partial<CommandRule>
  readonly payload: Readonly<Record<string, unknown>>
  readonly expected: unknown
}

const me: Me = {
  user: 'U0BOT00001',
  bot: 'B0BOT00001',
  team: 'T0TEAM0001',
  teamName: 'Test Team',
  handle: 'testbot',
  account: 'default',
}
const people = { U0ANN00001: { id: 'U0ANN00001', name: 'Ann Archer', handle: 'ann' } }
const places: Readonly<Record<string, Chat>> = {
  C0GENERAL1: { kind: 'channel', name: 'general' },
  G0TRIO0001: { kind: 'group', name: 'mpdm-ann--bob--testbot-1' },
}
const commands = [
  { name: 'status', description: 'Says how things are' },
  {
    name: 'think',
    description: 'Sets how long to think',
    args: [{ name: 'level', description: 'how long', choices: ['off', 'low', 'high'] }],
  },
]
const now = 1_790_000_100_000
const folder = join(import.meta.dir, 'cases')
const files = [...new Glob('*.json').scanSync(folder)].sort()

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

const lookOf = (c: Case): Look => {
  const users: Readonly<Record<string, Person>> = { ...people, ...c.users }
  const chats = { ...places, ...c.chats }
  return {
    user: (id) => users[id],
    chat: (id) => chats[id],
    ours: (chat, thread) => c.ours?.includes(`${chat}/${thread}`) ?? false,
    bots: () => c.bots ?? false,
    citable: (_, user) => !c.unheard?.includes(user ?? ''),
  }
}

/** What a payload becomes, whatever it is. */
function read(c: Case): unknown {
  const look = lookOf(c)
  const rule: CommandRule = {
    enabled: true,
    name: 'openclaw',
    native: false,
    sessionPrefix: 'slack:slash',
    commands,
    ...c.rule,
  }
  if ('command' in c.payload) {
    const command = commandBody.parse(c.payload)
    const menu = menuFor(command, rule)
    if (menu) return { menu }
    const message = fromCommand(command, me, look, rule, now)
    return message ? { message } : null
  }
  if ('actions' in c.payload) return { messages: fromActions(actionBody.parse(c.payload), me, look, now) }
  const { event } = eventBody.parse(c.payload)
  const inbound = toInbound(event, me, look)
  if (inbound) return inbound.files.length ? inbound : { message: inbound.message }
  const happening = toHappening(event, me, look, c.reactions ?? { mode: 'own', allowed: [] })
  return happening ? { happening } : null
}

test('there are cases', () => {
  expect(files.length).toBeGreaterThanOrEqual(50)
})

for (const file of files) {
  const one = (await Bun.file(join(folder, file)).json()) as Case
  test(one.name, () => {
    const given = frozen(one)
    expect(read(given)).toEqual(one.expected)
    expect(read(given)).toEqual(read(given))
  })
}

test('everybody a message speaks of is looked up first', () => {
  const { event } = eventBody.parse({
    event: {
      type: 'message',
      user: 'U0ANN00001',
      channel: 'C0GENERAL1',
      text: 'ask <@U0BOB00001> in <#C0RANDOM01|random> or <@U0BOB00001|bob>',
      ts: '1790000001.000100',
    },
  })
  expect(unknownsOf(event)).toEqual({ users: ['U0ANN00001', 'U0BOB00001'], chats: ['C0GENERAL1', 'C0RANDOM01'] })
})

test('what is no event of Slack is told from one that lacks something', () => {
  expect(eventBody.safeParse({ event: { text: 'no type' } }).success).toBe(false)
  expect(eventBody.safeParse({}).success).toBe(false)
  expect(eventBody.safeParse({ event: { type: 'message', files: 'rubbish', user: 7, blocks: [5] } }).success).toBe(true)
})
