// The list of commands that are more than one operation.
import type { Command } from '../context.ts'
import { actCommands } from '../browser/act.ts'
import { lookCommands } from '../browser/look.ts'
import { manageCommands } from '../browser/manage.ts'
import { stateCommands } from '../browser/state.ts'
import { agentCommand } from './agent.ts'
import { bugBundleCommand } from './bug-bundle.ts'
import { agentCommands } from './agents.ts'
import { approvalCommands } from './approvals.ts'
import { channelLogin } from './channel-login.ts'
import { configFile, configGet, configReset, configSet, configUnset, configValidate } from './config.ts'
import { completionCommand } from './completion.ts'
import { cronAdd, cronDisable, cronEdit, cronEnable, cronRun } from './cron.ts'
import { dashboardCommand } from './dashboard.ts'
import { devicesApprove, devicesClear } from './devices.ts'
import { hooksInstall } from './hooks.ts'
import { heartbeatDisable, heartbeatEnable } from './heartbeat.ts'
import { docsCommand } from './docs.ts'
import { doctorCommand } from './doctor.ts'
import { gatewayCall, gatewayRun, gatewayStatus } from './gateway.ts'
import { importCommand } from './import.ts'
import { logsCommand } from './logs.ts'
import {
  backupCreate,
  backupRestore,
  backupVerify,
  resetCommand,
  uninstallCommand,
  updateCommand,
  updateStatus,
  updateWizard,
} from './machine.ts'
import { nodeInstall, nodeRestart, nodeRun, nodeStart, nodeStatus, nodeStop, nodeUninstall } from './node.ts'
import { nodesRun } from './node-run.ts'
import { nodeActCommands } from './nodes.ts'
import { qrCommand } from './qr.ts'
import { messageActions, messageBroadcast, messagePoll, messageSend, threadReply } from './message.ts'
import { loginCommands } from './logins.ts'
import { modelsScan } from './model-scan.ts'
import { modelsList, modelsStatus } from './model-status.ts'
import { modelCommands } from './models.ts'
import { tuiCommand } from './tui.ts'
import { securityAudit } from './security.ts'
import { gatewayInstall, gatewayRestart, gatewayStart, gatewayStop, gatewayUninstall } from './service.ts'
import { dnsSetup, gatewayDiscover, gatewayProbe } from './find.ts'
import { statusCommand } from './status.ts'
import { configCommand, configureCommand, onboardCommand, setupCommand } from './setup.ts'

export const commands: readonly Command[] = [
  gatewayRun,
  gatewayStatus,
  gatewayCall,
  gatewayDiscover,
  gatewayProbe,
  dnsSetup,
  statusCommand,
  gatewayInstall,
  gatewayUninstall,
  gatewayStart,
  gatewayStop,
  gatewayRestart,
  configGet,
  configSet,
  configUnset,
  configValidate,
  configFile,
  configReset,
  channelLogin,
  cronAdd,
  cronEdit,
  cronRun,
  cronEnable,
  heartbeatEnable,
  heartbeatDisable,
  cronDisable,
  ...agentCommands,
  ...approvalCommands,
  modelsList,
  modelsStatus,
  modelsScan,
  ...modelCommands,
  ...loginCommands,
  messageSend,
  messagePoll,
  threadReply,
  messageBroadcast,
  ...messageActions,
  logsCommand,
  dashboardCommand,
  docsCommand,
  onboardCommand,
  configureCommand,
  configCommand,
  setupCommand,
  importCommand,
  backupCreate,
  backupVerify,
  backupRestore,
  resetCommand,
  uninstallCommand,
  updateCommand,
  updateStatus,
  updateWizard,
  completionCommand,
  doctorCommand,
  securityAudit,
  agentCommand,
  nodeRun,
  nodeInstall,
  nodeStatus,
  nodeUninstall,
  nodeStart,
  nodeStop,
  nodeRestart,
  ...nodeActCommands,
  nodesRun,
  devicesApprove,
  devicesClear,
  qrCommand,
  hooksInstall,
  bugBundleCommand,
  tuiCommand,
  ...manageCommands,
  ...lookCommands,
  ...actCommands,
  ...stateCommands,
]
