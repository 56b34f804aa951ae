// All channels at once, on bad days, with the program killed in between: everything answered once, and in order.
import { expect, test } from 'bun:test'
import { random } from '../config/mutations.ts'
import { loadBaileys } from '../../src/channels/whatsapp/device/baileys.ts'
import { fakeAnthropic, lastUserText } from '../fakes/anthropic.ts'
import { gateway, merged, modelConfig, type Gateway } from './harness.ts'
import { platforms, type Platform } from './platforms.ts'
import { folder, until } from './program.ts'
import { trusting } from './trusting.ts'
import { webchat } from './webchat-people.ts'

// The whole of it takes minutes: OCLAW_MESSAGES=1000 OCLAW_CHATS=100 OCLAW_KILLS=100.
const messages = Number(process.env['OCLAW_MESSAGES'] ?? 180)
const chats = Number(process.env['OCLAW_CHATS'] ?? 30)
const kills = Number(process.env['OCLAW_KILLS'] ?? 8)
const seed = Number(process.env['OCLAW_SEED'] ?? Math.floor(Math.random() * 1e9))
const faults = Math.ceil(messages / 6)

interface Row {
  readonly channel: string
  readonly account: string
  readonly state: string
  readonly message: string
}

/** Links the phone as its owner does: asks for a code and scans it. */
async function link(gw: Gateway, scan: (code: string) => void) {
  const shown = await gw.call<{ qr: string }>('web.login.start', { timeoutMs: 20_000 })
  scan(shown.qr)
  expect(await gw.call('web.login.wait', { timeoutMs: 20_000 })).toMatchObject({ connected: true })
}

/** Waits until every account is connected: what is said to a bot before it first was there is not for it. */
async function allConnected(gw: Gateway) {
  await until('every account to be connected', async () => {
    const status = await gw.call<{ channelAccounts: Record<string, { connected?: boolean }[]> }>('channels.status')
    const accounts = Object.entries(status.channelAccounts).filter(([id]) => id !== 'webchat')
    return accounts.flatMap(([, list]) => list).every((a) => a.connected === true)
  })
}

/** Whether every message is done, and nothing is left to be sent. */
function settled(gw: Gateway, n = messages): boolean {
  const [inbox] = gw.rows<{ n: number }>("SELECT count(*) AS n FROM inbox WHERE state = 'done'")
  const [outbox] = gw.rows<{ n: number }>("SELECT count(*) AS n FROM outbox WHERE state IN ('ready', 'sending')")
  return inbox?.n === n && outbox?.n === 0
}

/** Compares what the people of one platform saw with what the gateway says it sent. */
function judge(p: Platform, first: number, count: number, asked: readonly number[], rows: readonly Row[]) {
  const mine = rows.filter((r) => r.channel === p.account[0] && r.account === p.account[1])
  const answersOf = (state: string) =>
    mine.flatMap((r) => (r.state === state ? [(JSON.parse(r.message) as { text: string }).text] : []))
  const unknown = new Set(answersOf('unknown').filter((text) => text.startsWith('answer to ')))
  expect({ on: p.name, failed: answersOf('failed'), expired: answersOf('expired') }).toEqual({
    on: p.name,
    failed: [],
    expired: [],
  })
  for (let i = 0; i < count; i++) {
    const said = p.said(i)
    const answers = said.filter((text) => /^answer to m\d+-\d+$/.test(text))
    const want = Array.from({ length: asked[first + i] ?? 0 }, (_, n) => `answer to m${first + i}-${n}`)
    const sure = (text: string) => !unknown.has(text)
    expect({ on: p.name, answers: answers.filter(sure) }).toEqual({ on: p.name, answers: want.filter(sure) })
    expect({ on: p.name, twice: answers.length - new Set(answers).size }).toEqual({ on: p.name, twice: 0 })
    // What the people did not see is exactly among what the gateway is unsure of, and it told them so.
    for (const text of want.filter((t) => !sure(t)))
      expect(said.filter((line) => line.includes(`${text}…`)).length).toBeGreaterThan(0)
  }
  expect({ on: p.name, refused: p.refused() }).toEqual({ on: p.name, refused: [] })
  return unknown.size
}

test(`${messages} messages over ${chats} chats, ${faults} faults and ${kills} kills (OCLAW_SEED=${seed})`, async () => {
  await loadBaileys() // which mends and quietens the libraries the fake is made of
  const next = random(seed)
  const each = Math.floor(chats / 6)
  await using model = fakeAnthropic({
    reply: (body) => ({
      text: `answer to ${/m\d+-\d+(?!.*m\d+-\d+)/s.exec(lastUserText(body))?.[0]}`,
      delayMs: Math.floor(next() * 40),
    }),
  })
  await using world = await platforms(each)
  const config = merged(modelConfig('anthropic-messages', model.url), { channels: world.config })
  using place = folder()
  await using gw = await gateway({ config, program: trusting(place.path) })
  const web = webchat(chats - world.all.length * each, () => gw.ws())
  const all: readonly Platform[] = [...world.all, web]
  for (const p of all) p.moved?.(() => gw.url)
  await link(gw, world.scan)
  await allConnected(gw)
  const asked: number[] = Array.from({ length: chats }, () => 0)
  let written = 0
  let broken = 0

  /** Messages of everybody in turn, and some trouble now and then. */
  function go(toMessages: number, toFaults: number) {
    for (; written < toMessages; written++) {
      const who = written % chats
      const place = Math.min(Math.floor(who / each), all.length - 1)
      all[place]?.says(who - place * each, `m${who}-${asked[who]}`)
      asked[who] = (asked[who] ?? 0) + 1
    }
    for (; broken < toFaults; broken++) {
      const p = all[Math.floor(next() * all.length)]
      p?.faults[Math.floor(next() * p.faults.length)]?.()
    }
  }

  // A bot cannot ask Discord who wrote to it: a first word that is lost with the session is lost for every bot.
  go(chats, 0)
  await until('everybody to be known', () => settled(gw, chats))
  for (let i = 0; i < kills; i++) {
    const share = (i + 1) / (kills + 1)
    go(Math.floor(share * messages), Math.floor(share * faults))
    await Bun.sleep(next() * 1500)
    await gw.kill9()
    await gw.start({ wait: next() < 0.75 })
  }
  go(messages, faults)
  await gw.kill9()
  await gw.start()
  await web.sent()
  await until('all messages to be dealt with', () => settled(gw), 120_000).catch(async (error: unknown) => {
    const open = gw.rows('SELECT channel, account, state, count(*) n FROM inbox GROUP BY 1, 2, 3')
    const out = gw.rows('SELECT channel, account, state, count(*) n, max(error) FROM outbox GROUP BY 1, 2, 3')
    throw new Error(`${String(error)}\n${JSON.stringify({ written, open, out }, undefined, 1)}`, { cause: error })
  })
  await web.read()
  expect(await gw.stop()).toBe(0)

  const rows = gw.rows<Row>('SELECT channel, account, state, message FROM outbox')
  let unknown = 0
  for (const [k, p] of all.entries())
    unknown += judge(p, k * each, k === all.length - 1 ? chats - k * each : each, asked, rows)
  console.log(
    `${kills} kills, ${faults} faults: ${messages} messages, ${unknown} answers of unknown fate, each reported`,
  )
  expect(gw.rows('SELECT state, count(*) AS n FROM inbox GROUP BY state')).toEqual([{ state: 'done', n: messages }])
  expect(model.refused).toEqual([])
}, 1_200_000)
