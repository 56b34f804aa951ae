// The composition root: from a state folder to a running gateway.
import { join } from 'node:path'
import { describeError, Fault } from '../lib/fault.ts'
import { bus } from '../lib/bus.ts'
import { deadline, type Clock } from '../lib/clock.ts'
import { logOf } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { Scope } from '../lib/scope.ts'
import { supervisor, type Unit } from '../lib/supervisor.ts'
import type { GatewayEvent } from '../domain/agent-event.ts'
import type { AnyTool } from '../define/tool.ts'
import type { Loaded } from '../config/load.ts'
import type { Env, Paths } from '../config/paths.ts'
import { cron } from '../engine/cron/index.ts'
import { engine, type Engine } from '../engine/engine.ts'
import { tailFile } from '../os/log-tail.ts'
import { childEnv } from '../os/child.ts'
import { makeDir } from '../os/files.ts'
import { agentTools } from '../ops/agent-tools/index.ts'
import { avatarOf } from '../ops/agent-identity.ts'
import { chatCommands } from '../ops/chat-commands.ts'
import { health } from '../ops/health.ts'
import { ops } from '../ops/index.ts'
import { nodePrograms } from '../ops/node-programs.ts'
import type { Services } from '../ops/services.ts'
import type { Listening } from '../server/listen.ts'
import { controlLimit } from '../server/control-limit.ts'
import { dispatcher } from '../server/rpc.ts'
import { Db } from '../store/db.ts'
import { migrate } from '../store/migrate.ts'
import { walSync } from '../store/wal-sync.ts'
import { tools } from '../tools/index.ts'
import { accountBoard } from './channels/board.ts'
import { browserPart } from './units/browser.ts'
import { channelControl, platformAt, watchAccounts } from './channels/control.ts'
import { renameGroup } from './channels/rename.ts'
import { accountList, channelUnits, keyOf, linked, type ControlParts } from './channels/units.ts'
import type { Config } from './catalog.ts'
import { probation } from './config/probation.ts'
import { followFile, readConfig, type ConfigFile } from './config/file.ts'
import { configInForce } from './config/in-force.ts'
import { gatewayProcess } from './gateway-process.ts'
import { mediaStore } from './media-store.ts'
import { opTools } from './op-tools.ts'
import { mcpTools, serversOf, withMcp } from './mcp.ts'
import { modelLists, modelsOf } from './models/index.ts'
import { httpUnits } from './units/http.ts'
import { outside } from './outside.ts'
import { wanted } from './left-out.ts'
import { reachUnits } from './units/reach.ts'
import { ensureToken } from './secrets.ts'
import { settingsOf } from './settings/index.ts'
import { timeUnits } from './units/time.ts'
import { trimWhenQuiet } from './trim.ts'
import { upkeep } from './upkeep.ts'
import { updateControl } from './updates.ts'
import { wizardControl } from './wizard.ts'

/** What a gateway is started with. */
export interface AppOptions {
  readonly paths: Paths
  readonly env: Env
  readonly clock: Clock
  /** Puts flags over what the config says. */
  adjust(config: Config): Config
  /** Whether the port was asked for by name, so that no other will do. */
  readonly portGiven: boolean
  /** The config, when it was read already. */
  readonly loaded?: Loaded<Config>
}

/** A gateway that runs. */
export interface Gateway {
  readonly port: number
  readonly host: string
  readonly tls: boolean
  readonly engine: Engine
  readonly config: ConfigFile
  readonly services: Services
  /** Resolves when someone asked for the end: by command, or by `close`. */
  readonly ended: Promise<{ readonly reason: string; readonly restart: boolean }>
  /** Ends it: clients are told, running turns get up to `graceMs`, then everything closes. */
  close(how: { readonly reason: string; readonly restart: boolean; readonly graceMs?: number }): Promise<void>
}

