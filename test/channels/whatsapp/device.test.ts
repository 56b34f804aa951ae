// What a linked device says and hears, against a WhatsApp server with real Signal sessions.
import { proto } from 'baileys'
import { afterEach, expect, test } from 'bun:test'
import { faultOf, outbound } from '../../contract/running.ts'
import { closeAll, device, groupId, never } from './setup.ts'

afterEach(closeAll)

test('a message comes in, and an answer goes out', async () => {
  const { wa, going, ann } = await device()
  expect(going.connection.me).toEqual({ id: `+${wa.owner.number}`, name: 'Owner' })
  wa.says('ann', 'hello there')
  await going.until('the message', () => going.received.length === 1)
  const [message] = going.received
  expect(message).toMatchObject({ text: 'hello there', kind: 'direct', from: { id: ann.chat, name: 'ann' }, to: ann })
  await going.connection.send(outbound(ann, 'hello **ann**'), never)
  expect(wa.sent.map((s) => [s.reader, s.message.extendedTextMessage?.text])).toEqual([['ann', 'hello *ann*']])
  expect(wa.refused).toEqual([])
})

test('the same message goes out under the same id, another under another', async () => {
  const { wa, going, ann } = await device()
  const one = outbound(ann, 'once')
  const first = await going.connection.send(one, never)
  expect(await going.connection.send(one, never)).toEqual(first)
  expect(first.platformId).toMatch(/^3EB0[0-9A-F]{18}$/)
  expect((await going.connection.send(outbound(ann, 'two'), never)).platformId).not.toBe(first.platformId)
  expect(wa.sent.map((s) => s.id)).toContain(first.platformId)
})

test('a group has a name, its own rules of address, and everybody in it reads the answer', async () => {
  const { wa, going, at } = await device()
  wa.group(groupId, 'Garden club', ['ann', 'bob'])
  wa.says('ann', 'nice weather', { group: groupId })
  wa.says(
    'bob',
    {
      extendedTextMessage: {
        text: `@${wa.owner.lid.split('@')[0]} help`,
        contextInfo: { mentionedJid: [wa.owner.lid] },
      },
    },
    { group: groupId },
  )
  await going.until('both', () => going.received.length === 2)
  expect(going.received[0]).toMatchObject({
    kind: 'group',
    title: 'Garden club',
    addressed: false,
    to: { chat: groupId },
  })
  expect(going.received[1]).toMatchObject({ text: 'help', addressed: true, from: { id: `+${wa.user('bob').number}` } })
  await going.connection.send(outbound(at(groupId), 'watering now'), never)
  await going.connection.send(outbound(at(groupId), 'done'), never)
  expect(wa.sent.map((s) => [s.chat, s.message.extendedTextMessage?.text])).toEqual([
    [groupId, 'watering now'],
    [groupId, 'done'],
  ])
  expect(wa.refused).toEqual([])
})

test('an answer quotes what it answers, in a group with its author', async () => {
  const { wa, going, at } = await device()
  wa.group(groupId, 'Garden club', ['ann'])
  const id = wa.says('ann', 'who waters?', { group: groupId })
  await going.until('the message', () => going.received.length === 1)
  await going.connection.send(outbound(at(groupId), 'I do', { replyTo: id }), never)
  const context = wa.sent[0]?.message.extendedTextMessage?.contextInfo
  expect(context).toMatchObject({ stanzaId: id, participant: wa.user('ann').lid })
  expect(context?.quotedMessage?.conversation).toBe('who waters?')
  await going.connection.send(outbound(at(groupId), 'or not', { replyTo: '3AUNKNOWN' }), never)
  expect(wa.sent[1]?.message.extendedTextMessage?.contextInfo).toBeFalsy()
})

test('files come in whole, and what cannot be had is named', async () => {
  const { wa, files, going } = await device({ mediaMaxMb: 1 })
  const photo = new Uint8Array(3000).map((_, i) => i % 251)
  wa.says('ann', { imageMessage: { ...(await files.keep(photo, 'image', 'image/jpeg')), caption: 'look' } })
  wa.says('ann', { audioMessage: { ...(await files.keep(photo, 'audio', 'audio/ogg; codecs=opus')), ptt: true } })
  wa.says('ann', {
    documentMessage: {
      ...(await files.keep(new Uint8Array(10), 'document', 'application/pdf')),
      fileName: 'big.pdf',
      fileLength: 5_000_000,
    },
  })
  const lies = await files.keep(new Uint8Array(1_500_000), 'document', 'application/pdf')
  wa.says('ann', { documentMessage: { ...lies, fileName: 'liar.pdf', fileLength: 10 } })
  const changed = await files.keep(photo, 'image', 'image/jpeg')
  files.files.get(changed.directPath)?.set([1, 2, 3], 100)
  wa.says('ann', { imageMessage: changed })
  await going.until('all', () => going.received.length === 5)
  const [image, voice, big, liar, forged] = going.received
  expect(image).toMatchObject({ text: 'look', media: [{ mime: 'image/jpeg', kind: 'image', bytes: 3000 }] })
  expect(going.files.get(image?.media[0]?.id ?? '')).toEqual(photo)
  expect(voice?.media[0]).toMatchObject({ mime: 'audio/ogg', kind: 'voice' })
  expect(big?.text).toBe('[big.pdf not received: it has 5 MB, the limit (mediaMaxMb) is 1 MB]')
  expect(liar?.text).toContain('larger than the limit')
  expect(forged?.text).toContain('changed on its way')
})

