// The list of checks of this machine, in the order they are shown; channels bring their own.
import { registry } from '../define/registry.ts'
import {
  configLegacy,
  configRejected,
  configUnknown,
  configValid,
  gatewayToken,
  oldVariables,
} from './doctor/config-checks.ts'
import {
  channelCredentials,
  gatewayPort,
  gatewayReachable,
  modelReachable,
  serviceLinger,
  serviceUnit,
  tailscaleRule,
} from './doctor/gateway-checks.ts'
import {
  approvalsReadable,
  clockSkew,
  diskSpace,
  messagesUndelivered,
  sessionsIntegrity,
  sessionsMigration,
  statePermissions,
  stateSynced,
  workspace,
} from './doctor/state-checks.ts'

export const checks = registry('check', [
  configValid,
  configLegacy,
  configUnknown,
  configRejected,
  gatewayPort,
  gatewayReachable,
  gatewayToken,
  tailscaleRule,
  statePermissions,
  stateSynced,
  channelCredentials,
  sessionsIntegrity,
  messagesUndelivered,
  sessionsMigration,
  modelReachable,
  serviceUnit,
  serviceLinger,
  workspace,
  approvalsReadable,
  diskSpace,
  clockSkew,
  oldVariables,
])
