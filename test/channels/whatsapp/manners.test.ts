// A linked device's manners: what people see of it, polls, the chat with oneself, groups it is asked about.
import { afterEach, expect, test } from 'bun:test'
import { aesEncryptGCM, hmacSign } from 'baileys'
import { createHash, randomBytes } from 'node:crypto'
import { whatsapp } from '../../../src/channels/whatsapp/index.ts'
import { faultOf, outbound, run } from '../../contract/running.ts'
import { closeAll, device, groupId, never, open } from './setup.ts'

afterEach(closeAll)

const reads = (wa: Awaited<ReturnType<typeof device>>['wa']) =>
  wa.mail.receipts.filter((r) => r.type === 'read').map((r) => r.id)

test('who is heard sees that they were read; who is not, does not', async () => {
  const { wa, going } = await device()
  going.verdict = 'refused'
  wa.says('ann', 'psst')
  await going.until('the message', () => going.received.length === 1)
  going.verdict = 'heard'
  const id = wa.says('ann', 'hello')
  await going.until('the receipt', () => reads(wa).length > 0)
  expect(reads(wa)).toEqual([id])
})

test('nobody sees it when the config says so', async () => {
  const { wa, going } = await device({ sendReadReceipts: false })
  wa.says('ann', 'hello')
  await going.until('the message', () => going.received.length === 1)
  await going.connection.probe?.(never)
  await going.until('the receipt of delivery', () => wa.mail.waiting.length === 0)
  expect(reads(wa)).toEqual([])
})

test('we are online while we type, and no longer', async () => {
  const { wa, going, ann } = await device()
  const shown = () => wa.stanzas.flatMap((s) => (s.tag === 'presence' ? (s.attrs['type'] ?? []) : []))
  await going.until('the first word', () => shown().length > 0)
  expect(shown()).toEqual(['unavailable'])
  await going.connection.typing?.(ann)
  await going.connection.typing?.(ann)
  await going.until('we leave', () => shown().length === 3)
  expect(shown()).toEqual(['unavailable', 'available', 'unavailable'])
  const signs = wa.stanzas.filter((s) => s.tag === 'chatstate')
  expect(signs.map((s) => [s.attrs['to'], (s.content as { tag: string }[])[0]?.tag])).toEqual(
    Array.from({ length: 2 }, () => [`${ann.chat.slice(1)}@s.whatsapp.net`, 'composing']),
  )
})

/** A vote as the app of a person makes it. */
function vote(o: { poll: string; secret: Uint8Array; creator: string; voter: string; options: string[] }) {
  const sign = Buffer.concat(
    [o.poll, o.creator, o.voter, 'Poll Vote'].map((t) => Buffer.from(t)).concat(Buffer.from([1])),
  )
  const key = hmacSign(sign, hmacSign(Buffer.from(o.secret), new Uint8Array(32)))
  const iv = randomBytes(12)
  const chosen = o.options.map((option) => createHash('sha256').update(option).digest())
  const body = Buffer.concat(chosen.map((hash) => Buffer.concat([Buffer.from([10, hash.length]), hash])))
  const encPayload = aesEncryptGCM(body, key, iv, Buffer.from(`${o.poll}\u0000${o.voter}`))
  return {
    pollUpdateMessage: { pollCreationMessageKey: { id: o.poll, fromMe: true }, vote: { encPayload, encIv: iv } },
  }
}

