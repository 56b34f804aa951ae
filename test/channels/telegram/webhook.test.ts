// Updates brought by Telegram: only with the secret, and acknowledged only when stored.
import { afterEach, expect, test } from 'bun:test'
import { telegram } from '../../../src/channels/telegram/index.ts'
import { faultOf, run } from '../../contract/running.ts'
import { fakeTelegram } from '../../fakes/telegram.ts'

const open: AsyncDisposable[] = []

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

const webhookUrl = 'https://bot.example/telegram-webhook'

async function bot(more: Readonly<Record<string, unknown>> = {}) {
  const tg = await fakeTelegram()
  open.push(tg)
  const account = { botToken: tg.token, apiRoot: tg.url, webhookUrl, webhookSecret: 'sesame', ...more }
  const going = await run(telegram, account)
  open.push(going)
  const bring = async (body: unknown, secret = 'sesame') => {
    const headers = { 'x-telegram-bot-api-secret-token': secret }
    const request = new Request(webhookUrl, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await going.connection.webhook?.(request))?.status
  }
  return { tg, going, bring }
}

test('Telegram is told the address, and nobody polls', async () => {
  const { tg, going } = await bot()
  expect(tg.state.webhook).toBe(webhookUrl)
  expect(going.statuses).toContain('online')
  expect(tg.calls.some((c) => c.method === 'getupdates')).toBe(false)
  expect(tg.calls.find((c) => c.method === 'setwebhook')?.params).toMatchObject({ secret_token: 'sesame' })
})

test('an update with the secret is heard, one without is not', async () => {
  const { tg, going, bring } = await bot()
  const update = tg.user('ann').says('knock knock')
  expect(await bring(update, 'guess')).toBe(401)
  expect(await bring(update, '')).toBe(401)
  expect(await bring({ hello: 1 })).toBe(400)
  expect(going.received).toEqual([])
  expect(await bring(update)).toBe(200)
  expect(await bring(update)).toBe(200)
  expect(going.received.map((m) => m.text)).toEqual(['knock knock'])
})

test('a proxy may bring updates to a port of the webhook’s own', async () => {
  const free = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const webhookPort = free.port as number
  await free.stop(true)
  const { tg, going } = await bot({ webhookPort })
  const at = (path: string) => `http://127.0.0.1:${webhookPort}${path}`
  expect((await fetch(at('/healthz'))).status).toBe(200)
  expect((await fetch(at('/telegram-webhook'))).status).toBe(405)
  expect((await fetch(at('/else'), { method: 'POST' })).status).toBe(404)
  const body = JSON.stringify(tg.user('ann').says('through the side door'))
  const bring = (headers: Record<string, string>) => fetch(at('/telegram-webhook'), { method: 'POST', headers, body })
  expect((await bring({})).status).toBe(401)
  expect((await bring({ 'x-telegram-bot-api-secret-token': 'sesame' })).status).toBe(200)
  expect(going.received.map((m) => m.text)).toEqual(['through the side door'])
  const second = await bot({ webhookPort })
  expect(second.going.statuses).toContain('online')
  await going.scope.close()
  expect(await fetch(at('/healthz')).catch(() => 'closed')).toBe('closed')
})

test('what could not be stored is not acknowledged', async () => {
  const { tg, going, bring } = await bot()
  const update = tg.user('ann').says('precious')
  going.broken = true
  expect(await bring(update)).toBe(500)
  going.broken = false
  expect(await bring(update)).toBe(200)
  expect(going.received).toHaveLength(1)
})

test('a webhook somebody took away is put back', async () => {
  const { tg, going } = await bot()
  tg.state.webhook = ''
  await going.until('the address', () => tg.state.webhook === webhookUrl)
  await tg.down()
  await going.until('the outage', () => going.statuses.at(-1) === 'offline')
  await going.scope.close()
  expect(going.scope.open).toEqual([])
})

test('without a good secret there is no webhook', async () => {
  const account = telegram.account.parse({ botToken: '1:a', webhookUrl })
  expect(telegram.missing(account)).toContain('webhookSecret')
  expect((await faultOf(bot({ webhookSecret: 'not good!' }))).message).toContain('webhookSecret')
})
