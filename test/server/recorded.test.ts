// Answers have the shape recorded from OpenClaw 2026.2.19, so that its clients find what they look for.
import { expect, test } from 'bun:test'
import { device } from './client.ts'
import { gateway, token } from './fixture.ts'
import recorded from './frames/methods.json'
import { differences } from './shape.ts'

/** The methods OpenClaw 2026.2.19 advertises, and those it answers without saying so. */
const advertised = `
  health logs.tail channels.status channels.logout status usage.status usage.cost tts.status tts.providers
  tts.enable tts.disable tts.convert tts.setProvider config.get config.set config.apply config.patch config.schema
  exec.approvals.get exec.approvals.set exec.approvals.node.get exec.approvals.node.set exec.approval.request
  exec.approval.waitDecision exec.approval.resolve wizard.start wizard.next wizard.cancel wizard.status
  talk.config talk.mode models.list agents.list agents.create agents.update agents.delete agents.files.list
  agents.files.get agents.files.set skills.status skills.bins skills.install skills.update update.run
  voicewake.get voicewake.set sessions.list sessions.preview sessions.patch sessions.reset sessions.delete
  sessions.compact last-heartbeat set-heartbeats wake node.pair.request node.pair.list node.pair.approve
  node.pair.reject node.pair.verify device.pair.list device.pair.approve device.pair.reject device.pair.remove
  device.token.rotate device.token.revoke node.rename node.list node.describe node.invoke node.invoke.result
  node.event cron.list cron.status cron.add cron.update cron.remove cron.run cron.runs system-presence system-event send agent agent.identity.get agent.wait browser.request chat.history chat.abort chat.send`
const silent = `
  sessions.resolve sessions.usage sessions.usage.timeseries sessions.usage.logs chat.inject poll push.test
  web.login.start web.login.wait`
const words = (text: string) => text.trim().split(/\s+/)

async function signed(g: ReturnType<typeof gateway>) {
  const c = await g.open()
  return Object.assign(c, { hello: await c.connect({ device: device(), token }) })
}

test('every method of the original is there, and tells so', async () => {
  await using g = gateway()
  const c = await signed(g)
  const { methods } = c.hello.payload.features
  expect(words(advertised)).toHaveLength(89)
  expect([...words(advertised), ...words(silent)].filter((m) => !methods.includes(m))).toEqual([])
})

/** What this gateway has no counterpart of: paths of several stores, and voices that are not there. */
const ours = new Set(['tts.providers.providers[0].voices'])

test('answers have what was recorded of the original', async () => {
  await using g = gateway()
  const c = await signed(g)
  const wrong: string[] = []
  for (const { method, params, payload, error } of recorded) {
    const answer = await c.call(method, params)
    const at = `${method} ${JSON.stringify(params)}`
    if (error) {
      const same = answer.error?.code === error.code && String(answer.error?.message).startsWith(error.message)
      if (!same) wrong.push(`${at}: ${JSON.stringify(answer.error ?? answer.payload)} instead of ${error.message}`)
      if (error.details) expect(answer.error.details).toEqual(error.details)
    } else if (!answer.ok) wrong.push(`${at}: ${answer.error.message}`)
    else wrong.push(...differences(payload, answer.payload, method).filter((d) => !ours.has(d.split(' ')[0] ?? '')))
  }
  expect(wrong).toEqual([])
})
