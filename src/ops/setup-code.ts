// Setup codes: what a phone scans, or another machine is given, to become a node of this gateway.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { defineOp } from '../define/op.ts'
import { getPath } from '../config/path.ts'
import { newSetup } from '../engine/people/tickets.ts'
import { lanAddress } from '../os/addresses.ts'
import { tailnetName } from '../os/tailscale.ts'
import { qrPicture } from './qr-picture.ts'
import type { Services } from './services.ts'

type Needed = Pick<Services, 'engine' | 'config' | 'gateway' | 'clock'>

/** An address as WebSocket clients write it. Throws INVALID_REQUEST. */
function socketUrl(said: string): string {
  const url = URL.parse(said.includes('://') ? said.replace(/^http/, 'ws') : `wss://${said}`)
  if (!url || !/^wss?:$/.test(url.protocol))
    throw new Fault('INVALID_REQUEST', `"${said}" is no address of a gateway; write it like wss://gateway.example:443`)
  return url.href.replace(/\/$/, '')
}

/** Where others reach this gateway, and how that is known. Throws INVALID_REQUEST when nobody but this machine can. */
async function reachedAt(s: Needed, remote: boolean, signal: AbortSignal): Promise<{ url: string; source: string }> {
  const config = s.config.current()
  const text = (path: readonly string[]) => {
    const found = getPath(config, path)
    return typeof found === 'string' && found ? found : undefined
  }
  const far = text(['gateway', 'remote', 'url'])
  if (remote) {
    if (far === undefined)
      throw new Fault('INVALID_REQUEST', 'gateway.remote.url is not set; say the address with --url')
    return { url: socketUrl(far), source: 'gateway.remote.url' }
  }
  if ((text(['gateway', 'tailscale', 'mode']) ?? 'off') !== 'off') {
    const { outside } = s.engine.world
    const name = await tailnetName({ clock: s.clock, spawn: outside.spawn, env: outside.childEnv, signal })
    if (name !== undefined) return { url: `wss://${name}`, source: 'gateway.tailscale' }
  }
  const bind = s.gateway.bind()
  const host = bind === 'lan' ? lanAddress() : s.gateway.bindHost()
  if (!host || /^(127\.|::1$|localhost$|0\.0\.0\.0$|::$)/.test(host))
    throw new Fault(
      'INVALID_REQUEST',
      'only this machine can reach the gateway; `oclaw config set gateway.bind lan`, or gateway.tailscale.mode serve, or say its address with --url',
    )
  const scheme = getPath(config, ['gateway', 'tls', 'enabled']) === true ? 'wss' : 'ws'
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${s.gateway.port()}`,
    source: `gateway.bind=${bind}`,
  }
}

export const setupCode = defineOp({
  id: 'device.setup',
  summary: 'Makes a code that lets one device in as a node, once, within ten minutes.',
  scope: 'pairing',
  params: z.strictObject({
    url: z.string().min(1).optional().describe('where the device reaches the gateway'),
    remote: z.boolean().default(false).describe('the address in gateway.remote.url'),
    picture: z.boolean().default(false).describe('also the code as a picture to scan'),
  }),
  result: z.object({
    setupCode: z.string(),
    qrDataUrl: z.string().optional(),
    gatewayUrl: z.string(),
    auth: z.string(),
    urlSource: z.string(),
    expiresAtMs: z.number(),
  }),
  examples: [{ params: { url: 'wss://gateway.example' } }],
  handler: async ({ params: p, caller, signal }, s: Needed) => {
    const at = p.url === undefined ? await reachedAt(s, p.remote, signal) : { url: socketUrl(p.url), source: 'url' }
    const { value, expiresAt } = await newSetup(s.engine.world, caller.id)
    const bytes = new TextEncoder().encode(JSON.stringify({ url: at.url, token: value }))
    const code = bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
    return {
      setupCode: code,
      ...(p.picture ? { qrDataUrl: qrPicture(code) } : {}),
      gatewayUrl: at.url,
      auth: 'setup',
      urlSource: at.source,
      expiresAtMs: expiresAt,
    }
  },
})
