// The sections about this host and this installation: logging, environment, discovery, browser, canvas, updates.
import { z } from 'zod'
import { logLevels } from '../../lib/log.ts'
import {
  aboveZeroOr,
  byName,
  flag,
  group,
  hidden,
  int,
  intOr,
  list,
  maybe,
  no,
  num,
  numOr,
  text,
  textList,
  textOr,
  texts,
  word,
  wordOr,
  yes,
} from '../fields.ts'
import { offWhenInvalid, section } from '../section.ts'

const level = (about: string) => z.enum(logLevels).default('info').describe(about)
const colour = z.string().regex(/^#?[0-9a-fA-F]{6}$/, { error: 'expected a colour such as #FF4500' })

export const logging = section(
  'logging',
  group('logs', {
    level: level('least severity written to the file'),
    file: text('the file; logs/gateway.log in the state folder when left out'),
    consoleLevel: level('least severity shown on the terminal'),
    consoleStyle: word(['pretty', 'compact', 'json'], 'how it is shown; pretty on a terminal'),
    redactSensitive: wordOr('tools', ['off', 'tools'], 'blot secrets out of what tools print'),
    redactPatterns: textList('further patterns of secrets'),
  }),
)

export const env = section(
  'env',
  z
    .object({
      shellEnv: maybe('variables of the login shell', {
        enabled: no('take them over'),
        timeoutMs: intOr(15_000, 0, 'longest wait for the shell, in ms'),
      }),
      vars: byName('variables set unless they are there already', z.string()),
    })
    .catchall(z.string())
    .prefault({})
    .describe('environment variables'),
)

export const meta = section(
  'meta',
  group('written by the program', {
    lastTouchedVersion: text('version that wrote this file'),
    lastTouchedAt: text('when'),
  }),
)

export const wizard = section(
  'wizard',
  group('written by the wizard', {
    lastRunAt: text('when it last ran'),
    lastRunVersion: text('its version'),
    lastRunCommit: text('its commit'),
    lastRunCommand: text('how it was called'),
    lastRunMode: word(['local', 'remote'], 'what was set up'),
  }),
)

export const ui = section(
  'ui',
  group('the web UI', {
    seamColor: colour.optional().describe('accent colour'),
    assistant: maybe('the assistant as shown', {
      name: z.string().max(50).optional().describe('its name'),
      avatar: z.string().max(200).optional().describe('its picture or emoji'),
    }),
  }),
)

export const update = section(
  'update',
  group('updates', {
    channel: word(['stable', 'beta', 'dev'], 'which releases'),
    checkOnStart: yes('look for one at the start'),
  }),
)

export const browser = section(
  'browser',
  group('the browser agents use', {
    enabled: yes('whether they may'),
    evaluateEnabled: yes('whether they may run scripts in pages'),
    cdpUrl: text('address of a running browser'),
    remoteCdpTimeoutMs: intOr(1500, 0, 'longest wait for its answer, in ms'),
    remoteCdpHandshakeTimeoutMs: intOr(3000, 0, 'longest wait for its connection, in ms'),
    color: textOr('#FF4500', 'colour of its window'),
    executablePath: text('the program'),
    headless: no('without a window'),
    noSandbox: no('without its own sandbox'),
    attachOnly: no('never start one'),
    defaultProfile: textOr('openclaw', 'profile used when none is named'),
    snapshotDefaults: maybe('page snapshots', { mode: word(['efficient'], 'how much they show') }),
    ssrfPolicy: maybe('addresses it may visit', {
      allowPrivateNetwork: flag('hosts of the local network'),
      allowedHostnames: texts('these hosts in any case'),
      hostnameAllowlist: texts('only these hosts'),
    }),
    profiles: byName(
      'profiles by name',
      z
        .strictObject({
          cdpPort: int(1, 'port of its debugger', 65_535),
          cdpUrl: text('address of its debugger'),
          driver: word(['clawd', 'extension'], 'how it is driven'),
          color: colour.describe('colour of its window'),
        })
        .refine((p) => p.cdpPort !== undefined || p.cdpUrl !== undefined, { message: 'cdpPort or cdpUrl is needed' }),
    ),
  }),
  offWhenInvalid,
)

export const canvasHost = section(
  'canvasHost',
  group('pages agents show', {
    enabled: yes('serve them'),
    root: text('their folder'),
    port: int(1, 'a port of their own beside that of the gateway; four above it when left out'),
    liveReload: yes('load anew when files change'),
  }),
  offWhenInvalid,
)

export const nodeHost = section(
  'nodeHost',
  group('this host as a node', {
    browserProxy: group('lending its browser', {
      enabled: yes('lend it'),
      allowProfiles: texts('only these profiles'),
    }),
  }),
  () => ({ browserProxy: { enabled: false } }),
)

export const discovery = section(
  'discovery',
  group('being found', {
    mdns: group('on the local network', {
      mode: wordOr('minimal', ['off', 'minimal', 'full'], 'not at all, by name, or with paths and ports too'),
    }),
    wideArea: group('beyond it', {
      enabled: no('publish DNS records'),
      domain: text('their domain'),
    }),
  }),
  () => ({ mdns: { mode: 'off' } }),
)

export const talk = section(
  'talk',
  group('talking aloud in the apps', {
    voiceId: text('voice'),
    voiceAliases: byName('voices by name', z.string()),
    modelId: text('speech model'),
    outputFormat: text('sound format'),
    apiKey: hidden('key'),
    interruptOnSpeech: yes('stop when the user speaks'),
  }),
)

export const web = section(
  'web',
  group('the WhatsApp Web socket', {
    enabled: yes('use it'),
    heartbeatSeconds: intOr(60, 1, 'seconds between signs of life'),
    reconnect: group('connecting again', {
      initialMs: aboveZeroOr(2000, 'first wait, in ms'),
      maxMs: aboveZeroOr(30_000, 'longest wait, in ms'),
      factor: aboveZeroOr(1.8, 'how waits grow'),
      jitter: numOr(0.25, 0, 'how much they vary', 1),
      maxAttempts: intOr(12, 0, 'tries; 0 for no end'),
    }),
  }),
  offWhenInvalid,
)

export const audio = section(
  'audio',
  group('older place of tools.media.audio', {
    transcription: maybe('a program that writes down speech', {
      command: z.array(z.string()).describe('the program and its arguments'),
      timeoutSeconds: int(1, 'longest run, in seconds'),
    }),
  }),
)

export const media = section('media', group('files', { preserveFilenames: no('keep the names they came with') }))

export const broadcast = section(
  'broadcast',
  z
    .object({ strategy: wordOr('parallel', ['parallel', 'sequential'], 'all at once, or one after the other') })
    .catchall(z.array(z.string()))
    .prefault({})
    .describe('chats several agents answer: agents by peer'),
)

export const bindings = section(
  'bindings',
  list(
    'which agent hears which chat; the closest match wins',
    z.strictObject({
      agentId: z.string().describe('the agent'),
      match: z
        .strictObject({
          channel: z.string().describe('channel'),
          accountId: text('account; `*` for all; the default one when left out'),
          peer: maybe('the chat', {
            kind: z.enum(['direct', 'group', 'channel', 'dm']).describe('its kind'),
            id: z.string().describe('its id'),
          }),
          guildId: text('Discord server'),
          teamId: text('Slack workspace or Teams team'),
          roles: texts('any of these Discord roles'),
        })
        .describe('what it hears'),
    }),
  ),
)

export const diagnostics = section(
  'diagnostics',
  group('looking inside; of no effect here', {
    enabled: flag('whether at all'),
    flags: texts('what to log besides'),
    otel: maybe('OpenTelemetry', {
      enabled: no('send it'),
      endpoint: text('where to'),
      protocol: word(['http/protobuf', 'grpc'], 'how'),
      headers: byName('headers sent', z.string()),
      serviceName: text('our name there'),
      traces: flag('traces'),
      metrics: flag('numbers'),
      logs: flag('logs'),
      sampleRate: num(0, 'share of traces sent', 1),
      flushIntervalMs: int(0, 'ms between sends'),
    }),
    cacheTrace: maybe('a trace of what models were shown', {
      enabled: no('write it'),
      filePath: text('its file'),
      includeMessages: flag('with messages'),
      includePrompt: flag('with prompts'),
      includeSystem: flag('with instructions'),
    }),
  }),
)
