// People who speak through PluralKit: heard as who they are, where the account wants that.
import { afterEach, expect, test } from 'bun:test'
import { discord } from '../../../src/channels/discord/index.ts'
import { bot } from './rig.ts'

const token = 'pk-token-of-the-test'
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

/** PluralKit's API: knows some messages, wants its token, and may be down for a while. */
function fakePluralkit() {
  const members = new Map<string, object>()
  const it = { members, asked: 0, down: 0, url: '' }
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      it.asked++
      const id = /^\/v2\/messages\/(\d+)$/.exec(new URL(request.url).pathname)?.[1]
      if (it.down-- > 0) return new Response('try later', { status: 503 })
      if (request.headers.get('authorization') !== token) return new Response('401', { status: 401 })
      const member = members.get(id ?? '')
      return member ? Response.json({ id, member }) : Response.json({ code: 20006 }, { status: 404 })
    },
  })
  it.url = `http://127.0.0.1:${server.port}/v2`
  stops.push(() => server.stop(true))
  return it
}

test('a proxied message is its author’s, another webhook’s stays a bot’s', async () => {
  const pk = fakePluralkit()
  const pluralkit = { enabled: true, token, apiRoot: pk.url }
  const { dc, going } = await bot({ pluralkit }, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  const webhook = { webhook_id: '81384788765712384' }
  pk.down = 1
  const say = (text: string, member?: object) => {
    const said = dc.says(general, 'Proxy', text, webhook)
    if (member) pk.members.set(said.id, member)
    return said
  }
  say('hello from Rin', { id: 'abcde', name: 'rin', display_name: 'Rin' })
  say('build 7 is green')
  dc.says(general, 'Ann', 'and me')
  await going.until('the messages', () => going.received.length === 2)
  expect(going.received.map((m) => [m.from, m.text])).toMatchObject([
    [{ id: 'pk:abcde', name: 'Rin' }, 'hello from Rin'],
    [{ name: 'Ann' }, 'and me'],
  ])
  expect(pk.asked).toBe(3)
})

test('nobody asks PluralKit where the account does not want it', async () => {
  const pk = fakePluralkit()
  const { dc, going } = await bot({ pluralkit: { apiRoot: pk.url } }, (dc) => void dc.channel('Home', 'general'))
  const general = dc.channel('Home', 'general')
  dc.says(general, 'Proxy', 'hidden', { webhook_id: '81384788765712384' })
  dc.says(general, 'Ann', 'seen')
  await going.until('the message', () => going.received.length === 1)
  expect([pk.asked, going.received[0]?.text]).toEqual([0, 'seen'])
})

test('a member is named in lists of people', () => {
  const account = discord.account.parse({ token: 't', allowFrom: ['pk:abcde'] })
  expect(discord.common?.(account, 'config').allowFrom).toEqual(['pk:abcde'])
})
