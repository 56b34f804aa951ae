// The Slack channel: one app per account, over a socket we open or by calls to our port.
import { defineChannel } from '../../define/channel.ts'
import { account, common, groupRule, limits, missing, target } from './account.ts'
import { scopeCheck, tokenCheck } from './check.ts'
import { setup } from './setup.ts'

/** The Slack channel. */
export const slack = defineChannel({
  id: 'slack',
  summary: 'Talks as a Slack app, in direct messages, channels and threads.',
  label: 'Slack',
  detailLabel: 'Slack Bot',
  systemImage: 'number',
  get account() {
    return account()
  },
  limits,
  idempotent: false,
  setup,
  can: [
    'direct',
    'group',
    'channel',
    'thread',
    'media',
    'buttons',
    'edit',
    'delete',
    'react',
    'read',
    'pin',
    'typing',
    'commands',
  ],
  targetHint: 'channel:<id>, user:<id>, #name or @name',
  target,
  mode: (a) => (a.mode === 'http' ? 'webhook' : 'socket'),
  path: (a) => (a.mode === 'http' ? (a.webhookPath ?? '/slack/events').replace(/^\/*/, '/') : undefined),
  checks: [tokenCheck, scopeCheck],
  env: {
    botToken: 'SLACK_BOT_TOKEN',
    appToken: 'SLACK_APP_TOKEN',
    signingSecret: 'SLACK_SIGNING_SECRET',
    userToken: 'SLACK_USER_TOKEN',
  },
  missing,
  group: groupRule,
  common,
  connect: async (ctx) => (await import('./connect.ts')).connect(ctx),
})
