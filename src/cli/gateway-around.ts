// What stands around the gateway on this machine: where it is asked, who listens on its port, and what its service would read.
import { existsSync } from 'node:fs'
import { getPath } from '../config/path.ts'
import { paths as pathsOf } from '../config/paths.ts'
import { outsideFacts } from '../ops/doctor/outside.ts'
import { machineServices } from '../os/service/extra.ts'
import { environmentOf } from '../os/service/written.ts'
import type { Run } from './context.ts'
import { loadWhole, outsideParts } from './host-facts.ts'
import type { lookAt } from './lifecycle.ts'
import { findTarget } from './target.ts'

type Service = Awaited<ReturnType<typeof lookAt>>['state']

/** What `gateway status` shows besides the gateway’s own words. */
export interface Around {
  readonly config: {
    readonly cli: { readonly path: string; readonly exists: boolean; readonly valid: boolean }
    /** What the installed service reads. */
    readonly daemon?: { readonly path: string; readonly exists: boolean }
    readonly mismatch: boolean
  }
  readonly gateway: {
    readonly bindMode: string
    readonly port: number
    readonly portSource: string
    readonly probeUrl: string
    readonly dashboard: string
  }
  readonly listeners: readonly { readonly pid: number; readonly command: string }[]
  readonly extraServices: readonly string[]
}

/** The config file a service reads by its definition. */
function configOf(text: string, run: Run): string {
  const { home, profile } = run.paths
  const env = { HOME: home, ...(profile === undefined ? {} : { OPENCLAW_PROFILE: profile }), ...environmentOf(text) }
  return pathsOf(env, {}, { home, exists: existsSync }).configPath
}

/** Looks at this machine; `deep` also at services of the whole machine. */
export async function around(run: Run, service: Service | undefined, deep: boolean): Promise<Around> {
  const { ctx, globals, paths } = run
  const loaded = await loadWhole(run, await ctx.host(paths))
  const { url, source } = await findTarget(globals, ctx.env, paths)
  const at = new URL(url)
  const said = (key: string) => getPath(loaded.config, ['gateway', ...key.split('.')])
  const base = said('controlUi.basePath')
  const inside = typeof base === 'string' ? base.replaceAll(/^\/+|\/+$/g, '') : ''
  const facts = outsideFacts(await outsideParts(run, false))
  const port = Number(at.port || (at.protocol === 'wss:' ? 443 : 80))
  const daemon = service?.text === undefined ? undefined : configOf(service.text, run)
  const elsewhere = globals.url !== undefined
  return {
    config: {
      cli: { path: paths.configPath, exists: loaded.exists, valid: loaded.valid },
      ...(daemon === undefined ? {} : { daemon: { path: daemon, exists: existsSync(daemon) } }),
      mismatch: daemon !== undefined && daemon !== paths.configPath,
    },
    gateway: {
      bindMode: String(said('bind')),
      port,
      portSource: source,
      probeUrl: url,
      dashboard: `${at.protocol === 'wss:' ? 'https' : 'http'}://${at.host}/${inside ? `${inside}/` : ''}`,
    },
    listeners: elsewhere ? [] : facts.listeners(port),
    extraServices: elsewhere
      ? []
      : [...new Set([...facts.otherServices(), ...(deep ? machineServices(process.platform) : [])])],
  }
}

/** The same as lines. */
export function aroundLines({ config, gateway: g, listeners, extraServices }: Around, name: string): string[] {
  const flaw = config.cli.exists ? (config.cli.valid ? '' : ' (it has mistakes)') : ' (none; the defaults count)'
  return [
    `Probe target: ${g.probeUrl} (${g.portSource})`,
    `Dashboard: ${g.dashboard} (signed in: ${name} dashboard)`,
    `Config: ${config.cli.path}${flaw}`,
    ...(config.daemon ? [`Config (service): ${config.daemon.path}`] : []),
    ...(config.mismatch ? [`! The service reads another config; write it anew: ${name} gateway install --force`] : []),
    ...listeners.map((l) => `Listening: pid ${l.pid} ${l.command}`),
    ...extraServices.map((path) => `! Another gateway service: ${path}`),
  ]
}
