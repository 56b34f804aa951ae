// Calls from outside: /hooks/wake, /hooks/agent, mapped hooks, and simple webhooks.
import type { Context } from 'hono'
import { describeError, Fault, toFault } from '../lib/fault.ts'
import { newId, sha256 } from '../lib/ids.ts'
import { deadline } from '../lib/clock.ts'
import { bearer, limiter, shows, type Limiter } from './auth.ts'
import { asJson, readBody, readJson, type JsonBody } from './body.ts'
import { foreignPage, postOnly, type Env } from './context.ts'
import {
  agentAction,
  mappedAction,
  mappingFor,
  wakeAction,
  webhookAction,
  type HookAction,
  type HookCall,
} from './hook-action.ts'
import type { HookRule, ServerParts, WebhookRule } from './parts.ts'
import { nameOf, shownSignature, signedBy } from './webhook-signature.ts'

/** Wrong tokens of one address within a minute before the next is told to wait; a right one still passes. */
const throttle = { maxAttempts: 20, windowMs: 60_000, lockoutMs: 60_000, exemptLoopback: false }

/** Headers that must not reach a model. */
const secretHeaders = new Set(['authorization', 'x-openclaw-token', 'cookie', 'proxy-authorization'])

/** How long a call waits for an answer at most, in ms, where its rule says no shorter time. */
const longestWaitMs = 600_000

/** Headers by which senders name one call, so that a repetition is known. */
const repeatHeaders = ['idempotency-key', 'x-idempotency-key', 'x-github-delivery', 'x-gitlab-event-uuid', 'svix-id']

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

const clean = (path: string) => `/${path.replaceAll(/^\/+|\/+$/g, '')}`

const given = (c: Context) => bearer(c.req.raw.headers) ?? c.req.header('x-openclaw-token')?.trim()

const tell = (c: Context, status: 400 | 408 | 413 | 500, error: string) => c.json({ ok: false, error }, status)

/** The id of a call: that of its sender when it has one, else new. `scope` keeps hooks apart. */
async function runOf(c: Context, parts: ServerParts, scope: string, name?: string): Promise<string> {
  const key = name ?? repeatHeaders.map((h) => c.req.header(h)?.trim()).find(Boolean)
  return key ? `hook_${(await sha256(`${scope}\n${key}`)).slice(0, 32)}` : newId('hook', parts.clock)
}

function callOf(c: Context, parts: ServerParts, sub: string, run: string, body: unknown): HookCall {
  const headers = Object.fromEntries([...c.req.raw.headers].filter(([name]) => !secretHeaders.has(name.toLowerCase())))
  const now = new Date(parts.clock.now()).toISOString()
  return { sub, payload: isRecord(body) ? body : {}, headers, query: c.req.query(), now, run }
}

/** Answers wrong tokens: the same words each time, and after too many of them, to wait. */
function wrong(c: Context<Env>, limit: Limiter): Response {
  const { ip } = c.get('peer')
  const wait = limit.locked(ip)
  if (wait > 0) return c.text('Too Many Requests', 429, { 'retry-after': String(Math.ceil(wait / 1000)) })
  limit.failed(ip)
  return c.text('Unauthorized', 401)
}

const unread = (c: Context, body: Extract<JsonBody, { ok: false }>) => tell(c, body.status, body.message)

/** Waits for what the agent says, as long as its run may take; a run that takes longer goes on by itself. */
async function waited(c: Context<Env>, parts: ServerParts, about: HookAnswer, ms: number): Promise<Response> {
  c.env.patience()
  const late = new Fault('TIMEOUT', 'the run goes on')
  const limit = deadline(parts.clock, ms, late, c.req.raw.signal)
  try {
    const came = await parts.clients.came(about.runId, limit.signal)
    if (!came) return c.json({ ...about, status: 'running' }, 202)
    if (came.error) return c.json({ ...about, ok: false, status: 'error', error: came.error.message }, 502)
    return c.json({ ...about, status: 'ok', reply: came.text })
  } catch (error) {
    if (error !== late && !c.req.raw.signal.aborted) throw error
    return c.json({ ...about, status: 'running' }, 202)
  } finally {
    limit.done()
  }
}

/** What a caller is told of a run. */
interface HookAnswer {
  readonly ok: true
  readonly runId: string
  readonly id?: string
}

/** Does what a call asks, and answers once that is durable, or has an answer where that is waited for. */
async function act(c: Context<Env>, parts: ServerParts, action: HookAction, id?: string): Promise<Response> {
  if (action.kind === 'wake') {
    await parts.clients.wake(action.wake)
    return c.json({ ok: true, mode: action.mode })
  }
  await parts.clients.hook(action.ask)
  const about = { ok: true as const, runId: action.ask.run, ...(id === undefined ? {} : { id }) }
  return action.wait ? waited(c, parts, about, action.ask.timeoutMs ?? longestWaitMs) : c.json(about, 202)
}

