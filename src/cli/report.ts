// The whole report of `status --all`: one text to paste where help is asked for; it changes nothing and shows no secret.
import { arch, platform, release } from 'node:os'
import { tally } from '../ops/audit/run.ts'
import { secretsIn, scrub } from '../ops/machine/bug-bundle.ts'
import { unitName } from '../os/service/plan.ts'
import { opOf, show } from './operation.ts'
import { lookAudit } from './commands/security.ts'
import type { CliContext, Run } from './context.ts'
import { loadWhole } from './host-facts.ts'
import { lookAt } from './lifecycle.ts'

/** What is added to the gateway's own report. */
export interface Report {
  readonly os: { readonly platform: string; readonly release: string; readonly arch: string }
  readonly version: string
  readonly gatewayService: {
    readonly manager: string
    readonly unit: string
    readonly installed: boolean
    readonly enabled: boolean
    readonly active: boolean
  }
  readonly securityAudit: {
    readonly summary: Readonly<Record<string, number>>
    readonly findings: readonly { readonly checkId: string; readonly severity: string; readonly title: string }[]
  }
  /** Answers of a gateway that runs. */
  readonly agents?: unknown
  readonly memory?: unknown
}

/** Looks at this machine, and with `up` asks the gateway. */
export async function report(run: Run, up: boolean): Promise<Report> {
  const [{ state, plan }, { findings }, agents, memory] = await Promise.all([
    lookAt(run),
    lookAudit(run, false),
    up ? run.call('agents.list', {}) : undefined,
    up ? run.call('memory.status', {}) : undefined,
  ])
  return {
    os: { platform: platform(), release: release(), arch: arch() },
    version: run.ctx.version,
    gatewayService: {
      manager: state.manager,
      unit: unitName(plan),
      installed: state.text !== undefined,
      enabled: state.enabled,
      active: state.active,
    },
    securityAudit: {
      summary: tally(findings),
      findings: findings
        .filter((f) => f.severity !== 'info')
        .map(({ checkId, severity, title }) => ({ checkId, severity, title })),
    },
    ...(up ? { agents, memory } : {}),
  }
}

/** What an operation prints of a result, as one text. */
export function printed(run: Run, id: string, result: unknown): string {
  let text = ''
  const ctx: CliContext = { ...run.ctx, stdout: (more) => (text += more) }
  show(opOf(run.ctx, id), result, {}, { ...run, ctx, globals: { ...run.globals, json: false } })
  return text.trimEnd()
}

/** The report as text; `parts` are titles, and what stands under each. */
export function reportText(r: Report, parts: readonly (readonly [title: string, text: string])[]): string {
  const s = r.gatewayService
  const service = s.installed
    ? `${s.unit} (${s.manager}, ${s.enabled ? 'enabled' : 'disabled'}, ${s.active ? 'running' : 'stopped'})`
    : `not installed (${s.manager})`
  const { summary, findings } = r.securityAudit
  const all: (readonly [string, string])[] = [
    ['Machine', `${r.os.platform} ${r.os.release} ${r.os.arch}; program ${r.version}`],
    ['Service', service],
    ...parts,
    [
      'Security audit',
      [
        Object.entries(summary)
          .map(([severity, n]) => `${n} ${severity}`)
          .join(', '),
        ...findings.map((f) => `${f.severity} ${f.checkId}: ${f.title}`),
      ].join('\n'),
    ],
  ]
  return all.map(([title, text]) => `${title}\n${text.replaceAll(/^/gm, '  ')}\n`).join('\n')
}

/** A text without the secrets of this installation, and without what looks like one. */
export async function withoutSecrets(run: Run, text: string): Promise<string> {
  const { config } = await loadWhole(run, await run.ctx.host(run.paths))
  return scrub(text, secretsIn(config))
}
