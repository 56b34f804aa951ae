// The same service for launchd (macOS) and for the task scheduler of Windows.
import { join } from 'node:path'
import { launchdLabel, type ServicePlan } from './plan.ts'

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
    entry('Label', string(launchdLabel(plan))),
    entry('ProgramArguments', `<array>\n${plan.argv.map((a) => `    ${string(a)}`).join('\n')}\n  </array>`),
    entry('EnvironmentVariables', `<dict>\n${env.join('\n')}\n  </dict>`),
    entry('RunAtLoad', '<true/>'),
    entry('KeepAlive', '<true/>'),
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

/** Where the property list is kept. */
export const plistPath = (plan: Pick<ServicePlan, 'home' | 'profile' | 'kind'>): string =>
  join(plan.home, 'Library', 'LaunchAgents', `${launchdLabel(plan)}.plist`)

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
