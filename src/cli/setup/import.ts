// Moving in: what the original left in this state folder is shown, and taken over when that is wanted.
import type { ImportReport } from '../../ops/import/run.ts'
import { importFrom } from '../import-from.ts'
import type { Run } from '../context.ts'
import type { Asker } from './asker.ts'
import type { SetupFlags } from './flags.ts'

/** Takes over what is there, when a person or a flag says so; undefined when nothing was taken. */
export async function importStep(
  run: Run,
  flags: SetupFlags,
  asker: Asker | undefined,
): Promise<ImportReport | undefined> {
  if (flags.import === false || (!asker && !flags.import)) return undefined
  const seen = await importFrom(run, run.paths.stateDir, false).catch(() => undefined) // there is nothing of it here
  if (!seen?.changes) return undefined
  const list = seen.items.filter((i) => i.added).map((i) => `${i.kind}: ${i.added}`)
  asker?.note(list.join('\n'), 'OpenClaw was here before')
  if (asker && !flags.import && !(await asker.confirm('Take all that over? Its files stay as they are.', true)))
    return undefined
  return importFrom(run, run.paths.stateDir, true)
}
