// Every platform at once, each with its people and its bad days, behind one shape.
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { fakeCloud } from '../fakes/whatsapp-cloud.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'

/** A platform with people who each have a direct chat with the bot. */
export interface Platform extends AsyncDisposable {
  readonly name: string
  /** What `outbox.channel` and `outbox.account` say. */
  readonly account: readonly [string, string]
  /** What a config under `channels.<id>` says. */
  readonly config: () => Readonly<Record<string, unknown>>
  /** Person `i` writes. */
  says(i: number, text: string): void
  /** Everything person `i` was told, in order. */
  said(i: number): readonly string[]
  /** Ways in which the next moments go wrong. */
  readonly faults: readonly (() => void)[]
  /** What the platform had to refuse as nonsense. */
  refused(): readonly unknown[]
  /** Hears where the gateway listens, each time it starts. */
  moved?(url: () => string): void
}

const open = { dmPolicy: 'open', allowFrom: ['*'] }
const names = (n: number) => Array.from({ length: n }, (_, i) => `person${String(i).padStart(2, '0')}`)

async function telegram(n: number): Promise<Platform> {
  const tg = await fakeTelegram()
  const people = names(n).map((name) => ({ user: tg.user(name), chat: Number(tg.chat(name).id) }))
  const method = 'sendMessage'
  return {
    name: 'telegram',
    account: ['telegram', 'default'],
    config: () => ({ botToken: tg.token, apiRoot: tg.url, ...open }),
    says: (i, text) => void people[i]?.user.says(text),
    said: (i) => tg.sent.filter((s) => s.chat === people[i]?.chat && !s.deleted).map((s) => s.text),
    faults: [
      () => tg.fail({ method, status: 429, retryAfter: 1 }),
      () => tg.fail({ method, status: 502, body: '<html>Bad Gateway</html>' }),
      () => tg.cut({ method }),
      () => tg.cut({ method, after: true }),
      () => tg.fail({ method: 'getUpdates', status: 409, description: 'Conflict: terminated by other getUpdates' }),
      () => tg.cut({ method: 'getUpdates', after: true }),
    ],
    refused: () => [],
    [Symbol.asyncDispose]: () => tg[Symbol.asyncDispose](),
  }
}

async function discord(n: number): Promise<Platform> {
  const dc = await fakeDiscord({ now: Date.now })
  const people = names(n)
  const chats = people.map((name) => dc.direct(name))
  const route = 'POST /channels/:channel/messages' as const
  return {
    name: 'discord',
    account: ['discord', 'default'],
    config: () => ({ token: dc.token, apiRoot: dc.url, ...open }),
    says: (i, text) => void dc.says(chats[i] as never, people[i] ?? '', text),
    said: (i) => dc.sent.filter((s) => s.channel_id === chats[i]?.id && !s.deleted).map((s) => s.content),
    faults: [
      () => dc.fail({ route, status: 429, message: 'You are being rate limited.', retryAfter: 0.5 }),
      () => dc.fail({ route, status: 502, body: '<html>Bad Gateway</html>' }),
      () => dc.cut({ route }),
      () => dc.gateway.close(1006 - 6, 'gone'),
      () => dc.gateway.close(4000, 'Unknown error.'),
      () => dc.gateway.send({ op: 7, d: null }),
      () => dc.gateway.send({ op: 9, d: false }),
      () => {
        dc.gateway.forget()
        dc.gateway.close(4009, 'Session timed out.')
      },
      () => dc.gateway.close(4004, 'Authentication failed.'),
    ],
    refused: () => [],
    [Symbol.asyncDispose]: () => dc[Symbol.asyncDispose](),
  }
}

async function slack(n: number): Promise<Platform> {
  const it = await fakeSlack({ now: Date.now })
  const people = names(n).map((name) => ({ chat: it.direct(name), user: it.user(name).id }))
  const method = 'chat.postMessage'
  return {
    name: 'slack',
    account: ['slack', 'default'],
    config: () => ({ botToken: it.tokens.bot, appToken: it.tokens.app, apiRoot: it.url, ...open }),
    says(i, text) {
      const one = people[i]
      if (one) it.write(one.chat, one.user, text)
    },
    said: (i) => it.sent.filter((s) => s.chat === people[i]?.chat.id && !s.deleted).map((s) => s.text),
    faults: [
      () => it.fail({ method, status: 429, retryAfter: 1 }),
      () => it.fail({ method, error: 'service_unavailable' }),
      () => it.cut({ method }),
      () => it.cut({ method, after: true }),
      () => it.sockets.disconnect('refresh_requested'),
      () => it.sockets.disconnect('warning'),
      () => it.sockets.line.cut(),
    ],
    refused: () => [...it.sockets.wrong],
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  }
}

/** A phone that is linked with `scan`, as its owner does. */
async function whatsapp(n: number): Promise<Platform & { scan(code: string): void }> {
  const wa = await fakeWhatsApp()
  const people = names(n)
  for (const name of people) wa.user(name)
  const whileOnline = (then: () => void) => () => {
    if (wa.online) then()
  }
  return {
    name: 'whatsapp',
    account: ['whatsapp', 'default'],
    config: () => ({ webSocketUrl: wa.url }),
    scan: (code) => wa.scan(code),
    says: (i, text) => void wa.says(people[i] ?? '', text),
    said: (i) =>
      wa.sent.filter((s) => s.reader === people[i]).flatMap((s) => s.message.extendedTextMessage?.text ?? []),
    faults: [
      () => wa.next({ error: 429 }),
      () => wa.next({ error: 503 }),
      () => wa.next({ cut: 'after' }),
      () => wa.next({ cut: 'before' }),
      whileOnline(() => wa.endStream(515)),
      whileOnline(() => wa.endStream(503)),
    ],
    refused: () => wa.refused,
    [Symbol.asyncDispose]: () => wa[Symbol.asyncDispose](),
  }
}

async function cloud(n: number): Promise<Platform> {
  const wa = await fakeCloud()
  const people = names(n).map((name) => ({ name, number: wa.numberOf(name) }))
  return {
    name: 'whatsapp cloud',
    account: ['whatsapp', 'cloud'],
    config: () => ({ ...wa.account }),
    moved: (url) =>
      wa.listen(async ({ headers, body }) => {
        const bytes = await new Response(body).arrayBuffer()
        return fetch(`${url()}/whatsapp/webhook`, { method: 'POST', headers, body: bytes }).catch(
          () => new Response(null, { status: 504 }),
        )
      }),
    says: (i, text) => void wa.says(people[i]?.name ?? '', text),
    said: (i) => wa.sent.filter((s) => s.to === people[i]?.number).map((s) => String(s.content['body'])),
    faults: [
      () => wa.next({ status: 429, code: 130_429, text: 'Rate limit hit' }),
      () => wa.next({ status: 502 }),
      () => wa.next('cut'),
    ],
    refused: () => [],
    [Symbol.asyncDispose]: () => wa[Symbol.asyncDispose](),
  }
}

/** All of them, with `each` people on every one, and the config that joins them; `scan` links the phone. */
export async function platforms(each: number) {
  const phone = await whatsapp(each)
  const business = await cloud(each)
  const all: readonly Platform[] = [await telegram(each), await discord(each), await slack(each), phone, business]
  const [tg, dc, sl] = all.map((p) => p.config())
  const accounts = { default: phone.config(), cloud: business.config() }
  return {
    all,
    scan: (code: string) => phone.scan(code),
    config: { telegram: tg, discord: dc, slack: sl, whatsapp: { ...open, accounts } },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((p) => p[Symbol.asyncDispose]()))
    },
  }
}
