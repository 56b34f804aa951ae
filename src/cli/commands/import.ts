// Takes over an installation of the original.
import { z } from 'zod'
import { expandHome } from '../../config/paths.ts'
import type { ImportReport } from '../../ops/import/run.ts'
import { table } from '../../ops/table.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'

function shown(r: ImportReport, { ctx, paths }: Run): string {
  const again = r.from === paths.stateDir ? '' : ` --from ${r.from}`
  const rows = r.items.map((i) => [i.kind, i.found, i.added, i.known, i.found - i.added - i.known].map(String))
  const left = r.items.flatMap((i) => i.left.map((l) => `  ${i.kind}: ${l.what}: ${l.why}`))
  return [
    `From ${r.from}`,
    table(['What', 'Found', r.applied ? 'Taken' : 'To take', 'Known', 'Left'], rows),
    ...(left.length ? ['Left:', ...left] : []),
    r.applied
      ? `${r.changes} things were taken over; the source is as it was.`
      : `Nothing was changed. Take ${r.changes} things over: ${ctx.name} import${again} --apply`,
    '',
  ].join('\n')
}

const importCommand = defineCommand({
  path: 'import',
  summary:
    'Takes over config, sessions, jobs, people, devices and memory of the original; without --apply only says what it would do.',
  flags: z.strictObject({
    from: z.string().min(1).optional().describe('the original’s state folder; this installation’s own when left out'),
    apply: z.boolean().default(false).describe('do it'),
  }),
  examples: ['import', 'import --from ~/.clawdbot', 'import --apply'],
  async run(p, run) {
    const { ctx, globals, paths } = run
    const { importFrom } = await import('../import-from.ts')
    const from = p.from === undefined ? paths.stateDir : expandHome(p.from, paths.home)
    const report = await importFrom(run, from, p.apply)
    ctx.stdout(globals.json ? json(report) : shown(report, run))
    return 0
  },
})

export const commands: readonly Command[] = [importCommand]
