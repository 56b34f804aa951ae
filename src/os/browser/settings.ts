// What the config means for browsers: profiles, ports, colours, rules.
import type { BrowserProfile, BrowserSettings } from '../../define/browser.ts'

/** The section of the config about browsers, as far as it counts here; `executablePath` is absolute. */
export interface BrowserWish {
  readonly cdpUrl?: string | undefined
  readonly remoteCdpTimeoutMs: number
  readonly remoteCdpHandshakeTimeoutMs: number
  readonly color: string
  readonly executablePath?: string | undefined
  readonly headless: boolean
  readonly noSandbox: boolean
  readonly attachOnly: boolean
  readonly evaluateEnabled: boolean
  readonly defaultProfile: string
  readonly snapshotDefaults?: { readonly mode?: string | undefined } | undefined
  readonly ssrfPolicy?:
    | {
        readonly allowPrivateNetwork?: boolean | undefined
        readonly allowedHostnames?: readonly string[] | undefined
        readonly hostnameAllowlist?: readonly string[] | undefined
      }
    | undefined
  readonly profiles?:
    | Readonly<
        Record<
          string,
          {
            readonly cdpPort?: number | undefined
            readonly cdpUrl?: string | undefined
            readonly driver?: string | undefined
            readonly color: string
          }
        >
      >
    | undefined
}

const coloured = (color: string) => (color.startsWith('#') ? color : `#${color}`)

/** The profiles there are. The built-in one listens eleven ports above the gateway; 0 lets the system choose. */
function profilesOf(b: BrowserWish, port: number): BrowserProfile[] {
  const named = Object.entries(b.profiles ?? {}).map(([name, p]) => ({
    name,
    cdpPort: p.cdpPort ?? 0,
    ...(p.cdpUrl === undefined ? {} : { cdpUrl: p.cdpUrl }),
    color: coloured(p.color),
    extension: p.driver === 'extension' && p.cdpUrl === undefined,
  }))
  const has = (name: string) => named.some((p) => p.name === name)
  const remote = b.cdpUrl === undefined ? {} : { cdpUrl: b.cdpUrl }
  const own = { name: 'openclaw', cdpPort: port ? port + 11 : 0, ...remote, color: coloured(b.color), extension: false }
  const relay = { name: 'chrome', cdpPort: port ? port + 3 : 0, color: '#00AA00', extension: true }
  return [
    ...(has('openclaw') ? [] : [own]),
    ...named,
    ...(b.defaultProfile === 'chrome' && !has('chrome') ? [relay] : []),
  ]
}

/** The settings a config means, beside a gateway at this port; 0 when there is none. */
export function browserSettings(b: BrowserWish, port: number): BrowserSettings {
  const policy = b.ssrfPolicy
  return {
    profiles: profilesOf(b, port),
    defaultProfile: b.defaultProfile,
    ...(b.executablePath ? { executablePath: b.executablePath } : {}),
    headless: b.headless,
    noSandbox: b.noSandbox,
    attachOnly: b.attachOnly,
    evaluate: b.evaluateEnabled,
    remoteTimeoutMs: b.remoteCdpTimeoutMs,
    remoteHandshakeTimeoutMs: b.remoteCdpHandshakeTimeoutMs,
    efficient: b.snapshotDefaults?.mode === 'efficient',
    policy: {
      allowPrivate: policy?.allowPrivateNetwork ?? false,
      always: policy?.allowedHostnames ?? [],
      only: policy?.hostnameAllowlist ?? [],
    },
  }
}
