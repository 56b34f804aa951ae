// Two people, one of them approved, in a direct chat and a group of every platform: nothing of the other reaches a session.
import { afterEach, expect, test } from 'bun:test'
import { proto } from 'baileys'
import { loadBaileys } from '../../src/channels/whatsapp/device/baileys.ts'
import { nextTick } from '../../src/lib/clock.ts'
import { fakeDiscord } from '../fakes/discord.ts'
import { fakeOpenai } from '../fakes/openai.ts'
import { fakeSlack } from '../fakes/slack.ts'
import { fakeTelegram } from '../fakes/telegram.ts'
import { fakeWhatsApp } from '../fakes/whatsapp.ts'
import { app } from '../ops/app.ts'

const open: AsyncDisposable[] = []
const keep = <T extends AsyncDisposable>(one: T): T => {
  open.push(one)
  return one
}

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

/** A platform as the two live on it: `writes` says words, `acts` edits, reacts and pins. */
interface Stage {
  readonly config: object
  writes(who: string, where: 'direct' | 'group', text: string): void
  acts(who: string, where: 'direct' | 'group', text: string): void
}

async function telegram(): Promise<Stage> {
  const tg = keep(await fakeTelegram())
  const group = tg.group(-100500)
  const chatOf = (who: string, where: string) => (where === 'group' ? group : tg.chat(who))
  const ann = tg.user('ann').id
  return {
    config: {
      botToken: tg.token,
      apiRoot: tg.url,
      allowFrom: [ann],
      groupAllowFrom: [ann],
      groups: { '-100500': { requireMention: false } },
      reactionNotifications: 'all',
    },
    writes: (who, where, text) => void chatOf(who, where).user(who).says(text),
    acts(who, where, text) {
      const { chat } = chatOf(who, where)
      const from = tg.world(who)
      const message = { message_id: 1, date: 1_790_000_001, chat, from, text }
      tg.push({ edited_message: { ...message, edit_date: 1_790_000_002 } } as never)
      const emoji = [{ type: 'emoji', emoji: '🔥' }]
      const reaction = { chat, message_id: 1, user: from, date: 1_790_000_003, old_reaction: [], new_reaction: emoji }
      tg.push({ message_reaction: reaction } as never)
      tg.push({ message: { message_id: 900, date: 1_790_000_004, chat, from, pinned_message: message } } as never)
    },
  }
}

async function discord(): Promise<Stage> {
  const dc = keep(await fakeDiscord())
  const general = dc.channel('Home', 'general')
  const chatOf = (who: string, where: string) => (where === 'group' ? general : dc.direct(who))
  const ann = dc.world.user('ann').id
  const old = dc.world.write(general, dc.me, 'words of the bot')
  return {
    config: {
      token: dc.token,
      apiRoot: dc.url,
      allowFrom: [ann],
      guilds: { [general.guild_id ?? '']: { requireMention: false, users: [ann], reactionNotifications: 'all' } },
    },
    writes: (who, where, text) => void dc.says(chatOf(who, where), who, text),
    acts(who, where, text) {
      const at = chatOf(who, where)
      const said = dc.world.write(at, dc.world.user('other'), 'words')
      const changed = { ...dc.world.shown(said), author: dc.world.user(who), content: text, edited_timestamp: 'now' }
      dc.gateway.tell('MESSAGE_UPDATE', changed, at.guild_id)
      if (where === 'group') dc.react(at, who, old, '🔥')
    },
  }
}

async function slack(): Promise<Stage> {
  const it = keep(await fakeSlack())
  const people = (who: string) => it.user(who).id
  const general = it.open('channel', 'C0GENERAL1', 'general', [it.me.user, people('ann'), people('mallory')])
  const chatOf = (who: string, where: string) => (where === 'group' ? general : it.direct(who))
  return {
    config: {
      botToken: it.tokens.bot,
      appToken: it.tokens.app,
      apiRoot: it.url,
      allowFrom: [people('ann')],
      channels: { [general.id]: { requireMention: false, users: [people('ann')] } },
      reactionNotifications: 'all',
    },
    writes: (who, where, text) => void it.write(chatOf(who, where), people(who), text),
    acts(who, where, text) {
      const chat = chatOf(who, where)
      const user = people(who)
      const before = { type: 'message', user, text: 'words', ts: '1790000400.000100' }
      const message = { ...before, text, edited: { user, ts: '1790000401.000000' } }
      const about = { channel: chat.id, channel_type: where === 'group' ? 'channel' : 'im', ts: '1790000402.000100' }
      it.tell({
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        ...about,
        message,
        previous_message: before,
      })
      const item = { type: 'message', channel: chat.id, ts: before.ts }
      it.tell({ type: 'reaction_added', user, reaction: 'fire', item, item_user: user, event_ts: '1790000403.000100' })
      it.tell({
        type: 'pin_added',
        user,
        channel_id: chat.id,
        item: { ...item, message },
        event_ts: '1790000404.000100',
      })
    },
  }
}