test('an address in a message leads nowhere but to the file server', async () => {
  const { wa, going } = await device()
  const file = { mediaKey: new Uint8Array(32), mimetype: 'image/png', url: 'http://127.0.0.1:1/x' }
  wa.says('ann', { imageMessage: { ...file, directPath: '//evil.example/x' } })
  wa.says('ann', { imageMessage: { ...file, directPath: 'http://evil.example/x' } })
  await going.until('both', () => going.received.length === 2)
  for (const m of going.received) expect(m.text).toContain('its address is no path')
})

test('files go out sealed: pictures, voice notes, clips, documents', async () => {
  const { wa, files, going, ann } = await device()
  const bytes = new Uint8Array(5000).map((_, i) => i % 250)
  const put = (id: string, mime: string, more = {}) => {
    going.files.set(id, bytes)
    return { id, mime, bytes: bytes.length, ...more }
  }
  const send = (media: ReturnType<typeof put>[], text = '', more = {}) =>
    going.connection.send(outbound(ann, text, { media, ...more }), never)
  await send([put('a', 'image/png')], 'a **picture**')
  await send([put('b', 'audio/ogg', { kind: 'voice' })], 'listen')
  await send([put('c', 'video/mp4')], '', { gif: true })
  await send([put('d', 'application/zip', { name: 'all.zip' }), put('e', 'image/jpeg')], 'two files')
  const said = wa.sent.map((s) => s.message)
  expect(said[0]?.imageMessage).toMatchObject({ caption: 'a *picture*', mimetype: 'image/png' })
  expect(await files.open(said[0]?.imageMessage ?? {}, 'image')).toEqual(bytes)
  expect(said[1]?.audioMessage).toMatchObject({ ptt: true, mimetype: 'audio/ogg; codecs=opus' })
  expect(said[2]?.extendedTextMessage?.text).toBe('listen')
  expect(said[3]?.videoMessage?.gifPlayback).toBe(true)
  expect(said[4]?.documentMessage).toMatchObject({ fileName: 'all.zip', caption: 'two files' })
  expect(await files.open(said[4]?.documentMessage ?? {}, 'document')).toEqual(bytes)
  expect(said[5]?.imageMessage?.caption).toBeFalsy()
  expect(files.refused).toEqual([])
})

test('a file that cannot be uploaded is no message', async () => {
  const { wa, files, going, ann } = await device({ mediaMaxMb: 1 })
  going.files.set('x', new Uint8Array(10))
  const send = (bytes: number) =>
    faultOf(going.connection.send(outbound(ann, '', { media: [{ id: 'x', mime: 'image/png', bytes }] }), never))
  expect((await send(2_000_000)).code).toBe('TOO_LARGE')
  files.fail(1)
  expect(await send(10)).toMatchObject({ code: 'UNAVAILABLE' })
  expect(wa.sent).toEqual([])
})

test('reactions, edits and deletions name the message they mean', async () => {
  const { wa, going, ann, at } = await device()
  wa.group(groupId, 'Garden club', ['ann'])
  const asked = wa.says('ann', 'ok?')
  const inGroup = wa.says('ann', 'ok, all?', { group: groupId })
  await going.until('both', () => going.received.length === 2)
  const c = going.connection
  await c.react?.(ann, asked, '👍')
  await c.react?.(ann, asked, '')
  await c.react?.(at(groupId), inGroup, '🎉')
  expect((await faultOf(c.react?.(at(groupId), '3AUNKNOWN', '🎉') ?? Promise.resolve())).code).toBe('NOT_FOUND')
  await c.react?.(at(groupId), '3AUNKNOWN', '🎉', { participant: wa.user('ann').lid })
  await c.react?.(at(groupId), '3AMINE', '🎉', { fromMe: true })
  const [named, mine] = wa.sent.splice(3).map((s) => s.message?.reactionMessage?.key)
  expect(named).toMatchObject({ id: '3AUNKNOWN', participant: wa.user('ann').lid })
  expect(mine).toMatchObject({ id: '3AMINE', fromMe: true })
  const { platformId } = await c.send(outbound(ann, 'a draft'), never)
  await c.edit?.(ann, platformId, 'the **answer**', never)
  await c.remove?.(ann, platformId)
  const said = wa.sent.map((s) => s.message)
  expect(said[0]?.reactionMessage).toMatchObject({ text: '👍', key: { id: asked, fromMe: false } })
  expect(said[1]?.reactionMessage?.text).toBe('')
  expect(said[2]?.reactionMessage).toMatchObject({ text: '🎉', key: { id: inGroup, participant: wa.user('ann').lid } })
  expect(said[4]?.protocolMessage).toMatchObject({ type: 14, key: { id: platformId, fromMe: true } })
  expect(said[4]?.protocolMessage?.editedMessage?.extendedTextMessage?.text).toBe('the *answer*')
  expect(said[5]?.protocolMessage).toMatchObject({ type: 0, key: { id: platformId } })
  expect(wa.sent.slice(4).map((s) => s.attrs['edit'])).toEqual(['1', '7'])
})

test('what happens to messages is told as a note', async () => {
  const { wa, going } = await device()
  wa.says('ann', { reactionMessage: { key: { id: 'X', fromMe: true }, text: '👍' } })
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT
  wa.says('ann', { protocolMessage: { key: { id: 'Y' }, type, editedMessage: { conversation: 'better' } } })
  await going.until('both', () => going.happenings.length === 2)
  expect(going.happenings.map((h) => h.text)).toEqual([
    'reaction added: 👍 by ann on msg X',
    'message edited by ann: msg Y now says: better',
  ])
  expect(going.received).toEqual([])
})
