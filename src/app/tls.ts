// The certificate the gateway shows: the one the config names, or one it makes for itself.
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../lib/clock.ts'
import { describeError, Fault } from '../lib/fault.ts'
import type { Log } from '../lib/log.ts'
import type { Scope } from '../lib/scope.ts'
import { expandHome, type Paths } from '../config/paths.ts'
import { saveText } from '../os/files.ts'
import type { TlsMaterial } from '../server/listen.ts'
import type { Config } from './catalog.ts'

/** Days a certificate of our own is good for: what browsers accept at most. */
const days = 397
/** How long the files must be quiet before a new certificate is taken, in ms: certificate and key come one by one. */
const quietMs = 500
/** A certificate of our own that ends within so many ms is made anew. */
const soonMs = 14 * 86_400_000

type Where = Pick<Paths, 'stateDir' | 'home'>

function filesOf(config: Config, paths: Where): { cert: string; key: string; ca: string | undefined; own: boolean } {
  const { certPath, keyPath, caPath } = config.gateway.tls
  const folder = join(paths.stateDir, 'gateway', 'tls')
  const at = (path: string | undefined, name: string) =>
    path === undefined ? join(folder, name) : expandHome(path, paths.home)
  return {
    cert: at(certPath, 'gateway-cert.pem'),
    key: at(keyPath, 'gateway-key.pem'),
    ca: caPath === undefined ? undefined : expandHome(caPath, paths.home),
    own: certPath === undefined && keyPath === undefined,
  }
}

/** What must differ for the port to be opened anew: the files named, and when they were last changed. */
export function tlsMark(config: Config, paths: Where): unknown {
  const { tls } = config.gateway
  if (!tls.enabled) return false
  const files = filesOf(config, paths)
  if (files.own && files.ca === undefined) return 'own' // nobody but us writes it
  const changed = (path: string | undefined) =>
    path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs
  return [files.cert, files.key, files.ca, changed(files.cert), changed(files.key), changed(files.ca)]
}

/** Names this machine is reached by. */
function names(config: Config): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((i) => i.address))
  const plain = addresses.filter((a) => !a.includes('%'))
  const custom = config.gateway.customBindHost
  return [
    ...new Set([hostname(), 'localhost', `${hostname()}.local`, ...plain, ...(custom === undefined ? [] : [custom])]),
  ]
}

async function readOr(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Fault(
      'INVALID_REQUEST',
      `gateway.tls: the ${what} ${path} cannot be read; mend it, or have one made: \`oclaw config unset gateway.tls.${what === 'key' ? 'keyPath' : 'certPath'}\``,
      { cause: error },
    )
  }
}

/** The certificate, made when there is none and that is wanted; undefined without TLS. Throws INVALID_REQUEST. */
export async function tlsOf(config: Config, paths: Where, clock: Clock): Promise<TlsMaterial | undefined> {
  const { tls } = config.gateway
  if (!tls.enabled) return undefined
  const files = filesOf(config, paths)
  const { flawOf, selfSigned } = await import('../os/certificate.ts')
  const missing = !existsSync(files.cert) && !existsSync(files.key)
  if (missing && !tls.autoGenerate)
    throw new Fault(
      'INVALID_REQUEST',
      `gateway.tls is on, but there is no ${files.cert}; put it there, or \`oclaw config set gateway.tls.autoGenerate true\``,
    )
  const stale = async () =>
    files.own &&
    tls.autoGenerate &&
    flawOf(
      { cert: await readFile(files.cert, 'utf8'), key: await readFile(files.key, 'utf8') },
      clock.now() + soonMs,
    ) !== undefined
  if (missing || (existsSync(files.cert) && existsSync(files.key) && (await stale()))) {
    const made = selfSigned({ names: names(config), now: clock.now(), days })
    await saveText(files.key, made.key)
    await saveText(files.cert, made.cert)
  }
  const pair = { cert: await readOr(files.cert, 'certificate'), key: await readOr(files.key, 'key') }
  const flaw = flawOf(pair, clock.now())
  if (flaw !== undefined) throw new Fault('INVALID_REQUEST', `gateway.tls: ${flaw} (${files.cert}, ${files.key})`)
  return { ...pair, ...(files.ca === undefined ? {} : { ca: await readOr(files.ca, 'authority') }) }
}

/** Hears when a certificate of one's own was put in place of the old one and is good; a bad one is told of, and not taken. */
export async function followCertificate(p: {
  readonly config: Config
  readonly paths: Where
  readonly clock: Clock
  readonly log: Log
  readonly scope: Scope
  changed(): void
}): Promise<void> {
  const files = filesOf(p.config, p.paths)
  if (!p.config.gateway.tls.enabled || files.own) return
  const { watchConfig } = await import('../config/watch.ts')
  await watchConfig({
    scope: p.scope,
    clock: p.clock,
    files: () => [files.cert, files.key],
    debounceMs: () => quietMs,
    async changed() {
      try {
        await tlsOf(p.config, p.paths, p.clock)
        p.changed()
      } catch (error) {
        p.log.warn('the new certificate cannot be used; the old one stays', { error: describeError(error) })
      }
    },
    broken: (error) => p.log.warn('the certificate is not watched', { error: describeError(error) }),
  })
}
