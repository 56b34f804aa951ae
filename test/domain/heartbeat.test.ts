// What counts as "all is well", as an empty list, as an hour of the day, and as a chat.
import { expect, test } from 'bun:test'
import { asksNothing, beatChat, spanMs, withinHours, withoutAck } from '../../src/domain/heartbeat.ts'

test('the word is taken off at the edges only, whatever is wrapped around it', () => {
  for (const text of [
    'HEARTBEAT_OK',
    ' **HEARTBEAT_OK** ',
    '<b>HEARTBEAT_OK</b>',
    '_HEARTBEAT_OK_.',
    'HEARTBEAT_OK HEARTBEAT_OK',
  ])
    expect(withoutAck(text)).toEqual({ had: true, rest: '' })
  expect(withoutAck('HEARTBEAT_OK\n**All** quiet.')).toEqual({ had: true, rest: '**All** quiet.' })
  expect(withoutAck('All quiet. HEARTBEAT_OK')).toEqual({ had: true, rest: 'All quiet.' })
  for (const text of ['I say HEARTBEAT_OK when all is well.', 'HEARTBEAT_OKAY', 'NOT_HEARTBEAT_OK', ''])
    expect(withoutAck(text)).toEqual({ had: false, rest: text })
})

test('a file of comments, headings and empty items asks for nothing', () => {
  for (const file of ['', '# To do\n\n- [ ]\n- \n* [x]\n', '<!-- a\nb -->\n## More'])
    expect(asksNothing(file)).toBe(true)
  for (const file of ['Look.', '# To do\n- [ ] mail', '<!-- a --> b']) expect(asksNothing(file)).toBe(false)
})

test('spans are read as people write them', () => {
  expect(['30m', '1h', '1h30m', '90s', '45', '0m', '2d'].map(spanMs)).toEqual([
    1_800_000, 3_600_000, 5_400_000, 90_000, 2_700_000, 0, 172_800_000,
  ])
  expect(spanMs('soon')).toBeUndefined()
})

test('hours may go over midnight, and the day ends at 24:00', () => {
  const at = (time: string) => Date.parse(`2026-03-01T${time}:00Z`)
  const within = (start: string | undefined, end: string | undefined) =>
    ['00:00', '07:59', '08:00', '21:59', '22:00', '23:59'].map((t) =>
      withinHours({ start, end, timezone: 'UTC' }, at(t)),
    )
  expect(within('08:00', '22:00')).toEqual([false, false, true, true, false, false])
  expect(within('22:00', '08:00')).toEqual([true, true, false, false, true, true])
  expect(within('08:00', '24:00')).toEqual([false, false, true, true, true, true])
  expect(within(undefined, undefined)).toEqual([true, true, true, true, true, true])
  expect(within('08:00', '08:00')).toEqual([false, false, false, false, false, false])
})

test('what needs attention goes to the last chat, to the one that is named, or nowhere', () => {
  const rule = { every: '1h', everyMs: 1, session: 's', target: 'last', ackMaxChars: 300 }
  const last = { channel: 'telegram', account: 'a', chat: '42' }
  expect(beatChat(rule, last)).toEqual(last)
  expect(beatChat(rule, undefined)).toBeUndefined()
  expect(beatChat({ ...rule, target: 'none' }, last)).toBeUndefined()
  expect(beatChat({ ...rule, target: 'slack' }, last)).toBeUndefined()
  expect(beatChat({ ...rule, target: 'slack', to: 'slack:C1', account: 'b' }, last)).toEqual({
    channel: 'slack',
    account: 'b',
    chat: 'C1',
  })
})
