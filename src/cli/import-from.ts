// An import as the command line starts it, by its own command and by the set-up.
import { runImport, type ImportReport } from '../ops/import/run.ts'
import type { Run } from './context.ts'

/** Says what taking a state folder over would do, or does it. Throws as the import does. */
export async function importFrom({ ctx, paths }: Run, from: string, apply: boolean): Promise<ImportReport> {
  const { channels } = await ctx.host(paths)
  return runImport({
    clock: ctx.clock,
    paths,
    from,
    apply,
    defaultAgent: 'main',
    channels,
  })
}
