// The foreground gateway: takes the lock, starts, shows the banner, and ends well.
import { join } from 'node:path'
import { describeError, Fault } from '../lib/fault.ts'
import { logOf, type Log } from '../lib/log.ts'
import { Secret } from '../lib/secret.ts'
import { systemClock } from '../lib/clock.ts'
import type { Loaded } from '../config/load.ts'
import type { Env, Paths } from '../config/paths.ts'
import { makeDir } from '../os/files.ts'
import { clearLock, readLock, writeLock } from '../os/lock-file.ts'
import { openLog } from '../os/log-sinks.ts'
import { endProcess, listenersOf } from '../os/processes.ts'
import { takeLock, type HeldLock } from '../store/lock.ts'
import { startApp, type AppOptions, type Gateway } from './app.ts'
import type { Config } from './catalog.ts'
import { readConfig } from './config/file.ts'
import { version } from './version.ts'

/** Flags of `oclaw gateway`. */
export interface GatewayFlags {
  readonly port?: number
  readonly bind?: Config['gateway']['bind']
  readonly auth?: Config['gateway']['auth']['mode']
  readonly token?: string
  readonly password?: string
  readonly tailscale?: Config['gateway']['tailscale']['mode']
  readonly tailscaleResetOnExit?: boolean
  readonly force?: boolean
  readonly verbose?: boolean
  readonly wsLog?: 'auto' | 'full' | 'compact'
  readonly rawStream?: boolean
  readonly rawStreamPath?: string
}

/** The environment with what flags say of the logs of frames and of models over it. */
export const logEnv = (env: Env, { wsLog = 'auto', verbose, rawStream, rawStreamPath }: GatewayFlags): Env => ({
  ...env,
  ...(wsLog === 'auto' ? (verbose ? { OPENCLAW_WS_LOG: 'compact' } : {}) : { OPENCLAW_WS_LOG: wsLog }),
  ...(rawStream || rawStreamPath !== undefined ? { OPENCLAW_RAW_STREAM: '1' } : {}),
  ...(rawStreamPath === undefined ? {} : { OPENCLAW_RAW_STREAM_PATH: rawStreamPath }),
})

/** The config with flags over it. */
export function withFlags(config: Config, flags: GatewayFlags, defaultPort: number, env: Env): Config {
  const fromEnv = Number(env['OPENCLAW_GATEWAY_PORT'])
  const { gateway } = config
  const usual = gateway.port === 18_789 ? defaultPort : gateway.port
  const port = flags.port ?? (Number.isInteger(fromEnv) && fromEnv > 0 && fromEnv < 65_536 ? fromEnv : usual)
  const mode =
    flags.auth ??
    (flags.token === undefined ? (flags.password === undefined ? gateway.auth.mode : 'password') : 'token')
  const auth = {
    ...gateway.auth,
    mode,
    ...(flags.token === undefined ? {} : { token: new Secret(flags.token) }),
    ...(flags.password === undefined ? {} : { password: new Secret(flags.password) }),
  }
  const tailscale = {
    mode: flags.tailscale ?? gateway.tailscale.mode,
    resetOnExit: flags.tailscaleResetOnExit ?? gateway.tailscale.resetOnExit,
  }
  return {
    ...config,
    gateway: { ...gateway, port, auth, tailscale, ...(flags.bind === undefined ? {} : { bind: flags.bind }) },
  }
}

/** Takes the lock of a state folder. Throws CONFLICT naming the holder; with `force` the holder is ended first. */
async function lock(paths: Paths, force: boolean): Promise<HeldLock> {
  const path = `${paths.lockPath}.held`
  for (let attempt = 0; ; attempt++) {
    const held = takeLock(path)
    if (held) return held
    const pid = readLock(paths.lockPath)?.pid
    if (force && pid !== undefined && attempt === 0 && (await endProcess(pid, systemClock))) continue
    const who = pid === undefined ? 'another process' : `pid ${pid}`
    throw new Fault(
      'CONFLICT',
      `a gateway already runs on ${paths.stateDir} (${who}); use it, end it (\`oclaw gateway stop\`), or take over with \`oclaw gateway --force\``,
    )
  }
}

/** Ends whoever listens on the port. */
async function freePort(port: number): Promise<void> {
  for (const pid of listenersOf(port)) {
    process.stderr.write(`Ending pid ${pid}, which listens on port ${port}.\n`)
    if (!(await endProcess(pid, systemClock)))
      throw new Fault('CONFLICT', `pid ${pid} still holds port ${port}; end it by hand`)
  }
}

function banner(g: Gateway): string {
  const host = g.host === '0.0.0.0' ? '127.0.0.1' : g.host
  const { auth, controlUi, port } = g.config.loaded.config.gateway
  const name = { token: 'Token', password: 'Password', none: 'None', 'trusted-proxy': 'Trusted proxy' }[auth.mode]
  const model = g.engine.world.settings
  const accounts = g.services.channels.status()
  const lines = [
    `OpenClaw Gateway v${version}`,
    `✓ WebSocket: ${g.tls ? 'wss' : 'ws'}://${host}:${g.port}`,
    ...(controlUi.enabled
      ? [
          `✓ Control UI: ${g.tls ? 'https' : 'http'}://${host}:${g.port}${controlUi.basePath === '/' ? '' : controlUi.basePath}`,
        ]
      : []),
    `✓ Auth: ${name} (mode: ${auth.mode})`,
    `✓ Channels: ${accounts.filter((a) => a.running).length} running`,
    `✓ Model: ${modelLine(model)}`,
    ...(g.port !== port && port !== 0 ? [`! Port ${port} was taken; this is the next free one`] : []),
    ...(g.config.loaded.valid ? [] : ['! The config has mistakes: oclaw config validate']),
  ]
  const width = Math.max(...lines.map((l) => l.length)) + 2
  return [
    `┌${'─'.repeat(width + 1)}┐`,
    ...lines.map((l) => `│  ${l.padEnd(width - 1)}│`),
    `└${'─'.repeat(width + 1)}┘`,
  ].join('\n')
}

