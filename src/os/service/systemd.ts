// Units for systemd: https://www.freedesktop.org/software/systemd/man/systemd.service.html
import { join } from 'node:path'
import { serviceTitle, unitName, type ServicePlan } from './plan.ts'

/** A word of a unit file: `%` and, on command lines, `$` mean something there. */
const word = (text: string, dollar: boolean) => {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')
  return /^[\w@+=:,./%-]+$/.test(safe) ? safe : `"${dollar ? safe.replaceAll('$', '$$$$') : safe}"`
}

const command = (argv: readonly string[]) => argv.map((a) => word(a, true)).join(' ')

const variables = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).map(([k, v]) => `Environment=${word(`${k}=${v}`, false)}`)

/** What both kinds of unit say of the process: it tells when it is ready and that it lives, and comes back by itself. */
const running = (argv: readonly string[]) => [
  'Type=notify',
  'NotifyAccess=all',
  `ExecStart=${command(argv)}`,
  'Restart=always',
  'RestartSec=5',
  'TimeoutStartSec=90',
  'TimeoutStopSec=30',
  'WatchdogSec=60',
  'KillMode=mixed',
  'UMask=0077',
]

const sections = (unit: readonly string[], service: readonly string[], target: string) =>
  [
    '[Unit]',
    ...unit,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    ...service,
    '',
    '[Install]',
    `WantedBy=${target}`,
    '',
  ].join('\n')

/** The unit of one user's own service manager. */
export function userUnit(plan: ServicePlan): string {
  return sections(
    [`Description=${serviceTitle(plan)}`, 'After=network-online.target', 'Wants=network-online.target'],
    [...running(plan.argv), ...variables({ ...plan.env, OPENCLAW_SYSTEMD_UNIT: `${unitName(plan)}.service` })],
    'default.target',
  )
}

/** The unit of the whole machine: the gateway as a user of its own, its state and its token where they belong. */
export function systemUnit(p: {
  readonly argv: readonly string[]
  readonly user: string
  readonly stateDir: string
  readonly tokenFile: string
}): string {
  return sections(
    ['Description=OpenClaw Gateway', 'After=network-online.target', 'Wants=network-online.target'],
    [
      ...running(p.argv),
      `User=${p.user}`,
      ...variables({ OPENCLAW_STATE_DIR: p.stateDir, OPENCLAW_GATEWAY_TOKEN_FILE: p.tokenFile }),
      'NoNewPrivileges=yes',
      'PrivateTmp=yes',
      'ProtectSystem=full',
    ],
    'multi-user.target',
  )
}

/** Where a user's own unit is kept. */
export const userUnitPath = (plan: Pick<ServicePlan, 'home' | 'profile' | 'kind'>): string =>
  join(plan.home, '.config', 'systemd', 'user', `${unitName(plan)}.service`)

/** Where the machine's unit is kept. */
export const systemUnitPath = '/etc/systemd/system/openclaw-gateway.service'
