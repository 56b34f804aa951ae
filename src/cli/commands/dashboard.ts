// Opens the Control UI in a browser, signed in.
import { z } from 'zod'
import { type Command, defineCommand } from '../context.ts'
import { dashboardLink, showLink } from '../dashboard.ts'
import { json } from '../print.ts'

const dashboardCommand = defineCommand({
  path: 'dashboard',
  summary: 'Opens the Control UI in a browser, signed in by an address that is good once, for a minute.',
  flags: z.strictObject({ open: z.boolean().default(true).describe('open it; --no-open only prints the address') }),
  examples: ['dashboard', 'dashboard --no-open'],
  async run({ open }, run) {
    const link = await dashboardLink(run)
    run.ctx.stdout(run.globals.json ? json(link) : `${showLink(run, link, open).join('\n')}\n`)
    return 0
  },
})

export const commands: readonly Command[] = [dashboardCommand]
