// What a page finds around it: cookies, storage, the network, place, time, language, device.
import { z } from 'zod'
import { KnownDevices } from 'puppeteer-core/internal/puppeteer-core-browser.js'
import { describeError, Fault } from '../../lib/fault.ts'
import { run } from './page-script.ts'
import { flag, maybeNumber, maybeWord, route, word, type RouteWorld } from './route.ts'
import { clientOf, type Tab } from './tab.ts'

const done = (tab: Tab) => ({ ok: true, targetId: tab.id })

const cookies = route('GET', '/cookies', {}, async (_p, x) => {
  const tab = await x.tab()
  const { cookies: all } = await clientOf(tab.page.mainFrame()).send('Storage.getCookies')
  return { ...done(tab), cookies: all }
})

const Cookie = z.object({
  name: z.string().min(1),
  value: z.string(),
  url: z.string().exactOptional(),
  domain: z.string().exactOptional(),
  path: z.string().exactOptional(),
  expires: z.number().exactOptional(),
  httpOnly: z.boolean().exactOptional(),
  secure: z.boolean().exactOptional(),
  sameSite: z.enum(['Lax', 'None', 'Strict']).exactOptional(),
})

const cookieSet = route('POST', '/cookies/set', { cookie: Cookie }, async ({ cookie }, x) => {
  const tab = await x.tab()
  if (!cookie.url && !(cookie.domain && cookie.path))
    throw new Fault('INVALID_REQUEST', 'a cookie needs a url, or domain and path')
  const { success } = await clientOf(tab.page.mainFrame())
    .send('Network.setCookie', cookie)
    .catch((error: unknown) => {
      throw new Fault('INVALID_REQUEST', `the browser does not take the cookie: ${describeError(error)}`, {
        cause: error,
      })
    })
  if (!success) throw new Fault('INVALID_REQUEST', `the browser does not take the cookie ${cookie.name}`)
  return done(tab)
})

const cookiesClear = route('POST', '/cookies/clear', {}, async (_p, x) => {
  const tab = await x.tab()
  await clientOf(tab.page.mainFrame()).send('Network.clearBrowserCookies')
  return done(tab)
})

const kind = z.enum(['local', 'session'], 'must be local or session')

/** Runs something on the storage of a page. */
async function stored(tab: Tab, of: 'local' | 'session', expression: string): Promise<unknown> {
  try {
    return await run(tab.page.mainFrame(), `((s) => ${expression})(${of}Storage)`)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `${tab.page.url()} has no ${of}Storage: ${describeError(error)}`, {
      cause: error,
    })
  }
}

const storage = route('GET', '/storage/:kind', { kind, key: maybeWord }, async (p, x) => {
  const tab = await x.tab()
  const one = p.key === undefined ? undefined : JSON.stringify(p.key)
  const values = await stored(
    tab,
    p.kind,
    one ? `s.getItem(${one}) === null ? {} : { [${one}]: s.getItem(${one}) }` : `({ ...s })`,
  )
  return { ...done(tab), values }
})

const storageSet = route('POST', '/storage/:kind/set', { kind, key: word, value: z.coerce.string() }, async (p, x) => {
  const tab = await x.tab()
  await stored(tab, p.kind, `s.setItem(${JSON.stringify(p.key)}, ${JSON.stringify(p.value)})`)
  return done(tab)
})

const storageClear = route('POST', '/storage/:kind/clear', { kind }, async (p, x) => {
  const tab = await x.tab()
  await stored(tab, p.kind, 's.clear()')
  return done(tab)
})

/** A route that changes what the page finds; what the browser refuses is told as it says it. */
const set = <P extends z.ZodRawShape>(
  name: string,
  shape: P,
  change: (tab: Tab, p: z.output<z.ZodObject<P>>, x: RouteWorld) => Promise<unknown>,
) =>
  route('POST', `/set/${name}`, shape, async (p, x) => {
    const tab = await x.tab()
    try {
      await change(tab, p, x)
    } catch (error) {
      if (error instanceof Fault) throw error
      throw new Fault('INVALID_REQUEST', `the browser does not take this ${name}: ${describeError(error)}`, {
        cause: error,
      })
    }
    return done(tab)
  })

const offline = set('offline', { offline: z.union([z.boolean(), z.stringbool()]) }, (tab, p) =>
  tab.page.setOfflineMode(p.offline),
)

const headers = set('headers', { headers: z.record(z.string(), z.string()) }, (tab, p) =>
  tab.page.setExtraHTTPHeaders(p.headers),
)

const credentials = set(
  'credentials',
  { username: maybeWord, password: z.string().optional(), clear: flag },
  (tab, p) => {
    if (p.clear) return tab.page.authenticate(null)
    if (!p.username) throw new Fault('INVALID_REQUEST', 'username is required, or clear')
    return tab.page.authenticate({ username: p.username, password: p.password ?? '' })
  },
)

const geolocation = set(
  'geolocation',
  { latitude: maybeNumber, longitude: maybeNumber, accuracy: maybeNumber, origin: maybeWord, clear: flag },
  async (tab, p) => {
    const context = tab.page.browserContext()
    if (p.clear) {
      await clientOf(tab.page.mainFrame()).send('Emulation.clearGeolocationOverride')
      return context.clearPermissionOverrides()
    }
    if (p.latitude === undefined || p.longitude === undefined)
      throw new Fault('INVALID_REQUEST', 'latitude and longitude are required, or clear')
    const origin = p.origin ?? URL.parse(tab.page.url())?.origin
    if (origin && origin !== 'null') await context.overridePermissions(origin, ['geolocation'])
    const accuracy = p.accuracy === undefined ? {} : { accuracy: p.accuracy }
    return tab.page.setGeolocation({ latitude: p.latitude, longitude: p.longitude, ...accuracy })
  },
)

const media = set('media', { colorScheme: z.enum(['dark', 'light', 'no-preference', 'none']) }, (tab, p) =>
  tab.page.emulateMediaFeatures(
    p.colorScheme === 'none' ? [] : [{ name: 'prefers-color-scheme', value: p.colorScheme }],
  ),
)

const timezone = set('timezone', { timezoneId: word }, (tab, p) => {
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: p.timezoneId }).resolvedOptions() // throws for one there is not
  return tab.page.emulateTimezone(timeZone)
})

const locale = set('locale', { locale: word }, async (tab, p) => {
  const client = clientOf(tab.page.mainFrame())
  await client.send('Emulation.setLocaleOverride', {}) // one has to go before another comes
  await client.send('Emulation.setLocaleOverride', { locale: p.locale })
  const userAgent = String(await run(tab.page.mainFrame(), 'navigator.userAgent'))
  await client.send('Emulation.setUserAgentOverride', { userAgent, acceptLanguage: p.locale })
})

const device = set('device', { name: word }, (tab, p) => {
  const known = Object.entries(KnownDevices)
  const found = known.find(([name]) => name.toLowerCase() === p.name.toLowerCase())
  if (found) return tab.page.emulate(found[1])
  const like = known
    .map(([name]) => name)
    .filter((n) => n.toLowerCase().includes((p.name.split(' ')[0] as string).toLowerCase()))
  throw new Fault(
    'INVALID_REQUEST',
    `there is no device "${p.name}"; there are ${(like.length ? like : known.map(([n]) => n)).slice(0, 12).join(', ')} …`,
  )
})

/** The routes for what a page finds around it. */
export const stateRoutes = [
  cookies,
  cookieSet,
  cookiesClear,
  storage,
  storageSet,
  storageClear,
  offline,
  headers,
  credentials,
  geolocation,
  media,
  timezone,
  locale,
  device,
] as const