async function guarded(c: Context, parts: ServerParts, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    const fault = toFault(error)
    if (fault.code !== 'INTERNAL') return tell(c, 400, fault.message)
    parts.log.error('a hook failed', { path: c.req.path, error: describeError(error) })
    return tell(c, 500, 'hook mapping failed')
  }
}

async function hooked(c: Context<Env>, parts: ServerParts, limit: Limiter, sub: string): Promise<Response> {
  const rule = parts.hooks()
  if (c.req.query('token') !== undefined)
    return c.text(
      'Send the hook token as `Authorization: Bearer <token>` or `X-OpenClaw-Token`, not in the address.',
      400,
    )
  if (!shows(rule.token, given(c))) return wrong(c, limit)
  limit.succeeded(c.get('peer').ip)
  if (c.req.method !== 'POST') return postOnly(c)
  if (!sub) return c.text('Not Found', 404)
  const body = await readJson(c.req.raw, rule.maxBodyBytes, parts.clock)
  if (!body.ok) return unread(c, body)
  const call = callOf(c, parts, sub, await runOf(c, parts, sub), body.value)
  const setting = { rule, agents: parts.agents(), channels: parts.channels() }
  return guarded(c, parts, async () => {
    if (sub === 'wake') return act(c, parts, wakeAction(call))
    if (sub === 'agent') return act(c, parts, agentAction(call, setting))
    const mapping = mappingFor(rule, call)
    return mapping ? act(c, parts, mappedAction(mapping, call, setting)) : c.text('Not Found', 404)
  })
}

/** Whether a webhook's caller may come in without a signature: by a token, or from this machine when there is none. */
function tokenShown(c: Context<Env>, parts: ServerParts, hook: WebhookRule): boolean {
  const token = hook.token ?? parts.hooks().token
  const peer = c.get('peer')
  return token ? shows(token, given(c)) : peer.localDirect && !foreignPage(peer, parts)
}

async function webhook(c: Context<Env>, parts: ServerParts, limit: Limiter, hook: WebhookRule): Promise<Response> {
  const rule = parts.hooks()
  if (c.req.method !== 'POST') return postOnly(c)
  const { ip } = c.get('peer')
  const shown = hook.secret ? shownSignature(hook.signature, (name) => c.req.header(name)) : undefined
  if (hook.secret ? !shown || limit.locked(ip) > 0 : !tokenShown(c, parts, hook)) return wrong(c, limit)
  const read = await readBody(c.req.raw, rule.maxBodyBytes, parts.clock)
  if (!read.ok) return unread(c, read)
  if (hook.secret && shown && !(await signedBy(hook.signature, hook.secret, read.bytes, shown, parts.clock.now())))
    return wrong(c, limit)
  const body = asJson(read.bytes)
  if (!body.ok) return unread(c, body)
  limit.succeeded(ip)
  const name = shown && nameOf(hook.signature, shown, body.value)
  const run = await runOf(c, parts, `webhook ${hook.id}`, name)
  const call = callOf(c, parts, hook.id, run, body.value)
  // Slack asks so whether an address is meant: https://docs.slack.dev/reference/events/url_verification
  if (hook.signature === 'slack' && call.payload['type'] === 'url_verification')
    return c.json({ challenge: call.payload['challenge'] })
  const setting = { rule, agents: parts.agents(), channels: parts.channels() }
  return guarded(c, parts, async () => act(c, parts, webhookAction(hook, call, setting), hook.id))
}

const webhookPath = (hook: WebhookRule) => clean(hook.path ?? `/webhook/${hook.id}`)

/** The path below that of the hooks; undefined when it is not theirs, or they are switched off. */
function below(rule: HookRule, path: string): string | undefined {
  const base = clean(rule.path)
  if (!rule.enabled || (path !== base && !path.startsWith(`${base}/`))) return undefined
  return path.slice(base.length).replaceAll(/^\/+|\/+$/g, '')
}

/** Answers calls from outside; undefined when a request is not one. */
export function hooks(parts: ServerParts): (c: Context<Env>) => Promise<Response> | Response | undefined {
  const limit = limiter(parts.clock, () => throttle)
  return (c) => {
    const rule = parts.hooks()
    const path = clean(c.req.path)
    const simple = rule.webhooks.find((hook) => webhookPath(hook) === path)
    if (simple) return webhook(c, parts, limit, simple)
    const sub = below(rule, path)
    if (sub !== undefined) return hooked(c, parts, limit, sub)
    return path.startsWith('/webhook/') && c.req.method === 'POST' ? c.text('Not Found', 404) : undefined
  }
}
