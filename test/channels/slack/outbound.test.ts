// What Slack gets to see of what we say.
import { afterEach, expect, test } from 'bun:test'
import { faultOf, outbound } from '../../contract/running.ts'
import { file, never, rigs } from './rig.ts'

const { bot, end } = rigs()

afterEach(end)

test('Markdown is sent as mrkdwn, without previews of links', async () => {
  const { it, say } = await bot()
  const { platformId } = await say('**bold** [page](https://example.com) <!channel>')
  expect(it.sent[0]).toMatchObject({ ts: platformId, text: '*bold* <https://example.com|page> &lt;!channel&gt;' })
  expect(it.sent[0]?.raw).toMatchObject({ unfurl_links: false, unfurl_media: false })
})

test('a thread is answered in the thread, and a reply begins one', async () => {
  const { it, says, general, say, at, going } = await bot()
  const asked = says('question', general)
  await say('in the thread of it', { replyTo: asked.ts }, general)
  await going.connection.send(outbound(at(general.id, asked.ts), 'inside', { replyTo: 'callback:1:2' }), never)
  await say('not in a thread', { replyTo: 'callback:1:2' }, general)
  expect(it.sent.map((s) => [s.text, s.thread])).toEqual([
    ['in the thread of it', asked.ts],
    ['inside', asked.ts],
    ['not in a thread', undefined],
  ])
})

test('people and channels are found by id and by name', async () => {
  const { it, say, general } = await bot()
  it.user('bob')
  for (const chat of [it.user('bob').id, '@bob', '#general', general.id]) await say(`to ${chat}`, {}, { id: chat })
  const bob = it.direct('bob').id
  expect(it.sent.map((s) => s.chat)).toEqual([bob, bob, general.id, general.id])
  expect(it.calls.filter((c) => c.method === 'conversations.open')).toHaveLength(1)
  expect((await faultOf(say('x', {}, { id: '#nowhere' }))).code).toBe('NOT_FOUND')
  expect((await faultOf(say('x', {}, { id: '@nobody' }))).message).toContain('user:U')
})

test('buttons are blocks under the text', async () => {
  const { it, say } = await bot()
  const buttons = [
    [
      { text: 'Yes', data: '/approve 1 allow-once', style: 'primary' as const },
      { text: 'No', data: 'no' },
    ],
  ]
  await say('**Run** it?', { buttons })
  expect(it.sent[0]?.raw).toMatchObject({
    text: '*Run* it?',
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: '*Run* it?' } },
      {
        type: 'actions',
        elements: [
          { type: 'button', text: { text: 'Yes' }, value: '/approve 1 allow-once', style: 'primary' },
          { type: 'button', text: { text: 'No' }, value: 'no' },
        ],
      },
    ],
  })
  await say('word '.repeat(780), { buttons })
  expect(it.sent).toHaveLength(2)
  it.fail({ method: 'chat.postMessage', error: 'invalid_blocks' })
  await say('readable all the same', { buttons })
  expect(it.sent[2]?.raw).not.toHaveProperty('blocks')
  const long = [[{ text: 'x', data: 'x'.repeat(2001) }]]
  expect((await faultOf(say('x', { buttons: long }))).code).toBe('INVALID_REQUEST')
})

test('files are uploaded and shown with the text', async () => {
  const { it, going, say, says } = await bot()
  const media = [file(going, { mime: 'image/png' }), file(going, { mime: 'application/pdf', name: 'plan.pdf' }, 20)]
  const { platformId } = await say('**look**', { media })
  expect(it.sent).toMatchObject([{ ts: platformId, text: '*look*' }])
  expect([...it.files.values()].map((f) => [f.name, f.bytes.length])).toEqual([
    ['file.png', 10],
    ['plan.pdf', 20],
  ])
  const root = says('thread')
  await going.connection.send(
    outbound({ channel: 'slack', account: 'default', chat: it.direct('ann').id, thread: root.ts }, '', { media }),
    never,
  )
  expect(it.sent[1]).toMatchObject({ text: '', thread: root.ts })
  const buttons = [[{ text: 'Ok', data: 'ok' }]]
  await say('with a button', { media: media.slice(0, 1), buttons })
  expect(it.sent.slice(2).map((s) => s.text)).toEqual(['with a button', ''])
})

