// Every control route, and how a call finds its own.
import { Fault } from '../../lib/fault.ts'
import type { BrowserCall } from '../../define/browser.ts'
import { actRoutes } from './act.ts'
import type { Browsers } from './control.ts'
import { listenRoutes } from './listen.ts'
import { lookRoutes } from './look.ts'
import { matched, maybeNumber, route, word, type Route } from './route.ts'
import { stateRoutes } from './state.ts'
import { z } from 'zod'

const status = route('GET', '/', {}, (_p, x) => x.browsers.status(x.profile))

const profiles = route('GET', '/profiles', {}, async (_p, x) => ({ profiles: await x.browsers.profiles() }))

const start = route('POST', '/start', {}, async (_p, x) => {
  await x.session()
  return { ok: true, profile: x.profile.name }
})

const stop = route('POST', '/stop', {}, async (_p, x) => ({
  ok: true,
  stopped: await x.browsers.stop(x.profile),
  profile: x.profile.name,
}))

const reset = route('POST', '/reset-profile', {}, async (_p, x) => ({
  ok: true,
  profile: x.profile.name,
  ...(await x.browsers.reset(x.profile)),
}))

const tabs = route('GET', '/tabs', {}, async (_p, x) => {
  const there = await x.browsers.peek(x.profile)
  return { running: there !== undefined, tabs: there ? await there.tabs() : [] }
})

const open = route('POST', '/tabs/open', { url: word }, async (p, x) => (await x.session()).openTab(p.url, x.signal))

/** The browser of the profile. Throws CONFLICT when it does not run. */
async function there(x: Parameters<Route['run']>[1]) {
  const found = await x.browsers.peek(x.profile)
  if (found) return found
  throw new Fault('CONFLICT', `the browser of profile "${x.profile.name}" is not running; \`browser start\` starts it`)
}

const focus = route('POST', '/tabs/focus', { targetId: word }, async (p, x) => {
  await (await there(x)).focus(p.targetId)
  return { ok: true }
})

const close = route('DELETE', '/tabs/:targetId', { targetId: word }, async (p, x) => {
  await (await there(x)).closeTab(p.targetId)
  return { ok: true }
})

const tabAction = route(
  'POST',
  '/tabs/action',
  { action: z.enum(['list', 'new', 'close', 'select']), index: maybeNumber },
  async (p, x) => {
    if (p.action === 'list') return { ok: true, tabs: (await (await x.browsers.peek(x.profile))?.tabs()) ?? [] }
    if (p.action === 'new') return { ok: true, tab: await (await x.session()).openTab('about:blank', x.signal) }
    const s = await there(x)
    if (p.action === 'select' && p.index === undefined) throw new Fault('INVALID_REQUEST', 'index is required')
    const row = (await s.tabs())[p.index ?? 0]
    if (!row) throw new Fault('NOT_FOUND', `tab not found: there is no tab ${(p.index ?? 0) + 1}`)
    const targetId = await (p.action === 'close' ? s.closeTab(row.targetId) : s.focus(row.targetId))
    return { ok: true, targetId }
  },
)

const navigate = route('POST', '/navigate', { url: word }, async (p, x) => {
  const tab = await x.tab()
  const url = await (await x.session()).go(tab, p.url, x.signal)
  return { ok: true, targetId: tab.id, url }
})

const all: readonly Route[] = [
  status,
  profiles,
  start,
  stop,
  reset,
  tabs,
  open,
  focus,
  tabAction,
  close,
  navigate,
  ...actRoutes,
  ...lookRoutes,
  ...listenRoutes,
  ...stateRoutes,
]

/** Answers a call. Throws NOT_FOUND when there is no such route, and what the route throws. */
export async function answer(browsers: Browsers, call: BrowserCall): Promise<unknown> {
  const path = call.path.startsWith('/') ? call.path : `/${call.path}`
  for (const r of all) {
    const found = r.method === call.method ? matched(r.path, path) : undefined
    if (!found) continue
    const given = { ...call.query, ...call.body, ...found }
    const text = (name: string) => {
      const value = call.query[name] ?? call.body[name]
      return typeof value === 'string' && value.trim() ? value.trim() : undefined
    }
    const profile = browsers.profile(text('profile'))
    const session = () => browsers.ensure(profile)
    return r.run(given, {
      browsers,
      profile,
      signal: call.signal,
      session,
      tab: async () => (await session()).tab(text('targetId')),
    })
  }
  throw new Fault('NOT_FOUND', `there is no browser route ${call.method} ${path}`)
}
