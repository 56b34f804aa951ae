// Opens the Control UI in a browser, signed in.
import { z } from 'zod'
import { type Command, defineCommand } from '../context.ts'
import { json } from '../print.ts'

const Told = z.object({ url: z.string(), path: z.string(), expiresAt: z.number() })

/** The program that opens an address on this system; undefined where nobody would see it. */
function opener(env: Readonly<Record<string, string | undefined>>): readonly string[] | undefined {
  if (process.platform === 'darwin') return ['open']
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return (env['DISPLAY'] ?? env['WAYLAND_DISPLAY']) && Bun.which('xdg-open') ? ['xdg-open'] : undefined
}

const dashboardCommand = defineCommand({
  path: 'dashboard',
  summary: 'Opens the Control UI in a browser, signed in by an address that is good once, for a minute.',
  flags: z.strictObject({ open: z.boolean().default(true).describe('open it; --no-open only prints the address') }),
  examples: ['dashboard', 'dashboard --no-open'],
  async run({ open }, run) {
    const { ctx, globals } = run
    const told = Told.parse(await run.call('dashboard.link', {}))
    const program = open && !globals.json ? opener(ctx.env) : undefined
    if (globals.json) ctx.stdout(json(told))
    else ctx.stdout(`${told.url}\nIt signs one browser in, once, within a minute.\n`)
    if (program) Bun.spawn([...program, told.url], { stdio: ['ignore', 'ignore', 'ignore'] }).unref()
    return 0
  },
})

export const commands: readonly Command[] = [dashboardCommand]
