// The same service for launchd (macOS) and for the task scheduler of Windows.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { olderLabel, unitName, type ServicePlan } from './plan.ts'

const xml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const string = (text: string) => `<string>${xml(text)}</string>`

/** The agent's property list: https://www.manpagez.com/man/5/launchd.plist/ */
export function plist(plan: ServicePlan): string {
  const entry = (key: string, value: string) => `  <key>${key}</key>\n  ${value}`
  const env = Object.entries(plan.env).map(([k, v]) => `    <key>${xml(k)}</key>\n    ${string(v)}`)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    entry('Label', string(unitName(plan))),
    entry('ProgramArguments', `<array>\n${plan.argv.map((a) => `    ${string(a)}`).join('\n')}\n  </array>`),
    entry('EnvironmentVariables', `<dict>\n${env.join('\n')}\n  </dict>`),
    entry('RunAtLoad', '<true/>'),
    entry('KeepAlive', '<dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>'), // who stops it means it
    entry('ThrottleInterval', '<integer>5</integer>'),
    entry('ExitTimeOut', '<integer>30</integer>'),
    entry('Umask', '<integer>63</integer>'),
    entry('StandardOutPath', string('/dev/null')), // the gateway writes its own log, with rotation
    entry('StandardErrorPath', string(join(plan.logsDir, `${plan.kind}.err.log`))),
    '</dict>',
    '</plist>',
    '',
  ].join('\n')
}

/** What of a plan names its agent. */
type AgentName = Pick<ServicePlan, 'home' | 'profile' | 'kind'>

const inAgents = (home: string, label: string) => join(home, 'Library', 'LaunchAgents', `${label}.plist`)

/** Where the property list is kept. */
export const plistPath = (plan: AgentName): string => inAgents(plan.home, unitName(plan))

/** Where the original and older versions keep it. */
export const olderPlistPath = (plan: AgentName): string => inAgents(plan.home, olderLabel(plan))

/** The agent as it is installed, also by an older version: its file, its label, and whether a stop lasts. */
export function agentOf(plan: AgentName): {
  readonly path: string
  readonly label: string
  readonly staysStopped: boolean
} {
  const [now, older] = [plistPath(plan), olderPlistPath(plan)]
  const path = !existsSync(now) && existsSync(older) ? older : now
  const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const said = text === undefined ? undefined : /<key>Label<\/key>\s*<string>([^<]*)<\/string>/.exec(text)?.[1]
  return { path, label: said ?? unitName(plan), staysStopped: text?.includes('SuccessfulExit') !== false }
}

/** The script the scheduled task runs at logon. */
export function taskScript(plan: ServicePlan): string {
  const quoted = (text: string) => `"${text.replaceAll('%', '%%')}"`
  return [
    '@echo off',
    ...Object.entries(plan.env)
      .filter(([k]) => k !== 'PATH' && k !== 'HOME')
      .map(([k, v]) => `set ${quoted(`${k}=${v}`)}`),
    plan.argv.map(quoted).join(' '),
    '',
  ].join('\r\n')
}

/** Where that script is kept. */
export const taskScriptPath = (plan: Pick<ServicePlan, 'stateDir' | 'kind'>): string =>
  join(plan.stateDir, `${plan.kind}.cmd`)
