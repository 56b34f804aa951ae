// One file for somebody who looks for a mistake: what this installation is and what went wrong, without secrets.
import { join } from 'node:path'
import { z } from 'zod'
import { expandHome } from '../../config/paths.ts'
import { Secret } from '../../lib/secret.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'

/** The token the gateway made for itself, when it did. */
async function ownToken({ paths }: Run): Promise<Secret[]> {
  const { readText } = await import('../../os/files.ts')
  const text = (await readText(join(paths.stateDir, 'gateway.token')))?.trim()
  return text ? [new Secret(text)] : []
}

const bugBundleCommand = defineCommand({
  path: 'bug-bundle',
  summary: 'Puts what helps to find a mistake into one file: no secrets, nothing that was said.',
  args: ['file'],
  flags: z.strictObject({
    file: z.string().min(1).optional().describe('the file; one named by the time when left out'),
  }),
  examples: ['bug-bundle', 'bug-bundle ~/for-the-issue.tar.gz'],
  async run(p, run) {
    const { ctx, globals, paths } = run
    const [
      { bugBundle, secretsIn },
      { loadWhole, outsideParts },
      { secretRule },
      { audit },
      { checks },
      { runChecks },
      { outsideFacts },
    ] = await Promise.all([
      import('../../ops/machine/bug-bundle.ts'),
      import('../host-facts.ts'),
      import('../../config/describe.ts'),
      import('../../ops/audit/run.ts'),
      import('../../ops/checks.ts'),
      import('../../ops/doctor/run.ts'),
      import('../../ops/doctor/outside.ts'),
    ])
    const host = await ctx.host(paths)
    const loaded = await loadWhole(run, host)
    const about = { config: loaded.config, parsed: loaded.parsed, paths, env: host.env, files: loaded.files }
    const logging = loaded.config['logging'] as { file?: string } | undefined
    const name = `oclaw-bug-${new Date(ctx.clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}.tar.gz`
    const done = await bugBundle({
      paths,
      env: { ...loaded.env, ...host.env },
      clock: ctx.clock,
      version: ctx.version,
      raw: loaded.raw,
      secret: secretRule(await ctx.configParts()),
      issues: loaded.issues,
      known: [...secretsIn(loaded.config), ...(await ownToken(run))],
      logFile: logging?.file ?? join(paths.logsDir, 'gateway.log'),
      checks: await runChecks(checks, outsideFacts(await outsideParts(run, false)), ctx.signal),
      findings: audit({ ...about, accounts: host.accounts(loaded.config, loaded.env) }),
      to: expandHome(p.file ?? name, paths.home),
    })
    ctx.stdout(
      globals.json
        ? json({ ok: true, ...done })
        : `${done.path}: ${done.files.join(', ')}. Look into it before you pass it on.\n`,
    )
    return 0
  },
})

export const commands: readonly Command[] = [bugBundleCommand]
