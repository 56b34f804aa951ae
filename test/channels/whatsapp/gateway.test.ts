// WhatsApp in a whole gateway: linked through its operations, answered by its model, called at its webhook.
import { afterEach, expect, test } from 'bun:test'
import { nextTick } from '../../../src/lib/clock.ts'
import { gateway } from '../../server/gateway.ts'
import { app } from '../../ops/app.ts'
import { fakeOpenai } from '../../fakes/openai.ts'
import { fakeCloud } from '../../fakes/whatsapp-cloud.ts'
import { fakeWhatsApp } from '../../fakes/whatsapp.ts'
import { closeAll, open } from './setup.ts'

afterEach(closeAll)

/** Looks until something is there; fails after four seconds. */
async function found<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const end = performance.now() + 4000
  for (;;) {
    const now = look()
    if (now) return now
    if (performance.now() > end) throw new Error(`waited 4 s for ${what}`)
    await nextTick()
  }
}

const everybody = { dmPolicy: 'open', allowFrom: ['*'] }

test('a device is linked, answers, and is given up again', async () => {
  const wa = await fakeWhatsApp()
  open.push(wa)
  const one = await app(JSON.stringify({ channels: { whatsapp: { webSocketUrl: wa.url, ...everybody } } }))
  open.push(one)
  const account = async () => (await one.call('channels.status')).channelAccounts.whatsapp[0]
  expect(await account()).toMatchObject({
    linked: false,
    running: false,
    lastError: expect.stringContaining('not linked'),
  })
  const shown = await one.call('web.login.start', { timeoutMs: 3000 })
  wa.scan(shown.qr)
  expect(await one.call('web.login.wait', { timeoutMs: 3000 })).toMatchObject({ connected: true })
  await found('the account', () => wa.online)
  wa.says('ann', 'hello')
  const answer = await found('an answer', () => wa.sent[0]?.message.extendedTextMessage?.text)
  expect(answer).toContain('demo')
  expect(await account()).toMatchObject({ linked: true, connected: true, mode: 'socket' })
  await one.call('channels.logout', { channel: 'whatsapp' })
  expect(wa.removed).toHaveLength(1)
  expect(await account()).toMatchObject({ linked: false, running: false })
  expect(wa.refused).toEqual([])
})

test('an owner has the agent link it: the code comes as a picture, and waiting says when it is linked', async () => {
  const wa = await fakeWhatsApp()
  open.push(wa)
  const results: string[] = []
  const model = fakeOpenai({
    reply(body) {
      const last = (body['messages'] as { role: string; content: unknown }[]).at(-1)
      if (last?.role === 'tool') results.push(String(last.content))
      const action = results.length === 0 ? 'start' : results.length === 1 ? 'wait' : undefined
      if (action === 'wait') wa.scan(String(codes.at(-1)))
      return action ? { calls: [{ name: 'whatsapp_login', input: { action, timeoutMs: 3000 } }] } : { text: 'Linked.' }
    },
  })
  open.push(model)
  const provider = {
    baseUrl: model.url,
    apiKey: 'sk-test',
    api: 'openai-completions',
    models: [{ id: 'm', name: 'm' }],
  }
  const one = await app(
    JSON.stringify({
      channels: { whatsapp: { webSocketUrl: wa.url, autoStart: false, ...everybody } },
      models: { providers: { own: provider } },
      agents: { defaults: { model: { primary: 'own/m' } } },
    }),
  )
  open.push(one)
  const codes: string[] = []
  codes.push((await one.call('web.login.start', { timeoutMs: 3000 })).qr)
  await one.call('chat.send', { sessionKey: 'main', message: 'link it', idempotencyKey: 'k1' })
  await found('the end', () => results.length === 2)
  const picture = /MEDIA: media:(\w+)/.exec(results[0] ?? '')?.[1]
  const png = Uint8Array.fromBase64((await one.call('media.get', { id: picture })).content)
  expect(await new Bun.Image(png).metadata()).toMatchObject({ format: 'png' })
  expect(results[1]).toContain('is linked')
  const account = async () => (await one.call('channels.status')).channelAccounts.whatsapp[0]
  expect(await account()).toMatchObject({
    linked: true,
    running: false,
    lastError: expect.stringContaining('not started'),
  })
  await one.call('channels.start', { channel: 'whatsapp' })
  await found('the account', () => wa.online)
  expect(await account()).toMatchObject({ running: true })
})

test('the Cloud API calls the gateway at its path, and only signed calls are heard', async () => {
  const wa = await fakeCloud()
  open.push(wa)
  const g = await gateway({
    reply: () => 'We open at nine.',
    more: { channels: { whatsapp: { ...wa.account, ...everybody } } },
  })
  open.push(g)
  const bring = async ({ headers, body }: Request) =>
    fetch(`${g.url}/whatsapp/webhook`, { method: 'POST', headers, body: await new Response(body).arrayBuffer() })
  wa.listen(bring)
  wa.says('ann', 'when do you open?')
  const answer = await found('an answer', () => wa.sent[0])
  expect(answer).toMatchObject({ to: wa.numberOf('ann'), content: { body: 'We open at nine.' } })
  const forged = await bring(wa.request(wa.notification(wa.message('eve', 'let me in')), 'sha256=0'))
  expect(forged.status).toBe(401)
  const asked = await fetch(
    `${g.url}/whatsapp/webhook?hub.mode=subscribe&hub.verify_token=say%20friend&hub.challenge=7`,
  )
  expect([asked.status, await asked.text()]).toEqual([200, '7'])
  wa.says('ann', 'thanks')
  await found('another answer', () => wa.sent[1])
  expect(wa.sent.map((s) => s.to)).toEqual([wa.numberOf('ann'), wa.numberOf('ann')])
})

test('a call that comes while the account is not connected is told to come again', async () => {
  const wa = await fakeCloud()
  open.push(wa)
  const { account } = wa
  await wa.down()
  const g = await gateway({ reply: () => 'never', more: { channels: { whatsapp: { ...account, ...everybody } } } })
  open.push(g)
  const { headers, body } = wa.request(wa.notification(wa.message('ann', 'hello')))
  const answer = await fetch(`${g.url}/whatsapp/webhook`, { method: 'POST', headers, body })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
})
