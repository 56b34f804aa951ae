// Who this machine is to gateways: a key of its own, and the tokens they gave it. The files are those of the original.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { sha256 } from '../lib/ids.ts'
import type { DeviceIdentity } from '../client/device-dialect.ts'
import { saveText } from '../os/files.ts'

const KeyFile = z.looseObject({ privateKeyPem: z.string() })
const TokenFile = z.looseObject({
  deviceId: z.string(),
  tokens: z.record(z.string(), z.looseObject({ token: z.string() })),
})

/** The JSON of a file; undefined when it is not there. Throws INVALID_REQUEST when it cannot be read as one. */
async function jsonOf(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Fault('FORBIDDEN', `${path} cannot be read; give this user the right to`, { cause: error })
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault('INVALID_REQUEST', `${path} is not JSON; mend it or move it away`, { cause })
  }
}

async function identityOf(key: KeyObject): Promise<DeviceIdentity & { readonly publicPem: string }> {
  const open = createPublicKey(key)
  const raw = new Uint8Array(open.export({ type: 'spki', format: 'der' }).subarray(-32))
  return {
    id: await sha256(raw),
    publicKey: Buffer.from(raw).toString('base64url'),
    publicPem: open.export({ type: 'spki', format: 'pem' }),
    sign: async (text) => sign(null, Buffer.from(text), key).toString('base64url'),
  }
}

const keyPath = (stateDir: string) => join(stateDir, 'identity', 'device.json')
const tokenPath = (stateDir: string) => join(stateDir, 'identity', 'device-auth.json')

/** This machine's identity, made when there is none. Throws INVALID_REQUEST for a file that holds no key. */
export async function loadIdentity(stateDir: string, now: number): Promise<DeviceIdentity> {
  const path = keyPath(stateDir)
  const found = await jsonOf(path)
  if (found !== undefined) {
    try {
      return await identityOf(createPrivateKey(KeyFile.parse(found).privateKeyPem))
    } catch (cause) {
      throw new Fault('INVALID_REQUEST', `${path} holds no key; move it away, and a new one is made`, { cause })
    }
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  const identity = await identityOf(privateKey)
  const file = {
    version: 1,
    deviceId: identity.id,
    publicKeyPem: identity.publicPem,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    createdAtMs: now,
  }
  await saveText(path, `${JSON.stringify(file, null, 2)}\n`)
  return identity
}

/** The token a gateway gave this identity for its work as a node; undefined when there is none. */
export async function loadToken(stateDir: string, device: string): Promise<string | undefined> {
  const read = TokenFile.safeParse(await jsonOf(tokenPath(stateDir)))
  return read.success && read.data.deviceId === device ? read.data.tokens['node']?.token : undefined
}

/** Keeps the token a gateway gave; undefined forgets it. Tokens of other roles stay. */
export async function saveToken(stateDir: string, device: string, token: string | undefined, at: number) {
  const read = TokenFile.safeParse(await jsonOf(tokenPath(stateDir)))
  const { node: _old, ...others } = read.success && read.data.deviceId === device ? read.data.tokens : {}
  const node = token === undefined ? {} : { node: { token, role: 'node', scopes: [], updatedAtMs: at } }
  const file = { version: 1, deviceId: device, tokens: { ...others, ...node } }
  await saveText(tokenPath(stateDir), `${JSON.stringify(file, null, 2)}\n`)
}
