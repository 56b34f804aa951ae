// What this machine has to keep programs apart, for tests that run some.
import { existsSync } from 'node:fs'
import type { Boxed, BoxRun, BoxSpec, ContainerRule } from '../../src/define/box.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { boxes } from '../../src/os/box/choose.ts'
import { codeHash } from '../../src/os/code-files.ts'
import { childEnv, spawner } from '../../src/os/child.ts'

/** Whether bubblewrap is here. */
export const boxed: boolean = existsSync('/usr/bin/bwrap')

/** Boxes of this machine; only bubblewrap is looked for. */
function boxesOf(clock: Clock) {
  const which = (program: string) => (program === 'bwrap' ? Bun.which(program) : null)
  return boxes({ clock, spawn: spawner(clock), env: childEnv(process.env), which })
}

/** Runs a program in a box. */
async function realBox(clock: Clock, spec: BoxSpec, run: BoxRun): Promise<Boxed> {
  return (await boxesOf(clock).choose(spec.container)).wrap(spec, run)
}

/** The parts of a test's outside that guard programs: real ones. */
export const guards = (clock: Clock) => ({
  codeHash,
  boxed: (spec: BoxSpec, run: BoxRun) => realBox(clock, spec, run),
  boxes: {
    kind: async (rule: ContainerRule) => (await boxesOf(clock).choose(rule)).kind,
    list: () => Promise.resolve([]),
    prune: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
  },
})
