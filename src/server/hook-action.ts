// What a call from outside means: a word to the main session, or a run of an agent. Pure.
import { Fault } from '../lib/fault.ts'
import type { HookAsk, HookWake } from '../define/client-ask.ts'
import { fillTemplate, type TemplateRoots } from '../domain/template.ts'
import type { HookMapping, HookRule, WebhookRule } from './parts.ts'

/** A call, parsed. Header names are lower case; headers with secrets are left out. */
export interface HookCall {
  /** The path below that of the hooks. */
  readonly sub: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** ISO time of the call. */
  readonly now: string
  /** The id it is to be known by. */
  readonly run: string
}

/** What is to be done; `mode` is told back for a wake. */
export type HookAction =
  | { readonly kind: 'wake'; readonly wake: HookWake; readonly mode: 'now' | 'next-heartbeat' }
  | { readonly kind: 'agent'; readonly ask: HookAsk; readonly wait: boolean }

/** What the rules are judged by. */
export interface HookSetting {
  readonly rule: HookRule
  readonly agents: readonly string[]
  readonly channels: readonly string[]
}

const bad = (message: string) => new Fault('INVALID_REQUEST', message)
const text = (v: unknown): string | undefined => (typeof v === 'string' && v.trim() ? v.trim() : undefined)

/** The values templates may name. */
export const rootsOf = (c: HookCall): TemplateRoots => ({
  payload: c.payload,
  body: c.payload,
  headers: c.headers,
  query: c.query,
  params: { path: c.sub, id: c.sub },
  path: c.sub,
  now: c.now,
})

function agentFor({ rule, agents }: HookSetting, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return undefined
  const id = wanted.toLowerCase()
  const { allowedAgentIds: allowed } = rule
  if (allowed && !allowed.includes('*') && !allowed.some((a) => a.toLowerCase() === id))
    throw bad(`agentId "${wanted}" is not one of hooks.allowedAgentIds`)
  return agents.includes(id) ? id : undefined
}

function channelOf({ channels }: HookSetting, wanted: unknown): string {
  const channel = text(wanted)?.toLowerCase() ?? 'last'
  if (channel !== 'last' && !channels.includes(channel)) throw bad(`channel must be ${['last', ...channels].join('|')}`)
  return channel
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? Math.max(1, Math.floor(value)) * 1000 : undefined
}

const modeOf = (value: unknown) => (value === 'next-heartbeat' ? value : ('now' as const))

const sessionOf = ({ rule }: HookSetting, run: string) =>
  rule.defaultSessionKey ?? `hook:${run.replace(/^hook[:_]/, '')}`

/** The session a request may name. Throws INVALID_REQUEST where the config does not let it. */
function requestedSession({ rule }: HookSetting, wanted: string): string {
  if (!rule.allowRequestSessionKey)
    throw bad('sessionKey is not taken from requests; `oclaw config set hooks.allowRequestSessionKey true` allows it')
  const prefixes = rule.allowedSessionKeyPrefixes
  if (prefixes.length && !prefixes.some((p) => wanted.toLowerCase().startsWith(p.toLowerCase())))
    throw bad(`sessionKey must begin with one of: ${prefixes.join(', ')}`)
  return wanted
}

/** What `/hooks/wake` asks. Throws INVALID_REQUEST without a text. */
export function wakeAction({ payload, run }: HookCall): HookAction {
  const said = text(payload['text'])
  if (said === undefined) throw bad('text required')
  const mode = modeOf(payload['mode'])
  return { kind: 'wake', mode, wake: { run, hook: 'wake', text: said, untrusted: true, now: mode === 'now' } }
}

