// Joins the lists: every section of the config, and with it the type of the whole. Only the composition root reads it.
import { z } from 'zod'
import { channelsOff, section, type ConfigOf, type LazySection } from '../config/section.ts'
import { absentSections } from '../config/sections/absent.ts' with { type: 'macro' }

const absent: Record<string, unknown> = absentSections()

/** Every section of the config, schemas and all; for describing and checking the whole of it. */
export async function wholeParts() {
  const { sections } = await import('../config/sections/index.ts')
  return [...sections, await channelsPart()] as const
}

/** The section the channels make together. */
async function channelsPart() {
  const { channelDefaults } = await import('../config/sections/channel-defaults.ts')
  const { channelSections } = await import('../channels/index.ts')
  return section(
    'channels',
    z.strictObject({ defaults: channelDefaults, ...channelSections }).prefault({}),
    channelsOff,
  )
}

type Whole = Awaited<ReturnType<typeof wholeParts>>

/** The whole config, as it is once read. */
export type Config = ConfigOf<Whole>

const host = () => import('../config/sections/host.ts')
const session = () => import('../config/sections/session.ts')
const models = () => import('../config/sections/models.ts')
const automation = () => import('../config/sections/automation.ts')
const extend = () => import('../config/sections/extend.ts')

/** Where each section's schema is, when not in `host.ts`: a start loads only those the config file speaks of. */
const files: Readonly<Record<string, () => Promise<object>>> = {
  gateway: () => import('../config/sections/gateway.ts'),
  agents: () => import('../config/sections/agents.ts'),
  tools: () => import('../config/sections/tools.ts'),
  channels: async () => ({ channels: await channelsPart() }),
  session,
  messages: session,
  commands: session,
  models,
  auth: models,
  approvals: automation,
  cron: automation,
  hooks: automation,
  skills: extend,
  memory: extend,
  plugins: extend,
}

/** One section, loaded by itself. */
async function load(key: string): Promise<Whole[number]> {
  const file = (await (files[key] ?? host)()) as Readonly<Record<string, Whole[number]>>
  return file[key] as Whole[number]
}

/** Every section, its schema loaded when it is needed. */
export const parts: readonly LazySection[] = Object.keys(absent).map((key) => ({
  key,
  absent: absent[key],
  load: () => load(key),
}))
