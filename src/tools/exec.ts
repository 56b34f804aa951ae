// The tool that runs a program. A person, or a policy a person made, has to agree first.
import { z } from 'zod'
import {
  defineTool,
  type Approval,
  type ChildResult,
  type ExecWays,
  type ToolContext,
  type ToolResult,
} from '../define/tool.ts'
import { harmlessEnv } from '../domain/child-env.ts'
import { plainWords } from './command.ts'
import { leftRunning } from './process.ts'
import { openFolder } from './paths.ts'

const maxOutput = 200_000
const usualSeconds = 1800

function ended(r: Pick<ChildResult, 'timedOut' | 'signal' | 'code'>, seconds: number): string {
  if (r.timedOut) return `[stopped after ${seconds} s]`
  if (r.signal) return `[ended by ${r.signal}]`
  return r.code ? `[exit code ${r.code}]` : ''
}

interface Work {
  readonly command: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly seconds: number
}

const result = (r: Omit<ChildResult, 'durationMs'> & { durationMs: number }, w: Work): ToolResult => {
  const ok = r.code === 0 && !r.timedOut
  const shown = [r.output.trimEnd(), ended(r, w.seconds)].filter(Boolean).join('\n')
  const status = ok ? 'completed' : 'failed'
  return {
    ok,
    text: shown || '[no output]',
    details: { status, exitCode: r.code, durationMs: r.durationMs, cwd: w.cwd },
  }
}

/** Runs a program to its end. */
async function foreground(w: Work, ctx: ToolContext): Promise<ToolResult> {
  const { cwd, env } = w
  const { signal } = ctx
  const opts = { cwd, env, signal, timeoutMs: w.seconds * 1000, maxBytes: maxOutput }
  return result(await ctx.spawn(w.argv, { ...opts, heard: (chunk) => ctx.note(chunk) }), w)
}

/** Runs a program that may outlive the call: it goes on by itself after `yieldMs`. */
async function yielding(
  w: Work,
  how: { readonly pty: boolean; readonly yieldMs: number },
  ctx: ToolContext & { readonly processes: NonNullable<ToolContext['processes']> },
): Promise<ToolResult> {
  const { command, argv, cwd, env } = w
  const live = { on: true }
  const p = ctx.processes.start({
    command,
    argv,
    cwd,
    env,
    pty: how.pty,
    timeoutMs: w.seconds * 1e3,
    heard: (chunk) => {
      if (live.on) ctx.note(chunk)
    },
  })
  const patience = new AbortController()
  const stop = () => p.kill()
  ctx.signal.addEventListener('abort', stop, { once: true })
  const waited = ctx.clock.sleep(how.yieldMs, AbortSignal.any([patience.signal, ctx.signal])).catch(() => undefined)
  await Promise.race([p.done, waited])
  live.on = false
  ctx.signal.removeEventListener('abort', stop)
  if (ctx.signal.aborted) {
    await p.done
    ctx.signal.throwIfAborted()
  }
  patience.abort(new Error('the program has ended'))
  if (p.endedAt === undefined) return leftRunning(p, ctx)
  ctx.processes.forget(p.id)
  const { code = null, signal = null, timedOut } = p
  return result({ code, signal, timedOut, output: p.output(), durationMs: p.endedAt - p.startedAt }, w)
}

const denied: ToolResult = {
  ok: false,
  text: 'This command was not allowed; nothing was run.',
  details: { status: 'denied' },
}

/** Why a command may not be run where it wants to be; undefined when it may. */
function refusal(
  ways: ExecWays | undefined,
  where: ExecWays['host'],
  input: { readonly elevated: boolean; readonly node?: string | undefined },
): string | undefined {
  if (input.elevated && (ways?.notElevated ?? !ways))
    return `It cannot be elevated: ${ways?.notElevated ?? 'not here'}.`
  if (input.elevated) return undefined
  const usual = ways?.host ?? 'sandbox'
  const both = where !== 'node' && usual !== 'node' && !ways?.box // without a box both are this machine
  if (where !== usual && !both) return `Commands run on ${usual} here (tools.exec.host), not on ${where}.`
  if (where === 'node' && input.node !== undefined && ways?.node !== undefined && input.node !== ways.node)
    return `Commands run on the node ${ways.node} here (tools.exec.node), not on ${input.node}.`
  return undefined
}

/** Runs a program on a node, once a person or a policy agrees. */
async function onNode(
  w: {
    readonly node?: string | undefined
    readonly argv: readonly string[]
    readonly judged: readonly string[]
    readonly command: string
    readonly workdir: string
    readonly env?: Readonly<Record<string, string>> | undefined
    readonly seconds: number
    readonly rules: Pick<Approval, 'security' | 'ask'>
  },
  ways: ExecWays,
  ctx: ToolContext,
): Promise<ToolResult> {
  const node = ways.findNode(w.node ?? ways.node)
  const cwd = w.workdir === '.' ? undefined : w.workdir
  const question = { command: w.command, argv: w.judged, cwd: cwd ?? '', node: node.id, ...w.rules }
  const said = await ctx.ask(question)
  if (!said) return denied
  const { argv, command, env, seconds } = w
  const before = ctx.clock.monotonic()
  const run = (approved: boolean) =>
    ways.onNode(node.id, { argv, command, cwd, env, timeoutMs: seconds * 1000, approved }, ctx.signal)
  let r = await run(said === 'person')
  // The node has rules of its own: what this gateway lets run unasked, a person may still have to allow there.
  if (r === 'ask') {
    if ((await ctx.ask({ ...question, ask: 'always' })) !== 'person') return denied
    r = await run(true)
  }
  if (r === 'ask') return denied
  const durationMs = Math.round(ctx.clock.monotonic() - before)
  return result({ ...r, signal: null, durationMs }, { command, argv, cwd: cwd ?? node.name, env: {}, seconds })
}

