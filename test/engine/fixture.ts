// An engine that runs for real over a database in a temporary folder, with a scripted model and platforms in memory.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { commonAccount, type CommonAccount } from '../../src/define/account-fields.ts'
import type { AnyTool } from '../../src/define/tool.ts'
import type { GatewayEvent } from '../../src/domain/agent-event.ts'
import type { InboundMessage } from '../../src/domain/message.ts'
import { engine } from '../../src/engine/engine.ts'
import type { ChatCommand } from '../../src/engine/commands/index.ts'
import type { AccountRule, EngineSettings } from '../../src/engine/settings.ts'
import { keptLog } from './kept-log.ts'
import { syncAtOnce } from './sync-at-once.ts'
import type { NodePrograms, Outside, World } from '../../src/engine/world.ts'
import { readInside } from '../../src/app/outside.ts'
import { bus } from '../../src/lib/bus.ts'
import { addressOf, checkedUrl } from '../../src/lib/fetch.ts'
import { nextTick, testClock, type Clock } from '../../src/lib/clock.ts'
import { Fault } from '../../src/lib/fault.ts'
import { Scope } from '../../src/lib/scope.ts'
import { background } from '../../src/os/background.ts'
import { guards } from './real-box.ts'
import { childEnv, spawner } from '../../src/os/child.ts'
import { appendLine, textsLike } from '../../src/os/files.ts'
import { memoryFiles } from '../../src/os/memory-files.ts'
import { pictures } from '../../src/os/picture.ts'
import { skillFiles, skillHash } from '../../src/os/skill-folders.ts'
import { temporaryFile } from '../../src/os/temporary-file.ts'
import { Db } from '../../src/store/db.ts'
import { migrate } from '../../src/store/migrate.ts'
import { noNodes, toolSettings } from './tool-settings.ts'
import { candidateOf, platform, scripted, type Platform, type Script } from './scripted.ts'

/** When the tests' clock starts: 2026-09-21 14:13:20 UTC, in ms. */
export const startAt = 1_790_000_000_000

/** What a test may say about its engine. */
export interface WorldWish {
  readonly script?: Script
  readonly settings?: Partial<EngineSettings>
  /** Fields of every platform account. */
  readonly common?: Partial<CommonAccount>
  readonly account?: Partial<AccountRule>
  readonly tools?: readonly AnyTool[]
  readonly clock?: Clock
  readonly commands?: readonly ChatCommand[]
  /** An existing database file, taken up again; it is left where it is. */
  readonly path?: string
  readonly open?: (path: string) => Db
  readonly platform?: Platform
  readonly nodes?: NodePrograms
}

/** The limits and rules of an account of the platform in memory. */
export function accountRule(common: Partial<CommonAccount> = {}, more: Partial<AccountRule> = {}): AccountRule {
  return {
    common: { ...z.object(commonAccount).parse({ dmPolicy: 'open', allowFrom: ['*', '42'] }), ...common },
    limits: { text: 4000, caption: 1000, media: 10_000_000 },
    idempotent: false,
    preview: false,
    buttons: false,
    group: () => undefined,
    ...more,
  }
}