test('until a file is shown any failure may be tried again', async () => {
  const { it, going, say } = await bot()
  const media = [file(going, { mime: 'image/png' })]
  it.cut({ method: 'files.getUploadURLExternal' })
  expect((await faultOf(say('a', { media }))).code).toBe('UNAVAILABLE')
  it.cut({ method: 'files.completeUploadExternal', after: true })
  expect((await faultOf(say('b', { media }))).code).toBe('TIMEOUT')
  it.fail({ method: 'files.completeUploadExternal', error: 'service_unavailable' })
  const fault = await faultOf(say('c', { media, buttons: [[{ text: 'Ok', data: 'ok' }]] }))
  expect([fault.code, fault.message]).toEqual(['TIMEOUT', expect.stringContaining('only a part')])
})

test('a file over the limit says how to raise it', async () => {
  const { going, say } = await bot({ mediaMaxMb: 1 })
  const fault = await faultOf(
    say('', { media: [file(going, { mime: 'application/zip', name: 'big.zip' }, 1_500_000)] }),
  )
  expect([fault.code, fault.message]).toEqual(['TOO_LARGE', expect.stringContaining('channels.slack.mediaMaxMb')])
})

test.each([
  ['invalid_auth', 'UNAUTHORIZED', 'channels.slack.botToken'],
  ['token_revoked', 'UNAUTHORIZED', 'xoxb-'],
  ['account_inactive', 'UNAUTHORIZED', 'OAuth'],
  ['channel_not_found', 'NOT_FOUND', '/invite'],
  ['not_in_channel', 'FORBIDDEN', '/invite'],
  ['is_archived', 'FORBIDDEN', 'is_archived'],
  ['msg_too_long', 'TOO_LARGE', 'msg_too_long'],
  ['ratelimited', 'LIMITED', 'ratelimited'],
  ['service_unavailable', 'UNAVAILABLE', 'service_unavailable'],
  ['internal_error', 'TIMEOUT', 'may have been done'],
  ['fatal_error', 'TIMEOUT', 'may have been done'],
  ['something_new', 'INVALID_REQUEST', 'something_new'],
])('%s is %s', async (error, code, says) => {
  const { it, say } = await bot()
  it.fail({ method: 'chat.postMessage', error })
  const fault = await faultOf(say('hm'))
  expect([fault.code as string, fault.message]).toEqual([code, expect.stringContaining(says)])
})

test('a scope that lacks is named', async () => {
  const { it, say } = await bot()
  it.scopes.delete('chat:write')
  const fault = await faultOf(say('hm'))
  expect([fault.code, fault.message]).toEqual(['FORBIDDEN', expect.stringContaining('the scope chat:write')])
})

test('answers that are not Slack’s own say what may have happened', async () => {
  const { it, say } = await bot()
  for (const status of [503, 502, 500]) it.fail({ method: 'chat.postMessage', status })
  const codes = [await faultOf(say('a')), await faultOf(say('b')), await faultOf(say('c'))].map((f) => f.code)
  expect(codes).toEqual(['UNAVAILABLE', 'TIMEOUT', 'TIMEOUT'])
})

test('no answer at all ends after the time limit, a stop too', async () => {
  const { it, going, say, at, ann } = await bot()
  it.hang({ method: 'chat.postMessage', times: 2 })
  const posts = () => it.calls.filter((c) => c.method === 'chat.postMessage').length
  const late = faultOf(say('anyone?'))
  await going.until('the request', () => posts() === 1)
  await going.clock.advance(30_000)
  expect((await late).code).toBe('TIMEOUT')
  const stop = new AbortController()
  const stopped = faultOf(going.connection.send(outbound(at(ann.id), 'b'), stop.signal))
  await going.until('the request', () => posts() === 2)
  stop.abort(new Error('stop'))
  expect((await stopped).code).toBe('TIMEOUT')
  const before = await faultOf(going.connection.send(outbound(at(ann.id), 'c'), AbortSignal.abort(new Error('stop'))))
  expect(before.code).toBe('UNAVAILABLE')
})

test('no fault shows a token', async () => {
  const { it, going, say } = await bot()
  it.fail({ method: 'chat.postMessage', error: `xoxb ${it.tokens.bot}` })
  it.cut({ method: 'chat.postMessage' })
  it.fail({ method: 'chat.postMessage', status: 502 })
  const faults = [await faultOf(say('a')), await faultOf(say('b')), await faultOf(say('c'))]
  await it.down()
  faults.push(await faultOf(say('d')), await faultOf(going.connection.probe?.(never) ?? Promise.resolve()))
  expect(faults.map((f) => f.code)).toEqual(['INVALID_REQUEST', 'TIMEOUT', 'TIMEOUT', 'UNAVAILABLE', 'UNAVAILABLE'])
  expect(Bun.inspect(faults)).not.toContain(it.tokens.bot)
})

