// The questions of Slack's set-up.
import type { SetupStep } from '../../define/channel.ts'

const begins = (prefix: string, what: string) => (value: string) =>
  new RegExp(`^${prefix}[\\w-]{10,}$`).test(value.trim()) ? undefined : `${what} begins with ${prefix}`

/** What a person has to give. */
export const setup: readonly SetupStep[] = [
  {
    key: 'botToken',
    label: 'Bot token',
    help: 'Make an app at api.slack.com/apps, add its scopes under "OAuth & Permissions", install it; the token is there.',
    secret: true,
    check: begins('xoxb-', 'a bot token'),
  },
  {
    key: 'appToken',
    label: 'App-level token',
    help: 'Switch on Socket Mode; under "Basic Information" make an App-Level Token with the scope connections:write.',
    secret: true,
    check: begins('xapp-', 'an app-level token'),
  },
  {
    key: 'userToken',
    label: 'User token',
    help: 'Only to search the workspace and to read channels the bot is not in; xoxp-…, under "OAuth & Permissions".',
    secret: true,
    optional: true,
    check: (value) =>
      !value.trim() || /^xox[pe][\w.-]{10,}$/.test(value.trim()) ? undefined : 'a user token begins with xoxp-',
  },
  {
    key: 'signingSecret',
    label: 'Signing secret',
    help: 'Only when Slack is to call this gateway (mode http) instead of a socket; under "Basic Information".',
    secret: true,
    optional: true,
    check: (value) =>
      !value.trim() || /^[0-9a-f]{32}$/.test(value.trim()) ? undefined : 'a signing secret has 32 hex digits',
  },
  {
    key: 'allowFrom',
    label: 'Who may write to the bot',
    help: 'Member ids such as U012AB3CD (in a profile under ⋮), separated by commas; leave it empty to pair by code.',
    optional: true,
    check: (value) =>
      value
        .split(',')
        .map((id) => id.trim())
        .every((id) => !id || id === '*' || /^[UW][A-Z0-9]{7,}$/.test(id))
        ? undefined
        : 'member ids look like U012AB3CD',
  },
]