/** Starts a gateway. Throws a Fault that says what to do when it cannot listen or its database is no good. */
export async function startApp(o: AppOptions): Promise<Gateway> {
  const { paths, clock } = o
  const log = logOf('gateway')
  const root = new Scope('gateway')
  const startedAt = clock.now()
  const first = o.loaded ?? (await readConfig(o))
  const live: { file?: ConfigFile; http?: Listening; engine?: Engine; ready: boolean } = { ready: false }
  const config = (): Config => live.file?.loaded.config ?? first.config
  let envSeen: { config: Config; env: Env } | undefined
  const env = (): Env => {
    const now = live.file?.loaded ?? first
    if (envSeen?.config !== now.config) envSeen = { config: now.config, env: { ...now.env, ...o.env } }
    return envSeen.env
  }
  if (await ensureToken(config(), env(), paths)) log.info('a gateway token was made', { file: 'gateway.token' })

  const data = join(paths.stateDir, 'data') // a folder of its own: whoever watches the config need not hear of every write
  await makeDir(data)
  const alone = () => (live.engine?.runs.count() ?? 0) < 2
  const db = new Db(join(data, 'state.db'), (wal) => walSync(wal, alone))
  root.defer('database', () => db.close())
  migrate(db)

  const news = bus<GatewayEvent>((error) => log.error('a listener failed', { error: describeError(error) }))
  const models = modelsOf(config, env, { ...paths, clock })
  const board = accountBoard((key, online, why) => {
    const [channel = '', account = ''] = key.split(':')
    news.publish({ type: 'channel', channel, account, online, ...(why === undefined ? {} : { why }) })
  })
  const held = { stopped: new Set<string>(), started: new Set<string>(), linking: new Set<string>() }
  const accounts = accountList(config, env)
  const work = root.child('work')
  const mcp = mcpTools(() => serversOf(config(), () => childEnv(process.env)), {
    scope: work,
    clock,
    log: logOf('mcp'),
  })
  const settings = settingsOf(config, env, paths, models)
  const e = engine(
    {
      db,
      clock,
      log: logOf('engine'),
      news,
      scope: work,
      settings,
      outside: outside(clock, mediaStore(db, clock, join(paths.stateDir, 'media'))),
      nodes: nodePrograms(() => services),
      tools: () => allTools(),
      prepareTools: mcp.prepare,
      connection: (at) => board.of(`${at.channel}:${at.account}`).connection,
    },
    () => chatCommands(() => services),
  )

  const ownTools = once(() => [
    ...(tools.all as unknown as readonly AnyTool[]),
    ...opTools(ops, services),
    ...agentTools(services),
  ])
  const allTools = withMcp(ownTools, mcp)
  live.engine = e
  const jobs = cron(e)
  const ended = Promise.withResolvers<{ reason: string; restart: boolean }>()
  const control: ControlParts = {
    engine: e,
    board,
    held,
    clock,
    log,
    scope: root,
    accounts,
    reconcile: () => units.reconcile(plan()),
    rename: (a, from, to) => renameGroup(live.file, a, from, to),
  }
  const browser = browserPart({ clock, paths, config, env, http: () => live.http })
  const services: Services = {
    clock,
    browser: browser.control,
    engine: e,
    get config() {
      return live.file as ConfigFile
    },
    channels: channelControl(control),
    models: modelLists(models, clock),
    cron: jobs,
    logs: { tail: (q) => tailFile(config().logging.file ?? join(paths.logsDir, 'gateway.log'), q) },
    gateway: gatewayProcess({ paths, startedAt, config, http: () => live.http, stop: ended.resolve }),
    updates: updateControl({
      clock,
      log,
      paths,
      env: o.env,
      signal: root.signal,
      news,
      said: () => config().update,
    }),
    wizard: wizardControl({
      clock,
      paths,
      env: o.env,
      signal: root.signal,
      config: () => services.config,
      dispatch: () => dispatch,
    }),
  }
  const dispatch = dispatcher(ops, services, controlLimit(clock))

  const httpUnit = httpUnits({
    clock,
    log,
    news,
    paths,
    engine: e,
    dispatch,
    config,
    env,
    startedAt,
    portGiven: o.portGiven,
    health: () => health(services),
    ready: () => live.ready,
    avatar: (id) => avatarOf(services, id),
    platform: (path) => platformAt(control, path),
    replan: () => void units.reconcile(plan()),
    listening: (at) => {
      live.http = at
    },
  })

  const reach = { clock, log, paths, outside: e.world.outside, config, env, http: () => live.http }
  const plan = (): Unit[] =>
    [httpUnit(), ...timeUnits(e, jobs), ...channelUnits(control), ...reachUnits(reach), ...browser.units()].filter(
      (u) => wanted(u.key, env()),
    )
  const trials = probation(clock, root.signal)
  const units = supervisor(root, clock, (key, state, error) => {
    trials.unit(key, state, error)
    const account = key.startsWith('channel:') ? key.slice('channel:'.length) : undefined
    if (account !== undefined) {
      board.unit(account, state, error === undefined ? undefined : describeError(error), clock.now())
      const found = state === 'failed' ? accounts().find((a) => keyOf(a) === account) : undefined
      if (found && !linked(db, found)) void units.reconcile(plan()) // it was logged out: there is nothing to try again
    }
    if (state === 'failed') log.warn('a part of the gateway failed', { unit: key, error: describeError(error) })
    else log.debug('a part of the gateway changed', { unit: key, state })
  })

  live.file = configInForce(
    { paths, clock, log, news, held, trials, config, env: o.env, signal: root.signal, adjust: o.adjust },
    first,
    async () => {
      await units.reconcile(plan())
      e.dispatch.refresh()
    },
  )
  if (!first.valid)
    log.warn('the config has mistakes; what is right in it is in force', {
      issues: first.issues.map((i) => `${i.path || 'file'}: ${i.message}`),
    })

  try {
    await units.reconcile([httpUnit()])
    await e.recover()
    live.ready = true
    const idle = () => e.runs.count() === 0
    trimWhenQuiet(news, clock, root, idle)
    void upkeep({ db, clock, log, signal: root.signal, idle, sessions: e.tidy })
  } catch (error) {
    await root.close(error).catch(() => undefined)
    throw error
  }
  live.file.started()
  void units.reconcile(plan())
  void watchAccounts(
    { board, clock, log, scope: root },
    () => config().gateway.channelHealthCheckMinutes,
    (key, why) => units.restart(key, why),
  )
  await followFile(live.file, { scope: root, clock, log })

  return {
    get port() {
      return live.http?.port ?? 0
    },
    get host() {
      return live.http?.host ?? ''
    },
    get tls() {
      return live.http?.tls !== undefined
    },
    engine: e,
    get config() {
      return live.file as ConfigFile
    },
    services,
    ended: ended.promise,
    async close(how) {
      ended.resolve(how)
      live.ready = false
      live.http?.sockets.shutdown(how.restart ? 'gateway restarting' : 'gateway stopping', how.restart ? 1500 : null)
      const grace = deadline(clock, how.graceMs ?? 10_000, new Fault('CANCELLED', 'the gateway is ending'))
      await Promise.race([
        e.dispatch.idle().then(() => e.delivery.end()),
        new Promise((resolve) => grace.signal.addEventListener('abort', resolve, { once: true })),
      ])
      grace.done()
      for (const run of e.runs.all()) run.stop('shutdown')
      await work.close(new Fault('CANCELLED', 'the gateway is ending'))
      await e.dispatch.idle()
      await units.reconcile([])
      await root.close()
    },
  }
}
