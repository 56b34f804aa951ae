// The variables of a person's login shell: a service is started without them, and keys often stand nowhere else.
import type { Clock } from '../lib/clock.ts'
import { Fault } from '../lib/fault.ts'
import { childEnv, spawner } from './child.ts'

/** What stands before the variables: a shell may greet first. */
const mark = 'oclaw-variables-follow'
/** The most that is read, in bytes. */
const maxBytes = 1_000_000

/**
 * Those of `names` that the login shell sets (`$SHELL`, else /bin/sh), within `timeoutMs`. Throws UNAVAILABLE when it
 * cannot be run, fails, or takes longer.
 */
export async function shellVariables(
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
  timeoutMs: number,
): Promise<Record<string, string>> {
  const shell = env['SHELL']?.startsWith('/') ? env['SHELL'] : '/bin/sh'
  let told = ''
  const done = await spawner(clock)([shell, '-l', '-c', `printf '${mark}\\0'; env -0`], {
    cwd: '/',
    env: childEnv(env),
    signal: new AbortController().signal,
    timeoutMs,
    maxBytes,
    heard: (chunk, error) => void (told += error ? '' : chunk),
  })
  if (done.code !== 0) throw new Fault('UNAVAILABLE', `${shell} did not tell its variables within ${timeoutMs} ms`)
  const after = told.slice(told.indexOf(`${mark}\0`) + mark.length + 1)
  const wanted = new Set(names)
  return Object.fromEntries(
    after.split('\0').flatMap((line) => {
      const at = line.indexOf('=')
      const [name, value] = [line.slice(0, at), line.slice(at + 1)]
      return at > 0 && value && wanted.has(name) ? [[name, value] as const] : []
    }),
  )
}