function settingsOf(wish: WorldWish, workspace: string, provider: ReturnType<typeof scripted>['provider']) {
  const plain: EngineSettings = {
    defaultAgent: () => 'main',
    agent: (id) =>
      id === 'main'
        ? {
            id,
            workspace,
            tools: { profile: 'full', deny: [], execSecurity: 'full', execAsk: 'off', confined: true },
            mentionPatterns: [],
          }
        : undefined,
    agents: () => ['main'],
    bindings: () => [],
    broadcast: () => ({}),
    broadcastInTurn: () => false,
    restRule: () => ({ billingMs: 5 * 3_600_000, billingMaxMs: 24 * 3_600_000, forgetMs: 24 * 3_600_000 }),
    ack: () => ({ emoji: undefined, direct: false, group: 'never', remove: false }),
    commandRule: () => ({ accessGroups: true, text: true }),
    approvalChats: () => ({ here: true, targets: [] }),
    typingMode: () => undefined,
    heartbeat: () => undefined,
    cron: () => ({ enabled: true, maxConcurrent: 4 }),
    historyLimit: () => 50,
    pictures: () => ({ side: 1200, sentBytes: 5_000_000 }),
    account: (channel) => (channel === 'telegram' ? accountRule(wish.common, wish.account) : undefined),
    queue: () => ({ mode: 'followup', debounceMs: 1000, cap: 20, drop: 'old' }),
    debounceMs: () => 0,
    dmScope: () => 'main',
    identityLinks: () => ({}),
    resetTriggers: () => ['/new', '/reset'],
    reset: () => ({ mode: 'idle', atHour: 4, idleMinutes: 1_000_000 }),
    sendAllowed: () => true,
    candidates: (_agent, ref) => {
      if (ref?.startsWith('nobody/')) throw new Fault('INVALID_REQUEST', `model not allowed: ${ref}`)
      return [candidateOf(ref ?? 'a/one', provider)]
    },
    turnTimeoutMs: () => 600_000,
    maxConcurrent: () => 4,
    subagentsAtOnce: () => 8,
    compaction: () => ({ keepTokens: 20_000, reserveTokens: 20_000 }),
    contextTokens: () => undefined,
    pruning: () => undefined,
    maxSteps: () => 40,
    replyTtlMs: () => 600_000,
    bootstrap: () => ({ maxChars: 20_000, totalMaxChars: 100_000 }),
    execApprovals: () => Promise.resolve(undefined),
    owners: () => undefined,
    ...toolSettings(provider, dirname(workspace)),
    responsePrefix: () => undefined,
    timezone: () => 'UTC',
  }
  return { ...plain, ...wish.settings }
}

/** Names of the tests lead to a public address, whatever the network of this machine is like. */
const someDns = { lookup: async () => ['93.184.216.34'], allowPrivate: false }

function outsideOf(top: string, clock: Clock): Outside {
  const file = (id: string) => join(top, 'media', id)
  let files = 0
  return {
    guardedFetch: () => globalThis.fetch,
    download: globalThis.fetch,
    publicUrl: async (url, signal) => void (await addressOf(checkedUrl(url, someDns), someDns, signal)),
    fetch: globalThis.fetch,
    spawn: spawner(clock),
    background: (how) => background(clock, how),
    childEnv: childEnv(process.env),
    which: (program, cwd, path) => Bun.which(program, { cwd, ...(path ? { PATH: path } : {}) }) ?? undefined,
    ...guards(clock),
    media: {
      async save(bytes, about) {
        const id = `med_${++files}`
        mkdirSync(join(top, 'media'), { recursive: true })
        writeFileSync(file(id), bytes)
        const { kind, ...rest } = about
        return { id, bytes: bytes.length, ...rest, ...(kind ? { kind } : {}) }
      },
      read: async (id) => new Uint8Array(readFileSync(file(id))),
    },
    pictures: pictures(async (id) => new Uint8Array(readFileSync(file(id)))),
    readText: (path) =>
      Bun.file(path)
        .text()
        .catch(() => undefined),
    readFile: readInside,
    temporaryFile,
    appendLine,
    textsLike,
    skillFiles,
    skillHash,
    memoryFiles,
    exists: existsSync,
    platform: 'linux',
    async saveText(path, text) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    },
    async makeDir(path) {
      mkdirSync(path, { recursive: true })
    },
  }
}

let count = 0

/** A direct message of the platform in memory. */
export function inbound(text: string, more: Partial<InboundMessage> = {}): InboundMessage {
  return {
    id: `m${++count}`,
    at: startAt,
    to: { channel: 'telegram', account: 'default', chat: '42' },
    kind: 'direct',
    from: { id: '42', name: 'Ann' },
    text,
    media: [],
    addressed: true,
    ...more,
  }
}

