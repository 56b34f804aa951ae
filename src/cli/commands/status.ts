// How the gateway is: what it says of itself, and on demand what its channels and providers say when they are asked.
import { z } from 'zod'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)

/** The answers of other methods, by the key they get in the report. */
async function besides(
  run: Run,
  p: { readonly deep: boolean; readonly usage: boolean },
): Promise<Record<string, unknown>> {
  const [channels, health, usage, cost] = await Promise.all([
    p.deep ? run.call('channels.status', { probe: true }) : undefined,
    p.deep ? run.call('health', { probe: true }) : undefined,
    p.usage ? run.call('usage.status', {}) : undefined,
    p.usage ? run.call('usage.cost', { days: 1 }) : undefined,
  ])
  return { ...(p.deep ? { channels, health } : {}), ...(p.usage ? { usage, cost } : {}) }
}

const statusCommand = defineCommand({
  path: 'status',
  of: 'status',
  flags: z.strictObject({
    all: off('everything there is'),
    deep: off('have every channel ask its platform now'),
    usage: off('with what was spent today, and what providers say of quotas'),
    debug: off('kept for older scripts; does nothing'),
  }),
  examples: ['status', 'status --deep', 'status --usage --json'],
  async run(p, run) {
    const { ctx, globals } = run
    const deep = p.deep || p.all
    const usage = p.usage || p.all
    const status = (await run.call('status', p.all ? { all: true } : {})) as Record<string, unknown>
    const more = deep || usage ? await besides(run, { deep, usage }) : {}
    if (globals.json) {
      ctx.stdout(json({ ...status, ...more }))
      return 0
    }
    show(opOf(ctx, 'status'), status, {}, run)
    if (deep) show(opOf(ctx, 'channels.status'), more['channels'], {}, run)
    if (usage) show(opOf(ctx, 'usage.cost'), more['cost'], {}, run)
    return 0
  },
})

export const commands: readonly Command[] = [statusCommand]
