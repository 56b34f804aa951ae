// The gateway itself: run it, see how it is, call any of its methods.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { isDown } from '../connect.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { opOf, show } from '../operation.ts'
import { json } from '../print.ts'

const off = (about: string) => z.boolean().default(false).describe(about)

const gatewayRun = defineCommand({
  path: 'gateway',
  aliases: ['gateway run'],
  summary: 'Runs the gateway here until it is stopped.',
  short: { port: 'p', verbose: 'v' },
  flags: z.strictObject({
    port: z.number().int().min(0).max(65_535).optional().describe('the port to listen on; 0 takes a free one'),
    bind: z
      .enum(['auto', 'lan', 'loopback', 'custom', 'tailnet'])
      .optional()
      .describe('the addresses to listen on; others than loopback need a secret'),
    auth: z.enum(['none', 'token', 'password', 'trusted-proxy']).optional().describe('how callers prove themselves'),
    token: z.string().min(1).optional().describe('the token callers must show'),
    password: z.string().min(1).optional().describe('the password callers must show'),
    tailscale: z.enum(['off', 'serve', 'funnel']).optional().describe('be reachable through Tailscale'),
    tailscaleResetOnExit: z.boolean().optional().describe('undo that at the end'),
    allowUnconfigured: off('start even when the config does not say gateway.mode=local'),
    reset: off('begin with an empty development profile; needs --dev'),
    force: off('end whatever else listens on the port first'),
    verbose: off('log more to the terminal'),
    foreground: off('log to the terminal; this is what happens anyway'),
    wsLog: z.enum(['auto', 'full', 'compact']).default('auto').describe('how calls are logged'),
    compact: off('the same as --ws-log compact'),
    claudeCliLogs: off('kept for older scripts; does nothing'),
    rawStream: off('log what models say, word by word'),
    rawStreamPath: z.string().min(1).optional().describe('the file for that'),
  }),
  examples: ['gateway', 'gateway --port 18789 --verbose', 'gateway --bind lan --auth password --password <secret>'],
  run({ compact, claudeCliLogs: _old, ...flags }, { ctx, globals, paths }) {
    if (flags.reset && !globals.dev)
      throw new Fault('INVALID_REQUEST', `--reset empties the development profile: ${ctx.name} gateway --dev --reset`)
    if (compact && flags.wsLog === 'full')
      throw new Fault('INVALID_REQUEST', '--compact and --ws-log full say the opposite; drop one of them')
    return ctx.startGateway({ ...flags, wsLog: compact ? 'compact' : flags.wsLog, dev: globals.dev }, paths)
  },
})

/** How the service stands; undefined where there is none, or where the gateway is somewhere else. */
async function serviceOf(run: Run) {
  if (run.globals.url !== undefined) return undefined
  const { lookAt } = await import('../lifecycle.ts')
  const { state, plan } = await lookAt(run)
  return state.text === undefined ? undefined : { ...state, text: undefined, unit: plan.profile ?? 'default' }
}

type Service = NonNullable<Awaited<ReturnType<typeof serviceOf>>>

const serviceLine = (s: Service) =>
  `Service: ${s.manager} (${s.enabled ? 'enabled' : 'disabled'}, ${s.active ? 'running' : 'stopped'}), ${s.path}`

const gatewayStatus = defineCommand({
  path: 'gateway status',
  aliases: ['daemon status'],
  of: 'gateway.info',
  flags: z.strictObject({
    requireRpc: off('fail when the gateway does not answer'),
    probe: z.boolean().default(true).describe('ask the gateway; without it only the service is looked at'),
    deep: off('kept for older scripts; does nothing'),
  }),
  examples: ['gateway status', 'gateway status --json'],
  async run({ requireRpc, probe }, run) {
    const { ctx, globals } = run
    const service = await serviceOf(run)
    const more = service ? { service } : {}
    const line = service ? `${serviceLine(service)}\n` : ''
    if (!probe) {
      ctx.stdout(globals.json ? json(more) : line || 'Service: not installed\n')
      return 0
    }
    try {
      const info = await run.call('gateway.info', {})
      if (globals.json) ctx.stdout(json({ running: true, ...(info as object), ...more }))
      else {
        show(opOf(ctx, 'gateway.info'), info, {}, run)
        ctx.stdout(line)
      }
      return 0
    } catch (error) {
      if (!(error instanceof Fault) || !isDown(error)) throw error
      ctx.stdout(
        globals.json
          ? json({ running: false, error: error.message, ...more })
          : `Gateway Status\n--------------\nRunning: No\n${line}${error.message}\n`,
      )
      return requireRpc ? 1 : 0
    }
  },
})

const gatewayCall = defineCommand({
  path: 'gateway call',
  summary: 'Calls any method of the gateway and prints its result.',
  args: ['method'],
  flags: z.strictObject({
    method: z.string().min(1).describe('the method, such as sessions.list'),
    params: z.record(z.string(), z.unknown()).default({}).describe('its parameters as a JSON object'),
  }),
  examples: ['gateway call health', `gateway call sessions.list --params '{"limit":5}'`],
  async run({ method, params }, run) {
    run.ctx.stdout(json(await run.call(method, params)))
    return 0
  },
})

export const commands: readonly Command[] = [gatewayCall, gatewayRun, gatewayStatus]
