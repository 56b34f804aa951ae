// What the config alone says, for reports of a gateway that is down.
import { Fault } from '../lib/fault.ts'
import { isRecord } from '../config/section.ts'
import { isDown } from './connect.ts'
import type { Run } from './context.ts'
import { loadWhole } from './host-facts.ts'
import { findTarget } from './target.ts'

/** Agents, model and channels as the config has them, and why nobody could be asked. */
export interface ConfigOnly {
  readonly configOnly: true
  readonly gateway: {
    readonly reachable: false
    readonly url: string
    readonly urlSource: string
    readonly error: string
  }
  readonly config: { readonly path: string; readonly valid: boolean }
  readonly agents: readonly string[]
  readonly model: string | null
  readonly list: readonly {
    readonly channel: string
    readonly label: string
    readonly accountId: string
    readonly enabled: boolean
    readonly configured: boolean
  }[]
}

/** What the config says, when `error` means that this installation's gateway is down; else throws `error`. */
export async function configOnly(run: Run, error: unknown): Promise<ConfigOnly> {
  if (!(error instanceof Fault) || !isDown(error) || run.globals.url !== undefined) throw error
  const { ctx, globals, paths } = run
  const host = await ctx.host(paths)
  const { config, env, valid } = await loadWhole(run, host)
  const { url, source } = await findTarget(globals, ctx.env, paths)
  const listed = isRecord(config['agents']) ? config['agents']['list'] : undefined
  const agents = Array.isArray(listed) ? listed.flatMap((a) => (isRecord(a) ? String(a['id']) : [])) : []
  return {
    configOnly: true,
    gateway: { reachable: false, url, urlSource: source, error: error.message.split('\n')[0] ?? '' },
    config: { path: paths.configPath, valid },
    agents: agents.length ? agents : ['main'],
    model: host.model(config, env).ref ?? null,
    list: host.accounts(config, env).map(({ channel, accountId, account }) => {
      const d = host.channels.find((one) => one.id === channel)
      const configured = d !== undefined && d.missing(account as never) === undefined
      return { channel, label: d?.label ?? channel, accountId, enabled: account['enabled'] !== false, configured }
    }),
  }
}

/** One account, as `channels status` of the original has it. */
export const accountLine = ({ label, accountId, enabled, configured }: ConfigOnly['list'][number]): string =>
  `- ${label} ${accountId}: ${enabled ? 'enabled' : 'disabled'}, ${configured ? 'configured' : 'not configured'}`

/** That nobody could be asked, why, and what mends it. */
export const downLines = ({ gateway: g }: ConfigOnly, name: string): string[] => [
  `Gateway: not reachable (${g.url}, ${g.urlSource})`,
  `  ${g.error}`,
  `  Start it: ${name} gateway start`,
  'What the config alone says:',
]
