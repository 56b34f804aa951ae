// An import as the command line starts it, by its own command and by the set-up.
import { runImport, type ImportReport } from '../ops/import/run.ts'
import type { Run } from './context.ts'

/** Says what taking a state folder over would do, or does it. Throws as the import does. */
export async function importFrom({ ctx, paths }: Run, from: string, apply: boolean): Promise<ImportReport> {
  const { providers, channels } = await ctx.host(paths)
  return runImport({
    clock: ctx.clock,
    paths,
    from,
    apply,
    defaultAgent: 'main',
    channels,
    variable: (provider, kind) =>
      provider === 'anthropic' && kind === 'token'
        ? 'ANTHROPIC_OAUTH_TOKEN'
        : providers.find((known) => known.id === provider)?.env[0],
  })
}
