// Programs that run on their own: with pipes or a terminal of their own, in a process group that ends as one.
import { deadline, type Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { newId } from '../lib/ids.ts'
import type { Background, BackgroundStart } from '../define/tool.ts'
import { killAfterMs, signalGroup } from './child.ts'

/** Characters of output that are kept, and of those not yet asked for. */
const maxKept = 200_000
const maxNews = 30_000

/** A text that keeps its end when it grows too long. */
function tail(max: number) {
  let text = ''
  let cut = false
  return {
    add(more: string) {
      text += more
      if (text.length > max * 1.25) {
        text = text.slice(-max)
        cut = true
      }
    },
    get text() {
      return cut ? `[… the beginning is left out …]\n${text.slice(-max)}` : text
    },
    take() {
      const all = this.text
      text = ''
      cut = false
      return all
    },
  }
}

/** Starts a program. Throws NOT_FOUND when it cannot be run. */
export function background(clock: Clock, how: BackgroundStart): Background {
  const kept = tail(maxKept)
  const fresh = tail(maxNews)
  const decoder = new TextDecoder()
  const hear = (bytes: Uint8Array) => {
    const text = decoder.decode(bytes, { stream: true })
    if (!text) return
    kept.add(text)
    fresh.add(text)
    how.heard?.(text)
  }
  const child = start(how, hear)
  const state: { endedAt?: number; code?: number | null; signal?: string | null; timedOut: boolean; open: boolean } = {
    timedOut: false,
    open: true,
  }
  const over = new AbortController()
  const kill = () => {
    if (state.endedAt !== undefined) return
    signalGroup(child.pid, 'SIGTERM')
    clock.sleep(killAfterMs, over.signal).then(
      () => signalGroup(child.pid, 'SIGKILL'),
      () => undefined,
    )
  }
  const late = new Fault('TIMEOUT', `${how.command} took longer than ${how.timeoutMs} ms`)
  const limit = deadline(clock, how.timeoutMs, late)
  limit.signal.addEventListener('abort', () => {
    if (limit.signal.reason !== late) return
    state.timedOut = true
    kill()
  })
  const pipes = [child.stdout, child.stderr].filter((p) => p instanceof ReadableStream)
  const read = Promise.all(
    pipes.map(async (pipe) => {
      for await (const chunk of pipe as ReadableStream<Uint8Array>) hear(chunk)
    }),
  ).catch(() => undefined)
  const done = (async () => {
    await child.exited
    limit.done()
    await Promise.race([read, clock.sleep(250, over.signal).catch(() => undefined)])
    signalGroup(child.pid, 'SIGKILL')
    over.abort(new Error('the program has ended'))
    state.endedAt = clock.now()
    state.code = child.exitCode
    state.signal = child.signalCode === null ? null : String(child.signalCode)
    child.terminal?.close()
  })()
  return {
    id: newId('prc', clock).slice(-10),
    command: how.command,
    cwd: how.cwd,
    pid: child.pid,
    pty: how.pty,
    startedAt: clock.now(),
    get endedAt() {
      return state.endedAt as number
    },
    get code() {
      return state.code as number | null
    },
    get signal() {
      return state.signal as string | null
    },
    get timedOut() {
      return state.timedOut
    },
    output: () => kept.text,
    news: () => fresh.take(),
    write(data, end) {
      if (state.endedAt !== undefined || !state.open) throw new Fault('CONFLICT', 'the program takes no input any more')
      if (child.terminal) {
        if (data) child.terminal.write(data)
        if (end) child.terminal.write('\u0004')
        return
      }
      const stdin = child.stdin as Bun.FileSink
      if (data) void stdin.write(data)
      if (end) {
        state.open = false
        void stdin.end()
      } else void stdin.flush()
    },
    kill,
    done,
  }
}

function start(how: BackgroundStart, hear: (bytes: Uint8Array) => void) {
  const options = { cwd: how.cwd, env: { ...how.env, ...(how.pty ? { TERM: 'xterm-256color' } : {}) }, detached: true }
  try {
    return how.pty
      ? Bun.spawn([...how.argv], { ...options, terminal: { cols: 120, rows: 40, data: (_t, bytes) => hear(bytes) } })
      : Bun.spawn([...how.argv], { ...options, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe' })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Fault('NOT_FOUND', `cannot run ${how.argv[0]} in ${how.cwd}: ${why}`, { cause: error })
  }
}
