// Asks every gateway that may be meant whether it is there, how fast, and what it lets us do.
import { Fault, describeError } from '../lib/fault.ts'
import { deadline } from '../lib/clock.ts'
import type { Run } from './context.ts'
import { connectTo } from './connect.ts'
import { loadWhole } from './host-facts.ts'
import type { Paint } from './print.ts'
import { findCredential } from './secret.ts'
import { findTarget, type Target } from './target.ts'
import { openTunnel, type Tunnel } from './tunnel.ts'

/** What was found out of one gateway. Times in ms. */
export interface Probed {
  readonly id: string
  readonly kind: 'explicit' | 'local' | 'remote' | 'ssh' | 'found'
  readonly url: string
  readonly source: string
  readonly ok: boolean
  readonly latencyMs: number | null
  readonly error: string | null
  readonly scopes: readonly string[]
  readonly self: {
    readonly version: string
    readonly host: string
    readonly pid: number
    readonly bind: string
    readonly authMode: string
  } | null
  readonly health: { readonly ok: boolean; readonly channels: number; readonly connected: number } | null
  readonly sessions: number | null
  readonly configHash: string | null
}

/** All of them. */
export interface ProbeReport {
  readonly ok: boolean
  readonly durationMs: number
  readonly targets: readonly Probed[]
  readonly warnings: readonly string[]
}

interface Beacon {
  readonly displayName: string
  readonly wsUrl: string
  readonly sshPort?: number
  readonly addresses: readonly string[]
  readonly port: number
}

/** Where to look besides. */
export interface ProbeWish {
  readonly ssh?: string | undefined
  readonly sshIdentity?: string | undefined
  readonly sshAuto: boolean
  readonly timeout: number
}

type At = Pick<Probed, 'id' | 'kind' | 'url' | 'source'>

const nothing = { latencyMs: null, scopes: [], self: null, health: null, sessions: null, configHash: null }

const failed = (at: At, error: unknown): Probed => ({
  ...at,
  ...nothing,
  ok: false,
  error: (error instanceof Fault ? error.message : describeError(error)).split('\n')[0] ?? 'no answer',
})

/** Signs in and asks; what this secret may not ask is left out. */
async function ask(run: Run, at: At, target: Target): Promise<Probed> {
  const { clock } = run.ctx
  const since = clock.monotonic()
  try {
    const client = await connectTo(run.ctx, { ...run.globals, timeout: run.globals.timeout }, target)
    const limit = deadline(
      clock,
      run.globals.timeout ?? 3000,
      new Fault('TIMEOUT', 'no answer in time'),
      run.ctx.signal,
    )
    try {
      const latencyMs = Math.round(clock.monotonic() - since)
      const may = <T>(method: string, params: unknown = {}) =>
        client.call(method, params, limit.signal).catch(() => undefined) as Promise<T | undefined>
      const { credential } = target
      const [auth, info, health, config] = await Promise.all([
        may<{ scopes?: string[] }>('auth', credential ? { [credential.kind]: credential.value } : {}),
        may<Record<string, unknown>>('gateway.info'),
        may<{ ok?: boolean; channels?: Record<string, { connected?: boolean }> }>('health'),
        may<{ hash?: string }>('config.get'),
      ])
      const channels = Object.values(health?.channels ?? {})
      return {
        ...at,
        ok: true,
        latencyMs,
        error: null,
        scopes: auth?.scopes ?? [],
        self: info
          ? {
              version: String(info['version']),
              host: String(info['host']),
              pid: Number(info['pid']),
              bind: String(info['bind']),
              authMode: String(info['authMode']),
            }
          : null,
        health: health
          ? {
              ok: health.ok !== false,
              channels: channels.length,
              connected: channels.filter((c) => c.connected).length,
            }
          : null,
        sessions: info ? Number(info['sessions']) : null,
        configHash: config?.hash ?? null,
      }
    } finally {
      limit.done()
      client.close()
    }
  } catch (error) {
    return failed(at, error)
  }
}

/** Whether somebody answers at an address that was only heard of: no secret is sent there. */
async function knock(run: Run, b: Beacon): Promise<Probed> {
  const { clock, signal } = run.ctx
  const at = { id: `found:${b.displayName}`, kind: 'found' as const, url: b.wsUrl, source: 'announced on the network' }
  const since = clock.monotonic()
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(run.globals.timeout ?? 3000)])
    const url = `${b.wsUrl.replace(/^ws/, 'http')}/health`
    const answer = await fetch(url, { signal: limit, redirect: 'error', tls: { rejectUnauthorized: false } })
    await answer.bytes()
    if (!answer.ok) throw new Fault('UNAVAILABLE', `it answered ${answer.status}`)
    return { ...at, ...nothing, ok: true, latencyMs: Math.round(clock.monotonic() - since), error: null }
  } catch (error) {
    return failed(at, error)
  }
}

