// The gateway as a service or in the background: install, uninstall, start, stop, restart.
import { z } from 'zod'
import { type Command, defineCommand, type Run } from '../context.ts'
import type { Done } from '../lifecycle.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)
const reason = z.string().max(120).optional().describe('told to connected clients')

function told(done: Done, { ctx, globals }: Run): number {
  if (globals.json) ctx.stdout(json(done))
  else ctx.stdout([done.message, ...(done.hints ?? []), ''].join('\n'))
  return done.ok ? 0 : 1
}

const life = () => import('../lifecycle.ts')

const gatewayInstall = defineCommand({
  path: 'gateway install',
  aliases: ['daemon install'],
  summary: 'Makes the gateway a service that starts at boot, and starts it.',
  flags: z.strictObject({
    port: z.number().int().min(1).max(65_535).optional().describe('the port; that of the config when left out'),
    runtime: z.enum(['node', 'bun']).optional().describe('kept for older scripts; the program needs no runtime'),
    force: off('write it anew when it is there already'),
    print: off('only print the definition'),
    system: off('print the unit for the whole machine, to be put into /etc/systemd/system by an administrator'),
    user: z.string().min(1).default('openclaw').describe('with --system: the user it runs as'),
    stateDir: z.string().min(1).default('/var/lib/openclaw').describe('with --system: its state folder'),
    tokenFile: z.string().min(1).default('/etc/openclaw/token').describe('with --system: the file with its token'),
  }),
  examples: ['gateway install', 'gateway install --port 18789 --force', 'gateway install --system --user openclaw'],
  async run(p, run) {
    const { install, lookAt } = await life()
    if (p.system) {
      const { systemUnit } = await import('../../os/service/systemd.ts')
      const { program } = await run.ctx.host(run.paths)
      const argv = [...program, 'gateway', '--bind', 'loopback', '--port', String(p.port ?? 18_789)]
      run.ctx.stdout(systemUnit({ argv, user: p.user, stateDir: p.stateDir, tokenFile: p.tokenFile }))
      return 0
    }
    const at = await lookAt(run, p.port)
    if (!p.print) return told(await install(at, p.force), run)
    const { definition } = await import('../../os/service/control.ts')
    run.ctx.stdout(definition(at.plan, process.platform).text)
    return 0
  },
})

const gatewayUninstall = defineCommand({
  path: 'gateway uninstall',
  aliases: ['daemon uninstall'],
  summary: 'Ends the service and takes it away; everything else stays.',
  flags: z.strictObject({}),
  examples: ['gateway uninstall'],
  async run(_flags, run) {
    const { lookAt, uninstall } = await life()
    return told(await uninstall(await lookAt(run)), run)
  },
})

const gatewayStart = defineCommand({
  path: 'gateway start',
  aliases: ['daemon start'],
  summary: 'Starts the gateway as its service, or in the background where it is none.',
  flags: z.strictObject({
    port: z.number().int().min(0).max(65_535).optional().describe('the port, where it is no service'),
  }),
  examples: ['gateway start'],
  async run({ port }, run) {
    const { lookAt, start } = await life()
    return told(await start(await lookAt(run, port)), run)
  },
})

const gatewayStop = defineCommand({
  path: 'gateway stop',
  aliases: ['daemon stop'],
  summary: 'Ends the gateway after what is going on has had ten seconds.',
  flags: z.strictObject({ reason }),
  examples: ['gateway stop'],
  async run(p, run) {
    const { lookAt, stop } = await life()
    return told(await stop(await lookAt(run), p.reason), run)
  },
})

const gatewayRestart = defineCommand({
  path: 'gateway restart',
  aliases: ['daemon restart'],
  summary: 'Starts the gateway anew, and waits until it answers.',
  flags: z.strictObject({ reason }),
  examples: ['gateway restart'],
  async run(p, run) {
    const { lookAt, restart } = await life()
    return told(await restart(await lookAt(run), p.reason), run)
  },
})

export const commands: readonly Command[] = [
  gatewayInstall,
  gatewayRestart,
  gatewayStart,
  gatewayStop,
  gatewayUninstall,
]
