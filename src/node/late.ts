// Programs whose asker has gone: they run to their end, and their session is told how they ended, once there is a line.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import type { GatewayClient } from '../client/client.ts'
import type { Answer, Question } from './answer.ts'

/** Ends of programs that wait for a line at most. */
const maxKept = 50
/** Characters of what a program printed that its session is told, from its end. */
const maxOutput = 2000

const Asked = z.object({
  sessionKey: z.string().min(1),
  runId: z.string().nullish(),
  command: z.array(z.string()),
})

const Ran = z.object({
  exitCode: z.number().nullable(),
  timedOut: z.boolean(),
  success: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
})

/** The news of programs that nobody waits for any more. */
export interface Late {
  /** Whether the end of this may be told later: a program that is run for a session. */
  wants(q: Question): boolean
  keep(q: Question, answer: Answer): void
  /** The line there is; what is kept is told over it. */
  line(client: GatewayClient | undefined): void
}

const asked = (q: Question) => {
  try {
    return q.command === 'system.run' ? Asked.safeParse(JSON.parse(q.paramsJSON ?? '{}')).data : undefined
  } catch {
    return undefined // no JSON: its answer says so
  }
}

/** What the session of a program is told; undefined when it did not run. */
function newsOf(q: Question, answer: Answer): Record<string, unknown> | undefined {
  const about = asked(q)
  const ran = answer.ok ? Ran.safeParse(JSON.parse(answer.payloadJSON ?? 'null')).data : undefined
  if (!about || !ran) return undefined
  const { exitCode, timedOut, success } = ran
  const output = [ran.stdout, ran.stderr].filter(Boolean).join('\n').slice(-maxOutput)
  return {
    sessionKey: about.sessionKey,
    host: 'node',
    command: about.command.join(' '),
    timedOut,
    success,
    ...(about.runId ? { runId: about.runId } : {}),
    ...(exitCode === null ? {} : { exitCode }),
    ...(output ? { output } : {}),
  }
}

/** Keeps the ends of programs until they are told; `failed` hears why one was not. */
export function lateNews(failed: (error: unknown) => void): Late {
  const kept: Record<string, unknown>[] = []
  let now: GatewayClient | undefined

  async function tell() {
    for (let client = now; client && kept.length; client = now) {
      const payload = kept.shift() as Record<string, unknown>
      try {
        await client.call('node.event', { event: 'exec.finished', payload })
      } catch (error) {
        const lost = error instanceof Fault && (error.retryable || error.code === 'CANCELLED')
        if (!lost) return failed(error) // the gateway will not hear it, and the next line would change nothing
        kept.unshift(payload)
        if (now === client) return // the next line tells it
      }
    }
  }

  return {
    wants: (q) => asked(q) !== undefined,
    keep(q, answer) {
      const payload = newsOf(q, answer)
      if (!payload) return
      kept.push(payload)
      kept.splice(0, Math.max(0, kept.length - maxKept))
      void tell()
    },
    line(client) {
      now = client
      void tell()
    },
  }
}
