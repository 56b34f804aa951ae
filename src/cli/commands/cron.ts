// Jobs by time on the command line: add, edit, enable, disable.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

const some = (what: string) => z.string().optional().describe(what)
const flag = (what: string) => z.boolean().optional().describe(what)

const fields = {
  name: some('its name'),
  at: some('once: a time (2026-12-31T08:00:00Z) or a span from now (20m)'),
  every: some('again and again: a span, such as 10m, 2h or 1d'),
  cron: some('a cron line of five or six fields, such as "0 8 * * 1-5"'),
  tz: some('the time zone of the cron line, such as Europe/Berlin'),
  stagger: some('spread jobs of the same time over this span'),
  exact: flag('run on the dot, not spread'),
  session: some('main or isolated'),
  message: some('what an agent is asked, in a session of the job’s own'),
  systemEvent: some('what the main session is told'),
  agent: some('whose job'),
  model: some('with which model'),
  thinking: some('how much the model thinks'),
  timeoutSeconds: z.number().int().min(1).optional().describe('longest time of a run, in seconds'),
  wake: z.enum(['now', 'next-heartbeat']).optional().describe('how soon the main session is told'),
  announce: flag('say the result in a chat'),
  deliver: flag('the same as announce; --no-deliver keeps the result in'),
  channel: some('on which channel; last for where the agent was spoken to last'),
  to: some('in which chat, or the address of a webhook'),
  bestEffortDeliver: flag('a result that cannot be delivered is no failure'),
  deleteAfterRun: flag('take the job away when it has run'),
  keepAfterRun: flag('keep a job that runs once'),
  description: some('what it is for'),
  missed: z.enum(['skip', 'once', 'all']).optional().describe('what happens to times nobody was there for'),
} as const

type Said = z.output<z.ZodObject<typeof fields>>

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A span in ms: `90s`, `10m`, `1h30m`. Throws INVALID_REQUEST. */
export function spanMs(text: string, flagName: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)]
  if (!parts.length || parts.map((p) => p[0]).join('') !== text.trim())
    throw new Fault('INVALID_REQUEST', `${flagName} needs a span such as 10m, 2h or 1h30m, not "${text}"`)
  return parts.reduce((sum, p) => sum + Number(p[1]) * (units[p[2] as string] as number), 0)
}

const given = (o: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined))

/** The schedule that was said; undefined when none was. Throws INVALID_REQUEST for more than one. */
function scheduleOf(p: Said, now: number): Record<string, unknown> | undefined {
  const said = (['at', 'every', 'cron'] as const).filter((k) => p[k] !== undefined)
  if (said.length > 1)
    throw new Fault('INVALID_REQUEST', `say one of --at, --every and --cron, not ${said.length} of them`)
  if (p.at !== undefined) {
    const span = /^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(p.at.trim())
    return { kind: 'at', at: span ? new Date(now + spanMs(p.at, '--at')).toISOString() : p.at }
  }
  if (p.every !== undefined) return { kind: 'every', everyMs: spanMs(p.every, '--every') }
  if (p.cron === undefined) return undefined
  const stagger = p.exact ? 0 : p.stagger === undefined ? undefined : spanMs(p.stagger, '--stagger')
  return given({ kind: 'cron', expr: p.cron, tz: p.tz, staggerMs: stagger })
}

function payloadOf(p: Said): Record<string, unknown> | undefined {
  if (p.message !== undefined && p.systemEvent !== undefined)
    throw new Fault('INVALID_REQUEST', 'say either --message or --system-event')
  if (p.systemEvent !== undefined) return { kind: 'systemEvent', text: p.systemEvent }
  const more = given({ message: p.message, model: p.model, thinking: p.thinking, timeoutSeconds: p.timeoutSeconds })
  return Object.keys(more).length ? { kind: 'agentTurn', ...more } : undefined
}

