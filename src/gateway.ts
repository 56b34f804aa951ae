// For programs: a gateway in their own process.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { systemClock } from './lib/clock.ts'
import { Secret } from './lib/secret.ts'
import { paths, type Env } from './config/paths.ts'
import { makeDir } from './os/files.ts'
import { Fault } from './lib/fault.ts'
import { readLock } from './os/lock-file.ts'
import { takeLock } from './store/lock.ts'
import { startApp } from './app/app.ts'
import type { Config } from './app/catalog.ts'
import { environment } from './app/dotenv.ts'

/** The port of a gateway, and that of its canvas, unless the config says otherwise. */
export const DEFAULT_GATEWAY_PORT = 18_789
export const DEFAULT_CANVAS_PORT = 18_793

/** What a program may set; everything else comes from the config file. */
export interface GatewayServerOptions {
  readonly bind?: Config['gateway']['bind']
  readonly controlUiEnabled?: boolean
  readonly openAiChatCompletionsEnabled?: boolean
  readonly openResponsesEnabled?: boolean
  readonly auth?: {
    readonly mode?: Config['gateway']['auth']['mode']
    readonly token?: string
    readonly password?: string
  }
  /** The state folder; `~/.openclaw` unless the environment says otherwise. */
  readonly stateDir?: string
  /** Variables over those of the process. */
  readonly env?: Env
}

/** A gateway that runs in this process. */
export interface GatewayServer {
  readonly port: number
  /** Ends it; resolves when everything is closed. */
  close(how?: { readonly reason?: string; readonly restartExpectedMs?: number | null }): Promise<void>
}

function adjusted(config: Config, port: number, o: GatewayServerOptions): Config {
  const { gateway } = config
  const { endpoints } = gateway.http
  const enabled = (now: boolean, wish: boolean | undefined) => wish ?? now
  return {
    ...config,
    gateway: {
      ...gateway,
      port,
      bind: o.bind ?? gateway.bind,
      auth: {
        ...gateway.auth,
        mode: o.auth?.mode ?? gateway.auth.mode,
        ...(o.auth?.token === undefined ? {} : { token: new Secret(o.auth.token) }),
        ...(o.auth?.password === undefined ? {} : { password: new Secret(o.auth.password) }),
      },
      controlUi: { ...gateway.controlUi, enabled: enabled(gateway.controlUi.enabled, o.controlUiEnabled) },
      http: {
        endpoints: {
          chatCompletions: { enabled: enabled(endpoints.chatCompletions.enabled, o.openAiChatCompletionsEnabled) },
          responses: { ...endpoints.responses, enabled: enabled(endpoints.responses.enabled, o.openResponsesEnabled) },
        },
      },
    },
  }
}

/** Starts a gateway on a port (0 for any free one). Throws a Fault that says what to do when it cannot start. */
export async function startGatewayServer(
  port: number = DEFAULT_GATEWAY_PORT,
  options: GatewayServerOptions = {},
): Promise<GatewayServer> {
  const folder = options.stateDir === undefined ? {} : { OPENCLAW_STATE_DIR: options.stateDir }
  const given = { ...process.env, ...folder, ...options.env }
  const where = paths(given, {}, { home: homedir(), exists: existsSync })
  await makeDir(where.stateDir)
  const held = takeLock(`${where.lockPath}.held`)
  if (!held) {
    const pid = readLock(where.lockPath)?.pid
    throw new Fault(
      'CONFLICT',
      `a gateway already runs on ${where.stateDir} (pid ${pid ?? 'unknown'}); end it with \`oclaw gateway stop\``,
    )
  }
  try {
    const env = environment(given, where.stateDir)
    const gateway = await startApp({
      paths: where,
      env,
      clock: systemClock,
      portGiven: true,
      adjust: (c) => adjusted(c, port, options),
    })
    return {
      port: gateway.port,
      async close(how = {}) {
        await gateway.close({ reason: how.reason ?? 'closed', restart: typeof how.restartExpectedMs === 'number' })
        held.release()
      },
    }
  } catch (error) {
    held.release()
    throw error
  }
}
