// The WhatsApp channel: a device linked to a phone, or a number of the Cloud API.
import { defineChannel } from '../../define/channel.ts'
import { Fault } from '../../lib/fault.ts'
import { account, common, groupRule, limits, missing } from './account.ts'
import { cloudCheck } from './check.ts'
import { linked, rowOfFile } from './device/linked.ts'
import { target } from './jid.ts'

/** The WhatsApp channel. */
export const whatsapp = defineChannel({
  id: 'whatsapp',
  summary: 'Talks as a device linked to a WhatsApp account, or as a number of WhatsApp’s Cloud API.',
  label: 'WhatsApp',
  detailLabel: 'WhatsApp Web',
  systemImage: 'message',
  get account() {
    return account()
  },
  section: 'web',
  limits,
  idempotent: false,
  setup: [
    {
      key: 'allowFrom',
      label: 'Who may write to the account',
      help: 'Phone numbers such as +4915112345678, several separated by commas; leave it empty to pair by code.',
      optional: true,
      check: (value) =>
        value
          .split(',')
          .map((id) => id.trim())
          .every((id) => !id || id === '*' || /^\+[1-9]\d{6,14}$/.test(id))
          ? undefined
          : 'numbers are written with + and country, such as +4915112345678',
    },
  ],
  // Buttons are the Cloud API's, groups and edits a linked device's; what one lacks it says in words, or refuses.
  can: ['direct', 'group', 'media', 'voice', 'sticker', 'buttons', 'edit', 'delete', 'react', 'typing'],
  polls: { options: 12, multiple: true },
  targetHint: '+4915112345678 or a group id (…@g.us)',
  target,
  mode: (a) => (a.cloud ? 'webhook' : 'socket'),
  path: (a) => (a.cloud ? (a.cloud.webhookPath ?? '/whatsapp/webhook') : undefined),
  checks: [cloudCheck],
  missing,
  group: groupRule,
  common,
  linked: (state, a) => a.cloud !== undefined || linked(state),
  adopts: rowOfFile,
  async login(ctx, how) {
    if (ctx.account.cloud)
      throw new Fault('INVALID_REQUEST', 'this account uses the Cloud API; there is no phone to link it to')
    const { login } = await import('./device/login.ts')
    await login(ctx, how)
  },
  async logout(ctx) {
    const { logout } = await import('./device/login.ts')
    if (!ctx.account.cloud) await logout(ctx)
  },
  // Each way of connecting is loaded by who uses it: neither costs a start without WhatsApp anything.
  async connect(ctx) {
    if (ctx.account.cloud) return (await import('./cloud/connect.ts')).connectCloud(ctx)
    return (await import('./device/connect.ts')).connectDevice(ctx)
  },
})
