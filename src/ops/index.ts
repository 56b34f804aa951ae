// The list of operations.
import { registry } from '../define/registry.ts'
import { agent, agentWait } from './agent.ts'
import { agentFileOps } from './agent-files.ts'
import { agentOps } from './agents.ts'
import { approvalOps } from './approvals.ts'
import { channelAboutOps } from './channel-about.ts'
import { channelAccountOps } from './channel-accounts.ts'
import { channelsStart, channelsStatus, channelsStop } from './channels.ts'
import { chatAbort, chatHistory, chatInject, chatSend } from './chat.ts'
import { commandOps } from './commands.ts'
import { configApply, configGet, configKeep, configPatch, configRevert, configSchema, configSet } from './config.ts'
import { cronPreviewOps } from './cron-preview.ts'
import { dashboardOps } from './dashboard.ts'
import { deviceOps } from './devices.ts'
import { execPolicyOps } from './exec-policy.ts'
import { doctorOps } from './doctor.ts'
import { loadOps } from './load.ts'
import { eventsResume, logsTail } from './logs.ts'
import { mediaOps } from './media.ts'
import { messagesDismiss, messagesResend, messagesUndelivered } from './messages.ts'
import { memoryOps } from './memory.ts'
import { messageActOps } from './message-acts.ts'
import { modelsList } from './models.ts'
import { nodeCallOps } from './node-calls.ts'
import { nodePairingOps } from './node-pairing.ts'
import { nodeRun } from './node-run.ts'
import { nodeOps } from './nodes.ts'
import { pairingApprove, pairingList, pairingReject } from './pairing.ts'
import { pollOps } from './polls.ts'
import { sandboxOps } from './sandbox.ts'
import { sendOps } from './send.ts'
import { sessionCopyOps } from './session-copies.ts'
import { sessionStatus } from './session-status.ts'
import { sessionsPatch } from './sessions-patch.ts'
import {
  sessionsCompact,
  sessionsDelete,
  sessionsGet,
  sessionsList,
  sessionsPreview,
  sessionsReset,
  sessionsResolve,
} from './sessions.ts'
import { toolsInvoke } from './tools-invoke.ts'
import { gatewayInfo, gatewayRestart, gatewayStop, healthOp, status } from './status.ts'
import { usageLogOps } from './usage-log.ts'
import { turnsReplay } from './replay.ts'
import { usageCaps } from './usage-caps.ts'
import { usageOps } from './usage.ts'
import { systemOps } from './system.ts'
import { talkOps } from './talk.ts'
import { ttsOps } from './tts.ts'
import { browserOps } from './browser.ts'
import { cronOps } from './cron.ts'
import { pushOps } from './push.ts'
import { hookInstallOps } from './hook-install.ts'
import { hookOps } from './hooks.ts'
import { setupCode } from './setup-code.ts'
import { skillOps } from './skills.ts'
import { updateOps } from './update.ts'
import { webLoginOps } from './web-login.ts'
import { wizardOps } from './wizard.ts'

export const ops = registry('op', [
  healthOp,
  status,
  gatewayInfo,
  gatewayStop,
  gatewayRestart,
  agent,
  agentWait,
  ...agentOps,
  ...agentFileOps,
  chatSend,
  chatHistory,
  chatAbort,
  chatInject,
  sessionsList,
  sessionsGet,
  sessionsPreview,
  sessionsPatch,
  sessionsReset,
  sessionsDelete,
  sessionsCompact,
  sessionsResolve,
  sessionStatus,
  channelsStatus,
  channelsStart,
  channelsStop,
  ...channelAccountOps,
  ...channelAboutOps,
  configGet,
  configSet,
  configPatch,
  configApply,
  configSchema,
  configKeep,
  configRevert,
  modelsList,
  logsTail,
  eventsResume,
  pairingList,
  pairingApprove,
  pairingReject,
  messagesUndelivered,
  messagesResend,
  messagesDismiss,
  toolsInvoke,
  ...approvalOps,
  ...execPolicyOps,
  ...deviceOps,
  setupCode,
  ...nodeOps,
  nodeRun,
  ...nodePairingOps,
  ...nodeCallOps,
  ...usageOps,
  usageCaps,
  turnsReplay,
  ...systemOps,
  ...talkOps,
  ...ttsOps,
  ...sandboxOps,
  ...sendOps,
  ...pollOps,
  ...messageActOps,
  ...browserOps,
  ...cronOps,
  ...pushOps,
  ...skillOps,
  ...hookOps,
  ...hookInstallOps,
  ...memoryOps,
  ...updateOps,
  ...doctorOps,
  ...webLoginOps,
  ...wizardOps,
  ...usageLogOps,
  ...sessionCopyOps,
  ...mediaOps,
  ...commandOps,
  ...loadOps,
  ...cronPreviewOps,
  ...dashboardOps,
])

export type Ops = typeof ops.all
