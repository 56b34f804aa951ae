// How long the executable needs to see that nothing gets through any more, and to be back once it does: `bun test/bench/black-hole.ts`.
import { loadBaileys } from '../../src/channels/whatsapp/device/baileys.ts'
import { gateway, merged, modelConfig } from '../e2e/harness.ts'
import { folder, until } from '../e2e/program.ts'
import { trusting } from '../e2e/trusting.ts'
import { fakeAnthropic } from '../fakes/anthropic.ts'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'

const toSee = 90_000
const toHeal = 30_000

await loadBaileys()
await using model = fakeAnthropic()
await using dc = await fakeDiscord({ now: Date.now })
await using it = await fakeSlack({ now: Date.now })
await using wa = await fakeWhatsApp()
const channels = {
  discord: { token: dc.token, apiRoot: dc.url },
  slack: { botToken: it.tokens.bot, appToken: it.tokens.app, apiRoot: it.url },
  whatsapp: { webSocketUrl: wa.url },
}
using place = folder()
await using gw = await gateway({
  config: merged(modelConfig('anthropic-messages', model.url), { channels }),
  program: trusting(place.path),
})
const { qr } = await gw.call<{ qr: string }>('web.login.start', { timeoutMs: 20_000 })
wa.scan(qr)
await gw.call('web.login.wait', { timeoutMs: 20_000 })

const connected = async (id: string) => {
  const status = await gw.call<{ channelAccounts: Record<string, { connected?: boolean }[]> }>('channels.status')
  return status.channelAccounts[id]?.every((a) => a.connected === true) ?? false
}
const holes = {
  discord: [() => dc.front.blackhole(), () => dc.front.heal()],
  slack: [() => it.sockets.line.freeze(), () => it.sockets.line.thaw()],
  whatsapp: [() => wa.blackhole(true), () => wa.blackhole(false)],
} as const

async function seconds(what: string, ready: () => Promise<boolean>, limit: number) {
  const start = performance.now()
  await until(what, ready, 2 * limit)
  const ms = performance.now() - start
  if (ms > limit) process.exitCode = 1
  return `${(ms / 1000).toFixed(0)} s (<= ${limit / 1000})`
}

await Promise.all(
  Object.entries(holes).map(async ([id, [dig, fill]]) => {
    await until(`${id} connected`, () => connected(id), 30_000)
    dig()
    const seen = await seconds(`${id} lost`, async () => !(await connected(id)), toSee)
    fill()
    const back = await seconds(`${id} back`, () => connected(id), toHeal)
    console.log(`${id.padEnd(10)} seen after ${seen}, back after ${back}`)
  }),
)
