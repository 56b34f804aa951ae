// What of this installation lets strangers do too much.
import { z } from 'zod'
import type { Finding } from '../../ops/audit/facts.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'

/** What the audit looked at and found here; with `deep` the gateway is asked, too. */
export async function lookAudit(run: Run, deep: boolean) {
  const { ctx, paths } = run
  const [{ audit }, { gatewayView, loadWhole }] = await Promise.all([
    import('../../ops/audit/run.ts'),
    import('../host-facts.ts'),
  ])
  const host = await ctx.host(paths)
  const loaded = await loadWhole(run, host)
  const view = deep ? await gatewayView(run, loaded.config) : undefined
  const probe = view && {
    ok: view.running,
    url: `ws://127.0.0.1:${view.port}`,
    ...(view.error === undefined ? {} : { error: view.error }),
  }
  const facts = {
    config: loaded.config,
    parsed: loaded.parsed,
    paths,
    env: host.env,
    files: loaded.files,
    accounts: host.accounts(loaded.config, loaded.env),
    ...(probe ? { probe } : {}),
  }
  return { facts, raw: loaded.raw, findings: audit(facts), probe }
}

const marks = { critical: '✗', warn: '!', info: '·' } as const

function lineOf(f: Finding, { paint }: Run): string {
  const ink = { critical: paint.red, warn: paint.yellow, info: paint.dim }[f.severity]
  const mend = f.remediation === undefined ? '' : `\n    → ${f.remediation}`
  return `${ink(`${marks[f.severity]} ${f.severity.toUpperCase()}`)} ${f.checkId}: ${f.title}\n    ${f.detail}${mend}\n`
}

const securityAudit = defineCommand({
  path: 'security audit',
  summary: 'Looks for what lets strangers do too much, and closes what can be closed.',
  flags: z.strictObject({
    deep: z.boolean().default(false).describe('also ask the running gateway'),
    fix: z.boolean().default(false).describe('close what can be closed; it can be undone with `doctor --undo`'),
  }),
  examples: ['security audit', 'security audit --deep --json', 'security audit --fix'],
  async run({ deep, fix }, run) {
    const { ctx, globals, paths } = run
    let seen = await lookAudit(run, deep)
    let done: string[] = []
    if (fix) {
      const [{ harden }, { journal }] = await Promise.all([
        import('../../ops/audit/run.ts'),
        import('../../ops/doctor/journal.ts'),
      ])
      done = await harden(seen.facts, seen.raw, journal(paths.stateDir, ctx.clock))
      seen = await lookAudit(run, deep)
    }
    const { tally } = await import('../../ops/audit/run.ts')
    const summary = tally(seen.findings)
    if (globals.json) {
      const gateway = seen.probe && {
        attempted: true,
        url: seen.probe.url,
        ok: seen.probe.ok,
        error: seen.probe.error ?? null,
      }
      const more = { ...(gateway ? { deep: { gateway } } : {}), ...(fix ? { fix: { ok: true, actions: done } } : {}) }
      ctx.stdout(json({ ts: ctx.clock.now(), summary, findings: seen.findings, ...more }))
      return 0
    }
    for (const line of done) ctx.stdout(`${line}\n`)
    for (const f of seen.findings) ctx.stdout(lineOf(f, run))
    ctx.stdout(`${summary.critical} critical, ${summary.warn} warnings, ${summary.info} notes\n`)
    if (!fix && summary.critical + summary.warn)
      ctx.stdout(`Close what can be closed: ${ctx.name} security audit --fix\n`)
    return 0
  },
})

export const commands: readonly Command[] = [securityAudit]
