// The channels there are, and their part of the config.
import type { z } from 'zod'
import { accountSection } from '../define/accounts.ts'
import { registry } from '../define/registry.ts'
import { discord } from './discord/index.ts'
import { slack } from './slack/index.ts'
import { telegram } from './telegram/index.ts'
import { whatsapp } from './whatsapp/index.ts'

/** All channels. */
export const channels = registry('channel', [telegram, discord, slack, whatsapp])

/** The fields of the config's `channels` section, one per channel; each is made when it is asked for. */
export const channelSections = {
  get telegram() {
    return accountSection(telegram).optional().describe('Telegram')
  },
  get discord() {
    return accountSection(discord).optional().describe('Discord')
  },
  get slack() {
    return accountSection(slack).optional().describe('Slack')
  },
  get whatsapp() {
    return accountSection(whatsapp).optional().describe('WhatsApp')
  },
} satisfies Record<(typeof channels.ids)[number], z.ZodType>
