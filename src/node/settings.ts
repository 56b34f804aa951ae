// What this machine knows of its work as a node: its name, and the gateway it works for.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { saveText } from '../os/files.ts'

const text = z.string().min(1).optional().catch(undefined)

const NodeFile = z
  .looseObject({
    nodeId: text,
    displayName: text,
    gateway: z
      .looseObject({
        host: text,
        port: z.number().int().min(1).max(65_535).optional().catch(undefined),
        tls: z.boolean().optional().catch(undefined),
        tlsFingerprint: text,
      })
      .catch({}),
  })
  .catch({ gateway: {} })

/** Where the gateway is, and how it is known. `fingerprint` is the SHA-256 of its certificate, in hex. */
export interface NodePlace {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly fingerprint?: string | undefined
  readonly nodeId?: string | undefined
  readonly displayName?: string | undefined
}

/** What a command line says of it; what it leaves out stays as it was. */
export type NodeWish = { readonly [K in keyof NodePlace]?: NodePlace[K] | undefined }

const pathOf = (stateDir: string) => join(stateDir, 'node.json')

function fileOf(stateDir: string): z.output<typeof NodeFile> {
  try {
    return NodeFile.parse(JSON.parse(readFileSync(pathOf(stateDir), 'utf8')))
  } catch {
    return { gateway: {} } // none, or one that was broken off: it is written anew
  }
}

/** A fingerprint as it is compared: 64 lower-case hex digits. Throws INVALID_REQUEST. */
function fingerprint(said: string | undefined): string | undefined {
  if (said === undefined) return undefined
  const hex = said
    .replace(/^sha-?256[:/]?/i, '')
    .replaceAll(/[:\s]/g, '')
    .toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw new Fault('INVALID_REQUEST', `--tls-fingerprint ${said} is no SHA-256; it has 64 hex digits`)
}

/** The settings that count: what was said now, else what was said before, else the usual. */
export function placeOf(stateDir: string, wish: NodeWish, usual: Pick<NodePlace, 'host' | 'port' | 'tls'>): NodePlace {
  const kept = fileOf(stateDir)
  const { gateway: g } = kept
  // Another gateway is another certificate.
  const moved = wish.host !== undefined && wish.host !== g.host
  const pin = fingerprint(wish.fingerprint ?? (moved ? undefined : g.tlsFingerprint))
  return {
    host: wish.host ?? g.host ?? usual.host,
    port: wish.port ?? g.port ?? usual.port,
    tls: wish.tls ?? (pin !== undefined || (moved ? false : (g.tls ?? usual.tls))),
    fingerprint: pin,
    nodeId: wish.nodeId ?? kept.nodeId,
    displayName: wish.displayName ?? kept.displayName,
  }
}

/** Keeps the settings for the next start. */
export async function keepPlace(stateDir: string, p: NodePlace): Promise<void> {
  const file = {
    version: 1,
    ...(p.nodeId === undefined ? {} : { nodeId: p.nodeId }),
    ...(p.displayName === undefined ? {} : { displayName: p.displayName }),
    gateway: {
      host: p.host,
      port: p.port,
      tls: p.tls,
      ...(p.fingerprint === undefined ? {} : { tlsFingerprint: p.fingerprint }),
    },
  }
  await saveText(pathOf(stateDir), `${JSON.stringify(file, null, 2)}\n`)
}
