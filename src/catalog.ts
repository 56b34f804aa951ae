// Joins the lists: every section of the config, and with it the type of the whole. Only the composition root reads it.
import { z } from 'zod'
import { channelSections } from './channels/index.ts'
import { channelsOff, section, type ConfigOf } from './config/section.ts'
import { channelDefaults, sections } from './config/sections/index.ts'

/** Every section of the config. */
export const parts = [
  ...sections,
  section('channels', z.strictObject({ defaults: channelDefaults, ...channelSections }).prefault({}), channelsOff),
] as const

/** The whole config, as it is once read. */
export type Config = ConfigOf<typeof parts>
