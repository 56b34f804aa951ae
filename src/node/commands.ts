// The commands this machine takes as a node. One more ability, such as lending a browser, is one more entry here.
import { z } from 'zod'
import { ExecApprovals } from '../domain/exec-approvals.ts'
import { readApprovals, saveApprovals, shownApprovals } from '../os/exec-approvals.ts'
import { withUsual } from './permission.ts'
import { RunParams, systemRun } from './system-run.ts'
import type { NodeWorld } from './world.ts'

/** One command: what it needs, and how it is done. */
export interface NodeCommand<P extends z.ZodType = z.ZodType> {
  /** The ability it belongs to. */
  readonly cap: string
  readonly params: P
  run(params: z.output<P>, world: NodeWorld, signal: AbortSignal): Promise<unknown>
}

const command = <P extends z.ZodType>(c: NodeCommand<P>): NodeCommand => c

const found = async (stateDir: string) => {
  const now = shownApprovals(await readApprovals(stateDir))
  return { ...now, file: withUsual(now.file) }
}

export const nodeCommands: Readonly<Record<string, NodeCommand>> = {
  'system.run': command({ cap: 'system', params: RunParams, run: systemRun }),
  'system.which': command({
    cap: 'system',
    params: z.object({ bins: z.array(z.string()).max(200) }),
    async run({ bins }, { env }) {
      const where = (name: string) => (/^[\w.+-]+$/.test(name) ? Bun.which(name, { PATH: env['PATH'] ?? '' }) : null)
      return { bins: Object.fromEntries(bins.flatMap((name) => (where(name) ? [[name, where(name)]] : []))) }
    },
  }),
  'system.execApprovals.get': command({
    cap: 'system',
    params: z.object({}),
    run: (_params, { stateDir }) => found(stateDir),
  }),
  'system.execApprovals.set': command({
    cap: 'system',
    params: z.object({ file: ExecApprovals, baseHash: z.string().nullish() }),
    async run({ file, baseHash }, { stateDir }) {
      await saveApprovals(stateDir, file, baseHash ?? undefined)
      return found(stateDir)
    },
  }),
}
