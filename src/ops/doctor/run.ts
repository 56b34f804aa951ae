// Runs checks, and mends what can be mended.
import { describeError, Fault } from '../../lib/fault.ts'
import type { Registry } from '../../define/registry.ts'
import type { HostCheck, HostFacts } from './facts.ts'
import type { Journal } from './journal.ts'

/** What came of a check. `skip` is one whose result would mean nothing because of another. */
export interface CheckReport {
  readonly id: string
  readonly summary: string
  readonly severity: HostCheck['severity']
  readonly status: 'ok' | 'note' | 'warn' | 'fail' | 'skip'
  readonly text?: string
  readonly fix?: string
}

const statusOf = { note: 'note', warn: 'warn', broken: 'fail' } as const

async function look(check: HostCheck, facts: HostFacts, signal: AbortSignal): Promise<CheckReport> {
  const { id, summary, severity } = check
  if (check.outside && facts.inside)
    return { id, summary, severity, status: 'skip', text: 'the running gateway cannot tell; `oclaw doctor` can' }
  try {
    const r = await check.run({ signal, facts: facts as unknown as Readonly<Record<string, unknown>> })
    if (r.ok) return { id, summary, severity, status: 'ok', ...(r.text === undefined ? {} : { text: r.text }) }
    const fix = r.fix === undefined ? {} : { fix: r.fix.command }
    return { id, summary, severity, status: statusOf[severity], text: r.text, ...fix }
  } catch (error) {
    const text = error instanceof Fault ? error.message : describeError(error)
    return { id, summary, severity, status: statusOf[severity], text: `it could not be checked: ${text}` }
  }
}

/** Runs every check, side by side; one that another makes meaningless is skipped. */
export async function runChecks(
  checks: Registry<HostCheck>,
  facts: HostFacts,
  signal: AbortSignal,
): Promise<CheckReport[]> {
  const all = await Promise.all(checks.all.map((check) => look(check, facts, signal)))
  const bad = new Set(all.filter((r) => r.status === 'fail' || r.status === 'warn').map((r) => r.id))
  return all.map((r) => {
    const because = checks.get(r.id)?.after?.find((id) => bad.has(id))
    if (because === undefined || r.status === 'ok') return r
    return { id: r.id, summary: r.summary, severity: r.severity, status: 'skip', text: `${because} comes first` }
  })
}

/** Mends what the reports found, in order. Answers what was done, in sentences. */
export async function mend(
  checks: Registry<HostCheck>,
  reports: readonly CheckReport[],
  facts: HostFacts,
  journal: Journal,
): Promise<string[]> {
  const done: string[] = []
  for (const r of reports) {
    if (r.status === 'ok' || r.status === 'skip') continue
    const said = await checks.get(r.id)?.mend?.(facts, journal)
    if (said !== undefined) done.push(said)
  }
  return done
}
