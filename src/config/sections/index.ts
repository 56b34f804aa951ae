// The list of all sections but `channels`, which the channels themselves bring.
import { agents } from './agents.ts'
import { approvals, cron, hooks } from './automation.ts'
import { memory, plugins, skills } from './extend.ts'
import { gateway } from './gateway.ts'
import * as host from './host.ts'
import { auth, models } from './models.ts'
import { commands, messages, session } from './session.ts'
import { tools } from './tools.ts'

export const sections = [
  gateway,
  agents,
  session,
  messages,
  commands,
  models,
  auth,
  tools,
  approvals,
  cron,
  hooks,
  skills,
  memory,
  plugins,
  host.logging,
  host.discovery,
  host.env,
  host.meta,
  host.wizard,
  host.ui,
  host.update,
  host.browser,
  host.canvasHost,
  host.nodeHost,
  host.talk,
  host.web,
  host.audio,
  host.media,
  host.broadcast,
  host.bindings,
  host.diagnostics,
] as const
