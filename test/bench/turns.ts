// Turns: how many a second, what they add to the model's own time, and how an answer reaches many.
import { gateway, merged, telegramConfig, type Gateway } from '../e2e/harness.ts'
import { memoryOf } from '../e2e/program.ts'
import { simple } from '../e2e/socket.ts'
import { beside, median, models, rate, times, type Figure, type Place } from './measure.ts'

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T

/** Turns a second: one session at a time, of a hundred turns, then many at once. */
async function turns(gw: Gateway, quick: boolean): Promise<Figure[]> {
  const client = await gw.ws('simple', [])
  const ask = (sessionKey: string) => client.call('agent', { message: 'hello', sessionKey, wait: true })
  const n = quick ? 200 : 500
  await rate(50, 1, () => ask('warm'))
  const one = await rate(n, 1, (i) => ask(`alone-${Math.floor(i / 100)}`))
  const perSession = quick ? 20 : 60
  const all = await rate(32, 32, async (s) => {
    for (let i = 0; i < perSession; i++) await ask(`crowd-${s}`)
  })
  return [
    { name: 'durable turns, 1 session', value: one, unit: '/s', target: 400, atLeast: true },
    { name: 'durable turns, 32 sessions', value: all * perSession, unit: '/s', target: 1000, atLeast: true },
  ]
}

/** What the gateway adds to asking the model directly. */
async function added(gw: Gateway, at: Place, quick: boolean): Promise<Figure> {
  const client = await gw.ws('simple', [])
  const n = quick ? 200 : 500
  const body = JSON.stringify({ model: 'short', stream: true, messages: [{ role: 'user', content: 'hello' }] })
  const url = `http://127.0.0.1:${at.port}/v1/chat/completions`
  const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-test' }
  const direct = await times(n, async () => (await fetch(url, { method: 'POST', headers, body })).text())
  const through = await times(n, (i) =>
    client.call('agent', { message: 'hello', sessionKey: `latency-${i % 50}`, wait: true }),
  )
  const note = `${median(through).toFixed(2)} - ${median(direct).toFixed(2)}`
  return { name: 'added to a turn', value: median(through) - median(direct), unit: 'ms', target: 1, note }
}

/** A long answer, heard by many. */
async function fanOut(gw: Gateway, at: Place): Promise<Figure[]> {
  const heard = { bytes: 0, first: 0, done: 0 }
  const ended = Promise.withResolvers<number>()
  const sockets = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const client = await simple(gw.port, gw.token, { events: ['agent.text', 'agent.done'], keep: false })
      client.ws.addEventListener('message', (e) => void (heard.bytes += String(e.data).length))
      client.on = ({ event }) => {
        if (event === 'agent.text') heard.first ||= performance.now()
        if (event === 'agent.done' && ++heard.done === 100) ended.resolve(performance.now())
      }
      return client
    }),
  )
  const asked = gw.call('agent', { message: 'at length', sessionKey: 'long', model: 'fake/long', wait: true })
  const end = await ended.promise
  await asked
  for (const s of sockets) s.ws.close()
  const own = await get<number>(`http://127.0.0.1:${at.port}/streamed`)
  const extra = (end - heard.first - own) / 1000
  return [
    {
      name: 'fan-out of 2,000 tokens to 100',
      value: extra,
      unit: 's',
      target: 0.1,
      note: `model ${own.toFixed(0)} ms`,
    },
    { name: 'fan-out, received per socket', value: heard.bytes / 100_000, unit: 'KB', target: 80 },
  ]
}

/** Telegram: one question at a time, then many at once. */
async function chats(at: Place, quick: boolean): Promise<Figure[]> {
  const base = `http://127.0.0.1:${at.port}`
  const trips = await get<number[]>(`${base}/round-trips/${quick ? 50 : 200}`)
  const flood = await get<number>(`${base}/flood/200/20`)
  return [
    { name: 'Telegram round trip', value: median(trips), unit: 'ms', target: 25 },
    { name: 'Telegram, 200 messages of 20 chats', value: flood / 1000, unit: 's', target: 2 },
  ]
}

/** All of it, in one gateway, and its memory afterwards. */
export async function turnFigures(quick: boolean): Promise<Figure[]> {
  await using world = await beside('outside.ts')
  const at = world.said
  await using gw = await gateway({
    config: merged(models(at), telegramConfig(at.telegram.token, at.telegram.url)),
  })
  const figures = [
    await added(gw, at, quick),
    ...(await turns(gw, quick)),
    ...(await chats(at, quick)),
    ...(await fanOut(gw, at)),
  ]
  await Bun.sleep(4000) // memory is given back once it is quiet
  const memory = memoryOf(gw.pid)
  return [
    ...figures,
    {
      name: 'RSS 4 s after all that',
      value: memory.rss,
      unit: 'MB',
      target: 160,
      note: `PSS ${memory.pss.toFixed(1)}`,
    },
  ]
}
