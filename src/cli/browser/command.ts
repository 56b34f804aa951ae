// What all commands of `browser` have in common: which browser, which tab, one control route, one line of answer.
import { z } from 'zod'
import { once } from '../../lib/once.ts'
import type { Command, Run } from '../context.ts'
import { json } from '../print.ts'

/** A call of a control route. Fields that are undefined are left out. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: Readonly<Record<string, unknown>>
  readonly timeoutMs?: number | undefined
}

/** What a route answers, as far as a command looks at it. */
export type Answer = Readonly<Record<string, unknown>>

/** A command over one route. */
interface Form<F extends z.ZodRawShape> {
  /** The words after `browser`. */
  readonly path: string
  readonly summary: string
  readonly args?: readonly string[]
  /** Made when somebody asks: there are many, and most commands are of another kind. */
  readonly flags?: () => F
  readonly examples?: readonly string[]
  ask(p: z.output<z.ZodObject<F>>): Ask
  print(answer: Answer, p: z.output<z.ZodObject<F>>): string
}

const common = once(() => ({
  browserProfile: z.string().optional().describe('which browser; the one of browser.defaultProfile when absent'),
  expectFinal: z.boolean().optional().describe('taken no notice of: every answer is the last one'),
}))

/** A tab, for commands that are about one. */
export const targetId = z
  .string()
  .optional()
  .describe('the tab, by id or the beginning of one; the last used when absent')

/** The element a snapshot calls by this ref. */
export const ref = z.string().min(1).describe('ref of an element, from browser snapshot')

/** How long a route may take, in ms. */
export const timeoutMs = (usual: number) => z.number().int().min(1).default(usual).describe('longest wait, in ms')

const said = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined))

/** Longest time the way to the gateway and back may take beside the route's own, in ms. */
const slackMs = 5000

/** Calls a route. Throws what the gateway says is wrong. */
export async function askBrowser(run: Run, profile: string | undefined, a: Ask): Promise<Answer> {
  const timeout = a.timeoutMs ?? run.globals.timeout
  const query = said({ ...a.query, profile })
  const params = {
    method: a.method,
    path: a.path,
    ...(Object.keys(query).length ? { query } : {}),
    ...(a.body ? { body: said(a.body) } : {}),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  }
  const wait = timeout === undefined ? undefined : timeout + slackMs
  return ((await run.call('browser.request', params, wait)) ?? {}) as Answer
}

/** Makes a command whose work is more than one call. */
export const browserRun = <F extends z.ZodRawShape>(
  c: Omit<Form<F>, 'ask' | 'print'> & {
    run(p: z.output<z.ZodObject<F>> & { browserProfile?: string | undefined }, run: Run): Promise<number>
  },
): Command => {
  const flags = once(() => z.strictObject({ ...c.flags?.(), ...common() }))
  return {
    path: `browser ${c.path}`,
    summary: c.summary,
    ...(c.args ? { args: c.args } : {}),
    get flags() {
      return flags()
    },
    examples: (c.examples ?? [c.path]).map((e) => `browser ${e}`),
    run: (input, run) => c.run(input, run),
  }
}

/** Makes a command of a form. */
export const browserCommand = <F extends z.ZodRawShape>(c: Form<F>): Command =>
  browserRun<F>({
    ...c,
    async run(p, run) {
      const answer = await askBrowser(run, p.browserProfile, c.ask(p))
      run.ctx.stdout(run.globals.json ? json(answer) : `${c.print(answer, p)}\n`)
      return 0
    },
  })