/** What `/hooks/agent` asks. Throws INVALID_REQUEST for what is missing or not allowed. */
export function agentAction({ payload: p, run }: HookCall, setting: HookSetting): HookAction {
  const message = text(p['message'])
  if (message === undefined) throw bad('message required')
  if (p['model'] !== undefined && text(p['model']) === undefined) throw bad('model required')
  const session = text(p['sessionKey'])
  const ask: HookAsk = {
    run,
    hook: 'agent',
    name: text(p['name']) ?? 'Hook',
    text: message,
    untrusted: true,
    agent: agentFor(setting, text(p['agentId'])),
    session: session === undefined ? sessionOf(setting, run) : requestedSession(setting, session),
    deliver: p['deliver'] !== false,
    channel: channelOf(setting, p['channel']),
    to: text(p['to']),
    model: text(p['model']),
    thinking: text(p['thinking']),
    timeoutMs: secondsOf(p['timeoutSeconds']),
  }
  return { kind: 'agent', ask, wait: p['wait'] === true }
}

/** The ready-made mapping for news of Gmail. */
const gmail = (rule: HookRule): HookMapping => ({
  id: 'gmail',
  match: { path: 'gmail' },
  name: 'Gmail',
  sessionKey: 'hook:gmail:{{messages[0].id}}',
  messageTemplate:
    'A mail came in.\nFrom: {{messages[0].from}}\nSubject: {{messages[0].subject}}\n\n{{messages[0].snippet}}\n{{messages[0].body}}',
  ...rule.gmail,
})

const trimmed = (path: string) => path.replaceAll(/^\/+|\/+$/g, '')

/** The mapping of a call: those of the config first, then presets; undefined when none fits. */
export function mappingFor(rule: HookRule, call: HookCall): HookMapping | undefined {
  const all = [...rule.mappings, ...(rule.presets.includes('gmail') ? [gmail(rule)] : [])]
  return all.find(
    ({ match }) =>
      (match?.path === undefined || trimmed(match.path) === call.sub) &&
      (match?.source === undefined || match.source === call.payload['source']),
  )
}

/** What a mapping makes of a call; `session` names it where the mapping does not. Throws INVALID_REQUEST when nothing is left to say. */
export function mappedAction(m: HookMapping, call: HookCall, setting: HookSetting, session?: string): HookAction {
  if (m.transform)
    throw bad(
      `the mapping "${m.id ?? call.sub}" has a transform; modules are not run by this gateway, say it with messageTemplate`,
    )
  const roots = rootsOf(call)
  const filled = (template: string | undefined) =>
    template === undefined ? undefined : text(fillTemplate(template, roots))
  const hook = m.id ?? call.sub
  const untrusted = m.allowUnsafeExternalContent !== true
  if (m.action === 'wake') {
    const said = filled(m.textTemplate ?? '{{text}}')
    if (said === undefined) throw bad('text required')
    const mode = modeOf(m.wakeMode)
    return { kind: 'wake', mode, wake: { run: call.run, hook, text: said, untrusted, now: mode === 'now' } }
  }
  const message = filled(m.messageTemplate ?? '{{message}}')
  if (message === undefined) throw bad('message required')
  const ask: HookAsk = {
    run: call.run,
    hook,
    name: filled(m.name) ?? hook,
    text: message,
    untrusted,
    agent: agentFor(setting, text(m.agentId)),
    session: filled(m.sessionKey) ?? session ?? sessionOf(setting, call.run),
    deliver: m.deliver !== false,
    channel: channelOf(setting, m.channel),
    to: filled(m.to),
    model: filled(m.model),
    thinking: filled(m.thinking),
    timeoutMs: secondsOf(m.timeoutSeconds),
  }
  return { kind: 'agent', ask, wait: m.wait === true }
}

/** What a simple webhook makes of a call: a mapping of one path. The config names its agent, so that any may be meant. */
export const webhookAction = (hook: WebhookRule, call: HookCall, setting: HookSetting): HookAction =>
  mappedAction(
    { ...hook, action: 'agent', messageTemplate: hook.message, deliver: hook.deliver === true },
    { ...call, sub: hook.id },
    { ...setting, rule: { ...setting.rule, allowedAgentIds: undefined } },
    `hook:${hook.id}`,
  )
