// Programs of this machine that answer in place of a server. Each question is a run of its own, with the whole conversation.
import { answer } from '../../define/answer.ts'
import type { ModelFailure } from '../../define/model-failure.ts'
import {
  defineProvider,
  type Endpoint,
  type ModelProgram,
  type ModelRequest,
  type ProviderContext,
} from '../../define/provider.ts'
import { describeError } from '../../lib/fault.ts'
import { noUsage } from '../../domain/turn.ts'
import { questionOf, type Question } from './question.ts'
import { printed, type Said } from './read.ts'

/** Bytes of output that are read. */
const maxOutput = 4_000_000
/** Longest run, in ms; a turn's own limit comes before it. */
const maxMs = 3_600_000

class ProgramFailed extends Error {
  readonly failure: ModelFailure
  constructor(message: string) {
    super(message)
    this.failure = { status: undefined, code: '', message }
  }
}

/** The command line of a question; the question itself is an argument only where it is short enough. */
function lineOf(p: ModelProgram, model: string, q: Question, pictures: readonly string[]) {
  const name = p.modelAliases[model] ?? model
  const stdin = p.input === 'stdin' || q.text.length > p.maxArg
  const shown = p.imageMode === 'list' ? [pictures.join(',')] : pictures
  const argv = [
    p.command,
    ...p.args,
    ...(p.modelArg === undefined || name === 'default' ? [] : [p.modelArg, name]),
    ...(q.system === undefined || p.systemArg === undefined ? [] : [p.systemArg, q.system]),
    ...(pictures.length && p.imageArg !== undefined ? shown.flatMap((path) => [p.imageArg as string, path]) : []),
    ...(stdin ? [] : [q.text]),
  ]
  return { argv, input: stdin ? q.text : undefined }
}

/** A signal that aborts when nothing is heard for `ms`. */
function silence(ctx: ProviderContext, ms: number) {
  const over = new AbortController()
  const ended = new AbortController()
  let heardAt = ctx.clock.monotonic()
  const watch = async () => {
    for (;;) {
      const left = heardAt + ms - ctx.clock.monotonic()
      if (left <= 0) return over.abort(new ProgramFailed(`it printed nothing for ${ms / 1000} s`))
      await ctx.clock.sleep(left, ended.signal)
    }
  }
  watch().catch(() => undefined)
  return {
    signal: over.signal,
    heard: () => void (heardAt = ctx.clock.monotonic()),
    [Symbol.dispose]: () => ended.abort(new Error('the program has ended')),
  }
}

async function run(req: ModelRequest, endpoint: Endpoint, ctx: ProviderContext): Promise<Said> {
  const { program: p } = endpoint
  if (!p) throw new ProgramFailed(`no program is set up for ${endpoint.id}`)
  const { programs } = ctx
  const q = await questionOf(req, p, ctx)
  await using files = new AsyncDisposableStack()
  // Its folder is one with nothing in it but the question: what lies elsewhere is none of its business.
  const asked = files.use(await programs.temporaryFile('question.txt', new TextEncoder().encode(q.text)))
  const pictures: string[] = []
  for (const { name, bytes } of q.pictures) pictures.push(files.use(await programs.temporaryFile(name, bytes)).path)
  const { argv, input } = lineOf(p, req.model.id, q, pictures)
  const env = Object.entries({ ...programs.env, ...p.env }).filter(([name]) => !p.clearEnv.includes(name))
  let out = ''
  let errors = ''
  using quiet = silence(ctx, p.silentMs)
  const done = await programs
    .spawn(argv, {
      cwd: asked.dir,
      env: Object.fromEntries(env),
      signal: AbortSignal.any([ctx.signal, quiet.signal]),
      timeoutMs: maxMs,
      maxBytes: 0,
      ...(input === undefined ? {} : { input }),
      heard(chunk, error) {
        quiet.heard()
        if (error) errors = (errors + chunk).slice(-4000)
        else if (out.length < maxOutput) out += chunk
      },
    })
    .catch((error: unknown) => {
      throw new ProgramFailed(
        `${describeError(error)}; install it, or say where it is: oclaw config set agents.defaults.cliBackends.${endpoint.id}.command <path>`,
      )
    })
  if (quiet.signal.aborted) throw quiet.signal.reason
  const said = printed(out, p.output)
  if (said.failure !== undefined) throw new ProgramFailed(errors.trim() || said.failure)
  if (done.code !== 0) throw new ProgramFailed(errors.trim() || `it ended with code ${done.code ?? done.signal}`)
  return said
}

/** The protocol `program`. */
export const program = defineProvider({
  id: 'program',
  summary: 'Asks a program of this machine, such as claude or codex; it answers in words and calls no tools.',
  stream(req, endpoint, ctx) {
    let said: Said = { text: '', usage: noUsage }
    return answer<Said>({
      req,
      endpoint,
      ctx,
      async open() {
        const got = await run(req, endpoint, ctx)
        return (async function* () {
          yield got
        })()
      },
      reader: {
        take(got) {
          said = got
          return { type: 'text', delta: got.text }
        },
        parts: () => (said.text ? [{ type: 'text', text: said.text }] : []),
        usage: () => said.usage,
        stop: () => 'end',
      },
      understand: (error) => (error instanceof ProgramFailed ? error.failure : undefined),
    })
  },
})