test('an edit changes the message; what cannot be edited is final', async () => {
  const { it, going, say, at, ann } = await bot()
  const { platformId } = await say('first')
  await going.connection.edit?.(at(ann.id), platformId, '**second**', never)
  expect(it.sent.map((s) => [s.text, s.edits])).toEqual([['*second*', 1]])
  const edit = (id: string, text = 'x') =>
    faultOf(going.connection.edit?.(at(ann.id), id, text, never) ?? Promise.resolve())
  expect((await edit('1790009999.000100')).retryable).toBe(false)
  expect((await edit('ephemeral:out_1')).retryable).toBe(false)
  expect((await edit(platformId, '& '.repeat(3000))).code).toBe('TOO_LARGE')
})

test('what is deleted is gone', async () => {
  const { it, going, say, at, ann } = await bot()
  const { platformId } = await say('oops')
  await going.connection.remove?.(at(ann.id), platformId)
  expect(it.sent[0]?.deleted).toBe(true)
  expect((await faultOf(going.connection.remove?.(at(ann.id), platformId) ?? Promise.resolve())).code).toBe('NOT_FOUND')
})

test('typing is shown in threads, and asked for no more where Slack shows none', async () => {
  const { it, going, says, at, ann, general } = await bot()
  const [a, b] = [says('hi'), says('yo', general)]
  await going.connection.typing?.(at(ann.id))
  await going.connection.typing?.(at(ann.id, a.ts))
  expect(it.statuses).toMatchObject([{ channel_id: ann.id, thread_ts: a.ts }])
  it.scopes.delete('assistant:write')
  for (let n = 0; n < 3; n++) await going.connection.typing?.(at(general.id, b.ts))
  expect(it.calls.filter((c) => c.method === 'assistant.threads.setStatus')).toHaveLength(1)
})

test('an answer in a thread grows as Slack lets it, and is edited once it is whole', async () => {
  const { it, says, general, going, at } = await bot()
  const asked = says('question', general)
  const to = at(general.id)
  const piece = outbound(to, '**One**', { replyTo: asked.ts })
  const begun = await going.connection.stream?.(piece, it.user('ann').id, never)
  await begun?.add(', two', never)
  await begun?.add('', never)
  const id = begun?.platformId ?? ''
  expect(it.sent).toMatchObject([{ text: '**One**, two', thread: asked.ts, ts: id }])
  await begun?.end()
  expect(it.streaming.size).toBe(0)
  await going.connection.edit?.(to, id, 'One, two, three.', never)
  expect(it.sent).toMatchObject([{ text: 'One, two, three.' }])
  expect(await going.connection.stream?.(outbound(to, 'no thread'), undefined, never)).toBeUndefined()
  expect((await faultOf(Promise.resolve(going.connection.stream?.(piece, undefined, never)))).message).toContain(
    'recipient',
  )
})

test('a message that was growing when the process ended is made whole by the answer', async () => {
  const { it, says, going, at, ann } = await bot()
  const to = at(ann.id)
  const begun = await going.connection.stream?.(outbound(to, 'Half', { replyTo: says('hm?').ts }), undefined, never)
  await going.connection.edit?.(to, begun?.platformId ?? '', 'The whole answer.', never)
  expect([it.sent[0]?.text, it.streaming.size]).toEqual(['The whole answer.', 0])
})

test('an agent with a name of its own speaks by it, as far as the app may', async () => {
  const { it, say } = await bot()
  it.scopes.add('chat:write.customize')
  await say('hello', { as: { name: 'Molly', emoji: '🦞' } })
  expect(it.sent[0]?.raw).toMatchObject({ username: 'Molly', icon_emoji: ':lobster:' })
  const other = await bot()
  await other.say('hello', { as: { name: 'Molly' } })
  await other.say('again', { as: { name: 'Molly' } })
  expect(other.it.sent.map((s) => [s.text, s.raw['username']])).toEqual([
    ['hello', undefined],
    ['again', undefined],
  ])
  expect(other.it.calls.filter((c) => c.method === 'chat.postMessage')).toHaveLength(2)
})
