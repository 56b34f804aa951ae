// Runs a program a gateway asks for, once this machine allows it.
import { z } from 'zod'
import { harmlessEnv } from '../domain/child-env.ts'
import { Fault } from '../lib/fault.ts'
import { allowAlways, refusal, type RunWish } from './permission.ts'
import type { NodeWorld } from './world.ts'

/** Characters kept of each of a program's two outputs. */
const maxChars = 200_000
/** Longest time of a program unless the caller says otherwise, and at most, in ms. */
const usualMs = 30_000
const longestMs = 3_600_000

const maybe = <T extends z.ZodType>(shape: T) => shape.nullish().transform((v) => v ?? undefined)

export const RunParams = z.object({
  command: z.array(z.string()).min(1),
  cwd: maybe(z.string()),
  env: maybe(z.record(z.string(), z.string())),
  timeoutMs: maybe(z.number().min(1)),
  agentId: maybe(z.string()),
  approved: maybe(z.boolean()),
  approvalDecision: maybe(z.enum(['allow-once', 'allow-always'])),
})

/** What came of a program, as the original's nodes tell it. */
export interface RunAnswer {
  readonly exitCode: number | null
  readonly timedOut: boolean
  readonly success: boolean
  readonly stdout: string
  readonly stderr: string
  readonly error: string | null
}

/** Keeps the end of what is printed. */
function tail() {
  let text = ''
  let cut = false
  return {
    add(chunk: string) {
      text += chunk
      if (text.length > maxChars) {
        text = text.slice(-maxChars)
        cut = true
      }
    },
    read: () => (cut ? `… (truncated)\n${text}` : text),
  }
}

/** Runs it. Throws FORBIDDEN in the original's words when this machine does not allow it. */
export async function systemRun(p: z.output<typeof RunParams>, w: NodeWorld, signal: AbortSignal): Promise<RunAnswer> {
  const [first = ''] = p.command
  const given = p.env ?? {}
  const bad = Object.keys(given).filter((name) => !harmlessEnv(name))
  if (bad.length) throw new Fault('FORBIDDEN', `SYSTEM_RUN_DENIED: these variables may not be set: ${bad.join(', ')}`)
  const cwd = p.cwd?.trim() || w.home
  const program = Bun.which(first, { PATH: w.env['PATH'] ?? '', cwd }) ?? undefined
  const wish: RunWish = {
    agent: p.agentId ?? 'main',
    argv: p.command,
    program,
    plain: Object.keys(given).length === 0,
    said: p.approved ? (p.approvalDecision ?? 'allow-once') : undefined,
  }
  const why = await refusal(w.stateDir, w.home, wish)
  if (why !== undefined) throw new Fault('FORBIDDEN', why)
  if (wish.said === 'allow-always') await allowAlways(w.stateDir, w.clock, wish)
  if (program === undefined) throw new Fault('NOT_FOUND', `there is no program ${first} on this node`)
  const [out, err] = [tail(), tail()]
  const done = await w.spawn([program, ...p.command.slice(1)], {
    cwd,
    env: { ...w.env, ...given },
    signal,
    timeoutMs: Math.min(p.timeoutMs ?? usualMs, longestMs),
    maxBytes: 1,
    heard: (chunk, error) => (error ? err : out).add(chunk),
  })
  const success = done.code === 0 && !done.timedOut
  return {
    exitCode: done.code,
    timedOut: done.timedOut,
    success,
    stdout: out.read(),
    stderr: err.read(),
    error: done.signal && !done.timedOut ? `ended by ${done.signal}` : null,
  }
}