async function through(run: Run, wish: ProbeWish, to: string, port: number): Promise<Probed> {
  const at = { id: `ssh:${to}`, kind: 'ssh' as const, url: '', source: `SSH to ${to}` }
  let tunnel: Tunnel | undefined
  try {
    tunnel = await openTunnel(run.ctx, { to, identity: wish.sshIdentity, port, timeoutMs: wish.timeout })
    const { config } = await loadWhole(run, await run.ctx.host(run.paths))
    const remote = (config['gateway'] as { remote?: { token?: never; password?: never } }).remote ?? {}
    const credential = await findCredential(run.ctx.env, remote, 'gateway.remote', run.paths)
    return await ask(
      run,
      { ...at, url: tunnel.url },
      { url: tunnel.url, source: at.source, credential, ownCertificate: false },
    )
  } catch (error) {
    return failed(at, error)
  } finally {
    await tunnel?.close()
  }
}

async function targets(run: Run): Promise<{ readonly at: At; readonly target: Target }[]> {
  const { env } = run.ctx
  const { url, token, password, ...rest } = run.globals
  const own = await findTarget(
    { ...rest, ...(token === undefined ? {} : { token }), ...(password === undefined ? {} : { password }) },
    env,
    run.paths,
  )
  const remote = own.source === 'config gateway.remote.url'
  const explicit = url === undefined ? [] : [await findTarget(run.globals, env, run.paths)]
  const { gateway } = (await loadWhole(run, await run.ctx.host(run.paths))).config as {
    gateway: { port: number; tls: { enabled: boolean }; auth: { token?: never; password?: never } }
  }
  const local: Target = remote
    ? {
        url: `${gateway.tls.enabled ? 'wss' : 'ws'}://127.0.0.1:${gateway.port}`,
        source: 'local loopback',
        credential: await findCredential(env, gateway.auth, 'gateway.auth', run.paths),
        ownCertificate: gateway.tls.enabled,
      }
    : own
  const make = (kind: At['kind'], target: Target) => ({
    at: { id: kind, kind, url: target.url, source: target.source },
    target,
  })
  return [...explicit.map((t) => make('explicit', t)), ...(remote ? [make('remote', own)] : []), make('local', local)]
}

/** Asks all of them at once; `found` are those heard of on the network. */
export async function probeAll(run: Run, wish: ProbeWish, found: Promise<readonly Beacon[]>): Promise<ProbeReport> {
  const since = run.ctx.clock.monotonic()
  const known = await targets(run)
  const port = Number(new URL(known.at(-1)?.target.url ?? 'ws://127.0.0.1:18789').port) || 18_789
  const near = found.then(
    (list) => list,
    (): readonly Beacon[] => [],
  )
  const byHint = near.then((list) =>
    Promise.all([
      ...list.filter((b) => !known.some((k) => k.at.url === b.wsUrl)).map((b) => knock(run, b)),
      ...(wish.sshAuto
        ? list
            .filter((b) => b.sshPort !== undefined)
            .map((b) => through(run, wish, `${b.addresses[0]}:${b.sshPort}`, b.port))
        : []),
    ]),
  )
  const asked = await Promise.all([
    ...known.map(({ at, target }) => ask(run, at, target)),
    ...(wish.ssh === undefined ? [] : [through(run, wish, wish.ssh, port)]),
  ])
  const all = [...asked, ...(await byHint)]
  const up = all.filter((t) => t.ok)
  const different = new Set(up.map((t) => (t.self ? `${t.self.host} ${t.self.pid}` : t.url)))
  return {
    ok: up.length > 0,
    durationMs: Math.round(run.ctx.clock.monotonic() - since),
    targets: all,
    warnings: different.size > 1 ? [`${different.size} gateways answer; say which one is meant with --url`] : [],
  }
}

/** The report for people. */
export function probeText(r: ProbeReport, paint: Paint): string {
  const lines = r.targets.flatMap((t) => [
    `${t.ok ? paint.green('✓') : paint.red('✗')} ${paint.bold(t.kind)}  ${t.url || t.source}`,
    ...(t.url ? [`    ${t.source}`] : []),
    ...(t.error === null ? [`    answered in ${t.latencyMs} ms`] : [`    ${t.error}`]),
    ...(t.self
      ? [
          `    version ${t.self.version} on ${t.self.host}, pid ${t.self.pid}, bind ${t.self.bind}, auth ${t.self.authMode}`,
        ]
      : []),
    ...(t.health
      ? [`    channels ${t.health.connected} of ${t.health.channels} connected, sessions ${t.sessions}`]
      : []),
    ...(t.scopes.length ? [`    may: ${t.scopes.join(', ')}`] : []),
  ])
  return [...lines, ...r.warnings.map((w) => `${paint.yellow('!')} ${w}`), ''].join('\n')
}
