// Driving a browser: every control route behind one operation, and the profiles, which are config.
import { z } from 'zod'
import { deadline } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { defineOp, type Caller } from '../define/op.ts'
import type { BrowserCall } from '../define/browser.ts'
import { getPath } from '../config/path.ts'
import { moveInto } from '../os/files.ts'
import { join } from 'node:path'
import { nodeBrowser } from './node-browser.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'browser' | 'config' | 'clock' | 'gateway' | 'engine'>

/** How long a route may take unless the caller says so, in ms. */
const callMs = 130_000

/** Colours profiles are given in turn. */
const colours = ['#0066CC', '#00AA00', '#9933FF', '#FF6699', '#00CCCC', '#FFB300', '#CC3300', '#6699FF']
/** How many debugger ports there are for profiles. */
const portRange = 100

const name = /^[a-z0-9][a-z0-9-]{0,63}$/

const newProfile = () =>
  z.object({
    name: z.string().trim().regex(name, 'invalid profile name: use lowercase letters, numbers, and hyphens only'),
    color: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i)
      .optional()
      .catch(undefined),
    cdpUrl: z.url({ protocol: /^(https?|wss?)$/ }).optional(),
    driver: z.enum(['extension', 'openclaw', 'clawd']).optional(),
  })

type Profiles = Readonly<Record<string, { readonly cdpPort?: number; readonly color?: string }>>

const configured = (s: Needed): Profiles => (getPath(s.config.current(), ['browser', 'profiles']) ?? {}) as Profiles

function ownersOnly(caller: Caller) {
  if (!caller.scopes.has('admin'))
    throw new Fault('FORBIDDEN', 'browser profiles are config: changing them needs operator.admin')
}

/** Writes a new profile into the config. Throws CONFLICT when there is one of that name. */
async function create(body: unknown, s: Needed): Promise<unknown> {
  const read = newProfile().safeParse(body)
  if (!read.success) throw new Fault('INVALID_REQUEST', read.error.issues[0]?.message ?? 'name is required')
  const p = read.data
  const there = configured(s)
  if (there[p.name] || p.name === 'openclaw') throw new Fault('CONFLICT', `profile "${p.name}" already exists`)
  if (p.driver === 'extension' && p.cdpUrl === undefined)
    throw new Fault('INVALID_REQUEST', 'this build has no browser extension; say where its browser listens: cdpUrl')
  const all = Object.values(there)
  const first = s.gateway.port() + 11
  const taken = new Set([first, ...all.map((x) => x.cdpPort)])
  const port = Array.from({ length: portRange }, (_, i) => first + i).find((n) => !taken.has(n) && n < 65_536)
  if (p.cdpUrl === undefined && port === undefined) throw new Fault('LIMITED', 'no available CDP ports in range')
  const used = new Set(all.map((x) => x.color?.toUpperCase()))
  const color = p.color ?? colours.find((c) => !used.has(c)) ?? colours[all.length % colours.length]
  const where = p.cdpUrl === undefined ? { cdpPort: port as number } : { cdpUrl: p.cdpUrl }
  const edit = { kind: 'set' as const, path: `browser.profiles.${p.name}`, value: { ...where, color } }
  await s.config.change(edit, { needsHash: false, who: 'browser.request' })
  const cdpUrl = p.cdpUrl ?? `http://127.0.0.1:${port}`
  return {
    ok: true,
    profile: p.name,
    cdpPort: p.cdpUrl === undefined ? port : 0,
    cdpUrl,
    color,
    isRemote: p.cdpUrl !== undefined,
  }
}

/** Takes a profile out of the config; its data goes to the trash. Throws NOT_FOUND, INVALID_REQUEST for the default one. */
async function remove(said: string, s: Needed, signal: AbortSignal): Promise<unknown> {
  if (!name.test(said)) throw new Fault('INVALID_REQUEST', 'invalid profile name')
  if (!configured(s)[said]) throw new Fault('NOT_FOUND', `profile "${said}" not found`)
  if (getPath(s.config.current(), ['browser', 'defaultProfile']) === said)
    throw new Fault(
      'INVALID_REQUEST',
      `cannot delete the default profile "${said}"; change browser.defaultProfile first`,
    )
  await s.browser.call({ method: 'POST', path: '/stop', query: { profile: said }, body: {}, signal })
  const edit = { kind: 'unset' as const, path: `browser.profiles.${said}` }
  await s.config.change(edit, { needsHash: false, who: 'browser.request' })
  const dir = join(s.gateway.stateDir, 'browser')
  const deleted = await moveInto(join(dir, said), join(dir, 'trash'), String(s.clock.now()))
  return { ok: true, profile: said, deleted }
}

/** Answers a route, those of profiles included; a node does when the config says so. Throws the route's Faults. */
async function browserCall(call: BrowserCall, caller: Caller, s: Needed): Promise<unknown> {
  const far = nodeBrowser(s)
  if (far) return far.call(call)
  const one = /^\/profiles\/([^/]+)$/.exec(call.path)?.[1]
  const made = call.method === 'POST' && one === 'create'
  if (!made && !(call.method === 'DELETE' && one !== undefined)) return s.browser.call(call)
  ownersOnly(caller)
  return made ? create(call.body, s) : remove(decodeURIComponent(one), s, call.signal)
}

const request = defineOp({
  id: 'browser.request',
  summary: 'Drives the browser.',
  scope: 'write',
  params: z.strictObject({
    method: z.enum(['GET', 'POST', 'DELETE']).describe('the HTTP method'),
    path: z
      .string()
      .min(1)
      .describe(
        'the path: /, /profiles, /start, /stop, /tabs, /navigate, /snapshot, /act, /screenshot, /pdf, /console, …',
      ),
    query: z.record(z.string(), z.unknown()).optional().describe('the query'),
    body: z.unknown().optional().describe('the body'),
    timeoutMs: z.number().int().min(1).optional().describe('how long it may take, in ms'),
  }),
  result: z.unknown(),
  examples: [{ params: { method: 'GET', path: '/' }, note: 'a browser' }],
  handler: async ({ params: p, caller, signal }, s: Needed) => {
    const ms = p.timeoutMs ?? callMs
    const limit = deadline(s.clock, ms, new Fault('TIMEOUT', `${p.method} ${p.path} took longer than ${ms} ms`), signal)
    const late = new Promise<never>((_, reject) =>
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason), { once: true }),
    )
    late.catch(() => undefined)
    const body = typeof p.body === 'object' && p.body !== null ? (p.body as Record<string, unknown>) : {}
    const call = { method: p.method, path: p.path, query: p.query ?? {}, body, signal: limit.signal }
    try {
      return await Promise.race([browserCall(call, caller, s), late])
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'FORBIDDEN') throw error
      const code = error.http < 500 ? 'INVALID_REQUEST' : 'UNAVAILABLE'
      throw new Fault(code, error.message, { details: { error: error.message, code: error.code }, cause: error })
    } finally {
      limit.done()
    }
  },
})

export const browserOps = [request] as const
