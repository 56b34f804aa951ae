// What this machine has to keep programs apart, for tests that run some.
import { existsSync } from 'node:fs'
import type { Boxed, BoxRun, BoxSpec } from '../../src/define/box.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { boxes } from '../../src/os/box/choose.ts'
import { codeHash } from '../../src/os/code-files.ts'
import { childEnv, spawner } from '../../src/os/child.ts'

/** Whether bubblewrap is here. */
export const boxed: boolean = existsSync('/usr/bin/bwrap')

/** Runs a program in a box; only bubblewrap is looked for. */
async function realBox(clock: Clock, spec: BoxSpec, run: BoxRun): Promise<Boxed> {
  const which = (program: string) => (program === 'bwrap' ? Bun.which(program) : null)
  const all = boxes({ clock, spawn: spawner(clock), env: childEnv(process.env), which })
  return (await all.choose(spec.container)).wrap(spec, run)
}

/** The parts of a test's outside that guard programs: real ones. */
export const guards = (clock: Clock) => ({
  codeHash,
  boxed: (spec: BoxSpec, run: BoxRun) => realBox(clock, spec, run),
})
