// How the gateway is: what it says of itself, and on demand what its channels and providers say when they are asked.
import { z } from 'zod'
import { accountLine, configOnly, downLines, type ConfigOnly } from '../config-only.ts'
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

const channelLines = (down: ConfigOnly) => (down.list.length ? down.list.map(accountLine).join('\n') : 'none')

function downText(down: ConfigOnly, name: string): string {
  const flaw = down.config.valid ? '' : ' (it has mistakes)'
  return [
    ...downLines(down, name),
    `Config: ${down.config.path}${flaw}`,
    `Model: ${down.model ?? 'none'}`,
    `Agents: ${down.agents.join(', ')}`,
    `Channels:\n${channelLines(down)}`,
    '',
  ].join('\n')
}

/** The whole report, whether the gateway runs or not. Answers the exit code. */
async function everything(run: Run): Promise<number> {
  const { ctx, globals } = run
  const { printed, report, reportText, withoutSecrets } = await import('../report.ts')
  const seen = await run.call('status', { all: true }).then(
    (status) => ({ status: status as Record<string, unknown> }),
    async (error: unknown) => ({ down: await configOnly(run, error) }),
  )
  if ('down' in seen) {
    const r = await report(run, false)
    const text = globals.json
      ? json({ ...seen.down, ...r })
      : reportText(r, [['Gateway', downText(seen.down, ctx.name).trimEnd()]])
    ctx.stdout(await withoutSecrets(run, text))
    return 0
  }
  const [r, more] = await Promise.all([report(run, true), besides(run, { deep: true, usage: true })])
  const sessions = (seen.status['sessions'] as { recent?: readonly { key?: string; model?: string }[] }).recent ?? []
  const text = globals.json
    ? json({ ...seen.status, ...more, ...r })
    : reportText(r, [
        ['Gateway', printed(run, 'status', seen.status)],
        ['Agents', (r.agents as { agents: readonly { id: string }[] }).agents.map((a) => a.id).join(', ')],
        ['Sessions', sessions.map((s) => `${s.key ?? ''} ${s.model ?? ''}`.trim()).join('\n') || 'none'],
        ['Memory', printed(run, 'memory.status', r.memory)],
        ['Channels', printed(run, 'channels.status', more['channels'])],
        ['Spent today', printed(run, 'usage.cost', more['cost'])],
      ])
  ctx.stdout(await withoutSecrets(run, text))
  return 0
}

const statusCommand = defineCommand({
  path: 'status',
  of: 'status',
  flags: z.strictObject({
    all: off('everything there is, as a text to paste; it shows no secret'),
    deep: off('have every channel ask its platform now'),
    usage: off('with what was spent today, and what providers say of quotas'),
  }),
  examples: ['status', 'status --all', 'status --deep', 'status --usage --json'],
  async run(p, run) {
    const { ctx, globals } = run
    if (p.all) return everything(run)
    const { deep, usage } = p
    try {
      const status = (await run.call('status', {})) as Record<string, unknown>
      const more = deep || usage ? await besides(run, { deep, usage }) : {}
      if (globals.json) {
        ctx.stdout(json({ ...status, ...more }))
        return 0
      }
      show(opOf(ctx, 'status'), status, {}, run)
      if (deep) show(opOf(ctx, 'channels.status'), more['channels'], {}, run)
      if (usage) show(opOf(ctx, 'usage.cost'), more['cost'], {}, run)
    } catch (error) {
      const down = await configOnly(run, error)
      ctx.stdout(globals.json ? json(down) : downText(down, ctx.name))
    }
    return 0
  },
})

const channelsStatus = defineCommand({
  path: 'channels status',
  of: 'channels.status',
  flags: z.strictObject({}),
  async run(input: Record<string, unknown>, run) {
    const { ctx, globals } = run
    try {
      return show(opOf(ctx, 'channels.status'), await run.call('channels.status', input), input, run)
    } catch (error) {
      const down = await configOnly(run, error)
      ctx.stdout(globals.json ? json(down) : [...downLines(down, ctx.name), channelLines(down), ''].join('\n'))
      return 0
    }
  },
})

export const commands: readonly Command[] = [channelsStatus, statusCommand]
