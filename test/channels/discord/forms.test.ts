// Components in Discord's own notation: rows, whole messages made of them, lists, and forms that buttons open.
import { expect, test } from 'bun:test'
import { withComponents } from '../../../src/channels/discord/forms.ts'
import { faultOf, outbound } from '../../contract/running.ts'
import { again, bot } from './rig.ts'

const never = new AbortController().signal
const button = (custom_id: string) => ({ type: 2, style: 1, label: 'Order', custom_id })
const order = {
  title: 'Your order',
  components: [{ type: 1, components: [{ type: 4, custom_id: 'dish', style: 1, label: 'What' }] }],
}

test('rows stand under the text; anything else makes the whole message of components', () => {
  const rows = [{ type: 1, components: [button('a')] }]
  expect(withComponents({ content: 'Hungry?' }, { rows })).toEqual({ content: 'Hungry?', components: rows })
  expect(withComponents({ content: 'Hungry?', flags: 4096 }, { rows: [{ type: 14 }, ...rows] })).toEqual({
    flags: 4096 | (1 << 15),
    components: [{ type: 10, content: 'Hungry?' }, { type: 14 }, ...rows],
  })
})

test('containers have the color of the account, unless they have one', async () => {
  const { dc, going, to } = await bot({ ui: { components: { accentColor: '#ff8000' } } })
  const rows = [
    { type: 17, components: [{ type: 10, content: 'one' }] },
    { type: 17, accent_color: 1, components: [{ type: 10, content: 'two' }] },
  ]
  await going.connection.send(outbound(to, '', { components: { rows } }), never)
  expect(dc.sent[0]?.raw['components']).toEqual([{ ...rows[0], accent_color: 0xff8000 }, rows[1]])
})

test('what is chosen from a list comes in as a message', async () => {
  const { dc, ann, going, to } = await bot()
  const list = {
    type: 3,
    custom_id: 'dish',
    options: [
      { label: 'Soup', value: 'soup' },
      { label: 'Pie', value: 'pie' },
    ],
  }
  const rows = [
    { type: 17, components: [{ type: 10, content: '# Today' }] },
    { type: 1, components: [list] },
  ]
  await going.connection.send(outbound(to, 'Choose.', { components: { rows } }), never)
  const sent = dc.sent.at(-1)
  if (!sent) throw new Error('nothing was sent')
  expect(sent.raw['components']).toEqual([{ type: 10, content: 'Choose.' }, ...rows])
  const chosen = dc.choose(ann, 'Ann', sent, 'dish', ['soup', 'pie'])
  await going.until('the choice', () => chosen.answer !== undefined)
  expect(chosen.answer).toEqual({ type: 6 })
  expect(going.received.at(-1)).toMatchObject({ text: 'dish: soup, pie', replyTo: { id: sent.id, byUs: true } })
})

test('a button opens its form, also after a restart, and what is filled in comes in as a message', async () => {
  const { dc, ann, going, to } = await bot()
  const components = { rows: [{ type: 1, components: [button('order')] }], forms: { order } }
  await going.connection.send(outbound(to, 'Hungry?', { components }), never)
  const sent = dc.sent.at(-1)
  if (!sent) throw new Error('nothing was sent')
  const next = await again(dc, going)
  const pressed = dc.press(ann, 'Ann', sent, 'order')
  await next.until('the form', () => pressed.answer !== undefined)
  expect(pressed.answer).toEqual({ type: 9, ...order, custom_id: 'order' })
  expect(next.received).toEqual([])
  const filled = dc.fills(ann, 'Ann', sent, 'order', { dish: 'pea soup' })
  await next.until('the message', () => filled.answer !== undefined)
  expect(filled.answer).toEqual({ type: 6 })
  expect(next.received.at(-1)).toMatchObject({ text: 'order\ndish: pea soup', from: { name: 'Ann' } })
  next.state.set('form:old', JSON.stringify({ at: next.clock.now() - 91 * 86_400_000, form: order }))
  const late = await again(dc, next)
  expect([...late.state.keys()].filter((key) => key.startsWith('form:'))).toEqual(['form:order'])
  const long = { rows: components.rows, forms: { ['x'.repeat(101)]: order } }
  const refused = await faultOf(late.connection.send(outbound(to, 'No.', { components: long }), never))
  expect(refused.message).toContain('1 to 100')
})