function deliveryOf(p: Said): Record<string, unknown> | undefined {
  const said = [p.announce, p.deliver, p.channel, p.to, p.bestEffortDeliver].some((x) => x !== undefined)
  if (!said) return undefined
  const webhook = /^https?:\/\//i.test(p.to ?? '')
  const mode = p.announce === false || p.deliver === false ? 'none' : webhook ? 'webhook' : 'announce'
  return given({ mode, channel: p.channel, to: p.to, bestEffort: p.bestEffortDeliver })
}

/** What was said of a job, as its operations take it. */
function jobOf(p: Said, now: number): Record<string, unknown> {
  const target = p.session === undefined ? undefined : p.session === 'main' ? 'main' : 'isolated'
  const remove = p.keepAfterRun ? false : p.deleteAfterRun
  return given({
    name: p.name,
    agentId: p.agent,
    description: p.description,
    schedule: scheduleOf(p, now),
    payload: payloadOf(p),
    sessionTarget: target,
    wakeMode: p.wake,
    delivery: deliveryOf(p),
    deleteAfterRun: remove,
    missed: p.missed,
  })
}

/** Prints a job: as JSON, or its id and when it runs next. */
function printJob(job: unknown, { ctx, globals }: Run): number {
  const { id, name, state } = job as { id: string; name: string; state: { nextRunAtMs?: number } }
  const next =
    state.nextRunAtMs === undefined ? 'it does not run' : `next at ${new Date(state.nextRunAtMs).toISOString()}`
  ctx.stdout(globals.json ? json(job) : `${id} (${name}): ${next}\n`)
  return 0
}

const addFlags = z.strictObject({ ...fields, disabled: flag('keep it switched off') })

const cronAdd = defineCommand({
  path: 'cron add',
  aliases: ['cron create'],
  summary: 'Adds a job.',
  flags: addFlags,
  async run(p: z.output<typeof addFlags>, run) {
    const job = jobOf(p, run.ctx.clock.now())
    if (!job['schedule']) throw new Fault('INVALID_REQUEST', 'say when: --at, --every or --cron')
    if (!job['payload']) throw new Fault('INVALID_REQUEST', 'say what: --message (an agent answers) or --system-event')
    return printJob(await run.call('cron.add', { ...job, ...(p.disabled ? { enabled: false } : {}) }), run)
  },
})

const editFlags = z.strictObject({
  id: z.string().describe('the job'),
  ...fields,
  enable: flag('switch it on'),
  disable: flag('switch it off'),
  clearAgent: flag('give it back to the usual agent'),
})

const cronEdit = defineCommand({
  path: 'cron edit',
  summary: 'Changes a job.',
  args: ['id'],
  flags: editFlags,
  async run(p: z.output<typeof editFlags>, run) {
    const enabled = p.enable ? { enabled: true } : p.disable ? { enabled: false } : {}
    const patch = { ...jobOf(p, run.ctx.clock.now()), ...enabled, ...(p.clearAgent ? { agentId: null } : {}) }
    return printJob(await run.call('cron.update', { id: p.id, patch }), run)
  },
})

const cronRun = defineCommand({
  path: 'cron run',
  of: 'cron.run',
  flags: z.strictObject({ due: z.boolean().default(false).describe('only when it is due') }),
  async run({ due, ...said }: Record<string, unknown>, run) {
    const input = due ? { ...said, mode: 'due' } : said
    return show(opOf(run.ctx, 'cron.run'), await run.call('cron.run', input), input, run)
  },
})

const which = z.strictObject({ id: z.string().describe('the job') })

const switching = (path: string, summary: string, enabled: boolean) =>
  defineCommand({
    path,
    summary,
    args: ['id'],
    flags: which,
    run: async (p: z.output<typeof which>, run) =>
      printJob(await run.call('cron.update', { id: p.id, patch: { enabled } }), run),
  })

const cronEnable = switching('cron enable', 'Switches a job on.', true)
const cronDisable = switching('cron disable', 'Switches a job off.', false)

export const commands: readonly Command[] = [cronAdd, cronDisable, cronEdit, cronEnable, cronRun]