/** Waits until something is so; time on a test clock does not move. Fails after 4 real seconds. */
export async function until(what: string, ready: () => boolean): Promise<void> {
  const end = performance.now() + 4000
  while (!ready()) {
    if (performance.now() > end) throw new Error(`waited 4 s for: ${what}`)
    await nextTick()
  }
}

/** Builds and starts an engine. */
export function engineWorld(wish: WorldWish = {}) {
  const top = wish.path ? dirname(wish.path) : mkdtempSync(join(tmpdir(), 'oclaw-engine-'))
  const path = wish.path ?? join(top, 'oclaw.db')
  const workspace = join(top, 'workspace')
  mkdirSync(workspace, { recursive: true })
  const clock = wish.clock ?? testClock(startAt)
  const db = (wish.open ?? ((p) => new Db(p, syncAtOnce, 0)))(path)
  migrate(db)
  const scope = new Scope('engine')
  const lines: string[] = []
  const broken: unknown[] = []
  const news = bus<GatewayEvent>((error) => broken.push(error))
  const heard: GatewayEvent[] = []
  news.listen((e) => heard.push(e))
  const chat = wish.platform ?? platform()
  const model = scripted(wish.script ?? (() => 'Hello.'))
  const parts: Omit<World, 'outgoing'> = {
    db,
    clock,
    log: keptLog(lines),
    news,
    scope,
    settings: settingsOf(wish, workspace, model.provider),
    outside: outsideOf(top, clock),
    nodes: wish.nodes ?? noNodes,
    tools: () => wish.tools ?? [],
    prepareTools: () => Promise.resolve(),
    connection: (at) => (at.channel === 'telegram' && !chat.away ? chat.connection : undefined),
  }
  const e = engine(parts, () => wish.commands ?? [])
  const rows = (sql: string) => db.all(sql)
  const moving = () => clock as ReturnType<typeof testClock>
  const ended = { yes: false }
  const idle = async () => {
    await e.dispatch.idle()
    await e.delivery.idle()
    await nextTick()
    if (!ended.yes) db.flush()
  }
  /** Lets time pass, `step` ms for each 2 ms of ours, until nothing is going on. */
  const rest = async (step = 200) => {
    const state = { over: false }
    const done = idle().then(() => (state.over = true))
    for (let moved = performance.now(); !state.over;) {
      await nextTick()
      if (performance.now() - moved < 2) continue
      await moving().advance(step)
      moved = performance.now()
    }
    await done
  }
  return {
    ...e,
    top,
    path,
    workspace,
    db,
    scope,
    chat,
    lines,
    heard,
    broken,
    provider: model.provider,
    requests: model.requests,
    rows,
    /** Moves the test clock. */
    pass: (ms: number) => moving().advance(ms),
    now: () => clock.now(),
    receive: (text: string, more: Partial<InboundMessage> = {}) => e.intake.receive(inbound(text, more)),
    submit: (run: string, text: string, more: Partial<Parameters<typeof e.intake.submit>[0]> = {}) =>
      e.intake.submit({
        session: 'agent:main:main',
        text,
        media: [],
        run,
        client: 'test',
        own: false,
        options: {},
        ...more,
      }),
    /** Resolves when no turn and no delivery is going on. */
    idle,
    rest,
    texts: () => chat.sent.map((m) => m.text),
    /** What the runs said, in order, by kind of event. */
    told: (type: string) => heard.flatMap((n) => (n.type === 'agent' && n.event.type === type ? [n] : [])),
    /** Ends the engine the way the process does, leaving the file. */
    async close() {
      await scope.close(new Fault('CANCELLED', 'the gateway is stopping'))
      await idle()
      ended.yes = true
      db.close()
    },
    async [Symbol.asyncDispose]() {
      await this.close()
      if (!wish.path) rmSync(top, { recursive: true, force: true })
    },
  }
}

export type EngineWorld = ReturnType<typeof engineWorld>
