// The file of standing permissions to run programs, on the disk of this machine.
import { z } from 'zod'
import { Fault } from '../lib/fault.ts'
import { sha256 } from '../lib/ids.ts'
import { approvalsFile, ExecApprovals } from '../domain/exec-approvals.ts'
import { readText, saveText } from './files.ts'

/** The file as it was found; `hash` is the SHA-256 of its text. */
export interface FoundApprovals {
  readonly path: string
  readonly exists: boolean
  readonly hash: string
  readonly file: ExecApprovals
}

/** Reads the file of a state folder. Throws INVALID_REQUEST when it is not what it should be. */
export async function readApprovals(stateDir: string): Promise<FoundApprovals> {
  const path = approvalsFile(stateDir)
  const text = await readText(path)
  const hash = await sha256(text ?? '')
  if (text === undefined) return { path, exists: false, hash, file: { version: 1, defaults: {}, agents: {} } }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new Fault('INVALID_REQUEST', `${path} is not JSON; mend it or move it away`, { cause: error })
  }
  const file = ExecApprovals.safeParse(json)
  if (!file.success)
    throw new Fault('INVALID_REQUEST', `${path} is not a file of exec approvals: ${z.prettifyError(file.error)}`)
  return { path, exists: true, hash, file: file.data }
}

/**
 * Writes the file of a state folder; its socket stays. Throws INVALID_REQUEST without the hash of the one that is there,
 * CONFLICT when that is another one by now.
 */
export async function saveApprovals(
  stateDir: string,
  file: ExecApprovals,
  baseHash: string | undefined,
): Promise<FoundApprovals> {
  const now = await readApprovals(stateDir)
  if (now.exists && baseHash === undefined)
    throw new Fault('INVALID_REQUEST', 'exec approvals base hash required; re-run exec.approvals.get and retry')
  if (now.exists && baseHash !== now.hash)
    throw new Fault('CONFLICT', 'exec approvals changed since last load; re-run exec.approvals.get and retry')
  const socket = { ...now.file.socket, ...file.socket }
  const next = { ...file, ...(Object.keys(socket).length ? { socket } : {}) }
  await saveText(now.path, `${JSON.stringify(next, null, 2)}\n`)
  return readApprovals(stateDir)
}

/** The file without the secret of its socket. */
export const shownApprovals = (found: FoundApprovals): FoundApprovals => {
  const { socket, ...rest } = found.file
  const path = socket?.path === undefined ? {} : { socket: { path: socket.path } }
  return { ...found, file: { ...rest, ...path } }
}
