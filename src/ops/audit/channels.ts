// Who is heard on the channels, and what they can reach together.
import { isRecord } from '../../config/section.ts'
import { finding, said, type AuditAccount, type AuditFacts, type Finding, type Look } from './facts.ts'

const listOf = (v: unknown): string[] => (Array.isArray(v) ? v.map(String) : [])
const named = (a: AuditAccount) => (a.accountId === 'default' ? a.channel : `${a.channel} (${a.accountId})`)
const active = (f: AuditFacts) => f.accounts.filter((a) => a.account['enabled'] !== false)

const direct: Look = (f) =>
  active(f).flatMap((a): Finding[] => {
    const policy = a.account['dmPolicy']
    const id = `channels.${a.channel}.dm`
    if (policy === 'open')
      return listOf(a.account['allowFrom']).includes('*')
        ? [
            finding(
              'critical',
              `${id}.open`,
              'Everybody may write to the assistant',
              `${named(a)}: dmPolicy is open`,
              `oclaw config set channels.${a.channel}.dmPolicy pairing`,
            ),
          ]
        : [
            finding(
              'warn',
              `${id}.open_invalid`,
              'An open channel that hears nobody',
              `${named(a)}: dmPolicy is open, but allowFrom has no "*"`,
            ),
          ]
    return policy === 'disabled'
      ? [finding('info', `${id}.disabled`, 'Nobody may write directly', `${named(a)}: dmPolicy is disabled`)]
      : []
  })

/** Several people in one session read what the others wrote. */
const shared: Look = (f) => {
  if (said(f, 'session.dmScope') !== 'main') return []
  return active(f).flatMap((a) => {
    const people = listOf(a.account['allowFrom'])
    return people.length > 1 || people.includes('*')
      ? [
          finding(
            'warn',
            `channels.${a.channel}.dm.scope_main_multiuser`,
            'People share one conversation',
            `${named(a)} hears ${people.includes('*') ? 'everybody' : `${people.length} people`}, and session.dmScope is main`,
            'oclaw config set session.dmScope per-channel-peer',
          ),
        ]
      : []
  })
}

const telegram: Look = (f) =>
  active(f)
    .filter((a) => a.channel === 'telegram')
    .flatMap((a) => {
      const { allowFrom, groupAllowFrom, groups, groupPolicy } = a.account
      const odd = [...listOf(allowFrom), ...listOf(groupAllowFrom)].filter(
        (x) => !/^(\*|-?\d+|tg:\d+|telegram:\d+)$/.test(x),
      )
      const found = []
      if (odd.length)
        found.push(
          finding(
            'warn',
            'channels.telegram.allowFrom.invalid_entries',
            'People of Telegram are known by numbers',
            `${named(a)}: ${odd.join(', ')}`,
          ),
        )
      if (isRecord(groups) && Object.keys(groups).length) {
        if (listOf(groupAllowFrom).includes('*'))
          found.push(
            finding(
              'critical',
              'channels.telegram.groups.allowFrom.wildcard',
              'Everybody in a group is heard',
              `${named(a)}: groupAllowFrom has "*"`,
            ),
          )
        else if (groupPolicy === 'open' && !listOf(groupAllowFrom).length && !listOf(allowFrom).length)
          found.push(
            finding(
              'critical',
              'channels.telegram.groups.allowFrom.missing',
              'Nobody says who is heard in groups',
              `${named(a)}: groupPolicy is open and there is no list`,
            ),
          )
      }
      return found
    })

/** Commands in the menu of a platform that nobody restricts. */
const menus: Look = (f) => {
  if (said(f, 'commands.useAccessGroups') !== false) return []
  return active(f).flatMap((a) => {
    if (a.channel === 'discord')
      return [
        finding(
          'critical',
          'channels.discord.commands.native.unrestricted',
          'Everybody on a server may command',
          `${named(a)}: commands.useAccessGroups is off`,
        ),
      ]
    return a.channel === 'slack'
      ? [
          finding(
            'critical',
            'channels.slack.commands.slash.useAccessGroups_off',
            'Everybody in the workspace may command',
            `${named(a)}: commands.useAccessGroups is off`,
          ),
        ]
      : []
  })
}

const openGroups = (f: AuditFacts) => active(f).filter((a) => a.account['groupPolicy'] === 'open')

const exposure: Look = (f) => {
  const open = openGroups(f)
  const elevated = said(f, 'tools.elevated.enabled') !== false && isRecord(said(f, 'tools.elevated.allowFrom'))
  const some = Object.keys(said(f, 'tools.elevated.allowFrom') ?? {}).length > 0
  return open.length && elevated && some
    ? [
        finding(
          'critical',
          'security.exposure.open_groups_with_elevated',
          'Strangers in groups are near commands of this machine',
          `${open.map(named).join(', ')}: groupPolicy is open while elevated tools are on`,
        ),
      ]
    : []
}

const surface: Look = (f) => {
  const on = (path: string) => (said(f, path) === true ? 'on' : 'off')
  const groups = `groups: open=${openGroups(f).length}, listed=${active(f).length - openGroups(f).length}`
  const elevated = said(f, 'tools.elevated.enabled') === false ? 'off' : 'on'
  return [
    finding(
      'info',
      'summary.attack_surface',
      'What can be reached',
      `${groups}; tools.elevated: ${elevated}; hooks: ${on('hooks.enabled')}; browser: ${on('browser.enabled')}`,
    ),
  ]
}

export const channelLooks: readonly Look[] = [direct, shared, telegram, menus, exposure, surface]

/** Accounts whose open groups `--fix` closes: the paths in the config. */
export const openGroupPaths = (parsed: unknown): string[] => {
  const channels = isRecord(parsed) && isRecord(parsed['channels']) ? parsed['channels'] : {}
  return Object.entries(channels).flatMap(([id, section]) => {
    if (!isRecord(section)) return []
    const accounts = isRecord(section['accounts']) ? Object.entries(section['accounts']) : []
    return [
      ...(section['groupPolicy'] === 'open' ? [`channels.${id}.groupPolicy`] : []),
      ...accounts.flatMap(([name, a]) =>
        isRecord(a) && a['groupPolicy'] === 'open' ? [`channels.${id}.accounts.${name}.groupPolicy`] : [],
      ),
    ]
  })
}
