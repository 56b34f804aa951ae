// What is wrong on this machine, and mending it; works whether the gateway runs or not.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import type { CheckReport } from '../../ops/doctor/run.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)

/** The facts of this machine as this program finds them. */
async function factsFor(run: Run, deep: boolean) {
  const [{ outsideFacts }, { outsideParts }] = await Promise.all([
    import('../../ops/doctor/outside.ts'),
    import('../host-facts.ts'),
  ])
  return outsideFacts(await outsideParts(run, deep))
}

const marks = { ok: '✓', note: '·', warn: '!', fail: '✗', skip: '-' } as const
const words = { ok: 'OK', note: 'NOTE', warn: 'WARN', fail: 'FAIL', skip: 'SKIP' } as const

function line(r: CheckReport, { paint }: Run): string {
  const ink = { ok: paint.green, note: paint.dim, warn: paint.yellow, fail: paint.red, skip: paint.dim }[r.status]
  const head = `${ink(`${marks[r.status]} ${words[r.status].padEnd(4)}`)} ${r.id.padEnd(22)}`
  const text = (r.text ?? r.summary).split('\n').join(`\n${' '.repeat(30)}`)
  return `${head} ${text}${r.fix === undefined || r.status === 'ok' ? '' : `\n${' '.repeat(30)}→ ${r.fix}`}`
}

async function undoNewest({ ctx, globals, paths }: Run): Promise<number> {
  const { undo } = await import('../../ops/doctor/journal.ts')
  const done = await undo(paths.stateDir, ctx.clock)
  if (globals.json) ctx.stdout(json({ ok: done.left.length === 0, ...done }))
  else {
    for (const path of done.restored) ctx.stdout(`put back ${path}\n`)
    for (const path of done.left) ctx.stdout(`left ${path}, which was changed since\n`)
    ctx.stdout(`Undone: ${done.journal}\n`)
  }
  return done.left.length ? 1 : 0
}

/** Whether to mend now: with --fix, or when somebody at the terminal says so. */
async function wanted(flags: { fix: boolean; yes: boolean; nonInteractive: boolean }, { ctx, globals }: Run) {
  if (flags.fix) return true
  if (flags.yes) return true
  if (flags.nonInteractive || globals.json || !ctx.stdinTTY) return false
  return /^y(es)?$/i.test((await ctx.ask('Mend what can be mended? It can be undone. [y/N] ')).trim())
}

const doctorCommand = defineCommand({
  path: 'doctor',
  summary: 'Finds what is wrong with this installation, and mends what can be mended.',
  short: { yes: 'y' },
  flags: z.strictObject({
    fix: off('mend what can be mended; every change is written down and can be undone'),
    repair: off('the same as --fix'),
    undo: off('put back what the last --fix changed'),
    nonInteractive: off('ask nothing'),
    yes: off('say yes to every question: mend what can be mended, also where nobody is at a terminal'),
    deep: off('also ask the model for an answer'),
    force: off('kept for older scripts; does nothing'),
    generateGatewayToken: off('make a new token for the gateway, also when the one there is good'),
    workspaceSuggestions: z.boolean().default(true).describe('kept for older scripts; does nothing'),
  }),
  examples: [
    'doctor',
    'doctor --fix',
    'doctor --undo',
    'doctor --json --non-interactive',
    'doctor --generate-gateway-token',
  ],
  async run(p, run) {
    const { ctx, globals, paths } = run
    const fix = p.fix || p.repair
    if (p.undo && fix) throw new Fault('INVALID_REQUEST', '--undo and --fix say the opposite; drop one of them')
    if (p.undo) return undoNewest(run)
    const [{ checks }, { runChecks, mend }, { journal }] = await Promise.all([
      import('../../ops/checks.ts'),
      import('../../ops/doctor/run.ts'),
      import('../../ops/doctor/journal.ts'),
    ])
    let reports = await runChecks(checks, await factsFor(run, p.deep), ctx.signal)
    if (!globals.json) for (const r of reports) ctx.stdout(`${line(r, run)}\n`)
    const mendable = reports.some((r) => r.fix === 'oclaw doctor --fix' && r.status !== 'skip')
    const done: string[] = []
    const book = journal(paths.stateDir, ctx.clock)
    const mending = fix || (mendable && (await wanted({ ...p, fix }, run)))
    if (mending) done.push(...(await mend(checks, reports, await factsFor(run, false), book)))
    if (p.generateGatewayToken) {
      const { newToken } = await import('../../ops/doctor/config-checks.ts')
      done.push(await newToken(await factsFor(run, false), book))
    }
    if (done.length) reports = await runChecks(checks, await factsFor(run, p.deep), ctx.signal)
    const ok = !reports.some((r) => r.status === 'fail')
    if (globals.json) {
      ctx.stdout(
        json({ ok, checks: reports, mended: done, ...(book.path === undefined ? {} : { journal: book.path }) }),
      )
      return ok ? 0 : 1
    }
    ctx.stdout(done.map((text) => `mended: ${text}\n`).join(''))
    if (book.path !== undefined) ctx.stdout(`Written down in ${book.path}; undo it: ${ctx.name} doctor --undo\n`)
    else if (fix) ctx.stdout('There was nothing to mend.\n')
    else if (mendable) ctx.stdout(`Run \`${ctx.name} doctor --fix\` to apply changes.\n`)
    const count = (status: CheckReport['status']) => reports.filter((r) => r.status === status).length
    ctx.stdout(`${count('ok')} ok, ${count('note')} notes, ${count('warn')} warnings, ${count('fail')} failures\n`)
    return ok ? 0 : 1
  },
})

export const commands: readonly Command[] = [doctorCommand]
