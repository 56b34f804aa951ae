// What channels cost while nothing happens: three of them connected, and a linked phone beside them.
import { loadBaileys } from '../../src/channels/whatsapp/device/baileys.ts'
import { gateway, type Gateway } from '../e2e/harness.ts'
import { folder, memoryOf, until } from '../e2e/program.ts'
import { trusting } from '../e2e/trusting.ts'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'
import type { Figure } from './measure.ts'

const settleMs = 8000

interface Account {
  readonly connected?: boolean
}

async function connected(gw: Gateway, n: number) {
  await until(`${n} connected accounts`, async () => {
    const { channelAccounts } = await gw.call<{ channelAccounts: Record<string, readonly Account[]> }>(
      'channels.status',
    )
    return (
      Object.entries(channelAccounts)
        .filter(([id]) => id !== 'webchat')
        .flatMap(([, list]) => list)
        .filter((a) => a.connected).length === n
    )
  })
}

/** Memory with three channels, and with a phone linked as well. */
export async function channelFigures(): Promise<Figure[]> {
  await loadBaileys() // which quietens the libraries the fake is made of
  await using tg = await fakeTelegram()
  await using dc = await fakeDiscord()
  await using sl = await fakeSlack()
  await using wa = await fakeWhatsApp()
  const three = {
    telegram: { botToken: tg.token, apiRoot: tg.url },
    discord: { token: dc.token, apiRoot: dc.url },
    slack: { botToken: sl.tokens.bot, appToken: sl.tokens.app, apiRoot: sl.url },
  }
  const rest = async (gw: Gateway) => {
    await Bun.sleep(settleMs)
    return memoryOf(gw.pid)
  }
  const rows: Figure[] = []
  {
    await using gw = await gateway({ config: { channels: three } })
    await connected(gw, 3)
    const m = await rest(gw)
    rows.push({
      name: 'idle RSS, three channels',
      value: m.rss,
      unit: 'MB',
      target: 120,
      note: `PSS ${m.pss.toFixed(1)}`,
    })
  }
  using place = folder()
  const config = { channels: { ...three, whatsapp: { webSocketUrl: wa.url } } }
  await using gw = await gateway({ config, program: trusting(place.path) })
  const shown = await gw.call<{ qr: string }>('web.login.start', { timeoutMs: 20_000 })
  wa.scan(shown.qr)
  await gw.call('web.login.wait', { timeoutMs: 20_000 })
  await connected(gw, 4)
  await gw.kill9()
  await gw.start()
  await connected(gw, 4)
  const m = await rest(gw)
  rows.push({
    name: 'idle RSS, with WhatsApp linked',
    value: m.rss,
    unit: 'MB',
    target: 150,
    note: `PSS ${m.pss.toFixed(1)}`,
  })
  return rows
}