function modelLine(settings: Gateway['engine']['world']['settings']): string {
  try {
    const ref = settings.candidates(settings.defaultAgent(), undefined)[0]?.ref ?? 'none'
    return ref.startsWith('demo/') ? `${ref} (built in; set ANTHROPIC_API_KEY for a real one)` : ref
  } catch (error) {
    return describeError(error)
  }
}

/** While the demo answers: names the model servers of this machine, and how to use them. They are never used unasked. */
async function offerLocal(gateway: Gateway, log: Log): Promise<void> {
  if (!modelLine(gateway.engine.world.settings).startsWith('demo/')) return
  const found = await gateway.services.models.localServers(gateway.engine.world.scope.signal).catch(() => [])
  for (const { name, baseUrl, models } of found) {
    const use = `oclaw config set agents.defaults.model.primary ${name}/${models[0] ?? '<model>'}`
    log.info('a model server runs on this machine', { name, baseUrl, models, use })
  }
}

/**
 * Runs a gateway in the foreground until it is told to end, reading the environment anew at each restart; answers the
 * exit code. Throws Faults that say what to do.
 */
export async function runGateway(paths: Paths, env: () => Env, flags: GatewayFlags): Promise<number> {
  process.umask(0o077)
  await makeDir(paths.stateDir).catch((error: unknown) => {
    throw new Fault(
      'FORBIDDEN',
      `the state folder ${paths.stateDir} cannot be made; give this user write access or set OPENCLAW_STATE_DIR`,
      { cause: error },
    )
  })
  const held = await lock(paths, flags.force === true)
  try {
    for (;;) {
      const how = await once(paths, logEnv(env(), flags), flags)
      if (!how.restart) return 0
    }
  } finally {
    clearLock(paths.lockPath, process.pid)
    held.release()
  }
}

/** The environment with keys of the login shell under it, when the config (`env.shellEnv`) or the environment wants that. */
async function withShell({ config, env: set }: Loaded<Config>, env: Env) {
  const rule = config.env.shellEnv
  if (!rule?.enabled && env['OPENCLAW_LOAD_SHELL_ENV'] !== '1') return { env, tell: () => undefined }
  const { withShellKeys } = await import('./shell-keys.ts')
  return withShellKeys(env, set, { clock: systemClock, timeoutMs: rule?.timeoutMs ?? 15_000 })
}

async function once(paths: Paths, given: Env, flags: GatewayFlags): Promise<{ readonly restart: boolean }> {
  const read = (e: Env) => ({ paths, env: e, adjust: (c: Config) => withFlags(c, flags, paths.defaultPort, e) })
  const plain = await readConfig(read(given))
  const { env, tell } = await withShell(plain, given)
  const options: AppOptions = {
    ...read(env),
    clock: systemClock,
    portGiven: flags.port !== undefined || env['OPENCLAW_GATEWAY_PORT'] !== undefined,
  }
  const loaded = env === given ? plain : await readConfig(options)
  const { config } = loaded
  await openLog({
    file: config.logging.file ?? join(paths.logsDir, 'gateway.log'),
    level: config.logging.level ?? 'info',
    consoleLevel: flags.verbose ? 'debug' : (config.logging.consoleLevel ?? 'info'),
    style: config.logging.consoleStyle ?? 'pretty',
    patterns: config.logging.redactPatterns,
  })
  tell(logOf('env'))
  if (flags.force) await freePort(config.gateway.port)
  const gateway = await startApp({ ...options, loaded })
  const log = logOf('gateway')
  void offerLocal(gateway, log)
  const stop = (signal: string) => gateway.services.gateway.stop({ reason: signal, restart: signal === 'SIGUSR1' })
  const first = (signal: string) => {
    stop(signal)
    for (const s of ['SIGTERM', 'SIGINT'] as const) process.removeAllListeners(s).on(s, () => process.exit(130))
  }
  for (const s of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const) process.removeAllListeners(s).on(s, () => first(s))
  process
    .removeAllListeners('uncaughtException')
    .on('uncaughtException', (error) => log.error('an error nobody caught', { error: describeError(error) }))
  process
    .removeAllListeners('unhandledRejection')
    .on('unhandledRejection', (error) => log.error('a rejection nobody caught', { error: describeError(error) }))
  writeLock(paths.lockPath, {
    pid: process.pid,
    port: gateway.port,
    host: gateway.host,
    ...(gateway.tls ? { tls: true } : {}),
    startedAt: systemClock.now(),
    version,
  })
  const notify = env['NOTIFY_SOCKET'] === undefined ? undefined : (await import('../os/notify.ts')).notifier(env)
  const watching = new AbortController()
  await notify?.tell(`READY=1\nSTATUS=port ${gateway.port}`)
  void notify?.watch(systemClock, watching.signal)
  Bun.unsafe.setJITPolicy(1) // the start is over: what runs now runs again
  process.stdout.write(`${banner(gateway)}\n`)
  log.info('listening', { url: `${gateway.tls ? 'wss' : 'ws'}://${gateway.host}:${gateway.port}`, pid: process.pid })
  const how = await gateway.ended
  log.info('ending', { reason: how.reason, restart: how.restart })
  if (!how.restart) await notify?.tell('STOPPING=1')
  await gateway.close(how)
  watching.abort()
  return how
}
