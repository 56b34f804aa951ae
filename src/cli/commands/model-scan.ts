// Models that cost nothing: what OpenRouter lists, tried out, and taken as fallbacks when that is wanted.
import { z } from 'zod'
import { deadline } from '../../lib/clock.ts'
import { describeError, Fault } from '../../lib/fault.ts'
import { table } from '../../ops/table.ts'
import { loadWhole } from '../host-facts.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'
import { patchConfig } from '../setup/files.ts'

/** OpenRouter's list: https://openrouter.ai/docs/api-reference/list-available-models. */
const Listed = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string().optional(),
      created: z.number().optional(),
      context_length: z.number().nullish(),
      architecture: z.looseObject({ input_modalities: z.array(z.string()).default([]) }).optional(),
      supported_parameters: z.array(z.string()).default([]),
    }),
  ),
})
const publicRoot = 'https://openrouter.ai/api/v1'
const dayMs = 86_400_000

/** A model that costs nothing; `paramsB` in billions, `toolMs` how long it took to use a tool. */
interface Free {
  readonly ref: string
  readonly name: string
  readonly sees: boolean
  readonly context: number
  readonly paramsB: number | null
  readonly tools: boolean
  toolMs?: number
  problem?: string
}

const flags = z.strictObject({
  minParams: z.number().min(0).optional().describe('only models with at least so many billion parameters'),
  maxAgeDays: z.number().min(0).optional().describe('only models that are not older'),
  provider: z.string().optional().describe('only models of this maker, such as meta-llama'),
  maxCandidates: z.number().int().min(1).max(50).default(6).describe('how many are tried and shown'),
  timeout: z.number().int().min(1).default(20_000).describe('longest wait for one answer, in ms'),
  concurrency: z.number().int().min(1).max(16).default(3).describe('how many are tried at a time'),
  probe: z.boolean().default(true).describe('try each with a tool; --no-probe only lists them'),
  input: z.boolean().default(true).describe('ask what to do; --no-input does not'),
  yes: z.boolean().default(false).describe('take them as fallbacks without asking'),
  setDefault: z.boolean().default(false).describe('also use the best one as the model that answers'),
  setImage: z.boolean().default(false).describe('also use the best one that sees for pictures'),
})

async function listed(run: Run, root: string, ms: number) {
  const limit = deadline(run.ctx.clock, ms, new Fault('TIMEOUT', `${root} did not answer in ${ms} ms`), run.ctx.signal)
  try {
    const answer = await fetch(`${root}/models`, { signal: limit.signal })
    if (!answer.ok) throw new Fault('UNAVAILABLE', `${root} answered ${answer.status}`)
    return Listed.parse(await answer.json()).data
  } finally {
    limit.done()
  }
}

/** `llama-3.3-70b-instruct` has 70 billion parameters. */
const paramsOf = (id: string): number | null => {
  const found = [...id.toLowerCase().matchAll(/(?:^|[^a-z0-9.])(\d+(?:\.\d+)?)b(?![a-z0-9])/g)].map((m) => Number(m[1]))
  return found.length ? Math.max(...found) : null
}

