// The tool that runs a program. A person, or a policy a person made, has to agree first.
import { z } from 'zod'
import { defineTool, type ChildResult } from '../define/tool.ts'
import { plainWords } from './command.ts'
import { openFolder } from './paths.ts'

const maxOutput = 200_000
const defaultSeconds = 1800

function ended(r: ChildResult, seconds: number): string {
  if (r.timedOut) return `[stopped after ${seconds} s]`
  if (r.signal) return `[ended by ${r.signal}]`
  return r.code ? `[exit code ${r.code}]` : ''
}

/** The tool `exec`. */
export const exec = defineTool({
  id: 'exec',
  summary: 'Runs a program and gives back what it printed. Programs end with the call.',
  risk: 'exec',
  timeoutMs: 86_400_000,
  params: z
    .strictObject({
      command: z.string().min(1).optional().describe('the command line; a shell runs it only if it needs one'),
      argv: z.array(z.string()).min(1).optional().describe('program and arguments, run as they are, without a shell'),
      workdir: z.string().default('.').describe('folder to run in, relative to the workspace'),
      timeout: z.number().int().min(1).max(86_400).default(defaultSeconds).describe('seconds until it is stopped'),
    })
    .refine((v) => (v.command === undefined) !== (v.argv === undefined), 'give either command or argv'),
  async run(input, ctx) {
    const text = input.command ?? ''
    const argv = input.argv ?? plainWords(text) ?? ['/bin/sh', '-c', text]
    await using folder = await openFolder(ctx, input.workdir)
    const cwd = folder.real
    const command = input.argv ? JSON.stringify(input.argv) : text
    if (!(await ctx.ask({ command, argv, cwd })))
      return { ok: false, text: 'This command was not allowed; nothing was run.', details: { status: 'denied' } }
    ctx.signal.throwIfAborted()
    const r = await ctx.spawn(argv, {
      cwd,
      env: ctx.env,
      signal: ctx.signal,
      timeoutMs: input.timeout * 1000,
      maxBytes: maxOutput,
      heard: (chunk) => ctx.note(chunk),
    })
    const ok = r.code === 0 && !r.timedOut
    const shown = [r.output.trimEnd(), ended(r, input.timeout)].filter(Boolean).join('\n')
    return {
      ok,
      text: shown || '[no output]',
      details: { status: ok ? 'completed' : 'failed', exitCode: r.code, durationMs: r.durationMs, cwd },
    }
  },
})
