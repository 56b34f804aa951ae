// Models and a Telegram that misbehave: the person gets a sentence, nothing is lost, and the next question is answered.
import { expect, test } from 'bun:test'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import type { Script } from '../fakes/model-script.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { gateway, merged, modelConfig, telegramConfig } from './harness.ts'
import { until } from './program.ts'

const slow = 60_000
const apis = ['anthropic-messages', 'openai-completions', 'openai-responses'] as const

interface Answer {
  readonly text: string
  readonly summary: string
  readonly result: { readonly meta: { readonly error?: { readonly code: string; readonly message: string } } }
}

/** A gateway in front of one model that follows `script`. */
async function before(api: (typeof apis)[number], script: () => Script | string, more = {}) {
  const reply = () => script()
  const model = api === 'anthropic-messages' ? fakeAnthropic({ reply }) : fakeOpenai({ reply })
  const gw = await gateway({ config: merged(modelConfig(api, model.url), more) })
  return {
    gw,
    model,
    ask: (message: string) => gw.call<Answer>('agent', { message, sessionKey: 'main', wait: true }),
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
    },
  }
}

const troubles: readonly (readonly [string, Script, string, RegExp])[] = [
  [
    'nonsense',
    { text: 'hello there, this is long enough', garbageAfter: 2 },
    'UNAVAILABLE',
    /oclaw (models status|logs)/,
  ],
  [
    'half a stream',
    { text: 'hello there, this is long enough', cutAfter: 3 },
    'UNAVAILABLE',
    /oclaw (models status|logs)/,
  ],
  [
    'a refused key',
    { status: 401, error: 'no such key' },
    'UNAUTHORIZED',
    /oclaw config set models\.providers\.fake\.apiKey/,
  ],
  ['a bad request', { status: 400, error: 'no such thing' }, 'INVALID_REQUEST', /\/new/],
  ['a server error', { status: 500, error: 'broken' }, 'UNAVAILABLE', /oclaw models status --probe/],
  ['a limit', { status: 429, error: 'slow down' }, 'LIMITED', /fallback/],
]

for (const api of apis)
  test(
    `${api}: every failure has a code and a sentence, and the next question is answered`,
    async () => {
      let script: Script | string = 'fine'
      await using all = await before(api, () => script)
      for (const [name, trouble, code, mends] of troubles) {
        script = trouble
        const answer = await all.ask(`now ${name}`)
        expect({ name, summary: answer.summary, error: answer.result.meta.error }).toMatchObject({
          name,
          summary: 'failed',
          error: { code, message: expect.stringMatching(mends) },
        })
        script = 'fine again'
        expect((await all.ask('and now?')).text).toBe('fine again')
      }
      expect(all.model.refused).toEqual([])
    },
    slow,
  )

test(
  'a model that never answers is given up in time',
  async () => {
    let script: Script | string = { text: 'hello', hangAfter: 0 }
    await using all = await before('openai-completions', () => script, { agents: { defaults: { timeoutSeconds: 1 } } })
    const answer = await all.ask('hello?')
    expect(answer.summary).not.toBe('completed')
    script = 'here I am'
    expect((await all.ask('hello again?')).text).toBe('here I am')
    expect(all.model.dropped.count).toBe(1)
  },
  slow,
)

/** A gateway between a fake Telegram and a model that echoes. */
async function bot() {
  const tg = await fakeTelegram()
  const model = fakeOpenai({ reply: () => 'an answer' })
  const config = merged(modelConfig('openai-completions', model.url), telegramConfig(tg.token, tg.url))
  const gw = await gateway({ config })
  return {
    tg,
    model,
    gw,
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]()
      await tg[Symbol.asyncDispose]()
      await model[Symbol.asyncDispose]()
    },
  }
}

test(
  'Telegram tells everything again, and in reverse: each message is answered once',
  async () => {
    await using all = await bot()
    const { tg } = all
    tg.reorder()
    for (let i = 0; i < 6; i++) tg.user('ann').says(`message ${i}`)
    await until('six answers', () => tg.sent.length >= 6)
    tg.repeat()
    tg.user('ann').says('one more')
    await until('the seventh answer', () => tg.sent.length >= 7)
    await until('everything confirmed', () => tg.pending.length === 0)
    expect(await all.gw.stop()).toBe(0)
    expect(tg.sent.length).toBe(7)
    expect(all.model.requests.length).toBe(7)
  },
  slow,
)

test(
  'Telegram refuses or breaks: what can arrive arrives, in order, and the rest is known',
  async () => {
    await using all = await bot()
    const { tg, gw } = all
    const ann = tg.chat('ann')
    tg.fail({ method: 'sendMessage', status: 429, retryAfter: 1 })
    tg.user('ann').says('first')
    await ann.sees('an answer')
    tg.fail({ method: 'sendMessage', status: 502 })
    tg.user('ann').says('second')
    await ann.sees('an answer')
    tg.fail({ method: 'sendMessage', status: 502, body: '<html>bad gateway</html>' })
    tg.user('ann').says('second and a half')
    const notice = await ann.sees(/may not have arrived: “an answer…”. Send \/resend (\S+)/)
    tg.user('ann').says(`/resend ${notice.match?.[1]}`)
    await ann.sees('an answer')
    tg.blocked.add(Number(tg.chat('bob').id))
    tg.user('bob').says('third')
    const failed = await until(
      'a failed piece',
      () => gw.rows<{ error: string }>("SELECT error FROM outbox WHERE state = 'failed'")[0],
    )
    expect(failed.error).toMatch(/blocked/)
    tg.user('ann').says('fourth')
    await ann.sees('an answer')
    expect(await gw.stop()).toBe(0)
    expect(gw.rows('SELECT state, count(*) AS n FROM outbox GROUP BY state ORDER BY state')).toEqual([
      { state: 'dismissed', n: 1 },
      { state: 'failed', n: 1 },
      { state: 'sent', n: 5 },
    ])
  },
  slow,
)

test(
  'a token Telegram does not know: said in the status, and the gateway serves everyone else',
  async () => {
    await using tg = await fakeTelegram()
    await using gw = await gateway({ config: telegramConfig('100001:wrong-token-of-nobody-00000000000000', tg.url) })
    await until('the refusal in the status', async () =>
      JSON.stringify(await gw.call('channels.status')).includes('channels.telegram'),
    )
    expect(await gw.ask('hello')).not.toBe('')
  },
  slow,
)
