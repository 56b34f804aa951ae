// What is done about messages that are there, on the command line: with --dry-run it is only told what would be asked.
import { z } from 'zod'
import { defineCommand, type Command } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

const act = (name: string) =>
  defineCommand({
    path: `message ${name}`,
    of: `message.${name}`,
    flags: z.strictObject({
      dryRun: z.boolean().default(false).describe('say what would be asked, and ask nothing'),
    }),
    async run({ dryRun, ...input }: Record<string, unknown>, run) {
      const method = `message.${name}`
      if (!dryRun) return show(opOf(run.ctx, method), await run.call(method, input), input, run)
      run.ctx.stdout(json({ action: name, params: input, dryRun: true }))
      return 0
    },
  })

export const commands: readonly Command[] = [
  'delete',
  'edit',
  'pin',
  'pins',
  'react',
  'reactions',
  'read',
  'unpin',
].map(act)