async function tried(run: Run, all: readonly Free[], ms: number, width: number): Promise<void> {
  const host = await run.ctx.host(run.paths)
  const { config, env } = await loadWhole(run, host)
  const waiting = [...all]
  async function worker() {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const since = run.ctx.clock.monotonic()
      const signal = AbortSignal.any([run.ctx.signal, AbortSignal.timeout(ms)])
      try {
        const { calls } = await host.ask(config, env, one.ref, 'Call the tool ping.', signal, { tool: 'ping' })
        if (calls) one.toolMs = Math.round(run.ctx.clock.monotonic() - since)
        else one.problem = 'it called no tool'
      } catch (error) {
        one.problem = describeError(error)
      }
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
}

/** Those that see first, then the quickest with a tool, then by what they can read, then by size. */
const better = (a: Free, b: Free): number =>
  Number(b.sees) - Number(a.sees) ||
  (a.toolMs ?? Infinity) - (b.toolMs ?? Infinity) ||
  b.context - a.context ||
  (b.paramsB ?? 0) - (a.paramsB ?? 0) ||
  (a.ref < b.ref ? -1 : 1)

const modelsScan = defineCommand({
  path: 'models scan',
  summary: 'Finds models at OpenRouter that cost nothing, and tries them.',
  short: { yes: 'y' },
  flags,
  examples: ['models scan --no-probe', 'models scan --min-params 30 --yes --set-default'],
  async run(p, run) {
    const { ctx, globals } = run
    const { config } = await loadWhole(run, await ctx.host(run.paths))
    const own = (config['models'] as { providers?: Record<string, { baseUrl?: string }> }).providers?.['openrouter']
    const oldest = p.maxAgeDays === undefined ? 0 : ctx.clock.now() - p.maxAgeDays * dayMs
    const found = (await listed(run, own?.baseUrl ?? publicRoot, p.timeout))
      .filter((m) => m.id.endsWith(':free') && (p.provider === undefined || m.id.startsWith(`${p.provider}/`)))
      .filter((m) => (m.created ?? Infinity) * 1000 >= oldest && (paramsOf(m.id) ?? 0) >= (p.minParams ?? 0))
      .map((m): Free => ({
        ref: `openrouter/${m.id}`,
        name: m.name ?? m.id,
        sees: m.architecture?.input_modalities.includes('image') ?? false,
        context: m.context_length ?? 0,
        paramsB: paramsOf(m.id),
        tools: m.supported_parameters.includes('tools'),
      }))
      .sort(better)
    const best = found.filter((m) => m.tools || !p.probe).slice(0, p.maxCandidates)
    if (p.probe) await tried(run, best, p.timeout, p.concurrency)
    const good = best.filter((m) => m.problem === undefined).sort(better)
    const taken = good.length > 0 && (await wanted(run, p, good))
    if (taken) await take(run, p, good)
    if (globals.json) ctx.stdout(json({ found: found.length, candidates: best.sort(better), taken }))
    else ctx.stdout(shown(found.length, best.sort(better), taken))
    return 0
  },
})

async function wanted(run: Run, p: z.output<typeof flags>, good: readonly Free[]): Promise<boolean> {
  if (p.yes || p.setDefault || p.setImage) return true
  if (!p.input || !p.probe || !run.ctx.stdinTTY || run.globals.json) return false
  const question = `Ask ${good.map((m) => m.ref).join(', ')} when other models fail? [y/N] `
  return /^y(es)?$/i.test((await run.ctx.ask(question)).trim())
}

/** Takes them as fallbacks, in their order; the first ones also as said. */
async function take(run: Run, p: z.output<typeof flags>, good: readonly Free[]) {
  const refs = good.map((m) => m.ref)
  const seeing = good.filter((m) => m.sees).map((m) => m.ref)
  const [first, firstSeeing] = [refs[0], seeing[0]]
  await patchConfig(run, {
    agents: {
      defaults: {
        model: { fallbacks: refs, ...(p.setDefault && first ? { primary: first } : {}) },
        ...(seeing.length
          ? { imageModel: { fallbacks: seeing, ...(p.setImage ? { primary: firstSeeing } : {}) } }
          : {}),
      },
    },
  })
}

function shown(count: number, best: readonly Free[], taken: boolean): string {
  const rows = best.map((m) => [
    m.ref,
    m.sees ? 'text+image' : 'text',
    `${Math.round(m.context / 1000)}k`,
    m.paramsB === null ? '' : `${m.paramsB}b`,
    m.problem ?? (m.toolMs === undefined ? 'not tried' : `${m.toolMs} ms`),
  ])
  const end = taken ? 'They are asked when other models fail: oclaw models fallbacks list' : 'Nothing was changed.'
  return `${count} models cost nothing.\n${table(['Model', 'Input', 'Context', 'Size', 'With a tool'], rows)}\n${end}\n`
}

export const commands: readonly Command[] = [modelsScan]
