// Slash commands: in the menu, acknowledged in time, answered in their place.
import { expect, test } from 'bun:test'
import { menuOf } from '../../../src/channels/discord/commands.ts'
import { outbound } from '../../contract/running.ts'
import { again, at, bot, file } from './rig.ts'

const never = new AbortController().signal
const isMenu = (c: { readonly route: string }) => c.route === 'PUT /applications/:app/commands'

test('our commands are in the menu, told once and again when they change', async () => {
  const { dc, going } = await bot()
  await going.until('the menu', () => dc.acting.state.commands !== undefined)
  expect(dc.acting.state.commands).toEqual([
    { type: 1, name: 'status', description: 'Says how things are', options: [] },
  ])
  await going.until('the note', () => going.state.has(`commands:${dc.app.id}`))
  const next = await again(dc, going)
  const off = await again(dc, next, { commands: { native: false } })
  await off.until('the empty menu', () => dc.calls.filter(isMenu).length === 2)
  expect(dc.acting.state.commands).toEqual([])
})

test('a menu holds what Discord takes of it', () => {
  const many = Array.from({ length: 120 }, (_, i) => ({ name: `c${i}`, description: 'x'.repeat(200) }))
  const menu = menuOf([
    { name: 'Model', description: 'Picks a model', args: [{ name: 'name', description: '', choices: ['a', 'b'] }] },
    { name: 'no spaces', description: 'x' },
    { name: 'many', description: 'x', args: [{ name: 'one', description: 'x', choices: many.map((m) => m.name) }] },
    ...many,
  ])
  expect(menu).toHaveLength(100)
  expect(menuOf([{ name: 'tts', description: 'Speaks' }])).toMatchObject([{ name: 'voice' }]) // Discord has its own /tts
  expect(menu[0]).toEqual({
    type: 1,
    name: 'model',
    description: 'Picks a model',
    options: [
      {
        type: 3,
        name: 'name',
        description: 'name',
        required: false,
        choices: [
          { name: 'a', value: 'a' },
          { name: 'b', value: 'b' },
        ],
      },
    ],
  })
  expect(menu[1]).toMatchObject({ name: 'many', options: [{ name: 'one' }] })
  expect(JSON.stringify(menu[1])).not.toContain('choices')
  expect(menu[2]).toMatchObject({ description: 'x'.repeat(100) })
})

test('a command is acknowledged once stored, and its answer fills the place', async () => {
  const { dc, ann, going, to } = await bot()
  going.broken = true
  const asked = dc.command(ann, 'Ann', 'status')
  await going.until('a try', () => going.refusals > 0)
  expect(asked.answer).toBeUndefined()
  going.broken = false
  await going.until('the sign', () => asked.answer !== undefined)
  expect(asked.answer).toEqual({ type: 5 })
  const id = `interaction:${asked.id}`
  expect(going.received[0]).toMatchObject({ id, text: '/status', native: true, addressed: true, to })
  const answer = outbound(to, '**fine**', { replyTo: id })
  const { platformId } = await going.connection.send(answer, never)
  expect(asked.original).toMatchObject({ id: platformId, content: '**fine**' })
  await going.connection.send(answer, never)
  await going.connection.send(outbound(to, 'and more', { replyTo: id }), never)
  expect(asked.original).toMatchObject({ content: '**fine**', edits: 1 })
  expect(dc.sent.map((m) => m.content)).toEqual(['and more'])
})

test('who may not use a command is told so, and nobody else sees it', async () => {
  const { dc, ann, going } = await bot()
  going.verdict = 'refused'
  const refused = dc.command(ann, 'Ann', 'status')
  await going.until('the refusal', () => refused.answer !== undefined)
  expect(refused.answer).toEqual({ type: 4, content: 'You may not use this here.', flags: 64 })
  going.verdict = 'pair'
  const stranger = dc.command(ann, 'Ann', 'status')
  await going.until('the hint', () => stranger.answer !== undefined)
  expect(stranger.answer).toMatchObject({ type: 4, flags: 64, content: expect.stringContaining('pair') })
  await going.until('all forgotten', () => ![...going.state.keys()].some((key) => key.startsWith('native:')))
})

test('a command that Discord told twice is acknowledged once', async () => {
  const { dc, ann, going } = await bot()
  const asked = dc.command(ann, 'Ann', 'status')
  await going.until('the sign', () => asked.answer !== undefined)
  dc.repeat()
  dc.says(ann, 'Ann', 'next')
  await going.until('the message', () => going.received.length === 2)
  expect(asked.answer).toEqual({ type: 5 })
  expect(going.state.has(`native:interaction:${asked.id}`)).toBe(true)
})

test('the answer finds its place after a restart, and comes as a message when it is too late', async () => {
  const { dc, ann, going, to } = await bot()
  const [soon, late] = [dc.command(ann, 'Ann', 'status'), dc.command(ann, 'Ann', 'status')]
  await going.until('the signs', () => soon.answer !== undefined && late.answer !== undefined)
  const next = await again(dc, going)
  await next.connection.send(outbound(to, 'soon', { replyTo: `interaction:${soon.id}` }), never)
  expect(soon.original).toMatchObject({ content: 'soon' })
  await next.clock.advance(15 * 60_000)
  await next.connection.send(outbound(to, 'late', { replyTo: `interaction:${late.id}` }), never)
  expect(dc.sent.map((m) => m.content)).toEqual(['late'])
})

test('where the bot may not write, further parts go to the caller', async () => {
  const { dc, going } = await bot({}, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const asked = dc.command(general, 'Ann', 'status')
  await going.until('the sign', () => asked.answer !== undefined)
  const id = `interaction:${asked.id}`
  await going.connection.send(outbound(at(general), 'first', { replyTo: id }), never)
  const forbidden = { route: 'POST /channels/:channel/messages', status: 403, code: 50_013 } as const
  dc.fail({ ...forbidden, message: 'Missing Permissions' })
  await going.connection.send(outbound(at(general), 'second', { replyTo: id }), never)
  expect(asked.original?.content).toBe('first')
  expect(asked.followUps.map((m) => m.content)).toEqual(['second'])
})

test('what cannot fill the place comes as a message, and the place is taken away', async () => {
  const { dc, ann, going, to } = await bot()
  const asked = dc.command(ann, 'Ann', 'status')
  await going.until('the sign', () => asked.answer !== undefined)
  const poll = { question: 'Tea?', options: ['yes', 'no'], choices: 1 }
  await going.connection.send(outbound(to, '', { replyTo: `interaction:${asked.id}`, poll }), never)
  expect(asked.original).toBeUndefined()
  expect(dc.sent).toHaveLength(1)
})

test('an answer with a file fills the place too', async () => {
  const { dc, ann, going, to } = await bot()
  const asked = dc.command(ann, 'Ann', 'status')
  await going.until('the sign', () => asked.answer !== undefined)
  const media = [file(going, { mime: 'image/png', name: 'a.png' }, new Uint8Array(5))]
  await going.connection.send(outbound(to, 'see', { replyTo: `interaction:${asked.id}`, media }), never)
  expect(asked.original?.content).toBe('see')
  const filled = dc.calls.find((c) => c.route === 'PATCH /webhooks/:app/:token/messages/@original')
  expect(filled?.body).toMatchObject({ attachments: [{ id: 0, filename: 'a.png' }] })
})