/** The tool `exec`. */
export const exec = defineTool({
  id: 'exec',
  summary: 'Runs a program and gives back what it printed; one that runs long goes on in the background (see process).',
  risk: 'exec',
  timeoutMs: 86_400_000,
  params: z
    .strictObject({
      command: z.string().min(1).optional().describe('the command line; a shell runs it only if it needs one'),
      argv: z.array(z.string()).min(1).optional().describe('program and arguments, run as they are, without a shell'),
      workdir: z.string().default('.').describe('folder to run in, relative to the workspace'),
      env: z.record(z.string(), z.string()).optional().describe('variables it is given besides'),
      yieldMs: z.number().int().min(10).max(120_000).optional().describe('ms to wait until it goes to the background'),
      background: z.boolean().default(false).describe('go to the background at once'),
      pty: z.boolean().default(false).describe('give it a terminal, for programs that want one'),
      timeout: z.number().int().min(1).max(86_400).optional().describe('seconds until it is stopped; 1800 if not said'),
      host: z.enum(['sandbox', 'gateway', 'node']).optional().describe('where; leave it out unless told'),
      node: z.string().optional().describe('host node: which, by id or name'),
      elevated: z.boolean().default(false).describe('outside the sandbox on this machine, where a person lets that'),
      security: z.enum(['deny', 'allowlist', 'full']).optional().describe('a stricter rule than the usual'),
      ask: z.enum(['off', 'on-miss', 'always']).optional().describe('ask a person more often than usual'),
    })
    .refine((v) => (v.command === undefined) !== (v.argv === undefined), 'give either command or argv'),
  async run(input, ctx) {
    const text = input.command ?? ''
    const argv = input.argv ?? plainWords(text) ?? ['/bin/sh', '-c', text]
    const bad = Object.keys(input.env ?? {}).filter((n) => !harmlessEnv(n))
    if (bad.length) return { ok: false, text: `These variables may not be set: ${bad.join(', ')}. Nothing was run.` }
    const ways = ctx.exec
    const where = input.elevated ? 'gateway' : (input.host ?? ways?.host ?? 'sandbox')
    const no = refusal(ways, where, input)
    if (no) return { ok: false, text: `${no} Nothing was run.`, details: { status: 'denied' } }
    const own = Object.entries(input.env ?? {}).map(([k, v]) => `${k}=${JSON.stringify(v)} `)
    const command = own.join('') + (input.argv ? JSON.stringify(input.argv) : text)
    // With variables of its own even a listed program may run another: it is judged as `env` would be.
    const judged = own.length ? ['env', ...own.map((x) => x.trim()), ...argv] : argv
    const seconds = input.timeout ?? ways?.seconds ?? usualSeconds
    const rules = {
      ...(input.security ? { security: input.security } : {}),
      ...(input.ask ? { ask: input.ask } : {}),
      ...(input.elevated ? { elevated: true } : {}),
    }
    if (where === 'node' && ways) return await onNode({ ...input, argv, judged, command, seconds, rules }, ways, ctx)
    await using folder = await openFolder(ctx, input.workdir)
    const cwd = folder.real
    const path = ways?.pathPrepend.length ? [...ways.pathPrepend, ctx.env['PATH'] ?? ''].join(':') : undefined
    const box = where === 'sandbox' ? ways?.box : undefined
    const question = {
      command,
      argv: judged,
      cwd,
      ...rules,
      ...(path ? { path } : {}),
      ...(box ? { boxed: true } : {}),
    }
    if (!(await ctx.ask(question))) return denied
    ctx.signal.throwIfAborted()
    const inside = await box?.({ argv, cwd, env: input.env ?? {}, pty: input.pty, seconds })
    const work: Work = {
      command: text || argv.join(' '),
      argv: inside?.argv ?? argv,
      cwd: inside?.cwd ?? cwd,
      env: inside?.env ?? { ...ctx.env, ...(path ? { PATH: path } : {}), ...input.env },
      seconds,
    }
    const { processes } = ctx
    if (!processes) {
      if (input.background || input.pty)
        return { ok: false, text: 'Programs cannot go on in the background here; run it without background and pty.' }
      return await foreground(work, ctx)
    }
    const yieldMs = input.background ? 0 : (input.yieldMs ?? processes.yieldMs)
    return await yielding(work, { pty: input.pty, yieldMs }, { ...ctx, processes })
  },
})
