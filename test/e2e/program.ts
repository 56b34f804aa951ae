// The executable as a person runs it: built when missing, started in a folder of its own, watched from outside.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dir, '..', '..')
export const binary = join(root, 'dist', 'oclaw')

/** Builds the executable when there is none. */
export function built(path = binary, args: readonly string[] = []): string {
  if (existsSync(path)) return path
  const done = Bun.spawnSync([process.execPath, 'build/build.ts', ...args], { cwd: root, stderr: 'pipe' })
  if (!existsSync(path)) throw new Error(`the build failed:\n${done.stdout.toString()}${done.stderr.toString()}`)
  return path
}

/** A folder that is gone when the scope ends. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'oclaw-e2e-'))
  return {
    path,
    write(name: string, text: string) {
      const to = join(path, name)
      mkdirSync(join(to, '..'), { recursive: true })
      writeFileSync(to, text)
    },
    read: (name: string) => readFileSync(join(path, name), 'utf8'),
    has: (name: string) => existsSync(join(path, name)),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

export type Folder = ReturnType<typeof folder>

/** Asks again and again until there is an answer; rejects after `ms` with what was waited for. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 20_000,
): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`waited ${ms} ms for ${what}`)
    await Bun.sleep(2)
  }
}

/** How a program is run: its state directory, what is added to its environment, and what runs it. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Words before the program, such as `setpriv --reuid 65534`. */
  readonly under?: readonly string[]
  readonly program?: string
}

/** Starts the program; its output is kept. */
export function run(state: string, args: readonly string[], options: RunOptions = {}) {
  const command = [...(options.under ?? []), options.program ?? built(), ...args]
  const child = Bun.spawn(command, {
    cwd: state,
    env: { PATH: process.env['PATH'], HOME: state, OPENCLAW_STATE_DIR: state, NO_COLOR: '1', ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let output = ''
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true })
  }
  const read = Promise.all([keep(child.stdout), keep(child.stderr)])
  return {
    pid: child.pid,
    child,
    get output() {
      return output
    },
    /** The exit code, once all output is read; -1 after a signal. */
    exited: (async () => {
      await Promise.all([child.exited, read])
      return child.exitCode ?? -1
    })(),
  }
}

export type Program = ReturnType<typeof run>

/** The port of the gateway with this pid, once its lock file tells it. */
export function portOf(state: string, pid: number): number | undefined {
  try {
    const lock = JSON.parse(readFileSync(join(state, '.gateway.lock'), 'utf8')) as { pid?: number; port?: number }
    return lock.pid === pid && lock.port ? lock.port : undefined
  } catch {
    return undefined
  }
}

/** The status of a GET; undefined when nobody answers. */
export async function statusOf(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
    await response.bytes()
    return response.status
  } catch {
    return undefined
  }
}

/** Memory of a process, in MB: what it has in RAM, and its fair share of what it shares. */
export function memoryOf(pid: number): { rss: number; pss: number } {
  const kb = (file: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))?.[1])
  return { rss: kb('status', 'VmRSS') / 1024, pss: kb('smaps_rollup', 'Pss') / 1024 }
}
