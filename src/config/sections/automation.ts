// The `cron`, `hooks` and `approvals` sections: what happens by time, by HTTP call, and by leave.
import { z } from 'zod'
import {
  byName,
  flag,
  group,
  hidden,
  int,
  intOr,
  list,
  maybe,
  no,
  text,
  textList,
  textOr,
  texts,
  word,
  wordOr,
  yes,
} from '../fields.ts'
import { offWhenInvalid, section } from '../section.ts'
import { installs } from './extend.ts'

export const cron = section(
  'cron',
  group('scheduled jobs', {
    enabled: yes('run them'),
    store: text('older place of the jobs file'),
    maxConcurrentRuns: intOr(1, 1, 'jobs at the same time'),
    webhook: text('where results of jobs go that are sent to a webhook and name no address'),
    webhookToken: hidden('token sent to webhooks'),
    sessionRetention: z
      .union([z.string(), z.literal(false)])
      .default('24h')
      .describe('how long sessions of runs are kept; false for ever'),
  }),
  offWhenInvalid,
)

const mapping = z.strictObject({
  id: text('its id'),
  match: z
    .looseObject({ path: text('path below hooks.path'), source: text('`source` in the body') })
    .optional()
    .describe('which calls'),
  action: word(['wake', 'agent'], 'wake the main session, or run an agent'),
  wakeMode: word(['now', 'next-heartbeat'], 'when'),
  name: text('a name for people'),
  agentId: text('which agent'),
  sessionKey: text('which session'),
  messageTemplate: text('what the agent is told; {{body.field}} is replaced'),
  textTemplate: text('what the main session is told'),
  deliver: flag('send the answer to a chat'),
  allowUnsafeExternalContent: flag('do not mark the text as coming from outside'),
  channel: text('channel the answer goes to; last for the last used'),
  to: text('to whom'),
  model: text('which model'),
  thinking: text('how much to think'),
  timeoutSeconds: int(1, 'longest run, in seconds'),
  wait: flag('answer the call with what the agent said'),
  transform: maybe('a module that makes the action', {
    module: z.string().describe('its file, in transformsDir'),
    export: text('its function'),
  }),
})

const gmail = maybe('Gmail', {
  account: text('address'),
  label: text('label watched'),
  topic: text('Pub/Sub topic'),
  subscription: text('Pub/Sub subscription'),
  pushToken: hidden('token of push calls'),
  hookUrl: text('where news are sent'),
  includeBody: flag('include the text of mails'),
  maxBytes: int(1, 'most bytes of it'),
  renewEveryMinutes: int(1, 'minutes between renewals of the watch'),
  allowUnsafeExternalContent: flag('do not mark the text as coming from outside'),
  serve: maybe('the listener for push calls', {
    bind: text('address'),
    port: int(1, 'port'),
    path: text('path'),
  }),
  tailscale: maybe('reachability of the listener', {
    mode: word(['off', 'serve', 'funnel'], 'for nobody, the tailnet, or everyone'),
    path: text('path'),
    target: text('what it leads to'),
  }),
  model: text('which model'),
  thinking: word(['off', 'minimal', 'low', 'medium', 'high'], 'how much to think'),
})

const internal = group('what runs when something happens', {
  enabled: flag('run it'),
  handlers: list(
    'programs and addresses by event, without a HOOK.md',
    z.strictObject({
      event: z.string().describe('the event'),
      module: z.string().describe('a program’s file, or an http address'),
      export: text('taken no notice of: nothing is loaded into this process'),
    }),
  ),
  entries: byName(
    'hooks by name',
    z.looseObject({ enabled: flag('run it'), env: byName('its environment', z.string()) }),
  ),
  load: maybe('where hooks are found', { extraDirs: texts('further folders') }),
  installs: installs({ hooks: texts('hooks it brought') }),
})

export const hooks = section(
  'hooks',
  group('calls from outside', {
    enabled: no('answer them'),
    path: z
      .string()
      .default('/hooks')
      .refine((p) => p.replace(/\/+$/, '') !== '', { message: 'hooks.path may not be /' })
      .describe('path they live under'),
    token: hidden('token callers must show'),
    defaultSessionKey: text('session used when a call names none'),
    allowRequestSessionKey: no('calls may name a session'),
    allowedSessionKeyPrefixes: textList('only sessions beginning so'),
    allowedAgentIds: texts('only these agents'),
    maxBodyBytes: intOr(262_144, 1, 'largest body, in bytes'),
    presets: textList('ready-made mappings, such as gmail'),
    transformsDir: text('folder of transform modules'),
    mappings: list('what calls do', mapping),
    webhooks: list(
      'simple calls: a path that gives an agent a message',
      z.strictObject({
        id: z.string().min(1).describe('its id'),
        path: text('its path; /webhook/<id> when left out'),
        agentId: textOr('main', 'which agent'),
        message: textOr('{{body.message}}', 'what the agent is told; body, headers and query can be used'),
        token: hidden('token its callers must show; hooks.token when left out'),
        secret: hidden('callers must sign the body instead, with HMAC-SHA256; what is told twice counts once'),
        signature: wordOr(
          'github',
          ['github', 'slack', 'stripe'],
          'whose way of signing: which header, and whether with the time',
        ),
        name: text('a name for people'),
        sessionKey: text('which session; hook:<id> when left out'),
        deliver: flag('send the answer to a chat'),
        channel: text('channel the answer goes to; last for the last used'),
        to: text('to whom'),
        model: text('which model'),
        thinking: text('how much to think'),
        timeoutSeconds: int(1, 'longest run, in seconds'),
        allowUnsafeExternalContent: flag('do not mark the text as coming from outside'),
        wait: flag('answer the call with what the agent said'),
      }),
    ),
    gmail,
    internal,
  }),
  offWhenInvalid,
)

export const approvals = section(
  'approvals',
  group('asking people before commands run', {
    exec: group('where the questions go', {
      enabled: no('send them to chats'),
      mode: wordOr('session', ['session', 'targets', 'both'], 'to the chat at hand, to those listed, or both'),
      agentFilter: texts('only of these agents'),
      sessionFilter: texts('only of these sessions'),
      targets: list(
        'chats',
        z.strictObject({
          channel: z.string().min(1).describe('channel'),
          to: z.string().min(1).describe('to whom'),
          accountId: text('from which account'),
          threadId: z.union([z.string(), z.number()]).optional().describe('thread'),
        }),
      ),
    }),
  }),
)
