// Child processes: each in its own process group, with an end that comes even when its children do not end.
import type { Clock } from '../lib/clock.ts'
import { deadline } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import type { Spawn } from '../define/tool.ts'

/** Time between TERM and KILL, in ms. */
export const killAfterMs = 600
/** Time a closed program's children may still hold its output, in ms. */
const drainMs = 250

/** Names a child process may inherit: who and where we are and how to print, never a key of ours or a loader option. */
const inherited =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|NO_COLOR|TMPDIR|TEMP|TMP|XDG_(CACHE|CONFIG|DATA)_HOME|SSL_CERT_(FILE|DIR))$/

/** The part of an environment that child processes get. */
export function childEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([k, v]) => (v !== undefined && inherited.test(k) ? [[k, v]] : [])),
  )
}

/** Keeps at most `max` bytes: the first half, and the last of what came after. */
function keeper(max: number) {
  const head: Uint8Array[] = []
  const tail: Uint8Array[] = []
  let room = Math.ceil(max / 2)
  let held = 0
  let dropped = 0
  const half = max - room
  return {
    add(text: string) {
      const bytes = new TextEncoder().encode(text)
      const first = bytes.subarray(0, room)
      room -= first.length
      if (first.length) head.push(first)
      const rest = bytes.subarray(first.length)
      if (!rest.length) return
      tail.push(rest)
      held += rest.length
      while (tail[0] && held - tail[0].length >= half) {
        held -= tail[0].length
        dropped += tail.shift()?.length ?? 0
      }
    },
    text() {
      const bytes = Buffer.concat(tail)
      const over = Math.max(0, bytes.length - half)
      const cut = dropped + over
      const read = (b: Uint8Array) => new TextDecoder().decode(b)
      if (!cut) return read(Buffer.concat([...head, bytes]))
      const start = read(Buffer.concat(head)).replace(/\uFFFD$/, '')
      return `${start}\n[… ${cut} bytes left out …]\n${read(bytes.subarray(over)).replace(/^\uFFFD+/, '')}`
    },
  }
}

/** Reads a pipe to its end, or until `gone` aborts. */
async function drain(pipe: ReadableStream<Uint8Array>, gone: AbortSignal, heard: (chunk: string) => void) {
  const reader = pipe.getReader()
  const decoder = new TextDecoder()
  const stop = () => void reader.cancel().catch(() => undefined)
  gone.addEventListener('abort', stop, { once: true })
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    const text = decoder.decode(value, { stream: !done })
    if (text) heard(text)
    if (done) return
  }
}

/** Sends a signal to a whole process group; one that is gone already is fine. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function start(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>, input: string | undefined) {
  const [program] = argv
  if (!program) throw new Fault('INVALID_REQUEST', 'there is no program to run: argv is empty')
  try {
    return Bun.spawn([...argv], {
      cwd,
      env: { ...env },
      stdin: input === undefined ? 'ignore' : new Blob([input]),
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('NOT_FOUND', `cannot run ${program} in ${cwd}: ${why}`, { cause: error })
  }
}

/**
 * Makes a Spawn: at `signal` or after `timeoutMs` the group gets TERM and, still within a second, KILL, and the answer
 * comes within two seconds whatever its members do. What a program leaves behind in its group ends with it.
 */
export function spawner(clock: Clock): Spawn {
  return async (argv, opts) => {
    opts.signal.throwIfAborted()
    const before = clock.monotonic()
    const child = start(argv, opts.cwd, opts.env, opts.input)
    const output = keeper(opts.maxBytes)
    const hear = (error: boolean) => (chunk: string) => {
      output.add(chunk)
      opts.heard?.(chunk, error)
    }
    const late = new Fault('TIMEOUT', `${argv[0]} took longer than ${opts.timeoutMs} ms`)
    const limit = deadline(clock, opts.timeoutMs, late, opts.signal)
    const gone = new AbortController()
    const over = new AbortController()
    const killed = Promise.withResolvers<void>()
    const end = () => {
      signalGroup(child.pid, 'SIGTERM')
      clock.sleep(killAfterMs, over.signal).then(
        () => {
          signalGroup(child.pid, 'SIGKILL')
          killed.resolve()
        },
        () => undefined,
      )
    }
    limit.signal.addEventListener('abort', end, { once: true })
    if (limit.signal.aborted) end()
    const pipes = Promise.all([
      drain(child.stdout, gone.signal, hear(false)),
      drain(child.stderr, gone.signal, hear(true)),
    ])
    await Promise.race([child.exited, killed.promise.then(() => clock.sleep(drainMs, over.signal))])
    limit.done()
    await Promise.race([pipes, clock.sleep(drainMs, over.signal)])
    signalGroup(child.pid, 'SIGKILL')
    over.abort(new Error('the child has ended'))
    gone.abort()
    return {
      code: child.exitCode,
      signal: child.signalCode === null ? null : String(child.signalCode),
      output: output.text(),
      timedOut: limit.signal.reason === late,
      durationMs: Math.round(clock.monotonic() - before),
    }
  }
}
