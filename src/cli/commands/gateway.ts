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
    wsLog: z
      .enum(['auto', 'full', 'compact'])
      .default('auto')
      .describe(
        'how calls over sockets are logged: full writes every frame, compact one line per call, auto that with --verbose',
      ),
    compact: off('the same as --ws-log compact'),
    claudeCliLogs: off('kept for older scripts; does nothing'),
    rawStream: off('write what models say, word by word, into logs/raw-stream.jsonl'),
    rawStreamPath: z.string().min(1).optional().describe('the file for that; it also switches it on'),
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

/** How the service stands; undefined where the gateway is somewhere else. */
async function serviceOf(run: Run) {
  if (run.globals.url !== undefined) return undefined
  const { lookAt } = await import('../lifecycle.ts')
  return (await lookAt(run)).state
}

type Service = NonNullable<Awaited<ReturnType<typeof serviceOf>>>

const serviceLine = (s: Service) =>
  s.text === undefined
    ? 'Service: not installed'
    : `Service: ${s.manager} (${s.enabled ? 'enabled' : 'disabled'}, ${s.active ? 'running' : 'stopped'}), ${s.path}`

/** What the gateway says of itself, or why it says nothing. */
async function asked(run: Run): Promise<{ readonly info: object } | { readonly error: string }> {
  try {
    return { info: (await run.call('gateway.info', {})) as object }
  } catch (error) {
    if (error instanceof Fault && isDown(error)) return { error: error.message }
    throw error
  }
}

const gatewayStatus = defineCommand({
  path: 'gateway status',
  aliases: ['daemon status'],
  of: 'gateway.info',
  flags: z.strictObject({
    requireRpc: off('fail when the gateway does not answer'),
    probe: z.boolean().default(true).describe('ask the gateway; without it only this machine is looked at'),
    deep: off('also look for services of the whole machine, and have every channel ask its platform'),
  }),
  examples: ['gateway status', 'gateway status --json', 'gateway status --deep'],
  async run({ requireRpc, probe, deep }, run) {
    const { ctx, globals } = run
    const state = await serviceOf(run)
    const { around, aroundLines } = await import('../gateway-around.ts')
    const seen = await around(run, state, deep)
    const answer = probe ? await asked(run) : undefined
    const info = answer && 'info' in answer ? answer.info : undefined
    const error = answer && 'error' in answer ? answer.error : undefined
    const channels = deep && info ? await run.call('channels.status', { probe: true }) : undefined
    if (globals.json) {
      const service = state?.text === undefined ? {} : { service: { ...state, text: undefined } }
      const rpc = { ok: info !== undefined, url: seen.gateway.probeUrl, ...(error === undefined ? {} : { error }) }
      ctx.stdout(
        json({
          ...(answer ? { running: info !== undefined, ...info, ...(error === undefined ? {} : { error }), rpc } : {}),
          ...service,
          ...seen,
          ...(channels === undefined ? {} : { channels }),
        }),
      )
    } else {
      if (info) show(opOf(ctx, 'gateway.info'), info, {}, run)
      if (error !== undefined) ctx.stdout('Gateway Status\n--------------\nRunning: No\n')
      ctx.stdout([...(state ? [serviceLine(state)] : []), ...aroundLines(seen, ctx.name), ''].join('\n'))
      if (error !== undefined) ctx.stdout(`RPC probe: failed\n${error}\n`)
      else if (info) ctx.stdout('RPC probe: ok\n')
      if (channels !== undefined) show(opOf(ctx, 'channels.status'), channels, {}, run)
    }
    return requireRpc && error !== undefined ? 1 : 0
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