test('a poll is asked, and its votes are read, also after a restart', async () => {
  const { wa, going, connect, ann } = await device()
  const poll = { question: 'Lunch?', options: ['Pizza', 'Soup'], choices: 1 }
  const { platformId } = await going.connection.send(outbound(ann, '', { poll }), never)
  const asked = wa.sent[0]?.message
  expect(asked?.pollCreationMessageV3).toMatchObject({ name: 'Lunch?', selectableOptionsCount: 1 })
  const secret = asked?.messageContextInfo?.messageSecret ?? new Uint8Array()
  const person = wa.user('ann')
  await going.scope.close()
  const next = await connect({ state: going.state })
  wa.says('ann', vote({ poll: platformId, secret, creator: wa.owner.lid, voter: person.lid, options: ['Soup'] }))
  wa.says('ann', vote({ poll: platformId, secret, creator: wa.owner.jid, voter: person.jid, options: [] }))
  wa.says('ann', vote({ poll: 'UNKNOWN', secret, creator: wa.owner.jid, voter: person.jid, options: [] }))
  wa.says('ann', 'done')
  await next.until('all', () => next.received.length === 1)
  expect(next.happenings.map((h) => h.text)).toEqual([
    `poll vote: ann voted “Soup” on “Lunch?” (msg ${platformId})`,
    `poll vote: ann took the vote back on “Lunch?” (msg ${platformId})`,
  ])
  const one = faultOf(next.connection.send(outbound(ann, '', { poll: { ...poll, options: ['only'] } }), never))
  expect((await one).message).toContain('2 to 12')
})

test('in self chat mode the owner is heard in the chat with themselves, and our answers are not', async () => {
  const { wa, going } = await device({ selfChatMode: true })
  wa.echo('note to self')
  await going.until('the note', () => going.received.length === 1)
  const to = going.received[0]?.to
  expect(to?.chat).toBe(`+${wa.owner.number}`)
  if (!to) return
  const { platformId } = await going.connection.send(outbound(to, 'noted'), never)
  expect(wa.sent.map((s) => s.message.extendedTextMessage?.text)).toEqual(['noted'])
  wa.mail.write(
    wa.owner,
    { deviceSentMessage: { destinationJid: wa.owner.lid, message: { conversation: 'noted' } } },
    { id: platformId },
  )
  wa.echo('to ann', 'ann')
  wa.echo('second')
  await going.until('the second', () => going.received.some((m) => m.text === 'second'))
  expect(going.received.map((m) => m.text)).toEqual(['note to self', 'second'])
  expect(reads(wa)).toEqual([])
})

test('a prefix stands before what is said, not before commands', async () => {
  const { wa, going } = await device({ messagePrefix: '[phone]' })
  wa.says('ann', 'hello')
  wa.says('ann', '/status')
  await going.until('both', () => going.received.length === 2)
  expect(going.received.map((m) => m.text)).toEqual(['[phone] hello', '/status'])
})

test('groups are found, told about and renamed; people are checked', async () => {
  const { wa, going } = await device()
  wa.group(groupId, 'Garden club', ['ann'])
  const { find, actions } = going.connection
  expect(await find?.('garden', 'group', 5)).toEqual([
    { kind: 'group', id: groupId, name: 'Garden club', target: groupId },
  ])
  expect(await find?.('nothing', 'group', 5)).toEqual([])
  const ann = `+${wa.user('ann').number}`
  expect(await find?.(ann, 'user', 5)).toEqual([{ kind: 'user', id: ann, target: ann }])
  expect(await find?.('+4930123456', 'user', 5)).toEqual([])
  expect(await find?.('ann', 'user', 5)).toEqual([])
  const info = actions?.['group-info']
  expect(await info?.run({ group: groupId } as never, never)).toMatchObject({
    name: 'Garden club',
    members: [{ id: `+${wa.owner.number}` }, { id: `+${wa.user('ann').number}` }],
  })
  await actions?.['group-rename']?.run({ group: groupId, name: 'Allotment' } as never, never)
  expect(await info?.run({ group: groupId } as never, never)).toMatchObject({ name: 'Allotment' })
  expect((await faultOf(info?.run({ group: '999@g.us' } as never, never) ?? Promise.resolve())).code).toBe('NOT_FOUND')
})

test('what the account must not do by itself it cannot', async () => {
  const { going } = await device({ actions: { sendMessage: false } })
  expect(Object.keys(going.connection.actions ?? {})).toEqual(['group-info'])
})

test('an account that is not linked says how to link it', async () => {
  const fault = await faultOf(run(whatsapp, {}))
  expect(fault.message).toBe('not linked: run `oclaw channels login --channel whatsapp`')
  expect(open).toEqual([])
})
