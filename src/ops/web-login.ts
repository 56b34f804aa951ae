// Linking a channel by a person's phone, with a QR code on the screen or a code to type.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import type { LoginStep } from '../define/channel.ts'
import { qrPicture } from './qr-picture.ts'
import type { LoginState, Services } from './services.ts'

const common = {
  timeoutMs: z.number().int().min(0).optional().describe('how long it may take, in ms'),
  accountId: z.string().optional().describe('the account'),
  channel: z.string().default('whatsapp').describe('the channel'),
}

const shown = (step: LoginStep | undefined) => ({
  ...(step?.kind === 'qr' ? { qrDataUrl: qrPicture(step.text), qr: step.text } : {}),
  ...(step?.kind === 'code' ? { code: step.code } : {}),
})

/** A channel as people call it. */
const labelOf = (channels: Services['channels'], id: string): string =>
  channels.definitions.find((c) => c.id === id)?.label ?? id

const words = (state: LoginState, channel: string) => {
  if (state.already) return `${channel} is linked already; force links it anew.`
  if (state.linked) return `${channel} is linked.`
  if (state.error !== undefined) return state.error
  if (state.step?.kind === 'code')
    return `Open ${channel} on your phone, Linked devices, Link with phone number, and type ${state.step.code}.`
  if (state.step?.kind === 'note') return state.step.text
  return state.step
    ? `Scan this code in ${channel}: Settings, Linked devices, Link a device.`
    : 'Still waiting for the code; ask again in a moment.'
}

const start = defineOp({
  id: 'web.login.start',
  summary: 'Shows a QR code that links a channel.',
  scope: 'admin',
  params: z.strictObject({
    ...common,
    force: z.boolean().optional().describe('even when it is linked: the old link is given up'),
    verbose: z.boolean().optional().describe('kept for older clients'),
    phone: z.string().optional().describe('your number (+49…): shows a code to type instead of a QR code'),
  }),
  result: z.object({
    qrDataUrl: z.string().optional(),
    qr: z.string().optional(),
    code: z.string().optional(),
    connected: z.boolean(),
    message: z.string(),
  }),
  examples: [{ params: {}, note: 'a channel linked by a phone' }],
  handler: async ({ params: p }, { channels }: Pick<Services, 'channels'>) => {
    const state = await channels.login(p.channel, p.accountId, {
      begin: true,
      force: p.force ?? false,
      waitMs: p.timeoutMs ?? 30_000,
      until: 'step',
      ...(p.phone === undefined ? {} : { phone: p.phone }),
    })
    if (state.error !== undefined) throw new Fault('UNAVAILABLE', state.error)
    return { ...shown(state.step), connected: state.linked, message: words(state, labelOf(channels, p.channel)) }
  },
})

const wait = defineOp({
  id: 'web.login.wait',
  summary: 'Waits until a channel is linked by its QR code, or a newer code is there.',
  scope: 'admin',
  params: z.strictObject({
    ...common,
    qr: z.string().optional().describe('the code that is shown; a newer one ends the wait'),
  }),
  result: z.object({
    connected: z.boolean(),
    message: z.string(),
    done: z.boolean(),
    qrDataUrl: z.string().optional(),
    qr: z.string().optional(),
    code: z.string().optional(),
  }),
  examples: [{ params: {}, note: 'a channel linked by a phone' }],
  handler: async ({ params: p }, { channels }: Pick<Services, 'channels'>) => {
    const state = await channels.login(p.channel, p.accountId, {
      begin: false,
      force: false,
      waitMs: p.timeoutMs ?? 120_000,
      until: 'end',
      ...(p.qr === undefined ? {} : { seen: JSON.stringify({ kind: 'qr', text: p.qr }) }),
    })
    return {
      ...shown(state.done ? undefined : state.step),
      connected: state.linked,
      done: state.done,
      message: words(state, labelOf(channels, p.channel)),
    }
  },
})

const logout = defineOp({
  id: 'channels.logout',
  summary: 'Gives up the link of an account, or switches one off that has a token; the token stays in the config.',
  scope: 'admin',
  params: z.strictObject({
    channel: z.string().min(1).describe('the channel, such as whatsapp'),
    accountId: z.string().optional().describe('the account'),
  }),
  result: z.object({ channel: z.string(), accountId: z.string(), cleared: z.boolean(), loggedOut: z.boolean() }),
  cli: {
    path: 'channels logout',
    args: ['channel'],
    also: { accountId: ['account'] },
    print: (r) => `${r.channel} ${r.accountId} is ${r.cleared ? 'no longer linked' : 'off'}.`,
  },
  examples: [{ params: { channel: 'telegram' } }],
  handler: async ({ params: p, caller }, { channels, config }: Pick<Services, 'channels' | 'config'>) => {
    const accounts = channels.status().filter((a) => a.channel === p.channel)
    const account = accounts.find((a) => a.accountId === (p.accountId ?? accounts[0]?.accountId))
    if (!account) throw new Fault('INVALID_REQUEST', 'invalid channels.logout channel')
    const told = { channel: account.channel, accountId: account.accountId, loggedOut: true }
    if (channels.definitions.find((d) => d.id === account.channel)?.logout) {
      await channels.logout(account.channel, account.accountId)
      return { ...told, cleared: true }
    }
    await channels.stop(account.channel, account.accountId)
    const own = getPath((await config.snapshot()).parsed, ['channels', account.channel, 'accounts', account.accountId])
    const path = ['channels', account.channel, ...(own === undefined ? [] : ['accounts', account.accountId]), 'enabled']
    await config.change(
      { kind: 'set', path: path.map((segment) => `["${segment}"]`).join(''), value: false },
      { needsHash: false, who: caller.id },
    )
    return { ...told, cleared: false }
  },
})

export const webLoginOps = [start, wait, logout] as const
