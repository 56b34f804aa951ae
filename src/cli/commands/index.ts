// The list of commands that are more than one operation.
import type { Command } from '../context.ts'
import { agentCommand } from './agent.ts'
import { channelLogin } from './channel-login.ts'
import { configFile, configGet, configReset, configSet, configUnset, configValidate } from './config.ts'
import { cronAdd, cronDisable, cronEdit, cronEnable } from './cron.ts'
import { dashboardCommand } from './dashboard.ts'
import { docsCommand } from './docs.ts'
import { gatewayCall, gatewayRun, gatewayStatus } from './gateway.ts'
import { logsCommand } from './logs.ts'

export const commands: readonly Command[] = [
  gatewayRun,
  gatewayStatus,
  gatewayCall,
  configGet,
  configSet,
  configUnset,
  configValidate,
  configFile,
  configReset,
  channelLogin,
  cronAdd,
  cronEdit,
  cronEnable,
  cronDisable,
  logsCommand,
  dashboardCommand,
  docsCommand,
  agentCommand,
]
