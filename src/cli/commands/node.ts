// This machine as a node of a gateway: run it, and make it a service.
import { z } from 'zod'
import { Fault } from '../../lib/fault.ts'
import { once } from '../../lib/once.ts'
import { loadConfig } from '../../config/load.ts'
import { expandHome } from '../../config/paths.ts'
import { gateway } from '../../config/sections/gateway.ts'
import { browser, nodeHost } from '../../config/sections/host.ts'
import type { NodeOptions } from '../../node/run.ts'
import { type Command, defineCommand, type Run } from '../context.ts'
import { json } from '../print.ts'
import { findCredential } from '../secret.ts'

/** Made when somebody asks: most commands are of another kind. */
const where = once(() => ({
  host: z.string().min(1).optional().describe('where the gateway is; as before, or this machine'),
  port: z.number().int().min(1).max(65_535).optional().describe('its port'),
  tls: z.boolean().optional().describe('it speaks TLS'),
  tlsFingerprint: z.string().min(1).optional().describe('SHA-256 of its certificate, when nobody has signed that'),
  nodeId: z.string().min(1).optional().describe('an id for this machine, shown beside its device id'),
  displayName: z.string().min(1).max(64).optional().describe('its name for people; the host’s own when left out'),
  setupCode: z.string().min(1).optional().describe('the code that `oclaw qr --setup-code-only` prints on the gateway'),
}))

type Where = z.output<z.ZodObject<ReturnType<typeof where>>>

const Code = () => z.object({ url: z.string(), token: z.string() })

/** What a setup code says. Throws INVALID_REQUEST. */
function read(code: string): { host: string; port: number; tls: boolean; token: string } {
  try {
    const { url, token } = Code().parse(JSON.parse(Buffer.from(code.trim(), 'base64url').toString()))
    return { ...placed(url), token }
  } catch (cause) {
    throw new Fault('INVALID_REQUEST', 'that is no setup code; `oclaw qr --setup-code-only` prints one', { cause })
  }
}

/** The parts of a gateway's address. */
function placed(address: string) {
  const url = new URL(address)
  const tls = url.protocol === 'wss:' || url.protocol === 'https:'
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || (tls ? 443 : 80), tls }
}

const local = /^(localhost|127\..*|::1)$/

/** What a node is started with, by flags, what was kept, and the config; what flags say is kept. */
async function optionsOf(p: Where, run: Run): Promise<NodeOptions> {
  const { ctx, globals, paths } = run
  const { keepPlace, placeOf } = await import('../../node/settings.ts')
  const { browserSettings } = await import('../../os/browser/settings.ts')
  const { config } = await loadConfig([gateway, browser, nodeHost], paths, ctx.env)
  const { browserProxy } = config.nodeHost
  const path = config.browser.executablePath
  const own = { ...config.browser, executablePath: path && expandHome(path, paths.home) }
  const { mode, remote, auth, port, tls } = config.gateway
  const far = mode === 'remote' && remote?.url ? placed(remote.url) : undefined
  const usual = far ?? { host: '127.0.0.1', port: port === 18_789 ? paths.defaultPort : port, tls: tls.enabled }
  const code = p.setupCode === undefined ? undefined : read(p.setupCode)
  const { tlsFingerprint: fingerprint, setupCode: _code, ...flags } = p
  const place = placeOf(paths.stateDir, { ...code, ...flags, fingerprint }, usual)
  await keepPlace(paths.stateDir, place)
  const given = globals.token ?? code?.token
  const here = far ? 'gateway.remote' : local.test(place.host) ? 'gateway.auth' : undefined
  const found =
    given === undefined && globals.password === undefined
      ? await findCredential(ctx.env, here === undefined ? {} : far ? { ...remote } : auth, here ?? '', {
          stateDir: here === undefined ? '/nonexistent' : paths.stateDir, // this gateway's own token is nobody else's
        })
      : undefined
  return {
    place,
    stateDir: paths.stateDir,
    home: paths.home,
    env: ctx.env,
    version: ctx.version,
    clock: ctx.clock,
    signal: ctx.signal,
    lends:
      config.browser.enabled && browserProxy.enabled
        ? { settings: browserSettings(own, 0), profiles: browserProxy.allowProfiles ?? [] }
        : undefined,
    secret: found
      ? { [found.kind]: found.value }
      : given !== undefined || globals.password !== undefined
        ? {
            ...(given === undefined ? {} : { token: given }),
            ...(globals.password === undefined ? {} : { password: globals.password }),
          }
        : undefined,
    tell: (line) => ctx.stdout(`${line}\n`),
  }
}

const nodeRun = defineCommand({
  path: 'node run',
  aliases: ['node'],
  summary: 'Works as a node: a gateway can have this machine run programs, as far as it allows them.',
  get flags() {
    return z.strictObject(where())
  },
  examples: ['node run', 'node run --host gateway.lan --tls', 'node run --setup-code <code>'],
  async run(p: Where, run) {
    const { runNode } = await import('../../node/run.ts')
    const { ctx } = run
    const options = await optionsOf(p, run)
    const ending = new AbortController()
    const stop = () => ending.abort(new Fault('CANCELLED', 'told to end'))
    process.once('SIGTERM', stop)
    const signal = AbortSignal.any([ctx.signal, ending.signal])
    const { notifier } = await import('../../os/notify.ts')
    const notify = notifier(ctx.env)
    await notify?.tell('READY=1\nSTATUS=not connected')
    void notify?.watch(ctx.clock, signal)
    await runNode({ ...options, signal, connected: () => void notify?.tell('STATUS=connected') })
    await notify?.tell('STOPPING=1')
    return 0
  },
})

const service = () => import('../node-service.ts')

const nodeInstall = defineCommand({
  path: 'node install',
  summary: 'Makes this machine a node for good: a service that starts at boot.',
  get flags() {
    return z.strictObject({
      ...where(),
      force: z.boolean().default(false).describe('write it anew when it is there already'),
      runtime: z.enum(['node', 'bun']).optional().describe('kept for older scripts; the program needs no runtime'),
    })
  },
  examples: ['node install', 'node install --host gateway.lan --setup-code <code>'],
  async run({ force, runtime: _old, ...p }, run) {
    const { installNode } = await service()
    return told(await installNode(run, await optionsOf(p, run), force), run)
  },
})

function told(done: { readonly ok: boolean; readonly message: string }, { ctx, globals }: Run): number {
  ctx.stdout(globals.json ? json(done) : `${done.message}\n`)
  return done.ok ? 0 : 1
}

const plain = (what: 'status' | 'uninstall' | 'stop' | 'start' | 'restart', summary: string) =>
  defineCommand({
    path: `node ${what}`,
    summary,
    get flags() {
      return z.strictObject({})
    },
    examples: [`node ${what}`],
    async run(_flags, run) {
      const { nodeService } = await service()
      return told(await nodeService(run, what), run)
    },
  })

const nodeStatus = plain('status', 'Says whether this machine is a node by a service, and for which gateway.')
const nodeUninstall = plain('uninstall', 'Ends the node’s service and takes it away; its key stays.')
const nodeStart = plain('start', 'Starts the node’s service.')
const nodeStop = plain('stop', 'Stops the node’s service.')
const nodeRestart = plain('restart', 'Starts the node’s service anew.')

export const commands: readonly Command[] = [
  nodeInstall,
  nodeRestart,
  nodeRun,
  nodeStart,
  nodeStatus,
  nodeStop,
  nodeUninstall,
]
