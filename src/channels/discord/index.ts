// The Discord channel: one bot per account, heard by its gateway and answered by its REST API.
import { defineChannel } from '../../define/channel.ts'
import { account, common, limits, missing, target } from './account.ts'
import { accessCheck, openCheck } from './check.ts'
import { groupRule } from './rules.ts'

/** The Discord channel. */
export const discord = defineChannel({
  id: 'discord',
  summary: 'Talks as a Discord bot, in direct messages, servers, threads and slash commands.',
  label: 'Discord',
  detailLabel: 'Discord Bot',
  systemImage: 'bubble.left.and.bubble.right',
  get account() {
    return account()
  },
  limits,
  idempotent: true,
  setup: [
    {
      key: 'token',
      label: 'Bot token',
      help: 'Make an application at discord.com/developers, switch on Message Content Intent under Bot, press Reset Token.',
      secret: true,
      check: (value) =>
        /^(Bot\s+)?[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}$/.test(value.trim())
          ? undefined
          : 'a bot token is three parts joined by dots, about 70 letters; it is not the client secret or the public key',
    },
    {
      key: 'allowFrom',
      label: 'Who may write to the bot',
      help: 'Your numeric Discord id (Developer Mode, Copy User ID), several separated by commas; empty to pair by code.',
      optional: true,
      check: (value) =>
        value
          .split(',')
          .map((id) => id.trim())
          .every((id) => !id || /^(user:)?\d{5,20}$/.test(id) || id === '*')
          ? undefined
          : 'ids are numbers such as 123456789012345678; Discord shows them in Developer Mode',
    },
  ],
  can: [
    'direct',
    'group',
    'channel',
    'thread',
    'media',
    'voice',
    'sticker',
    'buttons',
    'components',
    'edit',
    'delete',
    'react',
    'read',
    'pin',
    'typing',
    'commands',
  ],
  polls: { options: 10, multiple: true, minOpenMs: 3_600_000, maxOpenMs: 768 * 3_600_000 },
  targetHint: 'user:<id> or channel:<id>',
  target,
  mode: () => 'socket',
  checks: [accessCheck, openCheck],
  env: { token: 'DISCORD_BOT_TOKEN' },
  missing,
  group: groupRule,
  common,
  connect: async (ctx) => (await import('./connect.ts')).connect(ctx),
})
