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

/** The fields of the config's `channels` section, one per channel. */
export const channelSections = {
  telegram: accountSection(telegram).optional().describe('Telegram'),
  discord: accountSection(discord).optional().describe('Discord'),
  slack: accountSection(slack).optional().describe('Slack'),
  whatsapp: accountSection(whatsapp).optional().describe('WhatsApp'),
} satisfies Record<(typeof channels.ids)[number], z.ZodType>
