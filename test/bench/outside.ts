// The outside world of the benchmark in a process of its own: a model that costs nothing, and Telegram with its people.
import { fakeTelegram } from '../fakes/telegram.ts'

const encoder = new TextEncoder()
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const usage = { prompt_tokens: 10, completion_tokens: 5 }
const tail = `${chunk({}, 'stop')}data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [], usage })}\n\ndata: [DONE]\n\n`
const short = encoder.encode(chunk({ role: 'assistant', content: 'Hello there.' }) + tail)
const headers = { 'content-type': 'text/event-stream' }

/** Words of the long answer, words at a time, and milliseconds between them. */
const long = { words: 2000, each: 20, everyMs: 10 }
let streamedMs = 0

function longAnswer(): Response {
  const words = encoder.encode(chunk({ content: 'word ' }).repeat(long.each))
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(out) {
      const began = performance.now()
      for (let sent = 0; sent < long.words; sent += long.each) {
        out.enqueue(words)
        await Bun.sleep(long.everyMs)
      }
      out.enqueue(encoder.encode(tail))
      streamedMs = performance.now() - began
      out.close()
    },
  })
  return new Response(body, { headers })
}

const tg = await fakeTelegram()

/** Times of single questions, in ms: from the person's message to the bot's answer. */
async function roundTrips(n: number): Promise<number[]> {
  const times: number[] = []
  const ann = tg.chat('ann')
  for (let i = 0; i < n; i++) {
    await tg.until('a poll', () => tg.polled)
    const began = performance.now()
    tg.user('ann').says(`question ${i}`)
    await ann.sees('Hello there.')
    times.push(performance.now() - began)
  }
  return times
}

/** Time in ms until `messages` of so many chats are all answered. */
async function flood(messages: number, chats: number): Promise<number> {
  const before = tg.sent.length
  const began = performance.now()
  for (let i = 0; i < messages; i++) tg.user(`person${i % chats}`).says(`message ${i}`)
  for (let wanted = before + messages; tg.sent.length < wanted;) {
    const seen = tg.sent.length
    await tg.until('more answers', () => tg.sent.length > seen)
  }
  return performance.now() - began
}

const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  idleTimeout: 0,
  routes: {
    '/v1/chat/completions': {
      POST: async (request) => {
        const text = await request.text()
        return text.includes('"model":"long"') ? longAnswer() : new Response(short, { headers })
      },
    },
    '/streamed': () => Response.json(streamedMs),
    '/round-trips/:n': async (request) => Response.json(await roundTrips(Number(request.params.n))),
    '/flood/:messages/:chats': async ({ params }) =>
      Response.json(await flood(Number(params.messages), Number(params.chats))),
  },
})
console.log(JSON.stringify({ port: server.port, telegram: { token: tg.token, url: tg.url } }))
