// A group of processes that gets so much memory and no more, where this machine lets us make one.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './program.ts'

/** A group with 256 MB; undefined when none can be made. `under` are the words before a program that is to be in it. */
export function smallGroup(name: string) {
  for (const [at, limit, peak] of [
    ['/sys/fs/cgroup', 'memory.max', 'memory.peak'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', 'memory.max_usage_in_bytes'],
  ] as const) {
    const path = join(at, `oclaw-e2e-${name}-${process.pid}`)
    try {
      mkdirSync(path)
    } catch {
      continue
    }
    if (existsSync(join(path, limit))) {
      writeFileSync(join(path, limit), '256M')
      return {
        under: ['sh', '-c', `echo $$ > ${path}/cgroup.procs && exec "$0" "$@"`],
        /** The most it has had, in MB. */
        peak: () => Number(readFileSync(join(path, peak), 'utf8')) / 1048576,
        [Symbol.asyncDispose]: async () => {
          await until('the group to be empty', () => readFileSync(join(path, 'cgroup.procs'), 'utf8') === '')
          rmdirSync(path)
        },
      }
    }
    rmdirSync(path)
  }
  return undefined
}