async function whatsapp(): Promise<Stage & { scan(code: string): void }> {
  await loadBaileys() // which quietens the libraries the fake is made of
  const wa = keep(await fakeWhatsApp())
  const ann = `+${wa.user('ann').number}`
  const { id } = wa.group('120363000000000001@g.us', 'Group', ['ann', 'mallory'])
  const inGroup = (where: string) => (where === 'group' ? { group: id } : {})
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT
  const pinned = proto.Message.PinInChatMessage.Type.PIN_FOR_ALL
  return {
    config: {
      webSocketUrl: wa.url,
      allowFrom: [ann],
      groupAllowFrom: [ann],
      groups: { '*': { requireMention: false } },
    },
    scan: (code) => wa.scan(code),
    writes: (who, where, text) => void wa.says(who, text, inGroup(where)),
    acts(who, where, text) {
      wa.says(who, { reactionMessage: { key: { id: 'X', fromMe: true }, text: '🔥' } }, inGroup(where))
      wa.says(
        who,
        { protocolMessage: { key: { id: 'Y' }, type, editedMessage: { conversation: text } } },
        inGroup(where),
      )
      wa.says(who, { pinInChatMessage: { key: { id: text }, type: pinned } }, inGroup(where))
    },
  }
}

/** Looks until something is so; fails after eight seconds. */
async function until(what: string, look: () => boolean | Promise<boolean>) {
  const end = performance.now() + 8000
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`waited 8 s for ${what}`)
    await nextTick()
  }
}

test('SEC-21: what an unapproved person says, edits, reacts to or pins reaches no session', async () => {
  const model = keep(fakeOpenai({ reply: () => 'fine' }))
  const phone = await whatsapp()
  const stages = { telegram: await telegram(), discord: await discord(), slack: await slack(), whatsapp: phone }
  const channels = Object.fromEntries(Object.entries(stages).map(([id, s]) => [id, s.config]))
  const fake = { baseUrl: model.url, apiKey: 'sk-test', api: 'openai-completions', models: [{ id: 'm', name: 'm' }] }
  const agents = { defaults: { model: { primary: 'fake/m' } } }
  const session = { dmScope: 'per-channel-peer' }
  const one = keep(await app(JSON.stringify({ channels, agents, session, models: { providers: { fake } } })))
  phone.scan((await one.call('web.login.start', { timeoutMs: 3000 })).qr)
  await one.call('web.login.wait', { timeoutMs: 3000 })
  await until('all accounts', async () => {
    const { list } = (await one.call('channels.status')) as { list: { channel: string; connected: boolean }[] }
    return list.filter((a) => a.channel !== 'webchat').every((a) => a.connected)
  })
  const asked = () => JSON.stringify(model.requests.map((r) => r.body))
  for (const [id, stage] of Object.entries(stages))
    for (const where of ['direct', 'group'] as const) {
      stage.writes('mallory', where, `CANARY said ${id} ${where}`)
      stage.acts('mallory', where, `CANARY changed ${id} ${where}`)
      stage.acts('ann', where, `by ann, ${id} ${where}`)
      stage.writes('ann', where, `hello from ${id} ${where}`)
      await until(`ann to be heard in a ${where} of ${id}`, () => asked().includes(`hello from ${id} ${where}`))
      // Once more: notes of what happened are shown with the next message.
      stage.writes('ann', where, `again from ${id} ${where}`)
      await until(`ann to be heard again in a ${where} of ${id}`, () => asked().includes(`again from ${id} ${where}`))
    }
  expect(asked()).not.toContain('CANARY')
  expect(asked().toLowerCase()).not.toContain('mallory')
  for (const id of Object.keys(stages)) {
    const of = (r: { body: unknown }) => JSON.stringify(r.body)
    const mine = model.requests.map(of).filter((body) => body.includes(`from ${id} group`))
    expect({ id, told: mine.some((body) => /reaction added: 🔥 by ann/.test(body)) }).toEqual({ id, told: true })
  }
}, 60_000)
